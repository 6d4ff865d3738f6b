"""Runs an engine."""

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import InferenceError, RuntimeUnavailable
from linewatch.edge.infer.runtimes.port import INPUT, Outputs, check_input, check_outputs
from linewatch.edge.infer.runtimes.tensorrt.gpu import GpuMemory, Stream
from linewatch.edge.infer.runtimes.tensorrt.library import quiet_logger, said_by


class TensorRtSession:
    """One engine with one stream: calls from several threads wait for each other, for there is one GPU."""

    def __init__(self, trt: Any, plan: bytes) -> None:  # noqa: ANN401
        """Load an engine with the bindings `trt`.

        Raises:
            RuntimeUnavailable: this GPU or this version does not take it, or its memory is full.
            BundleRefused: its inputs and outputs are not those of the contract.
        """
        logger = quiet_logger(trt)
        logger.faults = []  # those of earlier engines say nothing of this one
        self._trt = trt
        self._runtime = trt.Runtime(logger)
        engine = self._runtime.deserialize_cuda_engine(plan)
        context = None if engine is None else engine.create_execution_context()
        if engine is None or context is None:
            raise RuntimeUnavailable(f"TensorRT does not load the engine: {said_by(logger)}")
        self._engine, self._context = engine, context
        self._outputs = self._check()
        least, _, most = engine.get_tensor_profile_shape(INPUT, 0)
        free = [None if low != high else high for low, high in zip(tuple(least), tuple(most), strict=True)]
        self.frame_size: tuple[int | None, int | None] = (free[-3], free[-2])
        self.largest_batch: int | None = next(iter(most))
        try:
            self._stream = Stream()
        except InferenceError as error:
            raise RuntimeUnavailable(str(error)) from error
        self._memory: dict[str, GpuMemory] = {}
        self._busy = threading.Lock()

    def run(self, frames: UInt8Array) -> Outputs:
        """Judge frames; see `Session.run`."""
        try:
            with self._busy:
                given = self._run(np.ascontiguousarray(frames))
        except InferenceError:
            raise
        except Exception as error:  # the bindings' errors share no narrower root
            raise InferenceError(f"TensorRT failed on frames {frames.shape}: {error}") from error
        return Outputs(score=given["score"], map=given.get("map"), embedding=given.get("embedding"))

    def _run(self, frames: UInt8Array) -> dict[str, npt.NDArray[np.float32]]:
        context, stream = self._context, self._stream
        if not context.set_input_shape(INPUT, frames.shape):
            raise InferenceError(f"the engine is not built for frames {frames.shape}")
        stream.send(frames, self._place(INPUT, frames.nbytes))
        given: dict[str, npt.NDArray[np.float32]] = {}
        for name in self._outputs:
            given[name] = np.empty(tuple(context.get_tensor_shape(name)), np.float32)
            self._place(name, given[name].nbytes)
        if not context.execute_async_v3(stream.handle):
            raise InferenceError(f"TensorRT failed on frames {frames.shape}")
        for name, values in given.items():
            stream.fetch(self._memory[name], values)
        stream.wait()
        return given

    def _place(self, name: str, size: int) -> GpuMemory:
        """Memory of the GPU for a tensor; it grows as needed."""
        memory = self._memory.get(name)
        if memory is None or memory.size < size:
            memory = self._memory[name] = GpuMemory(size)
        if not self._context.set_tensor_address(name, memory.address):
            raise InferenceError(f"TensorRT does not take memory for '{name}'")
        return memory

    def _check(self) -> list[str]:
        trt, engine = self._trt, self._engine
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        inputs = [name for name in names if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT]
        types = ["uint8" if engine.get_tensor_dtype(name) == trt.DataType.UINT8 else "other" for name in inputs]
        shape = [side if side > 0 else None for side in tuple(engine.get_tensor_shape(inputs[0]))] if inputs else []
        check_input(inputs, types, shape)
        outputs = check_outputs([name for name in names if name not in inputs])
        for name in outputs:
            if engine.get_tensor_dtype(name) != trt.DataType.FLOAT:
                raise RuntimeUnavailable(f"the engine does not give '{name}' in single precision")
        return outputs
