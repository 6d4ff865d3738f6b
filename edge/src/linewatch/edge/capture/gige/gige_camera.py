"""A GigE Vision camera as a source of frames."""

import ctypes
import time

import numpy as np

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.gige.aravis import aravis
from linewatch.edge.capture.gige.find import place_of
from linewatch.edge.capture.gige.frame_id import lost_between
from linewatch.edge.capture.gige.options import SOFTWARE, GigeOptions
from linewatch.edge.capture.gige.pixel_format import FORMATS, NAMES
from linewatch.edge.errors import CameraError, SourceError, UnreadablePictureError

_LOOK_US = 500_000
"""How long a frame is waited for before the camera is looked at: whether it is still there."""
_SUCCESS = 0
_PICTURES = (1, 5)
"""Kinds of payload that hold a picture: plain, and with further data behind it."""
_FAULTS = {
    2: "it did not end in time",
    3: "packets are missing",
    4: "packets are out of order",
    5: "it is larger than told",
}
_CONTINUOUS = 0
_OFF = 0


class GigeCamera:
    """Takes frames from a camera that Aravis can open. Of one thread."""

    def __init__(self, options: GigeOptions, bits: int | None = None) -> None:
        """Open the camera, set it up and start it.

        Args:
            options: which one, and how.
            bits: how many bits of samples of more than 8 count; those of the pixel format when None.

        Raises:
            WrongUse: Aravis is not installed, or too old.
            SourceError: the camera has no pixel format that can be read, or not the one that was asked for.
            CameraError: it is not found, is used by another program, or refuses a setting.
        """
        self.fps: float | None = None
        self._options = options
        self._bits = bits
        self._library = aravis()
        self._stream = 0
        self._held = 0
        self._id: int | None = None
        self._due_s = time.monotonic()
        place = place_of(options.device)
        self._camera: int = self._attempt("cannot open it", "arv_camera_new", place.encode())
        self._device = self._library.call("arv_camera_get_device", self._camera)
        try:
            self._set_up()
            self._start()
        except BaseException:
            self.close()
            raise

    def read(self) -> UInt8Array | None:
        """The next frame; see `FrameSource.read`."""
        buffer, self._held = self._held or self._wait(), 0
        if lost := self._lost_before(buffer):
            self._held = buffer
            raise UnreadablePictureError(
                f"{lost} frames were lost on the way, or came while all buffers were full: look at cable and switch, "
                "and let `buffers` be larger",
                lost,
            )
        try:
            return self._picture(buffer)
        finally:
            self._library.call("arv_stream_push_buffer", self._stream, buffer)

    def close(self) -> None:
        """Stop the camera and give it back. A lost one is left alone: it would be waited for. May be called twice."""
        answers = bool(self._camera) and self._is_ours()
        camera, stream, self._camera, self._stream = self._camera, self._stream, 0, 0
        if not answers:
            return
        if stream:
            try:
                self._library.attempt("arv_camera_stop_acquisition", camera)
            except CameraError:
                return
            self._library.give_up(stream)
        self._library.give_up(camera)

    def _attempt(self, what: str, name: str, *arguments: object) -> int:
        """Call a function; `what` goes before the library's words when it fails."""
        try:
            result = self._library.attempt(name, *arguments)
        except CameraError as error:
            raise CameraError(f"{self._options.device or 'GigE camera'}: {what}: {error}") from error
        return result or 0

    def _set(self, what: str, name: str, *values: object) -> None:
        self._attempt(f"it refuses {what}", name, self._camera, *values)

    def _set_up(self) -> None:
        options = self._options
        self._set("continuous acquisition", "arv_camera_set_acquisition_mode", _CONTINUOUS)
        part = [-1 if side is None else side for side in (options.x, options.y, options.width, options.height)]
        if part != [-1] * 4:
            self._set("x, y, width or height", "arv_camera_set_region", *part)
        self._choose_pixel_format()
        if options.exposure_us is not None:
            self._end_automatic("exposure", "arv_camera_set_exposure_time_auto")
            self._set("exposure_us", "arv_camera_set_exposure_time", options.exposure_us)
        if options.gain is not None:
            self._end_automatic("gain", "arv_camera_set_gain_auto")
            self._set("gain", "arv_camera_set_gain", options.gain)
        if options.packet_size is not None and self._library.call("arv_camera_is_gv_device", self._camera):
            self._set("packet_size", "arv_camera_gv_set_packet_size", options.packet_size)
        self._set_pace()

    def _end_automatic(self, what: str, setter: str) -> None:
        if self._attempt(what, f"arv_camera_is_{what}_auto_available", self._camera):
            self._set(what, setter, _OFF)

    def _choose_pixel_format(self) -> None:
        offered = self._library.texts("arv_camera_dup_available_pixel_formats_as_strings", self._camera)
        wanted = self._options.pixel_format
        if not wanted:
            now: bytes = self._library.attempt("arv_camera_get_pixel_format_as_string", self._camera) or b""
            if now.decode() in NAMES:
                return
            wanted = next((name for name in NAMES if name in offered), "")
        if wanted not in NAMES or wanted not in offered:
            shown = [name for name in NAMES if name in offered]
            raise SourceError(
                f"the pixel format {wanted or 'of the camera'} cannot be read; of this camera's "
                f"({', '.join(offered)}) these can: {', '.join(shown) or 'none'}"
            )
        self._set("pixel_format", "arv_camera_set_pixel_format_from_string", wanted.encode())

    def _set_pace(self) -> None:
        options = self._options
        self._set("to run freely", "arv_camera_clear_triggers")
        if options.trigger:
            source = "Software" if options.trigger == SOFTWARE else options.trigger
            self._set(f"trigger={options.trigger}", "arv_camera_set_trigger", source.encode())
            self.fps = options.fps if options.trigger == SOFTWARE else None
            return
        if options.fps is not None:
            self._set("fps", "arv_camera_set_frame_rate", options.fps)
        if self._library.attempt("arv_camera_is_frame_rate_available", self._camera):
            self.fps = self._library.attempt("arv_camera_get_frame_rate", self._camera) or None

    def _start(self) -> None:
        stream = self._attempt("it opens no stream", "arv_camera_create_stream", self._camera, None, None)
        if not stream:
            raise CameraError("the camera opens no stream")
        self._stream = stream
        count = self._attempt("it has no size of frames", "arv_camera_get_payload", self._camera)
        for _ in range(self._options.buffers):
            self._library.call("arv_stream_push_buffer", stream, self._library.call("arv_buffer_new_allocate", count))
        self._set("to start", "arv_camera_start_acquisition")

    def _is_ours(self) -> bool:
        """Whether the camera still answers to this program."""
        if not self._library.call("arv_camera_is_gv_device", self._camera):
            return True
        return bool(self._library.call("arv_gv_device_is_controller", self._device))

    def _wait(self) -> int:
        """The buffer of the next frame, whole or not."""
        while True:
            if self._options.trigger == SOFTWARE:
                self._fire()
            buffer: int | None = self._library.call("arv_stream_timeout_pop_buffer", self._stream, _LOOK_US)
            if buffer:
                return buffer
            if not self._is_ours():
                raise CameraError("the camera does not answer any more, or another program took it")

    def _fire(self) -> None:
        """Trigger the camera when its time has come; once more where a frame was lost on its way."""
        if self._options.fps is not None:
            time.sleep(max(0.0, self._due_s - time.monotonic()))
            self._due_s = max(self._due_s, time.monotonic()) + 1 / self._options.fps
        self._set("to be triggered", "arv_camera_software_trigger")

    def _lost_before(self, buffer: int) -> int:
        """How many frames of the camera came between the one before and this one."""
        before, self._id = self._id, self._library.call("arv_buffer_get_frame_id", buffer)
        return 0 if before is None else lost_between(before, self._id)

    def _picture(self, buffer: int) -> UInt8Array:
        call = self._library.call
        status, kind = call("arv_buffer_get_status", buffer), call("arv_buffer_get_payload_type", buffer)
        if status != _SUCCESS:
            said = _FAULTS.get(status, f"Aravis says {status}")
            raise UnreadablePictureError(f"a frame is incomplete: {said}; look at cable, switch and `packet_size`")
        if kind not in _PICTURES:
            raise UnreadablePictureError(f"a frame of kind {kind} holds no picture")
        number = call("arv_buffer_get_image_pixel_format", buffer)
        pixel_format = FORMATS.get(number)
        if pixel_format is None:
            raise UnreadablePictureError(f"the pixel format {number:#010x} cannot be read; {', '.join(NAMES)} can")
        height, width = call("arv_buffer_get_image_height", buffer), call("arv_buffer_get_image_width", buffer)
        data, padding = self._bytes(buffer), self._padding(buffer)
        if min(height, width) < 1 or len(data) < pixel_format.byte_count(height, width, padding):
            raise UnreadablePictureError(f"a frame of {width} x {height} pixels has {len(data)} bytes")
        return pixel_format.picture(data, height, width, bits=self._bits, padding=padding)

    def _padding(self, buffer: int) -> int:
        """Bytes behind each row that are no pixels."""
        across, down = ctypes.c_int(), ctypes.c_int()
        self._library.call("arv_buffer_get_image_padding", buffer, ctypes.byref(across), ctypes.byref(down))
        return max(0, across.value)

    def _bytes(self, buffer: int) -> UInt8Array:
        """What the camera sent, where it lies."""
        count = ctypes.c_size_t()
        address = self._library.call("arv_buffer_get_image_data", buffer, ctypes.byref(count))
        if not address:
            raise UnreadablePictureError("a frame is empty")
        return np.ctypeslib.as_array(ctypes.cast(address, ctypes.POINTER(ctypes.c_uint8)), (count.value,))
