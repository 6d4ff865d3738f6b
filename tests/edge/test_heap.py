import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys, threading
import numpy as np
from linewatch.edge.heap import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def use():
    for size in (300_000, 900_000, 3_000_000):
        np.ones(size, np.uint8)
def work():
    use()
    before = faults()
    for _ in range(100):
        use()
    print(faults() - before)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at Linux' page faults")
def test_pictures_that_come_and_go_are_not_fetched_from_the_kernel_page_by_page() -> None:
    faults = {
        how: int(subprocess.run([sys.executable, "-c", PROGRAM, how], check=True, capture_output=True).stdout)
        for how in ("keep", "give")
    }
    assert 5 * faults["keep"] < faults["give"]


GROWTH = """
import sys, threading
import numpy as np
from linewatch.edge.heap import keep_freed_memory, take_spare_memory
if "keep" in sys.argv:
    keep_freed_memory()
if "take" in sys.argv:
    take_spare_memory()
def resident_mb():
    with open("/proc/self/smaps_rollup") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Pss_Anon")) / 1024
def work(most):
    here.wait()
    np.ones(most, np.uint8)
    here.wait()
before = resident_mb()
for size in (500_000, 1_000_000, 1_500_000):
    for count in (2, 4):
        here = threading.Barrier(count)
        threads = [threading.Thread(target=work, args=(size,)) for _ in range(count)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
print(resident_mb() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at Linux' memory")
def test_a_process_that_took_its_spare_memory_does_not_grow_by_frames_of_threads_that_come_and_go() -> None:
    def grown(*how: str) -> float:
        done = subprocess.run([sys.executable, "-c", GROWTH, *how], check=True, capture_output=True)
        return float(done.stdout)

    assert grown("keep", "take") < 1.5
    assert grown("keep") > 3
