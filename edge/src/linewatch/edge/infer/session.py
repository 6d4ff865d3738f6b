"""One graph in ONNX Runtime."""

from pathlib import Path

import onnxruntime as ort  # type: ignore[import-untyped]

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import BundleRefused, InferenceError
from linewatch.edge.infer.verdict import FloatArray

_INPUT = "frames"
_OUTPUTS = ("score", "map", "embedding")


class GraphSession:
    """Runs the whole graph: uint8 RGB frames in; score, map and embedding out.

    May be called from several threads at once: every call runs on the thread that makes it.
    """

    def __init__(self, graph: bytes, folder: Path) -> None:
        """Load `graph`; tensors kept in other files are looked for in `folder` alone.

        Raises:
            BundleRefused: ONNX Runtime does not accept it, or its inputs and outputs are not those of the contract.
        """
        try:
            self._session = ort.InferenceSession(graph, _options(folder), providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors share no narrower root
            raise BundleRefused(f"ONNX Runtime does not load the graph: {error}") from error
        self._outputs = self._check_outputs()
        self.frame_size = self._check_input()

    def run(self, frames: UInt8Array) -> tuple[FloatArray, FloatArray | None, FloatArray | None]:
        """Judge frames uint8[N, H, W, 3], or stacks uint8[N, T, H, W, 3], whichever the graph takes.

        Gives score float32[N], map float32[N, h, w], embedding float32[N, D].

        Raises:
            InferenceError: ONNX Runtime failed on these frames.
        """
        try:
            found = dict(zip(self._outputs, self._session.run(self._outputs, {_INPUT: frames}), strict=True))
        except Exception as error:  # ONNX Runtime's errors share no narrower root
            raise InferenceError(f"ONNX Runtime failed on frames {frames.shape}: {error}") from error
        return found["score"], found.get("map"), found.get("embedding")

    def _check_input(self) -> tuple[int | None, int | None]:
        inputs = self._session.get_inputs()
        if [tensor.name for tensor in inputs] != [_INPUT] or inputs[0].type != "tensor(uint8)":
            said = ", ".join(f"{tensor.name}: {tensor.type}" for tensor in inputs)
            raise BundleRefused(f"the graph takes ({said}) instead of one uint8 tensor '{_INPUT}'")
        shape = inputs[0].shape
        if len(shape) not in (4, 5) or shape[-1] != 3:
            raise BundleRefused(f"'{_INPUT}' is {shape} instead of [N, H, W, 3] or [N, T, H, W, 3]")
        return _fixed(shape[-3]), _fixed(shape[-2])

    def _check_outputs(self) -> list[str]:
        offered = {tensor.name for tensor in self._session.get_outputs()}
        if "score" not in offered:
            raise BundleRefused(f"the graph gives {sorted(offered)} and no 'score'")
        return [name for name in _OUTPUTS if name in offered]


def _options(folder: Path) -> ort.SessionOptions:
    options = ort.SessionOptions()
    # Frames are judged in parallel by the agent's workers; a thread pool inside one frame would only contend.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder))
    options.log_severity_level = 3
    return options


def _fixed(dimension: object) -> int | None:
    return dimension if isinstance(dimension, int) and dimension > 0 else None
