import os
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


MANY_THREADS = """
import sys, threading
import numpy as np
from linewatch.edge.heap import keep_freed_memory
keep_freed_memory()
def resident_mb():
    with open("/proc/self/smaps_rollup") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Pss_Anon")) / 1024
all_here = threading.Barrier(20)
def work():
    all_here.wait()
    np.ones(4_000_000, np.uint8)
    all_here.wait()
before = resident_mb()
threads = [threading.Thread(target=work) for _ in range(20)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(resident_mb() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at Linux' memory")
def test_threads_share_as_many_heaps_as_there_are_processors() -> None:
    grown = float(subprocess.run([sys.executable, "-c", MANY_THREADS], check=True, capture_output=True).stdout)
    assert grown < 5 * (len(os.sched_getaffinity(0)) + 1) + 5
