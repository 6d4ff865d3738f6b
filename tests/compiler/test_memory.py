import subprocess
import sys

from linewatch.compiler.memory import available_bytes

WORK = """
import resource, sys
import torch
from linewatch.compiler.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def work():
    kept = [torch.ones(size) for size in (4_000_000, 9_000_000, 2_000_000)]
    del kept
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", WORK, how], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_kept_memory_is_not_filled_with_zeros_again() -> None:
    assert page_faults("keep") * 2 < page_faults("let go")


def test_some_memory_is_free() -> None:
    available = available_bytes()
    assert available is not None
    assert 1 << 20 < available < 1 << 50
