"""Which changes to earlier bundles could be made again. Pure."""

from collections.abc import Sequence

from linewatch.edge.local.change import Change, Subject
from linewatch.edge.local.entry import Entry


def waiting(entries: Sequence[Entry], subject: Subject) -> list[Change]:
    """Changes to other bundles of the same name, or to other targets, that `subject` lacks: the newest of each origin.

    What the operator took back is not offered again.
    """
    newest: dict[int, Change] = {}
    here: set[int] = set()
    for change in (entry.change for entry in entries if entry.change is not None):
        of = change.subject
        if (of.bundle, of.target) == (subject.bundle, subject.target):
            here.add(change.origin)
        elif of.bundle_name == subject.bundle_name:
            newest[change.origin] = change
    return [change for origin, change in newest.items() if origin not in here and change.undone is None]
