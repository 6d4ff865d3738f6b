"""Folders take the place of others whole, whatever interrupts them."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

from linewatch.protos import staging as staging_module
from linewatch.protos.staging import is_here, staged


def write(folder: Path, text: str) -> None:
    with staged(folder) as staging:
        (staging / "file").write_text(text)


@pytest.fixture(params=["in one step", "in steps"])
def _how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in steps":
        monkeypatch.setattr(staging_module, "_exchanged", lambda *_: False)


@pytest.mark.usefixtures("_how")
def test_a_folder_appears_and_is_exchanged_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for text in ("first", "second"):
        write(tmp_path / "deep" / "run", text)
        assert (tmp_path / "deep" / "run" / "file").read_text() == text
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run"]


def test_this_file_system_exchanges_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Path) -> NoReturn:
        raise AssertionError("in steps")

    monkeypatch.setattr(staging_module, "_exchange_in_steps", never)
    write(tmp_path / "run", "first")
    write(tmp_path / "run", "second")
    assert (tmp_path / "run" / "file").read_text() == "second"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, ValueError])
@pytest.mark.usefixtures("_how")
def test_what_stood_there_stays_when_the_work_ends_early(tmp_path: Path, error: type[BaseException]) -> None:
    write(tmp_path / "run", "first")

    def fail() -> None:
        with staged(tmp_path / "run") as staging:
            (staging / "file").write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert (tmp_path / "run" / "file").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_ctrl_c_between_the_two_steps_brings_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    write(tmp_path / "run", "first")
    monkeypatch.setattr(staging_module, "_exchanged", lambda *_: False)
    rename, calls = Path.rename, []

    def interrupted(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == 2:
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(error):
        write(tmp_path / "run", "second")
    assert (tmp_path / "run" / "file").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_working_folder_and_those_above_it_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert all(is_here(Path(name)) for name in (".", "..", str(tmp_path)))
    assert not any(is_here(Path(name)) for name in ("c", "../c", str(tmp_path / "d")))


def test_other_users_may_read_what_was_staged(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        write(tmp_path / "run", "first")
    finally:
        os.umask(mask)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o755
