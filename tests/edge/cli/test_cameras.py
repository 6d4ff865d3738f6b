import json
import subprocess
import sys
from pathlib import Path

from edge.fake_gige import FakeGigeCamera


def test_it_lists_cameras_with_the_line_to_write(tmp_path: Path) -> None:
    program = "import sys; sys.argv[0] = 'linewatch-edge'; from linewatch.edge.cli.app import run; run()"
    with FakeGigeCamera():
        done = subprocess.run(
            [sys.executable, "-c", program, "cameras", "--json", str(tmp_path / "found.json")],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert 'source = "gige:LW01"   # Aravis Fake, GigEVision at 127.0.0.1' in done.stdout.splitlines()
    assert {"source": "gige:LW01", "what": "Aravis Fake, GigEVision at 127.0.0.1"} in json.loads(
        (tmp_path / "found.json").read_text()
    )["cameras"]
