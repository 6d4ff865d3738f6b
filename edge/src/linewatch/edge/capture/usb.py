"""USB cameras through Video4Linux.

usb:0                                                 /dev/video0, as it is set up
usb:0?width=1280&height=720&fps=60&format=MJPG        most need MJPG for many frames of many pixels
usb:/dev/v4l/by-id/usb-Maker_Camera-video-index0      a name that stays when another one is plugged in
"""

from typing import Annotated
from urllib.parse import parse_qsl

import cv2
import numpy as np
from pydantic import Field, ValidationError

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import CameraError, ConfigurationError
from linewatch.edge.settings import Settings, explain


class UsbOptions(Settings):
    """Which camera, and what it is to show. What is left out stays as the driver has it.

    Attributes:
        device: number N of /dev/videoN, or the path of a device.
        width, height: pixels.
        fps: frames per second.
        format: four letters, as MJPG, YUYV or H264.
    """

    device: str
    width: Annotated[int, Field(ge=16, le=16_384)] | None = None
    height: Annotated[int, Field(ge=16, le=16_384)] | None = None
    fps: Annotated[float, Field(gt=0, le=10_000)] | None = None
    format: Annotated[str, Field(pattern=r"^[A-Z0-9 ]{4}$")] | None = None

    def properties(self) -> dict[int, float]:
        """What OpenCV is to set. The format comes first: which sizes and rates there are hangs on it."""
        code = None if self.format is None else cv2.VideoWriter.fourcc(*self.format)
        wanted = {
            cv2.CAP_PROP_FOURCC: code,
            cv2.CAP_PROP_FRAME_WIDTH: self.width,
            cv2.CAP_PROP_FRAME_HEIGHT: self.height,
            cv2.CAP_PROP_FPS: self.fps,
        }
        return {key: value for key, value in wanted.items() if value is not None}


def parse_usb(place: str) -> UsbOptions:
    """Understand what stands behind `usb:`.

    Raises:
        ConfigurationError: an unknown or impossible option; names it and the nearest known one.
    """
    device, _, query = place.partition("?")
    try:
        return UsbOptions.model_validate(
            {"device": device, **dict(parse_qsl(query, keep_blank_values=True))}, strict=False
        )
    except ValidationError as error:
        raise ConfigurationError(f"USB camera: {explain(error, UsbOptions)}") from error


class UsbCamera:
    """Frames of a Video4Linux device."""

    def __init__(self, options: UsbOptions) -> None:
        """Open the device and set it up.

        Raises:
            CameraError: it does not answer, or cannot show what is wanted.
        """
        # Its complaints would stand between the agent's own log lines, which say the same.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        device = int(options.device) if options.device.isdecimal() else options.device
        self._capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise CameraError("the camera does not answer; is it connected, and free of other programs?")
        try:
            self._set_up(options)
        except CameraError:
            self.close()
            raise
        self.fps: float | None = self._capture.get(cv2.CAP_PROP_FPS) or None

    def read(self) -> UInt8Array | None:
        """The next frame; see `FrameSource.read`."""
        try:
            delivered, pixels = self._capture.read()
        except cv2.error as error:
            raise CameraError(f"the camera sent what cannot be read: {error.err}") from error
        if not delivered:
            raise CameraError("the camera stopped delivering frames")
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)

    def close(self) -> None:
        """Give the device back."""
        self._capture.release()

    def _set_up(self, options: UsbOptions) -> None:
        """A driver takes the nearest that it can do: what is not what was asked for is told, not judged."""
        for key, value in options.properties().items():
            self._capture.set(key, value)
        wrong = differences(options, {key: self._capture.get(key) for key in options.properties()})
        if wrong:
            raise CameraError(
                f"the camera cannot do this: {', '.join(wrong)}; `v4l2-ctl --list-formats-ext` lists more"
            )


def differences(options: UsbOptions, found: dict[int, float]) -> list[str]:
    """What a camera does instead of what was asked for. Rates are rounded by drivers: a tenth does not matter."""
    names = {
        cv2.CAP_PROP_FOURCC: "format",
        cv2.CAP_PROP_FRAME_WIDTH: "width",
        cv2.CAP_PROP_FRAME_HEIGHT: "height",
        cv2.CAP_PROP_FPS: "fps",
    }
    told = []
    for key, wanted in options.properties().items():
        least = 0.1 * wanted if key == cv2.CAP_PROP_FPS else 0.5
        if abs(found[key] - wanted) > least:
            shown = _four_letters(found[key]) if key == cv2.CAP_PROP_FOURCC else f"{found[key]:g}"
            told.append(f"{names[key]} is {shown} instead of {getattr(options, names[key])}")
    return told


def _four_letters(code: float) -> str:
    return int(code).to_bytes(4, "little").decode("ascii", "replace")
