"""Where engines come from: the disk, or a builder's process."""

import contextlib
import json
import signal
import subprocess
import tempfile
import threading
import time
from typing import Any

import structlog

from linewatch.edge.child_command import child_command
from linewatch.edge.errors import BuildGivenUp, BundleRefused, EngineBuildFailed, EngineNotBuilt
from linewatch.edge.infer.build_turns import GivenUp, never
from linewatch.edge.infer.runtimes.tensorrt.build import Order, Profile
from linewatch.edge.infer.runtimes.tensorrt.engine_file import EngineFiles, EngineKey
from linewatch.edge.infer.runtimes.tensorrt.library import MODULE
from linewatch.protos.bundle import Bundle, Target
from linewatch.protos.bundle.errors import BundleError

_PATIENCE_S = 3600.0
_LOOK_S = 0.2
_CHILD = "linewatch.edge.infer.runtimes.tensorrt.build"
_RECIPE = "recipe.json"
_SAID_BYTES = 2000

_log = structlog.get_logger(__name__)


class Workshop:
    """Finds engines, and builds them, one at a time. Safe to use from several threads; who finds never waits."""

    def __init__(self, files: EngineFiles, module: str = MODULE, patience_s: float = _PATIENCE_S) -> None:
        """Keep engines in `files`; a build that takes longer than `patience_s` seconds is given up."""
        self._files = files
        self._module = module
        self._patience_s = patience_s
        self._bench = threading.Lock()
        self._failed: dict[EngineKey, EngineBuildFailed | BundleRefused] = {}
        self._closed = threading.Event()

    def engine(self, key: EngineKey) -> bytes:
        """The engine of `key`, as it lies on the disk.

        Raises:
            EngineNotBuilt: there is none yet.
            EngineBuildFailed, BundleRefused: as the last `build`, where that failed.
        """
        known, failed = self._files.engine(key), self._failed.get(key)
        if known is not None:
            return known
        if failed is not None:
            raise type(failed)(str(failed))
        raise EngineNotBuilt(f"TensorRT has no engine of bundle {key.bundle[:12]} yet")

    def build(self, bundle: Bundle, target: Target, key: EngineKey, given_up: GivenUp = never) -> None:
        """Build the engine of `key`, unless it is there; waits until no other is built.

        Raises:
            EngineBuildFailed: it could not be built; says why.
            BundleRefused: the graph was changed on the disk.
            BuildGivenUp: `given_up` said so, or the workshop is closed.
        """
        while not self._bench.acquire(timeout=_LOOK_S):
            self._check_wanted(given_up)
        try:
            self._check_wanted(given_up)
            if self._files.engine(key) is not None:
                return
            self._failed.pop(key, None)
            self._build(bundle, target, key, given_up)
            if self._files.engine(key) is None:
                raise EngineBuildFailed("the engine that was built is damaged; look at the disk of the state folder")
        except (EngineBuildFailed, BundleRefused) as error:
            self._failed[key] = error
            raise
        finally:
            self._bench.release()

    def discard(self, key: EngineKey) -> None:
        """Forget an engine that does not work."""
        self._files.discard(key)

    def close(self) -> None:
        """End a builder that runs; none is started any more."""
        self._closed.set()

    def _check_wanted(self, given_up: GivenUp) -> None:
        if self._closed.is_set():
            raise BuildGivenUp("the agent stopped while the engine was built")
        if given_up():
            raise BuildGivenUp("the engine is not built to its end: another bundle is wanted, or the agent stops")

    def _build(self, bundle: Bundle, target: Target, key: EngineKey, given_up: GivenUp) -> None:
        try:
            bundle.read(target.graph_path)
        except BundleError as error:
            raise BundleRefused(str(error)) from error
        order = Order(
            key=key,
            graph=str(bundle.path(target.graph_path)),
            profiles=_profiles(bundle, target),
            folder=str(self._files.folder.absolute()),
            module=self._module,
        )
        begun = time.monotonic()
        _log.info("engine building", bundle=key.bundle, target=key.target, library=key.library, gpu=key.gpu.name)
        with tempfile.TemporaryFile() as said:
            code = self._run(order, said, given_up)
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-1:]
        if code:
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
            why = last[0][:_SAID_BYTES] if last else ""
            raise EngineBuildFailed(f"the builder of the engine ended {how}" + (f": {why}" if why else ""))
        _log.info("engine built", bundle=key.bundle, target=key.target, seconds=round(time.monotonic() - begun, 1))

    def _run(self, order: Order, said: Any, given_up: GivenUp) -> int:  # noqa: ANN401
        child = subprocess.Popen(
            child_command(_CHILD), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, text=True
        )
        try:
            assert child.stdin is not None
            with contextlib.suppress(BrokenPipeError), child.stdin:  # it died early: its exit code tells
                child.stdin.write(order.to_json())
            until = time.monotonic() + self._patience_s
            while child.poll() is None:
                self._closed.wait(_LOOK_S)
                self._check_wanted(given_up)
                if time.monotonic() > until:
                    raise EngineBuildFailed(f"the engine was not built within {self._patience_s:g} s")
            return child.returncode
        finally:
            child.kill()
            child.wait()


def _profiles(bundle: Bundle, target: Target) -> list[Profile]:
    """The shapes that the bundle's recipe names for its target."""
    try:
        recipe = json.loads(bundle.read(_RECIPE))
        profiles: list[Profile] = recipe["targets"][target.name]["tensorrt"]["profiles"]
    except (BundleError, ValueError, KeyError, TypeError) as error:
        named = f"bundle {bundle.digest[:12]} does not say how to build {target.name}"
        raise EngineBuildFailed(f"{named}: {error}; compile it again") from error
    return profiles
