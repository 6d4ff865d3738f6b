"""A device follows its registry, and whatever is wrong with what it is offered, the old bundle goes on serving."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from linewatch.cloud.registry.release import Release, release_path
from linewatch.edge.errors import BundleReplaced, DiskFull, PromiseBroken
from linewatch.edge.infer.engine import Engine
from linewatch.edge.update.client import look
from linewatch.edge.update.last_run import settle_last_run
from linewatch.edge.update.machine import State
from linewatch.edge.update.message import Message, Told
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Stage, Trials
from linewatch.edge.update.updater import Updater

if TYPE_CHECKING:
    from edge.update.conftest import Device, Fault, Registry

BundleMaker = Callable[..., Path]


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


class Scene:
    """A device that serves release 1, while release 2 waits to be published."""

    def __init__(self, registry: "Registry", device: "Device", make_bundle: BundleMaker) -> None:
        self.registry, self.device, self.make_bundle = registry, device, make_bundle
        self.first = registry.publish(make_bundle("one"))
        device.updater.check()
        assert device.updater.status.state == State.SERVING, device.updater.status
        assert device.updater.status.serving == self.first.digest

    def publish_second(self, **changes: object) -> Release:
        return self.registry.publish(self.make_bundle("two", bright=100.0, **changes))

    def check_refused(self, kind: str) -> None:
        status = self.device.updater.check()
        assert (status.state, status.refused_with) == (State.REFUSED, kind), status
        assert len(status.refusal) > 30
        self.check_old_serves()

    def check_failed(self, words: str) -> None:
        status = self.device.updater.check()
        assert status.state == State.IDLE, status
        assert words in status.trouble
        self.check_old_serves()

    def check_old_serves(self) -> None:
        store = BundleStore(self.device.state)
        assert store.current() == self.first.digest
        store.open(self.first.digest)
        assert self.device.updater.status.serving == self.first.digest
        assert self.device.host.swaps[-1].name == self.first.digest


@pytest.fixture
def scene(registry: "Registry", device: "Device", make_bundle: BundleMaker) -> Scene:
    return Scene(registry, device, make_bundle)


def test_a_newer_release_is_served_and_only_what_changed_is_fetched(scene: Scene) -> None:
    before = len(scene.registry.blobs_sent())
    second = scene.publish_second()
    status = scene.device.updater.check()
    assert (status.state, status.serving) == (State.SERVING, second.digest)
    assert len(scene.registry.blobs_sent()) - before == 1  # the graph; golden pictures and recipe were there
    store = BundleStore(scene.device.state)
    assert store.open(second.digest).manifest.release == 2
    assert (store.current(), store.previous()) == (second.digest, scene.first.digest)


def test_nothing_new_is_no_work(scene: Scene) -> None:
    asked = len(scene.registry.blobs_sent())
    status = scene.device.updater.check()
    assert (status.state, status.refusal, status.trouble) == (State.SERVING, "", "")
    assert len(scene.registry.blobs_sent()) == asked
    assert len(scene.device.host.swaps) == 1


def test_only_two_bundles_stay(scene: Scene) -> None:
    for bright in (110.0, 120.0, 130.0):
        newest = scene.registry.publish(scene.make_bundle(f"b{bright}", bright=bright))
        assert scene.device.updater.check().serving == newest.digest
    store = BundleStore(scene.device.state)
    assert len(store.installed()) == 2
    assert store.current() == newest.digest
    assert not (scene.device.state / "downloads").exists()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/metadata/timestamp.json", "MetadataNotTrusted"),
        (".snapshot.json", "MetadataNotTrusted"),
        (".targets.json", "MetadataNotTrusted"),
        ("/targets/releases/", "ManifestNotTrusted"),
        ("/targets/blobs/", "FileNotTrusted"),
    ],
)
def test_one_flipped_bit_is_refused(scene: Scene, fault: "type[Fault]", path: str, kind: str) -> None:
    scene.publish_second()
    scene.registry.faults = [fault(path, change=flip)]
    scene.check_refused(kind)


def test_one_flipped_bit_in_a_new_root_is_refused(scene: Scene, fault: "type[Fault]") -> None:
    scene.registry.repository.renew()
    scene.registry.faults = [fault("2.root.json", change=flip)]
    scene.check_refused("MetadataNotTrusted")
    scene.registry.faults = []
    assert scene.device.updater.check().state == State.SERVING


def test_too_much_and_too_little_are_refused(scene: Scene, fault: "type[Fault]") -> None:
    scene.publish_second()
    scene.registry.faults = [fault("/targets/blobs/", change=lambda data: data + b"more")]
    scene.check_refused("FileNotTrusted")
    scene.device.wait(days=2)
    scene.registry.faults = [fault("/targets/blobs/", change=lambda data: data[:-1])]
    scene.check_refused("FileNotTrusted")
    scene.registry.faults = [fault("/metadata/timestamp.json", change=lambda data: data + b" " * 20_000)]
    scene.check_refused("MetadataNotTrusted")


def test_expired_metadata_is_refused(scene: Scene) -> None:
    scene.registry.now -= timedelta(days=400)
    scene.publish_second()
    scene.check_refused("MetadataExpired")


def test_an_older_state_of_the_registry_is_refused(scene: Scene, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(scene.registry.settings.folder, old)
    scene.publish_second()
    scene.registry.repository.refresh()
    second = scene.device.updater.check().serving
    shutil.rmtree(scene.registry.settings.folder)
    old.rename(scene.registry.settings.folder)
    status = scene.device.updater.check()
    assert (status.state, status.refused_with) == (State.REFUSED, "MetadataRolledBack")
    assert BundleStore(scene.device.state).current() == second

    # The device's own counter holds even when the memory of the metadata is wiped.
    shutil.rmtree(scene.device.state / "tuf")
    status = scene.device.updater.check()
    assert (status.state, status.refused_with) == (State.REFUSED, "OlderRelease")
    assert BundleStore(scene.device.state).current() == second
    assert status.serving == second


def test_the_counter_holds_when_bundles_and_metadata_are_wiped(scene: Scene) -> None:
    counter = scene.device.state / "release.json"
    counter.write_text(json.dumps({"washers": {"release": 7, "digest": "0" * 64}}))
    scene.publish_second()
    scene.check_refused("OlderRelease")


def test_a_bundle_for_another_site_is_refused(scene: Scene) -> None:
    other = scene.registry.publish(scene.make_bundle("other", bright=90.0), site="plant-2")
    repository = scene.registry.repository
    data = next(scene.registry.settings.targets.glob(f"releases/plant-2/{other.digest}.*")).read_bytes()
    repository.commit([repository.store(release_path("plant-1", "washers"), data, {"release": 9})])
    scene.check_refused("WrongSite")


def test_a_signed_manifest_that_breaks_a_rule_is_refused(scene: Scene) -> None:
    repository = scene.registry.repository
    repository.commit([repository.store(release_path("plant-1", "washers"), b"{}", {"release": 9})])
    scene.check_refused("BundleBroken")


def test_an_unknown_bundle_is_refused(scene: Scene) -> None:
    scene.device.restart(scene.first.digest, bundle="nuts")
    scene.check_refused("UnknownBundle")


def test_a_failed_golden_check_is_refused_and_not_tried_again_at_once(scene: Scene) -> None:
    second = scene.publish_second()
    scene.device.host.refuse = True
    scene.check_refused("GoldenCheckFailed")
    sent = len(scene.registry.blobs_sent())
    scene.device.host.refuse = False
    for _ in range(2):
        scene.device.wait(seconds=60)
        scene.check_refused("GoldenCheckFailed")
    assert len(scene.registry.blobs_sent()) == sent
    scene.device.wait(minutes=10)
    assert scene.device.updater.check().serving == second.digest
    assert scene.device.updater.status.refusal == ""


def test_a_newer_release_ends_a_refusal(scene: Scene) -> None:
    scene.publish_second()
    scene.device.host.refuse = True
    scene.check_refused("GoldenCheckFailed")
    scene.device.host.refuse = False
    third = scene.registry.publish(scene.make_bundle("three", bright=50.0))
    status = scene.device.updater.check()
    assert (status.state, status.serving, status.refusal) == (State.SERVING, third.digest, "")


def test_a_bundle_that_brought_the_agent_down_is_not_tried_at_once_by_the_next_one(scene: Scene) -> None:
    scene.publish_second()
    scene.device.host.crash = SystemExit("as if the process had died")
    with pytest.raises(SystemExit):
        scene.device.updater.check()
    scene.device.host.crash = None
    settle_last_run(scene.device.state, Trials(scene.device.state))
    scene.device.restart(scene.first.digest)
    scene.device.wait(minutes=2)
    status = scene.device.updater.check()
    assert (status.state, status.refused_with) == (State.REFUSED, "TrialDied")
    scene.check_old_serves()


@pytest.mark.parametrize(("boot", "stopped"), [("another", False), ("", True)])
def test_a_power_cut_or_a_stop_while_a_bundle_is_checked_does_not_condemn_it(
    scene: Scene, boot: str, stopped: bool
) -> None:
    second = scene.publish_second()
    scene.device.host.crash = SystemExit("as if the process had ended")
    with pytest.raises(SystemExit):
        scene.device.updater.check()
    if stopped:
        scene.device.updater.trials.stop()
    scene.device.host.crash = None
    settle_last_run(scene.device.state, Trials(scene.device.state, boot or None))
    assert scene.device.restart(scene.first.digest).check().serving == second.digest


class Served(Scene):
    """A device on which release 2 took over from release 1 and is on trial."""

    def __init__(self, registry: "Registry", device: "Device", make_bundle: BundleMaker) -> None:
        super().__init__(registry, device, make_bundle)
        device.updater.trials.end()
        self.second = self.publish_second()
        assert device.updater.check().serving == self.second.digest

    def start(self, boot: str = "now") -> str:
        """As an agent starts that is told nothing: gives what was undone."""
        trials = Trials(self.device.state, boot)
        undone = settle_last_run(self.device.state, trials)
        current = BundleStore(self.device.state).current() or ""
        self.device.restart(current)
        trial = trials.now()
        if trial is not None and trial.digest == current:
            trials.begin(current, Stage.SERVING)
        return undone


@pytest.fixture
def served(registry: "Registry", device: "Device", make_bundle: BundleMaker) -> Served:
    return Served(registry, device, make_bundle)


def test_the_second_death_in_a_row_returns_to_the_bundle_before(served: Served) -> None:
    served.start()  # another boot than that of the trial so far
    assert served.start() == "", "a first death may be chance"
    assert "died again and again" in served.start()
    store = BundleStore(served.device.state)
    assert (store.current(), store.previous()) == (served.first.digest, served.second.digest)
    served.device.wait(days=30)
    assert served.device.updater.check().refused_with == "AgentDied"
    assert store.current() == served.first.digest
    assert served.start() == "", "what served before is not on trial"
    third = served.registry.publish(served.make_bundle("three", bright=150.0))
    assert served.device.updater.check().serving == third.digest


def test_power_cuts_and_stops_while_a_bundle_is_new_do_not_condemn_it(served: Served) -> None:
    for boot in ("a", "b"):
        assert served.start(boot) == ""
    Trials(served.device.state, "b").stop()
    for boot in ("b", "c", "d"):
        assert served.start(boot) == ""
    assert BundleStore(served.device.state).current() == served.second.digest


def test_a_bundle_with_which_the_machine_never_stays_up_is_undone_for_a_while(served: Served) -> None:
    assert [bool(served.start(boot)) for boot in ("a", "b", "c")] == [False, False, True]
    served.device.wait(minutes=2)
    assert served.device.updater.check().refused_with == "TrialCut"
    served.device.wait(days=2)
    assert served.device.updater.check().serving == served.second.digest


def test_after_its_trial_a_death_is_not_the_bundles(served: Served) -> None:
    served.device.updater.trials.end()
    assert [served.start() for _ in range(4)] == [""] * 4
    assert BundleStore(served.device.state).current() == served.second.digest


def test_a_broken_promise_returns_and_holds_back(served: Served) -> None:
    status = served.device.updater.go_back(PromiseBroken("far too many alarms"))
    assert (status.state, status.refused_with, status.serving) == (
        State.REFUSED,
        "PromiseBroken",
        served.first.digest,
    )
    assert served.device.host.restored[-1].name == served.first.digest
    served.device.wait(days=30)
    assert served.device.updater.check().refused_with == "PromiseBroken"
    back = served.device.updater.go_back(PromiseBroken("this one, too"))
    assert back.failed_with == "PreviousHeldBack", "never back to what was returned from"
    assert back.serving == served.first.digest
    nowhere = served.device.settings.model_copy(update={"registry": "http://127.0.0.1:1/registry"})
    assert served.device.updater.install(nowhere).trouble
    assert served.device.updater.check().serving == served.first.digest, "an install that failed lifts no hold"
    assert served.device.updater.install(served.device.settings).serving == served.second.digest, "by hand, it is"
    assert not served.device.updater.held_back(served.second.digest)


def test_a_return_is_from_the_bundle_that_was_meant(served: Served) -> None:
    with pytest.raises(BundleReplaced, match=f"{served.second.digest[:12]} was installed meanwhile"):
        served.device.updater.go_back(PromiseBroken("far too many alarms"), served.first.digest)
    assert BundleStore(served.device.state).current() == served.second.digest
    assert not served.device.updater.held_back(served.second.digest)


def test_a_return_that_the_power_cut_interrupted_is_finished(served: Served) -> None:
    Refusals(served.device.state).record(served.second.digest, "PromiseBroken", "far too many alarms", 5.0)
    served.start()
    assert BundleStore(served.device.state).current() == served.first.digest


def test_a_return_does_not_wait_for_a_download(served: Served, fault: "type[Fault]") -> None:
    served.registry.publish(served.make_bundle("three", bright=150.0))
    served.registry.faults = [fault("/targets/blobs/", dribble_seconds=0.2)]
    updater = Updater(
        served.device.settings, "plant-1", served.device.state, served.device.host, serving=served.second.digest
    )
    look = threading.Thread(target=updater.check)
    look.start()
    while updater.status.state != State.DOWNLOADING:
        time.sleep(0.02)
    begun = time.monotonic()
    assert updater.go_back(PromiseBroken("far too many alarms")).serving == served.first.digest
    assert time.monotonic() - begun < 5
    look.join()


@pytest.mark.parametrize("what", ["return", "install"])
def test_neither_a_return_nor_an_operator_waits_for_an_engine_that_is_built(served: Served, what: str) -> None:
    served.registry.publish(served.make_bundle("three", bright=150.0))
    host = served.device.host
    host.builds = True
    updater = Updater(served.device.settings, "plant-1", served.device.state, host, serving=served.second.digest)
    look = threading.Thread(target=updater.check)
    look.start()
    assert host.building.wait(30)
    host.builds = False
    begun = time.monotonic()
    if what == "return":
        assert updater.go_back(PromiseBroken("far too many alarms")).serving == served.first.digest
    else:
        assert updater.install(served.device.settings).state is State.SERVING
    assert time.monotonic() - begun < 5
    look.join(5)
    assert not look.is_alive()


def test_without_a_fit_bundle_to_return_to_the_new_one_goes_on(served: Served) -> None:
    served.device.host.refuse = True
    status = served.device.updater.go_back(PromiseBroken("far too many alarms"))
    assert (status.state, status.failed_with, status.serving) == (
        State.IDLE,
        "GoldenCheckFailed",
        served.second.digest,
    )
    assert BundleStore(served.device.state).current() == served.second.digest


def test_an_unreachable_registry_is_trouble_not_refusal(scene: Scene) -> None:
    scene.publish_second()
    scene.device.restart(scene.first.digest, registry="http://127.0.0.1:9/registry")
    scene.check_failed("cannot reach")
    assert scene.device.updater.status.refusal == ""


def test_a_registry_in_trouble_is_trouble(scene: Scene, fault: "type[Fault]") -> None:
    scene.publish_second()
    scene.registry.faults = [fault("/metadata/timestamp.json", status=503)]
    scene.check_failed("503")
    scene.registry.faults = [fault("/targets/blobs/", status=404)]
    scene.check_failed("404")


@pytest.mark.parametrize("path", ["/metadata/timestamp.json", "/targets/blobs/"])
def test_a_dribbling_registry_is_given_up(scene: Scene, fault: "type[Fault]", path: str) -> None:
    scene.publish_second()
    scene.registry.faults = [fault(path, dribble_seconds=0.01)]
    scene.device.restart(scene.first.digest, stall_seconds=0.3, minimum_bytes_per_second=10_000)
    scene.check_failed("slower than 10000 bytes a second")


def test_a_silent_registry_is_given_up(scene: Scene, fault: "type[Fault]") -> None:
    scene.publish_second()
    scene.registry.faults = [fault("/targets/blobs/", dribble_seconds=5.0)]
    scene.device.restart(scene.first.digest, stall_seconds=0.3)
    scene.check_failed("slower than")


def test_a_full_disk_is_trouble(scene: Scene) -> None:
    scene.publish_second()
    scene.device.restart(scene.first.digest, keep_free_bytes=1 << 60)
    scene.check_failed("free some space")
    second = scene.device.restart(scene.first.digest, keep_free_bytes=0).check().serving
    assert second != scene.first.digest


def test_a_broken_download_goes_on_where_it_stopped(scene: Scene, fault: "type[Fault]") -> None:
    second = scene.publish_second()
    scene.registry.faults = [fault("/targets/blobs/", hang_up_after=100)]
    scene.check_failed("connection broke")
    scene.registry.faults = []
    assert scene.device.updater.check().serving == second.digest
    assert scene.registry.asked[-1][1] == "bytes=100-"


def test_a_registry_in_trouble_does_not_cost_what_was_fetched(scene: Scene, fault: "type[Fault]") -> None:
    second = scene.publish_second()
    scene.registry.faults = [fault("/targets/blobs/", hang_up_after=100)]
    scene.check_failed("connection broke")
    scene.registry.faults = [fault("/targets/blobs/", status=503)]
    scene.check_failed("503")
    scene.registry.faults = []
    assert scene.device.updater.check().serving == second.digest
    assert scene.registry.asked[-1][1] == "bytes=100-"


def test_a_slow_disk_is_heard_working_file_by_file(scene: Scene) -> None:
    scene.publish_second()
    told: list[Message] = []
    look(scene.device.updater._request(), told.append)
    kinds = [message.told for message in told]
    (second,) = [path for path in scene.device.state.glob("bundles/*") if path.name == told[-1].digest]
    files = [path for path in second.rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert kinds[kinds.index(Told.FETCHED) + 1 :] == [Told.PROGRESS] * len(files) + [Told.WHOLE]


def test_what_was_fetched_needs_no_room_again(
    scene: Scene, fault: "type[Fault]", monkeypatch: pytest.MonkeyPatch
) -> None:
    second = scene.publish_second()
    downloads = scene.device.state / "downloads"
    scene.registry.faults = [fault("/targets/blobs/", hang_up_after=100)]
    scene.check_failed("connection broke")
    scene.registry.faults = []
    (part,) = downloads.iterdir()
    blob = (scene.registry.settings.folder / "targets" / "blobs" / f"{part.name}.{part.name}").stat().st_size
    bundle = sum(
        file.stat().st_size for file in (scene.make_bundle("again", bright=100.0)).rglob("*") if file.is_file()
    )
    manifest = (scene.make_bundle("once more", bright=100.0) / "manifest.json").stat().st_size
    free = bundle - manifest + blob - 100
    for missing, serving in [(1, scene.first.digest), (0, second.digest)]:
        usage = SimpleNamespace(free=free - missing)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, usage=usage: usage)
        assert scene.device.updater.check().serving == serving


def test_what_tries_of_other_bundles_left_takes_no_room(scene: Scene) -> None:
    old = [scene.device.state / "downloads" / ("0" * 64), BundleStore(scene.device.state).staging("0" * 64)]
    old[0].parent.mkdir(exist_ok=True)
    old[0].write_bytes(b"x")
    old[1].mkdir()
    scene.publish_second()
    scene.device.restart(scene.first.digest, keep_free_bytes=1 << 60)
    scene.check_failed("free some space")
    assert not any(path.exists() for path in old)


def test_a_damaged_part_of_a_download_is_fetched_again(scene: Scene, fault: "type[Fault]") -> None:
    second = scene.publish_second()
    scene.registry.faults = [fault("/targets/blobs/", hang_up_after=100)]
    scene.check_failed("connection broke")
    scene.registry.faults = []
    (part,) = (scene.device.state / "downloads").iterdir()
    part.write_bytes(flip(part.read_bytes()))
    assert scene.device.updater.check().serving == second.digest


def test_a_damaged_file_of_the_old_bundle_is_not_reused(scene: Scene) -> None:
    second = scene.publish_second()
    picture = scene.device.state / "bundles" / scene.first.digest / "golden/0.png"
    picture.write_bytes(flip(picture.read_bytes()))
    assert scene.device.updater.check().serving == second.digest
    BundleStore(scene.device.state).open(second.digest)


def test_a_damaged_current_bundle_is_put_right(scene: Scene) -> None:
    picture = scene.device.state / "bundles" / scene.first.digest / "golden/0.png"
    picture.write_bytes(flip(picture.read_bytes()))
    store = BundleStore(scene.device.state)
    assert store.usable() is None
    scene.device.restart(serving="")
    assert scene.device.updater.check().serving == scene.first.digest
    store.open(scene.first.digest)


def test_a_damaged_trusted_root_says_what_to_do(scene: Scene, tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(flip(scene.registry.root.read_bytes()))
    scene.device.restart(scene.first.digest, trusted_root=root)
    scene.check_failed("bring root.json from the registry again")
    scene.device.restart(scene.first.digest, trusted_root=tmp_path / "none.json")
    scene.check_failed("cannot read the trusted root")


def test_keys_of_another_registry_are_not_trusted(scene: Scene, tmp_path: Path) -> None:
    stranger = type(scene.registry)(tmp_path / "stranger")
    stranger.server.server_close()
    scene.device.restart(scene.first.digest, trusted_root=stranger.root)
    scene.check_refused("MetadataNotTrusted")


class Serving:
    """The agent's part of an engine."""

    def __init__(self, engine: Engine) -> None:
        self.restore = engine.swap

    def swap(self, folder: Path, _given_up: Callable[[], bool]) -> object:
        return self.restore(folder)


def test_the_real_engine_runs_the_golden_check(scene: Scene) -> None:
    engine = Engine()
    updater = Updater(scene.device.settings, "plant-1", scene.device.state, Serving(engine))
    assert updater.check().serving == scene.first.digest
    scene.publish_second(golden_error=0.5)
    status = updater.check()
    assert (status.state, status.refused_with) == (State.REFUSED, "GoldenCheckFailed")
    assert engine.current().digest == scene.first.digest
    third = scene.registry.publish(scene.make_bundle("three", bright=50.0))
    assert updater.check().serving == third.digest
    assert engine.current().digest == third.digest


def test_a_switch_that_the_disk_refused_is_made_up_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    second = scene.publish_second()

    def refuse(store: BundleStore, digest: str) -> None:
        raise DiskFull("no room")

    with monkeypatch.context() as full:
        full.setattr(BundleStore, "switch", refuse)
        status = scene.device.updater.check()
    assert (status.state, status.trouble) == (State.IDLE, "no room")
    store = BundleStore(scene.device.state)
    assert store.current() == scene.first.digest
    assert scene.device.updater.check().serving == second.digest
    assert store.current() == second.digest


def test_a_refusal_that_cannot_be_written_down_is_still_a_refusal(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, fault: "type[Fault]"
) -> None:
    scene.publish_second()
    scene.registry.faults = [fault("/targets/blobs/", change=flip)]

    def refuse(refusals: Refusals, *_: object, **__: object) -> None:
        raise DiskFull("no room")

    monkeypatch.setattr(Refusals, "record", refuse)
    scene.check_refused("FileNotTrusted")
    assert scene.device.updater.status.trouble == "no room"
