"""The real command is killed while a bundle is new: the second time, it returns to the bundle before."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from edge.tiny_bundle import grey_frame, make_bundle
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Stage, Trials


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`linewatch-edge run`, and what it said until a bundle served."""
    code = "from linewatch.edge.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "run"], cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as agent:
        assert agent.stderr is not None
        said = []
        for line in agent.stderr:
            said.append(line)
            if "camera opened" in line:
                break
        try:
            yield agent, said
        finally:
            agent.kill()


def test_killed_twice_while_a_bundle_is_new(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures/0.png"), grey_frame())
    (tmp_path / "edge.toml").write_text(
        '[device]\nstate = "state"\n[[cameras]]\nname = "c"\nsource = "pictures"\nloop = true\nmode = "live"\n'
    )
    digests = {}
    for link, gain in (("previous", 1.0), ("current", 1.5)):
        digests[link] = make_bundle(tmp_path / "new", gain=gain).digest
        shutil.move(tmp_path / "new", tmp_path / "state/bundles" / digests[link])
        (tmp_path / "state/bundles" / link).symlink_to(digests[link])
    store, trials = BundleStore(tmp_path / "state"), Trials(tmp_path / "state")
    trials.begin(digests["current"], Stage.SERVING)
    trials.stop()
    for _ in range(2):
        with running(tmp_path) as (agent, said):
            assert digests["current"] in "".join(said)
            agent.send_signal(signal.SIGKILL)
            agent.wait()
        assert store.current() == digests["current"]
    with running(tmp_path) as (agent, said):
        assert any("update undone" in line and digests["current"] in line for line in said), said
        agent.send_signal(signal.SIGTERM)
        agent.communicate()
    assert store.current() == digests["previous"]
    assert trials.now() is None
