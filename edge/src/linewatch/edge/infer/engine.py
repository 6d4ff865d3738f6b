"""Which model judges now, and how the next one takes over."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import structlog

from linewatch.edge.errors import (
    BuildGivenUp,
    BundleRefused,
    EdgeError,
    EngineNotBuilt,
    GoldenCheckFailed,
    RuntimeUnavailable,
)
from linewatch.edge.infer.adjustments import NOTHING_TAUGHT, Adjustments
from linewatch.edge.infer.build_turns import BuildTurns, GivenUp, never
from linewatch.edge.infer.golden import check_golden, check_masks
from linewatch.edge.infer.model import Model, open_bundle
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.plan import Candidate, Wish
from linewatch.edge.infer.runtimes.port import RuntimeName
from linewatch.protos.bundle import Bundle

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A model that passed its golden check. `stands_in_because`: why it is not in the runtime that was asked for; empty
    where it is. `unfinished` says that the wanted one only has to be built.
    """

    model: Model
    stands_in_because: str = ""
    unfinished: bool = False


OnServing: TypeAlias = Callable[[Loaded], None]
"""Called when a model begins to serve, on the thread that brought it."""

Taught: TypeAlias = Callable[[Model], Adjustments]
"""What this device was taught about the bundle and target of a model."""


class Engine:
    """Holds the serving model. A new one is loaded and checked beside it, then takes over between two frames.

    Where a bundle's engine has to be built, that is done before (`built`), and the old bundle serves meanwhile; where
    none serves, or the bundle is wanted at once, another runtime stands in for the wanted one until it is built. What
    serving needs never waits for a build.
    """

    def __init__(
        self,
        target: str = "auto",
        opener: Opener | None = None,
        on_serving: OnServing | None = None,
        *,
        masked: bool = False,
    ) -> None:
        """No model yet.

        Args:
            target: of the bundle, for ONNX Runtime; `auto` is the first for processors.
            opener: says what to run a bundle in, in place of `target`.
            on_serving: is told of each model that begins to serve.
            masked: some camera has a mask: a bundle that cannot tell the score of a part of a frame is refused.
        """
        self._opener = opener or Opener(Wish(runtime=RuntimeName.ONNXRUNTIME, target=target))
        self._on_serving = on_serving or (lambda _: None)
        self._model: Model | None = None
        self._taught: Taught = lambda _: NOTHING_TAUGHT
        self._closed = False
        self._masked = masked
        self._turns = BuildTurns()
        self._one_at_a_time = threading.Lock()
        self._exchanging = threading.Lock()

    @property
    def serving(self) -> Model | None:
        """The serving model; None before the first."""
        return self._model

    def current(self) -> Model:
        """The model for the next frame. Call it only after the first `swap`."""
        assert self._model is not None, "no bundle was loaded"
        return self._model

    def check(self, folder: Path) -> Model:
        """Load the bundle in `folder` and run its golden check; what serves is not touched.

        Raises:
            BundleRefused: it is damaged or cannot be loaded here.
            GoldenCheckFailed: it gives other scores here.
        """
        return self.try_out(folder).model

    def try_out(self, folder: Path) -> Loaded:
        """As `check`; says what runs it, too.

        Raises:
            BundleRefused, GoldenCheckFailed: as `check`.
        """
        return self._load(open_bundle(folder))

    @contextlib.contextmanager
    def built(self, folder: Path, given_up: GivenUp = never) -> Iterator[None]:
        """Build what the bundle in `folder` lacks here, which may take minutes; nothing else is built until the end.

        A build for a bundle that was wanted before is given up. What cannot be built is told when the bundle is loaded.

        Raises:
            BundleRefused: the bundle is damaged.
            BuildGivenUp: `given_up` said so, a newer bundle is wanted, or the engine is closed.
        """
        with self._turns.newest() as superseded:
            if self._opener.builds:
                self._build(open_bundle(folder), lambda: superseded() or given_up())
            yield

    def swap(
        self, folder: Path, approve: Callable[[Model], None] | None = None, without: RuntimeName | None = None
    ) -> Model:
        """Check the bundle in `folder`, then let it judge from the next frame on.

        Frames that are being judged are finished by the old model, which is freed after the last of them. `approve`
        may look at the checked model before, and refuse it by raising. The runtime `without` failed while it served:
        what can stand in for it does.

        Raises:
            BundleRefused, GoldenCheckFailed: as `check`; the old bundle goes on serving.
        """
        with self._one_at_a_time:
            bundle = open_bundle(folder)
            loaded = self._load(bundle, without)
            if approve is not None:
                approve(loaded.model)
            with self._exchanging:
                model = self._serve(loaded)
        if loaded.unfinished:
            threading.Thread(target=self._finish, args=(bundle,), name="engine-builder", daemon=True).start()
        return model

    def adjust(self, taught: Taught) -> None:
        """From the next frame on, judge by what the device was taught; bundles to come are asked about, too."""
        with self._exchanging:
            self._taught = taught
            if self._model is not None:
                self._model = self._model.adjusted(taught(self._model))

    def close(self) -> None:
        """Build nothing any more, and tell of no model any more."""
        self._opener.close()
        with self._exchanging:
            self._closed = True

    def _finish(self, bundle: Bundle) -> None:
        """Build what was wanted, while another runtime stands in for it, and no newer bundle has to be built."""
        # Supervision boundary: whatever goes wrong, the model that stands in goes on serving.
        try:
            while not self._try_to_build(bundle):
                if self._closed or not self._serves(bundle):
                    return
                self._turns.await_free()
            loaded = self._load(bundle)
        except Exception as error:  # noqa: BLE001
            bug = None if isinstance(error, EdgeError) else error
            _log.error("engine not taken", bundle=bundle.digest, reason=str(error), exc_info=bug)
            return
        with self._exchanging:
            serving = self._model
            if serving is not None and self._serves(bundle):
                again = loaded.model.runtime is serving.runtime
                self._serve(replace(loaded, model=serving) if again else loaded)

    def _try_to_build(self, bundle: Bundle) -> bool:
        try:
            self._build(bundle, lambda: self._turns.taken or not self._serves(bundle))
            return True
        except BuildGivenUp:
            return False

    def _serves(self, bundle: Bundle) -> bool:
        return self._model is not None and self._model.digest == bundle.digest

    def _build(self, bundle: Bundle, given_up: GivenUp) -> None:
        for candidate in self._opener.plan(bundle).candidates:
            with contextlib.suppress(RuntimeUnavailable, BundleRefused):  # why is told when it is loaded
                self._opener.build(bundle, candidate, given_up)

    def _serve(self, loaded: Loaded) -> Model:
        model = loaded.model.adjusted(self._taught(loaded.model))
        self._model = model
        if not self._closed:
            self._on_serving(loaded)
        return model

    def _load(self, bundle: Bundle, without: RuntimeName | None = None) -> Loaded:
        """The bundle in the first runtime that can run it, and gives its golden scores."""
        plan = self._opener.plan(bundle)
        reasons, unfinished = [plan.missed] if plan.missed else [], False
        *wanted, last = plan.candidates
        for candidate in wanted:
            if candidate.runtime is without:
                reasons.append(f"{candidate.runtime}: it failed while it served")
                continue
            try:
                model = self._open(bundle, candidate)
            except (RuntimeUnavailable, BundleRefused, GoldenCheckFailed) as error:
                reasons.append(f"{candidate.runtime}: {error}")
                unfinished = unfinished or isinstance(error, EngineNotBuilt)
            else:
                return Loaded(model=model, stands_in_because="; ".join(reasons), unfinished=unfinished)
        model = self._open(bundle, last)
        return Loaded(model=model, stands_in_because="; ".join(reasons), unfinished=unfinished)

    def _open(self, bundle: Bundle, candidate: Candidate) -> Model:
        model = Model(bundle, candidate, self._opener.open(bundle, candidate))
        check_golden(model)
        if self._masked:
            check_masks(model)
        return model
