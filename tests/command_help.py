"""How commands name what they take in their `--help`."""

import re
from collections.abc import Iterator
from typing import Any

import typer

_WORD = re.compile(r"[A-Z][A-Za-z_,]*")


def odd_names(app: typer.Typer) -> list[str]:
    """Arguments and files that are not named by one plain, upper-case word.

    Typer adds the brackets of what may be left out and the dots of what may be repeated.
    """
    return list(_odd(typer.main.get_command(app), ""))


def _odd(command: Any, path: str) -> Iterator[str]:  # noqa: ANN401 (Typer keeps its own class of commands private)
    context = typer.Context(command)
    for param in command.params:
        told = param.get_help_record(context)
        kind = param.param_type_name
        named = param.metavar is not None and _WORD.fullmatch(param.metavar)
        if not named and (kind == "argument" or param.metavar is not None or (told and "path" in told[0].lower())):
            yield f"{path} {told[0] if told else param.name}"
    for name, below in getattr(command, "commands", {}).items():
        yield from _odd(below, f"{path} {name}")
