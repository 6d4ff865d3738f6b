"""What holds for the whole process of an agent."""

import sys

import cv2

from linewatch.edge.heap import keep_freed_memory

_SWITCH_S = 0.001


def settle_process() -> None:
    """Have threads share two cores well: call it once, before frames come.

    OpenCV's own threads would contend with the workers for the same cores. A thread that wants the interpreter waits
    for `_SWITCH_S` at most, not for Python's 5 ms: frames are due in ten. Freed memory is kept.
    """
    cv2.setNumThreads(1)
    sys.setswitchinterval(_SWITCH_S)
    keep_freed_memory()
