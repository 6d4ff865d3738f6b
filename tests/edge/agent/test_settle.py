import subprocess
import sys

PROGRAM = """
import gc, sys
import cv2
from linewatch.edge.agent.settle import settle_process
settle_process()
print(cv2.getNumThreads(), sys.getswitchinterval(), gc.get_freeze_count())
"""


def test_threads_of_one_process_share_its_cores() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    threads, interval, frozen = done.stdout.split()
    assert int(threads) == 1
    assert float(interval) < 0.005
    assert int(frozen) > 1000
