import socket
from pathlib import Path

import pytest

from linewatch.edge.config import MINIMAL, load_config
from linewatch.edge.errors import ConfigurationError

DOCUMENT = Path(__file__).parents[2] / "docs" / "edge.md"
CAMERA = '[[cameras]]\nname = "c"\nsource = "parts.mp4"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "edge.toml"
    path.write_text(text)
    return path


def test_a_missing_file_shows_one_that_works(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_config(tmp_path / "edge.toml")
    assert MINIMAL in str(caught.value)
    settings = load_config(write(tmp_path, MINIMAL))
    assert settings.cameras[0].name == "line-1"


def test_one_camera_is_enough(tmp_path: Path) -> None:
    settings = load_config(write(tmp_path, CAMERA))
    assert settings.device.site == "default-site"
    assert settings.device.name.startswith(socket.gethostname()[:3])
    assert settings.publish is None
    assert not settings.update.enabled


def test_every_table_is_read(tmp_path: Path) -> None:
    text = (
        '[device]\nsite = "s"\nname = "d"\nstate = "here"\n'
        + CAMERA
        + 'kind = "video"\nmode = "live"\nfps = 12.5\nloop = true\ndecision = { open_after = 1, open_window = 1 }\n'
        '[inference]\nbundle = "b"\ntarget = "onnx-cpu-int8"\nworkers = 2\npin = true\n'
        "[decision]\nopen_after = 3\nopen_window = 5\nclose_after = 7\nupdate_seconds = 1.5\n"
        "[ring]\nframes = 8\nmegabytes = 16\n"
        "[spool]\nmax_bytes = 100000\n"
        '[publish]\nhost = "broker"\nport = 8883\n'
        '[update]\nenabled = true\nregistry = "http://cloud/registry"\nbundle = "b"\n'
    )
    settings = load_config(write(tmp_path, text))
    camera = settings.cameras[0]
    assert (settings.device.site, settings.device.name, settings.device.state) == ("s", "d", tmp_path / "here")
    assert (camera.kind, camera.mode, camera.fps, camera.loop) == ("video", "live", 12.5, True)
    assert camera.decision is not None
    assert camera.decision.open_after == 1
    assert (settings.inference.bundle, settings.inference.workers, settings.inference.pin) == (tmp_path / "b", 2, True)
    assert (settings.decision.open_after, settings.decision.close_after) == (3, 7)
    assert (settings.ring.frames, settings.spool.max_bytes) == (8, 100000)
    assert settings.publish is not None
    assert (settings.publish.host, settings.publish.port) == ("broker", 8883)
    assert settings.update.registry == "http://cloud/registry"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no camera"),
        ("[[cameras]\n", "not valid TOML"),
        (CAMERA + "[decison]\n", "did you mean 'decision'"),
        (CAMERA + 'sorce = "x"\n', "line 4: unknown key 'cameras.\"c\".sorce', did you mean 'source'"),
        (CAMERA + "[inference]\nworker = 1\n", "did you mean 'workers'"),
        (CAMERA + '[publish.tls]\nca_fil = "a"\n', "unknown key 'publish.tls.ca_fil', did you mean 'ca_file'"),
        (CAMERA + "[inference]\nmax_bytes = 1\n", "unknown key 'inference.max_bytes', which belongs into [spool]"),
        (CAMERA + 'ca_file = "a"\n', "which belongs into [publish.tls]"),
        (CAMERA + '[page]\npasword_file = "a"\n', "did you mean 'password_file'"),
        (CAMERA + CAMERA, "two cameras are called 'c'"),
        (CAMERA + "[decision]\nopen_after = 4\n", "can never happen"),
        (CAMERA.replace('"c"', '"a/b"'), 'line 2: cameras."a/b".name: '),
        (CAMERA.replace("parts.mp4", "gopher://x"), "cannot open gopher"),
        (CAMERA + 'kind = "film"\n', 'line 4: cameras."c".kind: '),
        (CAMERA + "region = [0, 0, 2]\n", 'line 4: cameras."c".region: a region is four numbers, left, top, width'),
        (CAMERA + CAMERA.replace('"c"', '"d"') + "fps = 0\n", 'line 7: cameras."d".fps: '),
        (CAMERA + "[cameras.decision]\nopen_after = 0\n", 'line 5: cameras."c".decision.open_after: '),
        ("[[cameras]]\nname = 'c'\n", 'line 1: cameras."c".source: Field required'),
        (CAMERA.replace("[[cameras]]", "[cameras]"), "line 1: cameras: there may be several: write [[cameras]]"),
        (CAMERA + "[device]\nsite = 'a\nname = 'b'\n", "(at line 5"),
        (CAMERA + '[device]\nsite = \'a\nname = "b"\n', "(for what begins at line 5 and is not closed)"),
        (CAMERA + "schedule = [\n", "(for what begins at line 4 and is not closed)"),
        (CAMERA + '[decision]\nopen_after = "x"\n[page]\nlive_fps = 0\n', "line 5: decision.open_after: "),
        (CAMERA + '[device]\nsite = "a/b"\n', "site"),
    ],
)
def test_mistakes_are_named_in_the_words_of_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_config(write(tmp_path, text))
    assert message in str(caught.value)
    assert "edge.toml" in str(caught.value)


def test_the_documented_example_is_a_configuration(tmp_path: Path) -> None:
    text = DOCUMENT.read_text().partition("## `edge.toml`")[2].partition("\n## ")[0]
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))
    settings = load_config(write(tmp_path, example))
    assert settings.publish is not None
    assert settings.update.bundle == "flange"


SOURCES = {
    "parts.mp4": "{}/parts.mp4",
    "good": "{}/good",
    "/data/good": "/data/good",
    "driver:line.sock": "driver:{}/line.sock",
    "driver:/run/line.sock": "driver:/run/line.sock",
    "simulated:good?fps=5": "simulated:{}/good?fps=5",
    "simulated:?fps=5": "simulated:?fps=5",
    "usb:0": "usb:0",
    "/dev/video1": "/dev/video1",
    "rtsp://box/one": "rtsp://box/one",
}


@pytest.mark.parametrize("source", SOURCES)
def test_relative_paths_are_seen_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "good").mkdir()
    monkeypatch.chdir(tmp_path)
    text = f'[[cameras]]\nname = "c"\nsource = "{source}"\n[publish]\nhost = "h"\ntls = {{ ca_file = "ca.pem" }}\n'
    settings = load_config(write(folder, text))
    assert settings.cameras[0].source == SOURCES[source].format(folder)
    assert settings.device.state == folder / "linewatch-state", "defaults too"
    assert settings.update.trusted_root == folder / "root.json"
    assert settings.publish is not None
    assert settings.publish.tls is not None
    assert settings.publish.tls.ca_file == folder / "ca.pem"


def test_a_file_in_the_working_directory_means_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, CAMERA)
    settings = load_config(Path("edge.toml"))
    assert (settings.cameras[0].source, settings.device.state) == ("parts.mp4", Path("linewatch-state"))


_PARTS = '[decision]\nmode = "part"\npart = { after = %d }\n'


@pytest.mark.parametrize(
    ("camera", "frames"),
    [
        ('source = "parts.mp4"\n', 0),
        ('source = "parts.mp4"\ntrigger = "line.trigger"\ntrigger_frames = 4\n', 4),
        ('source = "gige:box?trigger=Line1"\n', 1),
        ('source = "gige:box"\n', 0),
        ('source = "gige:box?trigger=Line1"\ndecision = { mode = "part", part = { frames = 3 } }\n', 3),
        ('source = "gige:box?trigger=Line1"\ndecision = { mode = "part", part = { by = "gap" } }\n', 0),
    ],
)
def test_a_trigger_says_how_many_frames_a_part_has(tmp_path: Path, camera: str, frames: int) -> None:
    settings = load_config(write(tmp_path, f'{_PARTS % 1}[[cameras]]\nname = "c"\n{camera}'))
    assert settings.cameras[0].rules(settings.decision).part.frames == frames


def test_a_part_that_could_never_be_bad_is_refused(tmp_path: Path) -> None:
    camera = 'source = "parts.mp4"\ntrigger = "line.trigger"\ntrigger_frames = 2\n'
    settings = load_config(write(tmp_path, f'{_PARTS % 3}[[cameras]]\nname = "c"\n{camera}'))
    with pytest.raises(ConfigurationError, match="where 2 frames show a part; raise"):
        settings.cameras[0].rules(settings.decision)
