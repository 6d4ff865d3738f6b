"""Whose the state folder is: what another user writes there, the agent cannot read."""

import os
from pathlib import Path

from linewatch.edge.errors import StateUnwritable


def check_owner(state: Path) -> None:
    """Look whether this process runs as the user whose `state` it is, if it is there.

    Raises:
        StateUnwritable: it belongs to another one.
    """
    try:
        owner = state.stat().st_uid
    except FileNotFoundError:
        return
    if owner != os.geteuid():
        raise StateUnwritable(
            f"{state} belongs to user {owner}, whose agent could not read what you write: "
            f"run this as that user (sudo -u '#{owner}' linewatch-edge ...)"
        )
