from pathlib import Path

from edge.fake_gige import FakeGigeCamera
from linewatch.edge.capture.address import SourceKind, parse_address
from linewatch.edge.capture.found import FoundSource, find_gige, find_usb


def device(root: Path, number: int, name: str, index: int) -> None:
    folder = root / f"sys/class/video4linux/video{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n")
    (folder / "index").write_text(f"{index}\n")


def test_usb_cameras_are_found_by_names_that_stay(tmp_path: Path) -> None:
    for number, name, index in ((0, "Bright", 0), (1, "Bright", 1), (2, "Plain", 0), (10, "Late", 0)):
        device(tmp_path, number, name, index)
    (tmp_path / "dev/v4l/by-id").mkdir(parents=True)
    (tmp_path / "dev/video0").touch()
    (tmp_path / "dev/v4l/by-id/usb-Bright-video-index0").symlink_to("../../video0")
    assert find_usb(tmp_path) == [
        FoundSource(source="usb:/dev/v4l/by-id/usb-Bright-video-index0", what="Bright"),
        FoundSource(source="usb:2", what="Plain"),
        FoundSource(source="usb:10", what="Late"),
    ]
    assert all(parse_address(one.source).kind is SourceKind.USB for one in find_usb(tmp_path))


def test_a_device_without_cameras_has_none(tmp_path: Path) -> None:
    assert find_usb(tmp_path) == []


def test_gige_cameras_are_found_with_what_opens_them() -> None:
    with FakeGigeCamera():
        found = list(find_gige())
    assert FoundSource(source="gige:LW01", what="Aravis Fake, GigEVision at 127.0.0.1") in found
