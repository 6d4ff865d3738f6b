"""The command as a user runs it: real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import cv2
import pytest

from command_help import odd_names
from edge.local.taught import red
from edge.tiny_bundle import grey_frame, make_bundle
from linewatch.edge.cli.app import app
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2

_COMMAND = (sys.executable, "-c", "from linewatch.edge.cli import main; main()")


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


def write_pictures(folder: Path, spots: Sequence[bool]) -> None:
    folder.mkdir()
    for number, spot in enumerate(spots):
        cv2.imwrite(str(folder / f"{number}.png"), grey_frame(spot))


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A folder with a bundle, pictures, and a configuration for them."""
    make_bundle(tmp_path / "tiny")
    write_pictures(tmp_path / "pictures", [False] * 5 + [True] * 5 + [False] * 10)
    (tmp_path / "edge.toml").write_text(
        '[device]\nsite = "s"\nname = "d"\n[[cameras]]\nname = "c"\nsource = "pictures"\n[inference]\nbundle = "tiny"\n'
    )
    return tmp_path


def test_run_judges_a_folder_and_keeps_its_events(device: Path) -> None:
    done = command(device, "run", "--json", "result.json")
    assert done.returncode == 0, done.stderr
    result = json.loads((device / "result.json").read_text())
    assert result["agent"]["frames"] == 20
    assert (result["agent"]["events_opened"], result["agent"]["events_closed"]) == (1, 1)
    assert result["spool"]["waiting_messages"] == 2
    assert "20 frames" in done.stdout
    with Spool(device / "linewatch-state/spool.db", SpoolSettings(), site="s", device="d") as spool:
        assert len(spool.pending()) == 2
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()].count("event opened") == 1


def test_run_without_a_configuration_shows_one(tmp_path: Path) -> None:
    done = command(tmp_path, "run")
    assert done.returncode == 2
    assert "[[cameras]]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_run_cleanly(device: Path, number: signal.Signals) -> None:
    text = (device / "edge.toml").read_text().replace('"pictures"', '"pictures"\nloop = true')
    (device / "edge.toml").write_text(text)
    running = subprocess.Popen(
        [*_COMMAND, "run", "--json", "result.json"],
        cwd=device,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    while "event closed" not in running.stderr.readline():
        assert running.poll() is None
    running.send_signal(number)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    camera = json.loads((device / "result.json").read_text())["agent"]["cameras"][0]
    assert camera["events_opened"] == camera["events_closed"] > 0
    assert camera["frames_captured"] == camera["frames_judged"] + sum(camera["skipped"].values())


def test_an_event_that_kill_dash_nine_left_open_is_closed_by_the_next_run(device: Path) -> None:
    normal = (device / "edge.toml").read_text()
    write_pictures(device / "spots", [True] * 5)
    (device / "edge.toml").write_text(normal.replace('"pictures"', '"spots"\nloop = true'))
    running = subprocess.Popen(
        [*_COMMAND, "run"], cwd=device, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    while "event opened" not in (line := running.stderr.readline()):
        assert running.poll() is None
    running.kill()
    running.communicate()
    (device / "edge.toml").write_text(normal)
    assert command(device, "run").returncode == 0
    with Spool(device / "linewatch-state/spool.db", SpoolSettings(), site="s", device="d") as spool:
        said = [event_pb2.Event.FromString(message.payload) for message in spool.pending()]
        assert spool.interrupted() == []
    phases = [event.phase for event in said if event.event_id == json.loads(line)["event_id"]]
    assert phases[0] == event_pb2.EVENT_PHASE_OPENED
    assert phases[-1] == event_pb2.EVENT_PHASE_CLOSED
    assert len({event.event_id for event in said}) == 2


def test_once_ends_a_loop(device: Path) -> None:
    text = (device / "edge.toml").read_text().replace('"pictures"', '"pictures"\nloop = true')
    (device / "edge.toml").write_text(text)
    assert "20 frames" in command(device, "run", "--once").stdout


def test_a_refused_bundle_has_its_own_exit_code(device: Path) -> None:
    make_bundle(device / "wrong", golden_error=1)
    done = command(device, "run", "--bundle", "wrong")
    assert done.returncode == 3
    assert "golden picture" in done.stderr


@pytest.mark.parametrize(("name", "message"), [("nope", "is not there"), ("pictures", "holds no bundle")])
def test_a_bundle_that_is_not_there_is_wrong_use_and_nothing_to_compile_again(
    device: Path, name: str, message: str
) -> None:
    config = device / "edge.toml"
    config.write_text(config.read_text().replace('"tiny"', f'"{name}"'))
    for arguments in (["run"], ["run", "--bundle", name], ["local", "good", "pictures/5.png", "--yes"]):
        done = command(device, *arguments)
        assert done.returncode == 2, done.stderr
        assert f"{name}, which inference.bundle names, {message}" in done.stderr
    seen = command(device, "doctor").stdout
    assert f"{name}, which inference.bundle names, {message}" in " ".join(seen.split())
    assert "compile it again" not in seen


def test_why_there_is_no_update_stands_in_the_summary(device: Path) -> None:
    with (device / "edge.toml").open("a") as config:
        config.write(
            '[update]\nenabled = true\nregistry = "http://127.0.0.1:9/registry"\nbundle = "tiny"\n'
            'trusted_root = "no/root.json"\n[[cameras]]\nname = "slow"\nsource = "simulated:?fps=10&frames=30"\n'
        )
    done = command(device, "run")
    assert done.returncode == 0
    assert "no update: cannot read the trusted root" in done.stdout


def test_an_empty_folder_of_pictures_is_told_without_a_traceback(device: Path) -> None:
    (device / "empty").mkdir()
    with (device / "edge.toml").open("a") as config:
        config.write('[[cameras]]\nname = "empty"\nsource = "empty"\n')
    done = command(device, "run")
    assert done.returncode == 1
    assert "empty holds no pictures" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_camera_that_fails_for_good_is_a_failure_after_the_others_are_done(device: Path) -> None:
    (device / "broken.mp4").write_bytes(b"not a video")
    with (device / "edge.toml").open("a") as config:
        config.write('[[cameras]]\nname = "broken"\nsource = "broken.mp4"\n')
    done = command(device, "run")
    assert done.returncode == 1
    assert "20 frames" in done.stdout
    assert "broken: cannot open broken.mp4" in done.stdout


def test_an_impossible_result_file_is_noticed_first(device: Path) -> None:
    done = command(device, "run", "--json", "no/such/folder/result.json")
    assert done.returncode == 2
    assert not (device / "linewatch-state").exists()


def test_names_of_files_are_shown_as_they_are(device: Path) -> None:
    (device / "pictures/0.png").rename(device / "pictures/[red]0[b].png")
    (device / "pictures/1.png").write_bytes(b"no picture")
    done = command(device, "inspect", "tiny", "pictures", "--out", "[heat]")
    assert done.returncode == 0, done.stderr
    assert "[red]0[b].png" in done.stdout
    assert "[heat]" in done.stdout


def test_a_measurement_that_is_interrupted_ends_quietly_with_its_processes(device: Path) -> None:
    running = subprocess.Popen(
        [*_COMMAND, "doctor", "--tune"],
        cwd=device,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    limit = time.monotonic() + 60
    while not (started := tried_by(running.pid)) and time.monotonic() < limit:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does, to all of its foreground
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in said
    assert started
    while any(Path(f"/proc/{pid}").exists() for pid in started):
        assert time.monotonic() < limit
        time.sleep(0.05)


def tried_by(pid: int) -> list[str]:
    """Processes of trials that a process started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for child in children if b"tuning.trial" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_inspect_prints_writes_and_paints(device: Path) -> None:
    done = command(device, "inspect", "tiny", "pictures", "--out", "heat", "--json", "found.json", "--limit", "7")
    assert done.returncode == 0, done.stderr
    assert "7 judged, 2 anomalous" in done.stdout
    result = json.loads((device / "found.json").read_text())
    assert [finding["anomalous"] for finding in result["findings"]] == [False] * 5 + [True] * 2
    assert len(list((device / "heat").iterdir())) == 7


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("tiny", "nothing"), 2, "nothing"),
        (("nothing", "pictures"), 2, "nothing"),
        (("[b]:dog:", "pictures"), 2, "[b]:dog: is no bundle"),
        (("tiny", "simulated:?fsp=1"), 2, "did you mean 'fps'"),
        (("tiny",), 2, "PICTURES_OR_VIDEO"),
    ],
)
def test_inspect_says_what_is_wrong(device: Path, arguments: Sequence[str], code: int, message: str) -> None:
    done = command(device, "inspect", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_that_of_the_installed_package(tmp_path: Path) -> None:
    done = command(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"linewatch-edge {metadata.version('linewatch-edge')}\n")


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    started = time.monotonic()
    script = "import sys; sys.argv[1:] = ['--help']\nfrom linewatch.edge.cli import main\ntry: main()\n"
    script += "except SystemExit: print([name for name in ('cv2', 'onnxruntime', 'torch') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
    assert "inspect" in done.stdout
    assert time.monotonic() - started < 20


def test_bundles_are_listed_and_what_cannot_be_done_is_told(device: Path) -> None:
    listed = command(device, "bundle", "list", "--json", "told.json")
    assert listed.returncode == 0, listed.stderr
    assert "no bundle is installed" in listed.stdout
    assert json.loads((device / "told.json").read_text()) == {"bundles": []}
    returned = command(device, "bundle", "rollback")
    assert returned.returncode == 1
    assert returned.stderr == "error: there is no previous bundle to return to: no bundle is installed\n"
    unnamed = command(device, "bundle", "install", "http://127.0.0.1:9/registry")
    assert unnamed.returncode == 2
    assert "name the bundle" in unnamed.stderr
    with (device / "edge.toml").open("a") as file:
        file.write('[update]\nbundle = "tiny"\n')
    nowhere = command(device, "bundle", "install", "nowhere")
    assert nowhere.returncode == 2
    assert "nowhere is no registry" in nowhere.stderr
    assert command(device, "bundle", "--help").returncode == 0


def test_ctrl_c_at_a_question_is_an_interruption(device: Path) -> None:
    cv2.imwrite(str(device / "red.png"), cv2.cvtColor(red(), cv2.COLOR_RGB2BGR))
    asking = subprocess.Popen(
        [*_COMMAND, "local", "good", "red.png"],
        cwd=device,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert asking.stdout is not None
    shown = b""
    while b"[y/N]" not in shown:
        read = os.read(asking.stdout.fileno(), 4096)
        assert read, shown
        shown += read
    time.sleep(0.2)
    asking.send_signal(signal.SIGINT)
    _, errors = asking.communicate(timeout=60)
    assert (asking.returncode, errors.strip()) == (130, b""), errors
    assert not (device / "linewatch-state/local").exists()


def test_a_running_agent_is_taught_and_the_cloud_is_told(device: Path) -> None:
    normal = (device / "edge.toml").read_text()
    (device / "marked").mkdir()
    for number in range(4):
        cv2.imwrite(str(device / f"marked/{number}.png"), cv2.cvtColor(red(number), cv2.COLOR_RGB2BGR))
    (device / "edge.toml").write_text(normal.replace('"pictures"', '"marked"\nloop = true'))
    running = subprocess.Popen(
        [*_COMMAND, "run", "--json", "result.json"],
        cwd=device,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    while "event opened" not in running.stderr.readline():
        assert running.poll() is None
    taught = command(device, "local", "good", "marked", "--yes", "-m", "paint, no defect")
    assert taught.returncode == 0, taught.stderr
    while "event closed" not in running.stderr.readline():
        assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    camera = json.loads((device / "result.json").read_text())["agent"]["cameras"][0]
    assert camera["frames_taught_good"] > 0
    with Spool(device / "linewatch-state/spool.db", SpoolSettings(), site="s", device="d") as spool:
        events = [event_pb2.Event.FromString(message.payload) for message in spool.pending()]
    told = [event.reason for event in events if event.kind == event_pb2.EVENT_KIND_SUGGESTION]
    assert told == ["local change 1, good, from 4 pictures: paint, no defect"]


def test_help_names_arguments_and_files_alike() -> None:
    assert odd_names(app) == []
