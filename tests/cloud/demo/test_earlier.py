from pathlib import Path

import pytest

from linewatch.cloud.demo.earlier import check_place, keep_own_files, mark
from linewatch.cloud.errors import WrongUse


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    out = tmp_path / "demo-run"
    for name in ("report.html", "pictures/test/good/000.png", "state/spool.db", "cloud/cloud.toml"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("made")
    mark(out)
    return out


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if not path.is_dir()}


def test_what_the_demo_made_is_not_kept(earlier: Path, tmp_path: Path) -> None:
    (earlier / "state/spool.db-wal").write_text("written by a later run of the agent")
    keep_own_files(earlier, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_people_put_there_is_kept(earlier: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    (earlier / "notes.txt").write_text("mine")
    (earlier / "pictures/test/good/mine.png").write_text("mine too")
    (earlier / "link").symlink_to("nowhere")
    keep_own_files(earlier, new)
    assert (new / "link").readlink() == Path("nowhere")
    (new / "link").unlink()
    assert files(new) == {"notes.txt": "mine", "pictures/test/good/mine.png": "mine too"}
    assert (earlier / "notes.txt").read_text() == "mine"


def test_what_people_put_there_stays_beside_what_a_demo_makes_at_its_place(earlier: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "card.html").write_text("made")
    (earlier / "card.html").write_text("mine")
    keep_own_files(earlier, new)
    assert files(new) == {"card.html": "made", "card.html.earlier": "mine"}


def test_a_result_gives_way_to_the_next_one(earlier: Path, tmp_path: Path) -> None:
    check_place(earlier)
    check_place(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    check_place(tmp_path / "empty")


def test_nothing_else_gives_way(earlier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    with pytest.raises(WrongUse, match="no result of this demo"):
        check_place(tmp_path / "mine")
    (tmp_path / "mine/.linewatch-demo").write_text("made by linewatch demo; replaced by the next one\n")
    with pytest.raises(WrongUse, match="no result of this demo"):
        check_place(tmp_path / "mine")
    with pytest.raises(WrongUse, match="is a file"):
        check_place(tmp_path / "mine/notes.txt")
    monkeypatch.chdir(earlier / "state")
    with pytest.raises(WrongUse, match="the folder you work in"):
        check_place(earlier)
