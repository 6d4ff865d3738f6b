"""What holds once a change is taken back. Pure."""

from collections.abc import Sequence

from linewatch.edge.local.change import Change, NewDefect, NewThreshold
from linewatch.edge.local.entry import Entry
from linewatch.edge.local.journal import in_force


def holds_now(undone: Change, entries: Sequence[Entry], bundle: str) -> str:
    """In a few words.

    Args:
        undone: the change that was taken back.
        entries: the journal, since then.
        bundle: digest of the bundle that serves; empty where that is not known.

    Raises:
        LocalChangeRefused: the journal is not as the device signed it.
    """
    of = undone.subject
    if bundle and of.bundle != bundle:
        return "it did not apply to the bundle that serves, which judges as before"
    if isinstance(undone.taught, NewDefect):
        return f"no defect is called '{undone.taught.name}' because of it now"
    if not isinstance(undone.taught, NewThreshold):
        return "frames like these are judged without it now"
    for change in reversed(in_force(entries, of.bundle, of.target)):
        if isinstance(change.taught, NewThreshold):
            return f"the threshold is {change.taught.threshold:.4g} now, by change {change.number}"
    return "the bundle's own threshold holds now"
