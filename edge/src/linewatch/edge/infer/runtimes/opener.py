"""Opens the graph of a target in a runtime."""

from pathlib import Path

from linewatch.edge.errors import BundleRefused, RuntimeUnavailable, WrongUse
from linewatch.edge.infer.runtimes.onnx import OnnxSession
from linewatch.edge.infer.runtimes.plan import Candidate, Plan, Wish, plan
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

    def plan(self, bundle: Bundle) -> Plan:
        """Which runtimes to try.

        Raises:
            BundleRefused: the bundle has not the wanted target, or none for this device.
        """
        here = self._tensorrt is not None and all(map(is_installed, _TENSORRT_NEEDS))
        try:
            return plan(bundle, self._wish, tensorrt_here=here)
        except BundleError as error:
            raise BundleRefused(str(error)) from error

    def open(self, bundle: Bundle, candidate: Candidate, *, build: bool) -> Session:
        """Load the graph of `candidate`; `build` says whether an engine that is missing may be built now.

        Raises:
            RuntimeUnavailable: the runtime cannot run it here; another one may.
            BundleRefused: a file was changed, or the graph breaks the contract.
        """
        target = candidate.target
        if candidate.runtime is RuntimeName.TENSORRT:
            if self._tensorrt is None:
                raise RuntimeUnavailable("TensorRT has no folder for its engines here")
            return self._tensorrt.open(bundle, target, build=build)
        try:
            graph = bundle.read(target.graph_path)
        except BundleError as error:
            raise BundleRefused(str(error)) from error
        if candidate.runtime is RuntimeName.OPENVINO:
            return _open_openvino(graph, self._options)
        return OnnxSession(graph, bundle.path(target.graph_path).parent, self._options)

    def close(self) -> None:
        """Begin nothing that takes long any more, and end what was begun."""
        if self._tensorrt is not None:
            self._tensorrt.close()


def _open_openvino(graph: bytes, options: RuntimeOptions) -> Session:
    from linewatch.edge.infer.runtimes.openvino import OpenVinoSession

    try:
        return OpenVinoSession(graph, options)
    except WrongUse as error:
        raise RuntimeUnavailable(str(error)) from error
