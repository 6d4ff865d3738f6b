"""Opens the graph of a target in a runtime."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from linewatch.edge.errors import BundleRefused, EdgeError, RuntimeUnavailable, WrongUse
from linewatch.edge.infer.build_turns import GivenUp, never
from linewatch.edge.infer.runtimes.plan import AUTO, Candidate, Plan, Wish, plan
from linewatch.edge.infer.runtimes.port import RuntimeName, RuntimeOptions, Session
from linewatch.edge.infer.runtimes.tensorrt.adapter import TensorRt
from linewatch.edge.optional import is_installed
from linewatch.protos.bundle import Bundle
from linewatch.protos.bundle.errors import BundleError

_TENSORRT_NEEDS = ("tensorrt", "cuda.bindings.runtime")


class Opener:
    """Says which runtimes to try, and opens graphs in them. Safe to use from several threads.

    A runtime's own library is imported when it is first wanted: they are large.
    """

    def __init__(
        self, wish: Wish | None = None, options: RuntimeOptions | None = None, engines: Path | None = None
    ) -> None:
        """Nothing is loaded yet.

        Args:
            wish: what is asked for.
            options: how runtimes use the processor.
            engines: folder where TensorRT's engines are kept; without one it is not used.
        """
        self._wish = wish or Wish()
        self._options = options or RuntimeOptions()
        self._tensorrt = None if engines is None else TensorRt(engines)

    @property
    def builds(self) -> bool:
        """Whether a bundle may have to be built here, so that it is worth looking at it before."""
        return self._wish.runtime in (AUTO, RuntimeName.TENSORRT) and self._tensorrt_here

    @property
    def _tensorrt_here(self) -> bool:
        return self._tensorrt is not None and all(map(is_installed, _TENSORRT_NEEDS))

    def plan(self, bundle: Bundle) -> Plan:
        """Which runtimes to try.

        Raises:
            BundleRefused: the bundle has not the wanted target, or none for this device.
        """
        try:
            return plan(bundle, self._wish, tensorrt_here=self._tensorrt_here)
        except BundleError as error:
            raise BundleRefused(str(error)) from error

    def open(self, bundle: Bundle, candidate: Candidate) -> Session:
        """Load the graph of `candidate`. Nothing is built for it.

        Raises:
            EngineNotBuilt: its engine has to be built first.
            RuntimeUnavailable: the runtime cannot run it here; another one may.
            BundleRefused: a file was changed, or the graph breaks the contract.
        """
        if candidate.runtime is RuntimeName.ONNXRUNTIME:
            from linewatch.edge.infer.runtimes.onnx import OnnxSession

            path = candidate.target.graph_path
            return OnnxSession(_read(bundle, path), bundle.path(path).parent, self._options)
        with _errors_told():
            return self._open_other(bundle, candidate)

    def build(self, bundle: Bundle, candidate: Candidate, given_up: GivenUp = never) -> None:
        """Build what `candidate` needs and is not there: minutes for TensorRT, nothing for others.

        Raises:
            RuntimeUnavailable: it cannot be built here.
            BundleRefused: a file was changed.
            BuildGivenUp: `given_up` said so, or this was closed.
        """
        if candidate.runtime is RuntimeName.TENSORRT and self._tensorrt is not None:
            with _errors_told():
                self._tensorrt.build(bundle, candidate.target, given_up)

    def _open_other(self, bundle: Bundle, candidate: Candidate) -> Session:
        if candidate.runtime is RuntimeName.TENSORRT:
            if self._tensorrt is None:
                raise RuntimeUnavailable("TensorRT has no folder for its engines here")
            return self._tensorrt.open(bundle, candidate.target)
        from linewatch.edge.infer.runtimes.openvino import OpenVinoSession

        try:
            return OpenVinoSession(_read(bundle, candidate.target.graph_path), self._options)
        except WrongUse as error:
            raise RuntimeUnavailable(str(error)) from error

    def close(self) -> None:
        """Begin nothing that takes long any more, and end what was begun."""
        if self._tensorrt is not None:
            self._tensorrt.close()


@contextlib.contextmanager
def _errors_told() -> Iterator[None]:
    try:
        yield
    except EdgeError:
        raise
    except Exception as error:  # what large libraries raise shares no narrower root
        raise RuntimeUnavailable(f"{type(error).__name__}: {error}") from error


def _read(bundle: Bundle, path: str) -> bytes:
    try:
        return bundle.read(path)
    except BundleError as error:
        raise BundleRefused(str(error)) from error
