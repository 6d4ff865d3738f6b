import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from linewatch.edge.capture.address import SourceKind
from linewatch.edge.capture.camera import Camera, Opening, plan_camera
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.errors import CameraError, ConfigurationError, SourceError


def plan(source: str, *, once: bool = False, **options: str | float | bool) -> Camera:
    return plan_camera(CameraSettings.model_validate({"name": "c", "source": source, **options}), once=once)


def opening(stop: threading.Event) -> Opening:
    return Opening(stop=stop, holds=lambda: 20)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((4, 4, 3), number, np.uint8))
    return str(tmp_path)


def read(camera: Camera, count: int) -> list[int | None]:
    stream = camera.open(opening(threading.Event()))
    shots = [stream.read() for _ in range(count)]
    stream.close()
    return [None if shot is None else int(shot.picture.rgb()[0, 0, 0]) for shot in shots]


@pytest.mark.parametrize(
    ("source", "options", "live", "restarts"),
    [
        ("usb:0", {}, True, True),
        ("gige:", {}, True, True),
        ("rtsp://host/a", {}, True, True),
        ("rtsp://host/a", {"mode": "all"}, False, True),
        ("simulated:?fps=30", {}, True, True),
        ("simulated:?fps=30&frames=9", {}, True, False),
        ("simulated:?fps=0&frames=9", {}, False, False),
    ],
)
def test_live_sources_skip_and_cameras_restart(
    source: str, options: dict[str, Any], live: bool, restarts: bool
) -> None:
    camera = plan(source, **options)
    assert (camera.live, camera.restarts) == (live, restarts)


@pytest.mark.parametrize("source", ["usb:0?with=3", "gige:?gian=3", "simulated:?fp=3"])
def test_wrong_options_are_noticed_before_anything_runs(source: str) -> None:
    with pytest.raises(ConfigurationError, match="did you mean"):
        plan(source)


def test_nothing_restarts_when_played_once() -> None:
    assert not plan("usb:0", once=True).restarts


def test_a_folder_is_read_to_its_end(folder: str) -> None:
    camera = plan(folder)
    assert not camera.live
    assert read(camera, 4) == [0, 1, 2, None]


def test_a_folder_of_which_every_frame_is_judged_can_be_held_back(folder: str) -> None:
    begun = time.monotonic()
    camera = plan(folder, mode="all", fps=20.0)
    assert not camera.live
    assert read(camera, 4) == [0, 1, 2, None]
    assert time.monotonic() - begun >= 0.1


def test_a_looped_folder_begins_again_but_not_when_played_once(folder: str) -> None:
    assert read(plan(folder, loop=True), 7) == [0, 1, 2, 0, 1, 2, 0]
    assert read(plan(folder, loop=True, once=True), 4) == [0, 1, 2, None]


def test_a_recorded_source_played_live_keeps_its_pace(folder: str) -> None:
    started = time.monotonic()
    assert read(plan(folder, mode="live", fps=50, loop=True), 11) == [0, 1, 2] * 3 + [0, 1]
    assert time.monotonic() - started >= 0.2


def test_stopping_ends_the_wait_for_the_next_frame(folder: str) -> None:
    stop = threading.Event()
    source = plan(folder, mode="live", fps=0.01).open(opening(stop))
    source.read()
    threading.Timer(0.05, stop.set).start()
    started = time.monotonic()
    source.read()
    assert time.monotonic() - started < 5
    source.close()


def test_a_missing_file_is_noticed_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no\.mp4"):
        plan(str(tmp_path / "no.mp4"))


@contextmanager
def guarded(film: Path, credentials: str) -> Iterator[str]:
    """A web server that gives `film` to whoever says `credentials`; gives its host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != f"Basic {b64encode(credentials.encode()).decode()}":
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            data = film.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_password_is_read_at_each_opening_and_never_said(tmp_path: Path) -> None:
    film, password = tmp_path / "film.avi", tmp_path / "password"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for _ in range(5):
        writer.write(np.full((48, 64, 3), 90, np.uint8))
    writer.release()
    password.write_text("wrong-secret\n")
    with guarded(film, "me:right:secret") as host:
        table = {"name": "c", "source": f"http://{host}/film.avi", "username": "me", "password_file": password}
        camera = plan_camera(CameraSettings.model_validate(table))
        with pytest.raises(CameraError) as refused:
            camera.open(opening(threading.Event()))
        assert "secret" not in str(refused.value)
        password.write_text("right:secret\n")
        (grey,) = read(camera, 1)
        assert grey in (89, 90, 91)
        password.unlink()
        with pytest.raises(CameraError, match=r"cannot read camera c\.password_file"):
            camera.open(opening(threading.Event()))


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("rtsp://h/a", {"username": "me"}, "a username needs a password_file or password_env"),
        ("rtsp://h/a", {"password_env": "P"}, "and they a username"),
        ("rtsp://h/a", {"username": "me", "password_env": "P", "password_file": Path("f")}, "keep one"),
        ("rtsp://me:secret@h/a", {"username": "me", "password_env": "P"}, "source holds a password too"),
        ("usb:0", {"username": "me", "password_env": "P"}, "this is a usb source"),
        ("rtsp://me:secret@h/a", {"kind": SourceKind.GIGE}, r"'rtsp://\*\*\*@h/a' is not a gige source"),
        ("rtsp://me:secret@h/a", {"kind": SourceKind.VIDEO}, "rtsp:// sources are streams, not video"),
    ],
)
def test_passwords_that_cannot_be_meant_are_refused_and_not_said(
    source: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as refused:
        CameraSettings.model_validate({"name": "c", "source": source, **options})
    assert all("secret" not in error["msg"] for error in refused.value.errors())
