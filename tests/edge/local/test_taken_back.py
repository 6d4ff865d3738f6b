import pytest

from edge.local.taught import DEFECT, GOOD, SUBJECT, change, threshold
from linewatch.edge.errors import LocalChangeRefused
from linewatch.edge.local.change import Change, Undone
from linewatch.edge.local.entry import Entry
from linewatch.edge.local.taken_back import holds_now


def entries(*changes: Change) -> list[Entry]:
    return [Entry(number=one.number, change=one) for one in changes]


def undone(one: Change) -> Change:
    return one.model_copy(update={"undone": Undone(time_unix_ns=9)})


def test_the_newest_threshold_that_is_left_holds_and_else_the_bundles_own() -> None:
    first, second = change(1, threshold(1.2)), undone(change(2, threshold(1.067, before=1.2)))
    assert holds_now(second, entries(first, second), SUBJECT.bundle) == "the threshold is 1.2 now, by change 1"
    both = entries(undone(first), second)
    assert holds_now(second, both, SUBJECT.bundle) == "the bundle's own threshold holds now"
    assert holds_now(second, both, "") == "the bundle's own threshold holds now"


def test_what_was_taught_to_another_bundle_changes_nothing() -> None:
    one = undone(change(1, threshold(1.2)))
    assert "did not apply" in holds_now(one, entries(one), "f" * 64)


def test_a_defect_loses_its_name_and_a_good_its_pass() -> None:
    defect, good = undone(change(1, DEFECT)), undone(change(2, GOOD))
    assert "'crack'" in holds_now(defect, entries(defect, good), SUBJECT.bundle)
    assert "judged without it" in holds_now(good, entries(defect, good), SUBJECT.bundle)


def test_nothing_is_said_by_a_journal_that_was_changed() -> None:
    one = undone(change(1, threshold(1.2)))
    with pytest.raises(LocalChangeRefused):
        holds_now(one, [*entries(one), Entry(number=2, trouble="it was changed")], SUBJECT.bundle)
