"""Which bundle a device returns to. Pure, but for what it reads."""

from linewatch.edge.errors import NoPreviousBundle, PreviousHeldBack
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.store import BundleStore


def way_back(store: BundleStore, refusals: Refusals, *, by_hand: bool) -> str:
    """Digest of the bundle before the current one.

    Args:
        store: of the device.
        refusals: of the device.
        by_hand: an operator asks, who may return to what was refused for a while: its golden check is repeated. Nobody
            returns to what was returned from.

    Raises:
        NoPreviousBundle: there is none.
        PreviousHeldBack: it was returned from, or refused.
    """
    current, previous = store.current(), store.previous()
    if current is None:
        raise NoPreviousBundle("there is no previous bundle to return to: no bundle is installed")
    if previous is None or previous == current:
        raise NoPreviousBundle("there is no previous bundle to return to: only one is installed")
    refusal = refusals.get(previous)
    if refusal is not None and (refusal.returned_from or not by_hand):
        raise PreviousHeldBack(
            f"the previous bundle, {previous[:12]}, is held back ({refusal.text}): "
            "`linewatch-edge bundle install REGISTRY` takes it all the same, while it is the newest release there"
        )
    return previous
