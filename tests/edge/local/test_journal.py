import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edge.local.taught import BASIS, GOOD, SUBJECT, threshold
from edge.tiny_bundle import TARGET
from linewatch.edge.errors import LocalChangeRefused, StateUnwritable, WrongUse
from linewatch.edge.local.journal import Journal, check_signed, in_force


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path, site="s", device="d")


def numbers(journal: Journal) -> list[int]:
    return [change.number for change in in_force(journal.entries(), SUBJECT.bundle, TARGET)]


def test_nothing_is_written_before_something_is_taught(journal: Journal, tmp_path: Path) -> None:
    assert journal.entries() == []
    with pytest.raises(WrongUse):
        journal.set_aside()
    assert list(tmp_path.iterdir()) == []


def test_changes_are_a_stack_from_which_any_can_be_taken(journal: Journal) -> None:
    for value in (1.1, 1.2, 1.3):
        journal.write(SUBJECT, threshold(value), BASIS)
    assert numbers(journal) == [1, 2, 3]
    assert journal.undo(2, "no").undone is not None
    assert numbers(journal) == [1, 3]
    assert journal.write(SUBJECT, GOOD, BASIS).number == 4
    for number in (2, 9):
        with pytest.raises(WrongUse):
            journal.undo(number)


def test_another_bundle_or_target_inherits_nothing(journal: Journal) -> None:
    journal.write(SUBJECT, GOOD, BASIS)
    assert in_force(journal.entries(), "d" * 64, TARGET) == []
    assert in_force(journal.entries(), SUBJECT.bundle, "other") == []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b'"most_cells":2', b'"most_cells":9')),
            "changed after",
        ),
        (lambda path: path.write_bytes(b""), "no signed change"),
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(path.with_name("000002.json").read_bytes()), "file of change 2"),
        (lambda path: path.rename(path.with_name("keep")) and path.mkdir(), "cannot read"),
    ],
)
def test_what_is_not_as_it_was_signed_takes_everything_out_of_force(journal: Journal, harm: object, said: str) -> None:
    """Nobody can know what it said: it may have been a defect that keeps a good prototype in its bounds."""
    journal.write(SUBJECT, GOOD, BASIS)
    journal.write(SUBJECT, threshold(1.2), BASIS)
    harm(journal.folder / "000001.json")  # type: ignore[operator]
    with pytest.raises(LocalChangeRefused, match=said):
        numbers(journal)
    with pytest.raises(LocalChangeRefused):
        journal.write(SUBJECT, GOOD, BASIS)
    if said != "missing":
        with pytest.raises(LocalChangeRefused):
            journal.undo(1)
    aside = journal.set_aside()
    assert (aside / "000002.json").exists()
    assert journal.entries() == []
    assert journal.write(SUBJECT, GOOD, BASIS).number == 1


def test_another_key_refuses_what_was_signed_before(journal: Journal, tmp_path: Path) -> None:
    journal.write(SUBJECT, GOOD, BASIS)
    (tmp_path / "device.key").unlink()
    with pytest.raises(LocalChangeRefused, match="another device"):
        check_signed(journal.entries())
    (tmp_path / "device.key").write_bytes(b"damaged")
    with pytest.raises(LocalChangeRefused, match=r"device\.key"):
        check_signed(journal.entries())


def test_many_writers_give_no_number_twice(tmp_path: Path) -> None:
    def write(value: float) -> int:
        return Journal(tmp_path, site="s", device="d").write(SUBJECT, threshold(value), BASIS).number

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(write, [1.0 + at / 100 for at in range(24)]))
    assert sorted(found) == list(range(1, 25))


def test_the_stamp_changes_with_each_change(journal: Journal) -> None:
    stamps = [journal.stamp()]
    journal.write(SUBJECT, GOOD, BASIS)
    stamps.append(journal.stamp())
    journal.undo(1)
    stamps.append(journal.stamp())
    assert len(set(stamps)) == 3


def test_only_the_user_whose_agent_reads_it_writes(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root would make a key that an unprivileged agent cannot read."""
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(StateUnwritable, match="run this as that user"):
        journal.write(SUBJECT, GOOD, BASIS)
    assert not journal.folder.exists()
