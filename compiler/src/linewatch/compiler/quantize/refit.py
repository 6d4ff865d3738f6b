"""Learns what is normal anew from a quantized trunk.

Quantization moves every cell's features a little, and always in the same direction. Held against the mean of the FP32
features that looks like an anomaly everywhere; held against the mean of the quantized ones it is gone.
"""

from collections.abc import Sequence

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from linewatch.compiler.graph.constants import FACTOR, MEAN
from linewatch.compiler.graph.export import FRAMES
from linewatch.compiler.graph.runtime import open_session
from linewatch.compiler.graph.writer import FLOAT, tensor
from linewatch.compiler.normal.normality import normal_statistics, triangular
from linewatch.compiler.teacher import FloatArray, UInt8Array


def refit_normality(model: onnx.ModelProto, frames: Sequence[UInt8Array], *, optimised: bool) -> None:
    """Set mean and factor of `model` from its own features of the good frames, RGB uint8[H, W, 3].

    Without `optimised`, every node runs as it is written.
    """
    features = _features(model, frames, optimised)
    mean, factor = normal_statistics(torch.from_numpy(features).movedim(3, 1))
    for name, value in ((MEAN, mean.movedim(0, 2)), (FACTOR, triangular(factor))):
        constant = next(constant for constant in model.graph.initializer if constant.name == name)
        constant.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value.numpy(), np.float32), name))


def _features(model: onnx.ModelProto, frames: Sequence[UInt8Array], optimised: bool) -> FloatArray:
    """Features float32[N, h, w, C]: what the mean is subtracted from."""
    name = next(node.input[0] for node in model.graph.node if node.op_type == "Sub" and node.input[1] == MEAN)
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    del opened.graph.output[:]
    opened.graph.output.append(tensor(name, FLOAT, ["N", "h", "w", "C"]))
    session = open_session(opened.SerializeToString(), optimised=optimised)
    return np.concatenate([session.run([name], {FRAMES: frame[None]})[0] for frame in frames])
