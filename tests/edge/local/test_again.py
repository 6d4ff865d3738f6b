from edge.local.taught import SUBJECT, change
from linewatch.edge.local.again import waiting
from linewatch.edge.local.change import Change, Undone
from linewatch.edge.local.entry import Entry

NEW = SUBJECT.model_copy(update={"bundle": "d" * 64})
NEWER = SUBJECT.model_copy(update={"bundle": "e" * 64})
GONE = Undone(time_unix_ns=9)


def found(*changes: Change) -> list[int]:
    return [one.number for one in waiting([Entry(number=one.number, change=one) for one in changes], NEWER)]


def test_what_an_earlier_bundle_was_taught_waits_until_it_is_done_again() -> None:
    first = change(1)
    assert found(first) == [1]
    assert found(first, change(2, subject=NEWER, origin=1)) == []
    assert found(first, change(2, subject=NEWER, origin=1).model_copy(update={"undone": GONE})) == []


def test_the_newest_of_a_line_counts() -> None:
    again = change(2, subject=NEW, origin=1)
    assert found(change(1), again) == [2]
    assert found(change(1), again.model_copy(update={"undone": GONE})) == []
    assert found(change(1).model_copy(update={"undone": GONE}), again) == [2]


def test_other_names_have_nothing_to_do_with_it_and_other_targets_have() -> None:
    assert found(change(1, subject=SUBJECT.model_copy(update={"bundle_name": "other"}))) == []
    assert found(change(1, subject=NEWER.model_copy(update={"target": "tensorrt-int8"}))) == [1]
