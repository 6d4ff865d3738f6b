"""Where engines come from: the disk, or a builder's process."""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

import structlog

from linewatch.edge.errors import BundleRefused, EngineBuildFailed, EngineNotBuilt
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
    """Gives engines, one at a time. Safe to use from several threads."""

    def __init__(self, files: EngineFiles, module: str = MODULE, patience_s: float = _PATIENCE_S) -> None:
        """Keep engines in `files`; a build that takes longer than `patience_s` seconds is given up."""
        self._files = files
        self._module = module
        self._patience_s = patience_s
        self._busy = threading.Lock()
        self._closed = threading.Event()

    def engine(self, bundle: Bundle, target: Target, key: EngineKey, *, build: bool) -> bytes:
        """The engine of `key`.

        Raises:
            EngineNotBuilt: there is none yet, and `build` is false.
            EngineBuildFailed: it could not be built; says why.
            BundleRefused: the graph was changed on the disk.
        """
        with self._busy:
            known = self._files.engine(key)
            if known is not None:
                return known
            if not build:
                raise EngineNotBuilt(f"TensorRT has no engine of bundle {key.bundle[:12]} yet")
            self._build(bundle, target, key)
            made = self._files.engine(key)
            if made is None:
                raise EngineBuildFailed("the engine that was built is damaged; look at the disk of the state folder")
            return made

    def discard(self, key: EngineKey) -> None:
        """Forget an engine that does not work."""
        self._files.discard(key)

    def close(self) -> None:
        """End a builder that runs; none is started any more."""
        self._closed.set()

    def _build(self, bundle: Bundle, target: Target, key: EngineKey) -> None:
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
            code = self._run(order, said)
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-1:]
        if code:
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
            why = last[0][:_SAID_BYTES] if last else ""
            raise EngineBuildFailed(f"the builder of the engine ended {how}" + (f": {why}" if why else ""))
        _log.info("engine built", bundle=key.bundle, target=key.target, seconds=round(time.monotonic() - begun, 1))

    def _run(self, order: Order, said: Any) -> int:  # noqa: ANN401
        child = subprocess.Popen(
            [sys.executable, "-m", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, text=True
        )
        try:
            assert child.stdin is not None
            with contextlib.suppress(BrokenPipeError), child.stdin:  # it died early: its exit code tells
                child.stdin.write(order.to_json())
            until = time.monotonic() + self._patience_s
            while child.poll() is None:
                if self._closed.wait(_LOOK_S):
                    raise EngineBuildFailed("the agent stopped while the engine was built")
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
