import cv2
import pytest

from linewatch.edge.capture.usb import UsbCamera, UsbOptions, differences, parse_usb
from linewatch.edge.errors import CameraError, ConfigurationError


def test_options_are_set_format_first() -> None:
    options = parse_usb("0?width=1280&height=720&fps=60&format=MJPG")
    assert options == UsbOptions(device="0", width=1280, height=720, fps=60.0, format="MJPG")
    assert list(options.properties().items()) == [
        (cv2.CAP_PROP_FOURCC, int.from_bytes(b"MJPG", "little")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 60.0),
    ]
    assert parse_usb("2").properties() == {}


@pytest.mark.parametrize(
    ("place", "said"), [("0?size=3", "size"), ("0?fps=0", "fps"), ("0?format=jpeg", "format"), ("0?width=x", "width")]
)
def test_what_cannot_be_is_refused(place: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse_usb(place)


def test_what_a_driver_does_instead_is_told() -> None:
    options = parse_usb("0?width=1280&height=720&fps=60&format=MJPG")
    same = options.properties()
    assert differences(options, {**same, cv2.CAP_PROP_FPS: 59.94}) == []
    yuyv = float(int.from_bytes(b"YUYV", "little"))
    found = {**same, cv2.CAP_PROP_FOURCC: yuyv, cv2.CAP_PROP_FPS: 10.0, cv2.CAP_PROP_FRAME_WIDTH: 640.0}
    assert differences(options, found) == [
        "format is YUYV instead of MJPG",
        "width is 640 instead of 1280",
        "fps is 10 instead of 60.0",
    ]


@pytest.mark.parametrize("device", ["63", "/dev/v4l/by-id/nothing"])
def test_a_camera_that_is_not_there_is_told(device: str) -> None:
    with pytest.raises(CameraError, match="does not answer"):
        UsbCamera(UsbOptions(device=device))
