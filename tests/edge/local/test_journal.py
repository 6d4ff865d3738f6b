import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

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
        (lambda path: path.with_name("000003.json").write_bytes(path.read_bytes()), "file of change 1"),
        (lambda path: path.with_name("head.json").unlink(), "its head is missing"),
        (lambda path: path.with_name("head.json").write_bytes(b"{}"), "its head is damaged"),
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
    for number in (1, 2):
        with pytest.raises(LocalChangeRefused):
            journal.undo(number)
    aside = journal.set_aside()
    assert (aside / "000002.json").exists()
    assert not journal.folder.exists()
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


def test_the_stamp_changes_with_each_change_and_with_the_head(journal: Journal) -> None:
    stamps = [journal.stamp()]
    journal.write(SUBJECT, GOOD, BASIS)
    stamps.append(journal.stamp())
    journal.undo(1)
    stamps.append(journal.stamp())
    (journal.folder / "head.json").unlink()
    stamps.append(journal.stamp())
    assert len(set(stamps)) == 4


def test_only_the_user_whose_agent_reads_it_writes(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root would make a key that an unprivileged agent cannot read."""
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(StateUnwritable, match="run this as that user"):
        journal.write(SUBJECT, GOOD, BASIS)
    assert not journal.folder.exists()


def test_that_the_newest_change_was_removed_is_noticed(journal: Journal) -> None:
    for value in (1.1, 1.2):
        journal.write(SUBJECT, threshold(value), BASIS)
    for number in (2, 1):
        (journal.folder / f"{number:06d}.json").unlink()
        with pytest.raises(LocalChangeRefused, match=r"local change \d: its file is missing"):
            check_signed(journal.entries())


def test_that_a_change_which_was_taken_back_was_put_back_is_noticed(journal: Journal) -> None:
    for value in (1.1, 1.2):
        journal.write(SUBJECT, threshold(value), BASIS)
    path = journal.folder / "000001.json"
    made = path.read_bytes()
    journal.undo(1)
    taken_back = path.read_bytes()
    path.write_bytes(made)
    with pytest.raises(LocalChangeRefused, match="local change 1: an older state"):
        check_signed(journal.entries())
    path.write_bytes(taken_back)
    assert numbers(journal) == [2]


def test_a_change_of_an_earlier_journal_does_not_come_back(journal: Journal) -> None:
    for value in (1.1, 1.2):
        journal.write(SUBJECT, threshold(value), BASIS)
    old = journal.set_aside() / "000002.json"
    journal.folder.mkdir()
    (journal.folder / "000001.json").write_bytes((old.parent / "000001.json").read_bytes())
    with pytest.raises(LocalChangeRefused, match="head is missing"):
        check_signed(journal.entries())
    journal.set_aside()
    journal.write(SUBJECT, threshold(1.3), BASIS)
    (journal.folder / "000002.json").write_bytes(old.read_bytes())
    with pytest.raises(LocalChangeRefused, match="local change 2: it was put here"):
        check_signed(journal.entries())


def test_the_head_of_another_device_is_refused(journal: Journal, tmp_path: Path) -> None:
    journal.write(SUBJECT, GOOD, BASIS)
    other = Journal(tmp_path / "other", site="s", device="d")
    other.write(SUBJECT, GOOD, BASIS)
    (journal.folder / "head.json").write_bytes((other.folder / "head.json").read_bytes())
    with pytest.raises(LocalChangeRefused, match="another device signed its head"):
        check_signed(journal.entries())


def test_whoever_reads_while_others_write_sees_no_tampering(journal: Journal) -> None:
    ended = Event()

    def write() -> None:
        try:
            for at in range(12):
                journal.write(SUBJECT, threshold(1.1 + at), BASIS)
                journal.undo(at + 1)
        finally:
            ended.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not ended.is_set():
            check_signed(journal.entries())
        writing.result()
    assert numbers(journal) == []
