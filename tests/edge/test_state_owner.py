import os
from pathlib import Path

import pytest

from linewatch.edge.errors import StateUnwritable
from linewatch.edge.state_owner import check_owner
from linewatch.edge.update.by_hand import beside_no_agent
from linewatch.edge.update.settings import UpdateSettings


def test_a_folder_of_this_user_and_one_that_is_not_there_are_fine(tmp_path: Path) -> None:
    check_owner(tmp_path)
    check_owner(tmp_path / "later")


def test_another_user_is_told_whom_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    owner = tmp_path.stat().st_uid
    with pytest.raises(StateUnwritable, match=f"belongs to user {owner}.*sudo -u '#{owner}'"):
        check_owner(tmp_path)


def test_another_user_installs_nothing_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(StateUnwritable), beside_no_agent(UpdateSettings(), "s", tmp_path, "auto"):
        pass
    assert list(tmp_path.iterdir()) == []
