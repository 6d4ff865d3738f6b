import os
import subprocess
import sys
from pathlib import Path

import pytest

from linewatch.edge.child_command import child_command

CHILDREN = [
    "linewatch.edge.capture.isolation.child",
    "linewatch.edge.update.child",
    "linewatch.edge.infer.runtimes.tensorrt.build",
]


@pytest.mark.parametrize("module", CHILDREN)
def test_a_module_that_somebody_put_into_the_working_folder_is_not_run(module: str, tmp_path: Path) -> None:
    for name in ("json", "random", "queue", "cv2", "numpy", "struct"):
        (tmp_path / f"{name}.py").write_text("open('planted', 'w').close()")
    paths = [str(Path(path).absolute()) for path in sys.path if path]
    subprocess.run(
        child_command(module, "c"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert not (tmp_path / "planted").exists()
