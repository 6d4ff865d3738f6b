import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.local.taught import red
from edge.tiny_bundle import make_bundle
from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.picture import as_picture
from linewatch.edge.errors import WrongUse
from linewatch.edge.infer.model import Model, load_model
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.local.change import NewGood
from linewatch.edge.local.journal import Journal
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.edge.page.tap import Tap
from linewatch.edge.page.teaching import Teaching

SESSION = 7


class Device:
    """Its camera shows red frames, which `model` judges."""

    def __init__(self, state: Path, model: Model) -> None:
        state.mkdir()
        self.model = model
        self.journal = Journal(state, site="s", device="d")
        self.tap = Tap(10.0)
        self.teaching = Teaching(lambda: LocalTeacher(self.journal, self.model), {"c": self.tap})
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._show)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _show(self) -> None:
        picture = as_picture(red(3))
        while not self._stop.wait(0.01):
            self.tap.offer(Judged(Frame("c", 1, picture, 0, time.monotonic()), self.model.judge(picture)))


@pytest.fixture
def device(tmp_path: Path, model: Model) -> Iterator[Device]:
    made = Device(tmp_path / "state", model)
    yield made
    made.stop()


def test_what_was_proposed_is_kept_once(device: Device) -> None:
    device.teaching.begin(SESSION, "c")
    with pytest.raises(WrongUse, match="say first"):
        device.teaching.keep(SESSION, "c", "")
    device.teaching.propose(SESSION, "c", defect=None)
    change = device.teaching.keep(SESSION, "c", "paint")
    assert isinstance(change.taught, NewGood)
    with pytest.raises(WrongUse, match="begin again"):
        device.teaching.keep(SESSION, "c", "paint")
    assert len(device.journal.entries()) == 1


def test_what_one_bundle_sees_is_not_taught_to_another(device: Device, tmp_path: Path) -> None:
    device.teaching.begin(SESSION, "c")
    device.teaching.propose(SESSION, "c", defect=None)
    device.model = load_model(make_bundle(tmp_path / "newer", gain=1.5).folder)
    with pytest.raises(WrongUse, match="another bundle serves now"):
        device.teaching.keep(SESSION, "c", "paint")
    assert device.journal.entries() == []
    device.teaching.propose(SESSION, "c", defect=None)
    change = device.teaching.keep(SESSION, "c", "paint")
    assert change.subject.bundle == device.model.digest
