"""OpenVINO on the processor."""

import threading
from collections import OrderedDict
from typing import Any

import numpy as np

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import BundleRefused, InferenceError
from linewatch.edge.infer.runtimes.port import INPUT, Outputs, RuntimeOptions, check_input, check_outputs
from linewatch.edge.optional import load

MODULE = "openvino"
_KEPT_SHAPES = 3


class OpenVinoSession:
    """Compiles the graph for each shape of frames that comes: with free sides it would take twice as long.

    The last few shapes are kept. Each has one stream a worker, and each call that runs at a time an infer request.
    """

    def __init__(self, graph: bytes, options: RuntimeOptions | None = None) -> None:
        """Load `graph`.

        Raises:
            WrongUse: OpenVINO is not installed.
            BundleRefused: OpenVINO does not accept it, or its inputs and outputs are not those of the contract.
        """
        openvino: Any = load(MODULE)
        self._core = openvino.Core()
        self._graph = graph
        self._settings = _settings(options or RuntimeOptions())
        self._compiled: OrderedDict[tuple[int, ...], _Compiled] = OrderedDict()
        self._compiling = threading.Lock()
        try:
            model = self._core.read_model(graph)
        except Exception as error:  # OpenVINO's errors are RuntimeErrors of many kinds
            raise BundleRefused(f"OpenVINO does not load the graph: {error}") from error
        self._outputs = check_outputs([tensor.any_name for tensor in model.outputs])
        shape = _sides(model.inputs[0].partial_shape) if model.inputs else []
        types = [one.element_type.to_dtype().name for one in model.inputs]
        check_input([tensor.any_name for tensor in model.inputs], types, shape)
        self.frame_size = shape[-3], shape[-2]
        self.largest_batch: int | None = shape[0]

    def run(self, frames: UInt8Array) -> Outputs:
        """Judge frames; see `Session.run`."""
        try:
            found = self._compile(frames.shape).infer(frames)
            given = {name: np.asarray(found[name], np.float32) for name in self._outputs}
        except Exception as error:  # OpenVINO's errors are RuntimeErrors of many kinds
            raise InferenceError(f"OpenVINO failed on frames {frames.shape}: {error}") from error
        return Outputs(score=given["score"], map=given.get("map"), embedding=given.get("embedding"))

    def _compile(self, shape: tuple[int, ...]) -> "_Compiled":
        with self._compiling:
            known = self._compiled.get(shape)
            if known is None:
                model = self._core.read_model(self._graph)
                model.reshape({INPUT: list(shape)})
                known = _Compiled(self._core.compile_model(model, "CPU", self._settings))
                self._compiled[shape] = known
            self._compiled.move_to_end(shape)
            if len(self._compiled) > _KEPT_SHAPES:
                self._compiled.popitem(last=False)
            return known


class _Compiled:
    """The graph for one shape. A request serves one call at a time; there are as many as calls ran at once."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401
        self._model = model
        self._idle: list[Any] = []

    def infer(self, frames: UInt8Array) -> Any:  # noqa: ANN401
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._model.create_infer_request()
        found = request.infer({INPUT: frames}, share_inputs=True)
        self._idle.append(request)
        return found


def _sides(shape: Any) -> list[int | None]:  # noqa: ANN401
    if shape.rank.is_dynamic:
        return []
    return [None if side.is_dynamic else side.get_length() for side in shape]


def _settings(options: RuntimeOptions) -> dict[str, object]:
    return {
        "PERFORMANCE_HINT": "LATENCY",
        # Its own choice, bfloat16 where the processor can, gives other scores than the golden ones.
        "INFERENCE_PRECISION_HINT": "f32",
        "NUM_STREAMS": options.workers,
        "INFERENCE_NUM_THREADS": options.workers * options.threads,
        "ENABLE_CPU_PINNING": False,
    }
