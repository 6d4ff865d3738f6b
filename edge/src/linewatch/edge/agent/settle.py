"""What holds for the whole process of an agent."""

import gc
import sys

import cv2

from linewatch.edge.heap import keep_freed_memory, take_spare_memory

_SWITCH_S = 0.0005
"""A frame changes threads three times: none of them may keep the interpreter from the next for long."""


def settle_process() -> None:
    """Have threads share two cores well: call it once, when everything is imported and before frames come.

    OpenCV's own threads would contend with the workers for the same cores. A thread that wants the interpreter waits
    for `_SWITCH_S` at most, not for Python's 5 ms: frames are due in ten. What was imported is not searched for garbage
    again, which stops every thread for longer than that. Freed memory is kept, and what may be kept is taken at once.
    """
    cv2.setNumThreads(1)
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()
    keep_freed_memory()
    take_spare_memory()
