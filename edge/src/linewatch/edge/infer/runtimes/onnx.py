"""ONNX Runtime on the processor: always there."""

from pathlib import Path

import onnxruntime as ort  # type: ignore[import-untyped]

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import BundleRefused, InferenceError
from linewatch.edge.infer.runtimes.port import INPUT, Outputs, RuntimeOptions, check_input, check_outputs


class OnnxSession:
    """Runs the graph on the thread that calls, beside as many more as `options.threads` says."""

    def __init__(self, graph: bytes, folder: Path, options: RuntimeOptions | None = None) -> None:
        """Load `graph`; tensors kept in other files are looked for in `folder` alone.

        Raises:
            BundleRefused: ONNX Runtime does not accept it, or its inputs and outputs are not those of the contract.
        """
        settings = _settings(folder, options or RuntimeOptions())
        try:
            self._session = ort.InferenceSession(graph, settings, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors share no narrower root
            raise BundleRefused(f"ONNX Runtime does not load the graph: {error}") from error
        self._outputs = check_outputs([tensor.name for tensor in self._session.get_outputs()])
        inputs = self._session.get_inputs()
        shape = [_fixed(side) for side in inputs[0].shape] if inputs else []
        check_input([tensor.name for tensor in inputs], [_type(tensor.type) for tensor in inputs], shape)
        self.frame_size = shape[-3], shape[-2]
        self.largest_batch = shape[0]

    def run(self, frames: UInt8Array) -> Outputs:
        """Judge frames; see `Session.run`."""
        try:
            found = dict(zip(self._outputs, self._session.run(self._outputs, {INPUT: frames}), strict=True))
        except Exception as error:  # ONNX Runtime's errors share no narrower root
            raise InferenceError(f"ONNX Runtime failed on frames {frames.shape}: {error}") from error
        return Outputs(score=found["score"], map=found.get("map"), embedding=found.get("embedding"))


def _settings(folder: Path, options: RuntimeOptions) -> ort.SessionOptions:
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    settings.enable_cpu_mem_arena = options.arena
    settings.enable_mem_pattern = options.memory_pattern
    settings.add_session_config_entry("session.intra_op.allow_spinning", "1" if options.spinning else "0")
    settings.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder))
    settings.log_severity_level = 3
    return settings


def _type(said: str) -> str:
    """`tensor(uint8)` in the words of the contract."""
    return said.removeprefix("tensor(").removesuffix(")")


def _fixed(dimension: object) -> int | None:
    return dimension if isinstance(dimension, int) and dimension > 0 else None
