"""Which changes to earlier bundles could be made again. Pure."""

from collections.abc import Sequence

from linewatch.edge.local.change import Change, Subject
from linewatch.edge.local.journal import Entry


def waiting(entries: Sequence[Entry], subject: Subject) -> list[Change]:
    """Changes to earlier bundles of the same name and target that `subject` does not have, the newest of each origin.

    What the operator took back is not offered again.
    """
    newest: dict[int, Change] = {}
    here: set[int] = set()
    for change in (entry.change for entry in entries if entry.change is not None):
        of = change.subject
        if (of.bundle_name, of.target) != (subject.bundle_name, subject.target):
            continue
        if of.bundle == subject.bundle:
            here.add(change.origin)
        else:
            newest[change.origin] = change
    return [change for origin, change in newest.items() if origin not in here and change.undone is None]
