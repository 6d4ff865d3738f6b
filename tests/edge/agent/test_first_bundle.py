import shutil
from pathlib import Path

import pytest
from structlog.typing import FilteringBoundLogger

from edge.tiny_bundle import make_bundle
from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.first_bundle import load_first_bundle
from linewatch.edge.config import EdgeSettings
from linewatch.edge.errors import BundleRefused, ConfigurationError, GoldenCheckFailed
from linewatch.edge.update.last_run import end_run
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Stage, Trials


class Device:
    """A state folder with bundles as the update leaves them."""

    def __init__(self, folder: Path, log: FilteringBoundLogger) -> None:
        self.folder, self.log = folder, log
        self.max_latency_ms: float | None = None

    def install(self, link: str, **options: float) -> str:
        digest = make_bundle(self.folder / "new", **options).digest  # type: ignore[arg-type]
        bundles = self.folder / "state/bundles"
        bundles.mkdir(parents=True, exist_ok=True)
        shutil.move(self.folder / "new", bundles / digest)
        (bundles / link).symlink_to(digest)
        return digest

    def damage(self, digest: str) -> None:
        (self.folder / "state/bundles" / digest / "golden/0.png").write_bytes(b"?")

    def trials(self) -> Trials:
        return Trials(self.folder / "state")

    def start(self, *, bundle: Path | None = None, updates: bool = False, name: str = "tiny") -> str:
        update = {"enabled": True, "registry": "http://127.0.0.1:9/", "bundle": name} if updates else {}
        table = {
            "device": {"state": str(self.folder / "state")},
            "cameras": [{"name": "c", "source": "simulated:"}],
            "inference": {"bundle": str(bundle)} if bundle else {},
            "update": update,
        }
        agent = Agent([], record=lambda event: None, log=self.log, max_latency_ms=self.max_latency_ms)
        self.undone = load_first_bundle(agent, EdgeSettings.model_validate(table, strict=False), self.log)
        return agent.engine.serving.digest if agent.engine.serving else ""


@pytest.fixture
def device(tmp_path: Path, log: FilteringBoundLogger) -> Device:
    return Device(tmp_path, log)


def test_the_installed_bundle_serves(device: Device, bundle_folder: Path) -> None:
    digest = device.install("current", gain=2)
    assert device.start() == digest
    assert device.start(bundle=bundle_folder, updates=True) == digest


def test_an_installed_bundle_of_another_name_does_not_serve(device: Device, bundle_folder: Path) -> None:
    digest = device.install("current", gain=2)
    assert device.start(updates=True, name="other") == "", "it waits for the one that is wanted"
    assert device.start(bundle=bundle_folder, updates=True, name="other") not in ("", digest)


def test_without_updates_the_configured_bundle_comes_first(device: Device, bundle_folder: Path) -> None:
    digest = device.install("current", gain=2)
    assert device.start(bundle=bundle_folder) not in ("", digest)


def test_a_damaged_bundle_gives_way_to_the_one_before(device: Device) -> None:
    device.damage(device.install("current", gain=2))
    previous = device.install("previous", gain=3)
    assert device.start() == previous


def test_a_bundle_that_fails_its_golden_check_gives_way_to_the_one_before(device: Device) -> None:
    device.install("current", golden_error=1)
    previous = device.install("previous", gain=3)
    assert device.start() == previous
    assert device.start() == previous


def test_a_new_bundle_with_which_the_agent_dies_twice_gives_way_to_the_one_before(device: Device) -> None:
    new, previous = device.install("current", gain=2), device.install("previous", gain=3)
    device.trials().begin(new, Stage.SERVING)
    assert (device.start(), device.undone) == (new, "")
    assert device.start() == previous
    assert f"returned from the bundle {new[:12]}" in device.undone
    assert (device.start(), device.undone) == (previous, "")


def test_a_new_bundle_goes_on_where_the_agent_ended_as_it_was_told(device: Device) -> None:
    new, _ = device.install("current", gain=2), device.install("previous", gain=3)
    device.trials().begin(new, Stage.SERVING)
    for _ in range(4):
        assert device.start() == new
        end_run(device.trials())


def test_without_a_bundle_before_it_a_new_one_goes_on(device: Device) -> None:
    new = device.install("current", gain=2)
    device.trials().begin(new, Stage.SERVING)
    assert [device.start() for _ in range(4)] == [new] * 4


def test_what_fails_its_golden_check_at_a_start_is_held_back_for_a_while(device: Device) -> None:
    new, previous = device.install("current", golden_error=1), device.install("previous", gain=3)
    assert device.start() == previous
    refusal = Refusals(device.folder / "state").get(new)
    assert refusal is not None
    assert refusal.kind == "GoldenCheckFailed"


def test_a_start_holds_no_bundle_to_the_limit_for_new_ones(device: Device, bundle_folder: Path) -> None:
    device.max_latency_ms = 0.001
    assert device.start(bundle=bundle_folder) != ""
    new, _ = device.install("current", gain=2), device.install("previous", gain=3)
    device.trials().begin(new, Stage.SERVING)
    assert device.start(updates=True) == new
    assert device.trials().now() is not None
    assert Refusals(device.folder / "state").get(new) is None


def test_the_one_before_becomes_current_only_where_it_serves(device: Device) -> None:
    new, previous = device.install("current", golden_error=1), device.install("previous", golden_error=2)
    assert device.start(updates=True) == ""
    store = BundleStore(device.folder / "state")
    assert (store.current(), store.previous()) == (new, previous)


def test_with_updates_the_first_bundle_may_still_come(device: Device) -> None:
    assert device.start(updates=True) == ""


def test_without_any_bundle_the_operator_is_told(device: Device) -> None:
    with pytest.raises(ConfigurationError, match="there is no bundle to run"):
        device.start()


def test_a_configured_bundle_that_is_refused_says_why(device: Device, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing, which inference\.bundle names, is not there"):
        device.start(bundle=tmp_path / "nothing")
    make_bundle(tmp_path / "damaged")
    (tmp_path / "damaged/golden/0.png").unlink()
    with pytest.raises(BundleRefused, match=r"golden/0\.png"):
        device.start(bundle=tmp_path / "damaged")
    make_bundle(tmp_path / "wrong", golden_error=1)
    with pytest.raises(GoldenCheckFailed):
        device.start(bundle=tmp_path / "wrong")
