"""A student that learned no teacher: its pretrained network and what is normal to it make whole graphs in seconds."""

from dataclasses import dataclass

import cv2
import numpy as np
import onnx
import torch

from linewatch.compiler.graph.export import export
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.quantize.calibrate import Ranges, calibrate
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student
from linewatch.compiler.teacher import UInt8Array

SIDE = 64
HEIGHT, WIDTH = 90, 120


@dataclass(frozen=True, kw_only=True)
class Untaught:
    """The FP32 graph, its calibrated ranges, frames that are normal to it, and ones that are not."""

    fp32: onnx.ModelProto
    ranges: Ranges
    normal: list[UInt8Array]
    odd: list[UInt8Array]


def untaught_student() -> Untaught:
    normal = noisy_pictures(12)
    odd = [frame.copy() for frame in normal[:2]]
    odd[0][20:40, 30:60], odd[1][:25] = 20, 200
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        student = Student(StudentShape(height=SIDE, width=SIDE, features=8))
    shrink = Shrink.for_frames((SIDE, SIDE), HEIGHT, WIDTH)
    student.fit(shrink(normal))
    fp32 = export(student, shrink)
    return Untaught(fp32=fp32, ranges=calibrate(fp32, [*normal, *odd], lambda _done: None), normal=normal, odd=odd)


def noisy_pictures(count: int) -> list[UInt8Array]:
    """The same blurred colours with other noise in each picture."""
    random = np.random.default_rng(0)
    base = cv2.GaussianBlur(random.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8), (0, 0), 3)
    return [_noisy(np.asarray(base, np.uint8), random) for _ in range(count)]


def _noisy(base: UInt8Array, random: np.random.Generator) -> UInt8Array:
    noisy: UInt8Array = np.clip(base + random.normal(0, 10, base.shape), 0, 255).astype(np.uint8)
    return noisy
