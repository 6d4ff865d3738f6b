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
