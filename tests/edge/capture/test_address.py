from pathlib import Path

import pytest

from linewatch.edge.capture.address import Address, SourceKind, parse_address
from linewatch.edge.errors import ConfigurationError, SourceError


@pytest.mark.parametrize(
    ("source", "kind", "place"),
    [
        ("parts.mp4", SourceKind.VIDEO, "parts.mp4"),
        ("a/b/line.avi", SourceKind.VIDEO, "a/b/line.avi"),
        ("part.PNG", SourceKind.PICTURES, "part.PNG"),
        ("pictures/good", SourceKind.PICTURES, "pictures/good"),
        ("0", SourceKind.USB, "0"),
        ("usb:3", SourceKind.USB, "3"),
        ("/dev/video2", SourceKind.USB, "2"),
        ("usb:0?width=1280&fps=60", SourceKind.USB, "0?width=1280&fps=60"),
        (
            "usb:/dev/v4l/by-id/usb-Maker_Camera-video-index0",
            SourceKind.USB,
            "/dev/v4l/by-id/usb-Maker_Camera-video-index0",
        ),
        ("gige:", SourceKind.GIGE, ""),
        ("gige:192.168.1.20?gain=1", SourceKind.GIGE, "192.168.1.20?gain=1"),
        ("rtsp://host/a", SourceKind.STREAM, "rtsp://host/a"),
        ("https://host/a.m3u8", SourceKind.STREAM, "https://host/a.m3u8"),
        ("simulated:", SourceKind.SIMULATED, ""),
        ("simulated:good?fps=3", SourceKind.SIMULATED, "good?fps=3"),
    ],
)
def test_the_kind_is_seen_from_the_form(source: str, kind: SourceKind, place: str) -> None:
    assert parse_address(source) == Address(kind, place)


def test_a_folder_with_a_dot_in_its_name_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "day.1"
    folder.mkdir()
    assert parse_address(str(folder)).kind is SourceKind.PICTURES


def test_the_kind_can_be_given() -> None:
    assert parse_address("1234", SourceKind.PICTURES) == Address(SourceKind.PICTURES, "1234")


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("ftp://host/a", None, "cannot open ftp"),
        ("parts.mp4", SourceKind.USB, "write usb:0"),
        ("parts.mp4", SourceKind.STREAM, "write rtsp"),
        ("parts.mp4", SourceKind.SIMULATED, "write simulated"),
    ],
)
def test_what_fits_no_kind_is_refused_with_an_example(source: str, kind: SourceKind | None, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_address(source, kind)


def test_a_password_is_not_shown() -> None:
    shown = str(parse_address("rtsp://user:secret@host:554/a"))
    assert "secret" not in shown
    assert "host:554/a" in shown
    options = str(parse_address("http://host/snapshot?user=me&password=secret&channel=1"))
    assert options == "http://host/snapshot?user=***&password=***&channel=***"


@pytest.mark.parametrize("source", ["nothing.mp4", "nothing", "nothing.png"])
def test_a_missing_file_is_named(source: str) -> None:
    with pytest.raises(SourceError, match=source):
        parse_address(source).check_exists()
