"""OpenVINO on the processor."""

import threading
from typing import Any

import numpy as np

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import BundleRefused, InferenceError
from linewatch.edge.infer.runtimes.port import INPUT, Outputs, RuntimeOptions, check_input, check_outputs
from linewatch.edge.optional import load

MODULE = "openvino"


class OpenVinoSession:
    """Compiles the graph for each number of frames at once: with a free first dimension it takes 1.6 times as long.

    A free height and width cost nothing. There is one stream a worker, and an infer request for each call at a time.
    """

    def __init__(self, graph: bytes, options: RuntimeOptions | None = None) -> None:
        """Load `graph`, for single frames.

        Raises:
            WrongUse: OpenVINO is not installed.
            BundleRefused: OpenVINO does not accept it, or its inputs and outputs are not those of the contract.
        """
        openvino: Any = load(MODULE)
        self._core = openvino.Core()
        self._graph = graph
        self._settings = _settings(options or RuntimeOptions())
        self._compiled: dict[int, _Compiled] = {}
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
        try:
            self._for(self.largest_batch or 1)
        except Exception as error:  # as above
            raise BundleRefused(f"OpenVINO does not compile the graph: {error}") from error

    def run(self, frames: UInt8Array) -> Outputs:
        """Judge frames; see `Session.run`. A number of frames that is new takes some tenths of a second longer."""
        try:
            found = self._for(len(frames)).infer(frames)
            given = {name: np.asarray(found[name], np.float32) for name in self._outputs}
        except Exception as error:  # OpenVINO's errors are RuntimeErrors of many kinds
            raise InferenceError(f"OpenVINO failed on frames {frames.shape}: {error}") from error
        return Outputs(score=given["score"], map=given.get("map"), embedding=given.get("embedding"))

    def _for(self, count: int) -> "_Compiled":
        """The graph for `count` frames at once; nobody waits for a number that another call compiles."""
        known = self._compiled.get(count)
        if known is not None:
            return known
        with self._compiling:
            if count not in self._compiled:
                model = self._core.read_model(self._graph)
                shape = model.input(INPUT).partial_shape
                shape[0] = count
                model.reshape({INPUT: shape})
                self._compiled[count] = _Compiled(self._core.compile_model(model, "CPU", self._settings))
            return self._compiled[count]


class _Compiled:
    """The graph, compiled. A request serves one call at a time; there are as many as calls ran at once."""

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
