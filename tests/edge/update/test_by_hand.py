"""An operator beside the agent: the same checks as over the network, and a way back."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from linewatch.edge.errors import ConfigurationError, NoPreviousBundle, PreviousHeldBack, SourceError
from linewatch.edge.update.by_hand import beside_no_agent, install, installed_bundles, registry_address, roll_back
from linewatch.edge.update.machine import State
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.status import UpdateStatus
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Trials
from linewatch.edge.update.updater import Updater

if TYPE_CHECKING:
    from edge.update.conftest import Device, Registry

BundleMaker = Callable[..., Path]


class Bench:
    """A device, and the cloud's registry as it is carried there on a stick."""

    def __init__(self, registry: "Registry", device: "Device", make_bundle: BundleMaker, stick: Path) -> None:
        self.registry, self.device, self.make_bundle, self.stick = registry, device, make_bundle, stick

    def publish(self, name: str, **changes: object) -> str:
        return self.registry.publish(self.make_bundle(name, **changes)).digest

    def carry(self) -> str:
        shutil.rmtree(self.stick, ignore_errors=True)
        shutil.copytree(self.registry.settings.folder, self.stick)
        return str(self.stick)

    def install(self, place: str | None = None) -> UpdateStatus:
        address = registry_address(place or self.carry())
        with self.updater() as updater:
            return install(updater, self.device.settings, address)

    def updater(self) -> AbstractContextManager[Updater]:
        return beside_no_agent(self.device.settings, self.device.site, self.device.state, "auto")

    def roll_back(self) -> UpdateStatus:
        with self.updater() as updater:
            return roll_back(updater)

    def current(self) -> str | None:
        return BundleStore(self.device.state).current()


@pytest.fixture
def bench(registry: "Registry", device: "Device", make_bundle: BundleMaker, tmp_path: Path) -> Bench:
    return Bench(registry, device, make_bundle, tmp_path / "stick")


def test_a_carried_registry_is_installed_from_and_nobody_is_asked(bench: Bench) -> None:
    first = bench.publish("one")
    status = bench.install()
    assert (status.state, status.serving, bench.current()) == (State.SERVING, first, first)
    assert bench.registry.asked == []
    trial = Trials(bench.device.state).now()
    assert trial is not None, "it is on trial as one that came over the network"
    assert (trial.digest, trial.running) == (first, False), "the end of the command is no death"
    second = bench.publish("two", bright=100.0)
    assert bench.install().serving == second
    assert [(one.digest, one.role, one.release) for one in installed_bundles(bench.device.state)] == sorted(
        [(first, "previous", 1), (second, "current", 2)]
    )


def test_an_address_works_as_well(bench: Bench) -> None:
    first = bench.publish("one")
    assert bench.install(bench.registry.url).serving == first


def test_a_changed_file_on_the_stick_is_refused_and_the_old_bundle_stays(bench: Bench) -> None:
    first = bench.publish("one")
    bench.install()
    bench.publish("two", bright=100.0)
    stick = Path(bench.carry())
    for path in (stick / "targets" / "blobs").iterdir():
        path.write_bytes(path.read_bytes()[::-1])
    status = bench.install(str(stick))
    assert status.refused_with == "FileNotTrusted"
    assert bench.current() == first


def test_an_older_stick_is_refused(bench: Bench, tmp_path: Path) -> None:
    bench.publish("one")
    old = shutil.copytree(bench.carry(), tmp_path / "old")
    second = bench.publish("two", bright=100.0)
    assert bench.install().serving == second
    assert bench.install(str(old)).refused_with == "MetadataRolledBack"
    assert bench.current() == second


def test_after_a_return_the_newer_one_waits_until_it_is_wanted_or_outdated(bench: Bench) -> None:
    first, second = bench.publish("one"), ""
    bench.install()
    second = bench.publish("two", bright=100.0)
    bench.install()
    assert bench.roll_back().serving == first
    assert bench.current() == first
    listed = {one.digest: one for one in installed_bundles(bench.device.state)}
    assert (listed[second].role, listed[first].role) == ("previous", "current")
    assert "the operator returned from it" in listed[second].refused
    assert not any(one.on_trial for one in listed.values())
    bench.device.wait(days=30)
    agent = bench.device.restart(serving=first)
    assert agent.check().refused_with == "RolledBack"
    assert bench.current() == first
    third = bench.publish("three", bright=120.0)
    assert agent.check().serving == third
    bench.roll_back()
    assert bench.install().serving == third, "who installs it by hand wants it again"
    assert second not in (bench.current(), "")


def test_two_returns_in_a_row_do_not_bring_back_what_was_returned_from(bench: Bench) -> None:
    first = bench.publish("one")
    bench.install()
    second = bench.publish("two", bright=100.0)
    bench.install()
    bench.roll_back()
    with pytest.raises(PreviousHeldBack, match=f"{second[:12]}, is held back .the operator returned.*bundle install"):
        bench.roll_back()
    assert bench.current() == first
    assert bench.install().serving == second, "as the message says"
    assert bench.roll_back().serving == first


def test_an_operator_may_return_to_what_was_refused_for_a_while(bench: Bench) -> None:
    first = bench.publish("one")
    bench.install()
    bench.publish("two", bright=100.0)
    bench.install()
    Refusals(bench.device.state).record(first, "GoldenCheckFailed", "other scores", 5.0)
    assert bench.roll_back().serving == first, "its golden check was repeated"


def test_without_a_bundle_before_there_is_no_return(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoPreviousBundle, match=r"no bundle is installed$"):
        bench.roll_back()
    bench.publish("one")
    bench.install()
    capsys.readouterr()
    with pytest.raises(NoPreviousBundle, match=r"only one is installed$"):
        bench.roll_back()
    assert capsys.readouterr().out == "", "nothing is told twice"


def test_what_cannot_be_done_is_told(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no registry"):
        bench.install(str(tmp_path))
    unnamed = bench.device.settings.model_copy(update={"bundle": ""})
    with bench.updater() as updater, pytest.raises(ConfigurationError, match="name the bundle"):
        install(updater, unnamed, bench.registry.url)


def test_a_damaged_bundle_is_listed_as_such(bench: Bench) -> None:
    first = bench.publish("one")
    bench.install()
    (BundleStore(bench.device.state).folder(first) / "golden" / "0.png").write_bytes(b"?")
    (found,) = installed_bundles(bench.device.state)
    assert (found.digest, found.role) == (first, "current")
    assert "golden/0.png" in found.trouble
