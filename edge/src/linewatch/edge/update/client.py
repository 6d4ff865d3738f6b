"""One look at the registry, and the download of what is newer. Runs in the update process."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from linewatch.edge.errors import BundleBroken, UpdateInterrupted, WrongSite
from linewatch.edge.update.assemble import Assembly
from linewatch.edge.update.counter import Mark, ReleaseCounter
from linewatch.edge.update.durable import guarding_disk
from linewatch.edge.update.fetcher import PacedFetcher
from linewatch.edge.update.folder_fetcher import SCHEME, FolderFetcher
from linewatch.edge.update.message import Message, Request, Told
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trust import Offer, TrustedRegistry
from linewatch.protos.bundle import Manifest, parse_manifest
from linewatch.protos.bundle.errors import BundleError

_PROGRESS_SECONDS = 0.2

Tell = Callable[[Message], None]


def look(request: Request, tell: Tell) -> None:
    """Look for a newer bundle; fetch, check and install it beside the one that serves, without switching.

    Args:
        request: what to look for.
        tell: told what is happening; the last call says how it ended.

    Raises:
        UpdateRefused: the registry or the bundle must not be trusted; its class says why.
        TryAgain: the network, the registry or the disk failed.
        TrustedRootError: the device's trusted root is missing or damaged.
    """
    state = Path(request.state)
    with _alone(state):
        _look(request, state, tell)


def _look(request: Request, state: Path, tell: Tell) -> None:
    carried = request.registry.startswith(f"{SCHEME}:")
    fetcher = FolderFetcher() if carried else PacedFetcher(request.minimum_bytes_per_second, request.stall_seconds)
    registry = TrustedRegistry(request.registry, Path(request.trusted_root), state / "tuf", fetcher)
    registry.refresh()
    offer = registry.offer(request.site, request.bundle)
    if offer.digest == request.serving:
        tell(Message(told=Told.CURRENT, digest=offer.digest))
    elif offer.digest in request.held_back:
        tell(Message(told=Told.HELD_BACK, digest=offer.digest))
    else:
        tell(Message(told=Told.FOUND, digest=offer.digest))
        _take(request, state, registry, offer, tell)


def _take(request: Request, state: Path, registry: TrustedRegistry, offer: Offer, tell: Tell) -> None:
    data = registry.manifest(offer)
    manifest = _admit(data, request, offer, ReleaseCounter(state))
    store = BundleStore(state)
    assembly = Assembly(registry, store, state, request.keep_free_bytes)
    progress = _calmly(tell)
    places = assembly.fetch(manifest, progress)
    tell(Message(told=Told.FETCHED, digest=offer.digest))
    assembly.build(manifest, data, offer.digest, places, progress)
    tell(Message(told=Told.WHOLE, digest=offer.digest, name=manifest.name, release=manifest.release))


def _admit(data: bytes, request: Request, offer: Offer, counter: ReleaseCounter) -> Manifest:
    try:
        manifest = parse_manifest(data)
    except BundleError as error:
        raise BundleBroken(f"the registry signed a manifest that breaks a rule: {error}") from error
    if (manifest.site, manifest.name) != (request.site, request.bundle):
        raise WrongSite(
            f"the registry offers the bundle {manifest.name!r} of site {manifest.site!r} where "
            f"{request.bundle!r} of site {request.site!r} belongs; publish the right one for this site"
        )
    counter.check(manifest.name, Mark(release=manifest.release, digest=offer.digest))
    return manifest


def _calmly(tell: Tell) -> Callable[[int, int], None]:
    last = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_SECONDS or done == total:
            last = now
            tell(Message(told=Told.PROGRESS, done_bytes=done, total_bytes=total))

    return progress


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    with guarding_disk(f"open {state}/update.lock"):
        state.mkdir(parents=True, exist_ok=True)
        file = (state / "update.lock").open("ab")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UpdateInterrupted(f"another update is running in {state}; wait for its end") from error
        yield
