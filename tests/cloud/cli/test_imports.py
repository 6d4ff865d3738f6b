import signal
import subprocess
import sys

from linewatch.cloud.cli.imports import interruptible_imports

INTERRUPTED = """
import os, signal
from linewatch.cloud.cli.imports import interruptible_imports
with interruptible_imports():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        pass
print("went on")
"""


def test_an_interrupt_meanwhile_ends_the_process_whatever_would_swallow_it() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_afterwards_interrupts_are_handled_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible_imports():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
