"""The C library Aravis: the functions that are used here, with their types and their errors."""

import ctypes
from collections.abc import Mapping
from functools import cache
from typing import Any

from linewatch.edge import optional
from linewatch.edge.errors import CameraError, WrongUse

_LIBRARY = "libaravis-0.8.so.0"
_SINCE = "0.8.25"

_OBJECT, _TEXT, _WHOLE, _BIG = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint64
_COUNT, _REAL, _SIZE = ctypes.c_uint, ctypes.c_double, ctypes.c_size_t
_WHOLES, _COUNTS, _SIZES = (ctypes.POINTER(kind) for kind in (_WHOLE, _COUNT, _SIZE))
_BIGS, _TEXTS = ctypes.POINTER(_BIG), ctypes.POINTER(_TEXT)

_PLAIN: Mapping[str, tuple[Any, ...]] = {
    "arv_update_device_list": (None,),
    "arv_get_n_devices": (_COUNT,),
    "arv_get_device_id": (_TEXT, _COUNT),
    "arv_get_device_address": (_TEXT, _COUNT),
    "arv_get_device_vendor": (_TEXT, _COUNT),
    "arv_get_device_model": (_TEXT, _COUNT),
    "arv_get_device_serial_nbr": (_TEXT, _COUNT),
    "arv_get_device_protocol": (_TEXT, _COUNT),
    "arv_camera_is_gv_device": (_WHOLE, _OBJECT),
    "arv_camera_get_device": (_OBJECT, _OBJECT),
    "arv_gv_device_is_controller": (_WHOLE, _OBJECT),
    "arv_buffer_new_allocate": (_OBJECT, _SIZE),
    "arv_buffer_get_status": (_WHOLE, _OBJECT),
    "arv_buffer_get_frame_id": (_BIG, _OBJECT),
    "arv_buffer_get_payload_type": (_WHOLE, _OBJECT),
    "arv_buffer_get_image_data": (_OBJECT, _OBJECT, _SIZES),
    "arv_buffer_get_image_width": (_WHOLE, _OBJECT),
    "arv_buffer_get_image_height": (_WHOLE, _OBJECT),
    "arv_buffer_get_image_pixel_format": (ctypes.c_uint32, _OBJECT),
    "arv_buffer_get_image_padding": (None, _OBJECT, _WHOLES, _WHOLES),
    "arv_stream_push_buffer": (None, _OBJECT, _OBJECT),
    "arv_stream_timeout_pop_buffer": (_OBJECT, _OBJECT, _BIG),
}
"""Result and arguments of functions that cannot fail."""

_FAILING: Mapping[str, tuple[Any, ...]] = {
    "arv_camera_new": (_OBJECT, _TEXT),
    "arv_camera_dup_available_pixel_formats_as_strings": (_TEXTS, _OBJECT, _COUNTS),
    "arv_camera_get_pixel_format_as_string": (_TEXT, _OBJECT),
    "arv_camera_set_pixel_format_from_string": (None, _OBJECT, _TEXT),
    "arv_camera_set_region": (None, _OBJECT, _WHOLE, _WHOLE, _WHOLE, _WHOLE),
    "arv_camera_is_exposure_auto_available": (_WHOLE, _OBJECT),
    "arv_camera_set_exposure_time_auto": (None, _OBJECT, _WHOLE),
    "arv_camera_set_exposure_time": (None, _OBJECT, _REAL),
    "arv_camera_is_gain_auto_available": (_WHOLE, _OBJECT),
    "arv_camera_set_gain_auto": (None, _OBJECT, _WHOLE),
    "arv_camera_set_gain": (None, _OBJECT, _REAL),
    "arv_camera_is_frame_rate_available": (_WHOLE, _OBJECT),
    "arv_camera_set_frame_rate": (None, _OBJECT, _REAL),
    "arv_camera_get_frame_rate": (_REAL, _OBJECT),
    "arv_camera_clear_triggers": (None, _OBJECT),
    "arv_camera_set_trigger": (None, _OBJECT, _TEXT),
    "arv_camera_software_trigger": (None, _OBJECT),
    "arv_camera_set_acquisition_mode": (None, _OBJECT, _WHOLE),
    "arv_camera_gv_set_packet_size": (None, _OBJECT, _WHOLE),
    "arv_camera_get_payload": (_COUNT, _OBJECT),
    "arv_camera_create_stream": (_OBJECT, _OBJECT, _OBJECT, _OBJECT),
    "arv_camera_start_acquisition": (None, _OBJECT),
    "arv_camera_stop_acquisition": (None, _OBJECT),
}
"""The same of functions that may: they take a place for an error last."""


class _GError(ctypes.Structure):
    _fields_ = (("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", ctypes.c_char_p))


class Aravis:
    """The loaded library. Objects are addresses; whoever made one gives it up."""

    def __init__(self) -> None:
        """Load it.

        Raises:
            WrongUse: it is not installed, or too old.
        """
        library = optional.load_library(_LIBRARY)
        self._plain = {name: _typed(library, name, form) for name, form in _PLAIN.items()}
        place = ctypes.POINTER(ctypes.c_void_p)
        self._failing = {name: _typed(library, name, (*form, place)) for name, form in _FAILING.items()}
        # Aravis is linked to these, so that they are there where it is.
        self._unref = _typed(library, "g_object_unref", (None, _OBJECT))
        self._free_error = _typed(library, "g_error_free", (None, _OBJECT))
        self._free = _typed(library, "g_free", (None, _OBJECT))

    def call(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - as many types as the library has
        """Call a function that cannot fail."""
        return self._plain[name](*arguments)

    def attempt(self, name: str, *arguments: object) -> Any:  # noqa: ANN401
        """Call a function that may fail.

        Raises:
            CameraError: it did; the text is the library's.
        """
        error = ctypes.c_void_p()
        result = self._failing[name](*arguments, ctypes.byref(error))
        if error.value is None:
            return result
        said = ctypes.cast(error, ctypes.POINTER(_GError)).contents.message or b""
        text = said.decode(errors="replace")
        self._free_error(error)
        raise CameraError(text)

    def texts(self, name: str, *arguments: object) -> list[str]:
        """Call a function that may fail and gives a list of texts.

        Raises:
            CameraError: it did.
        """
        count = _COUNT()
        found = self.attempt(name, *arguments, ctypes.byref(count))
        texts = [found[index].decode(errors="replace") for index in range(count.value)]
        self._free(found)
        return texts

    def give_up(self, thing: int) -> None:
        """Let go of an object."""
        self._unref(thing)


@cache
def aravis() -> Aravis:
    """The library, loaded once.

    Raises:
        WrongUse: it is not installed, or too old.
    """
    return Aravis()


def _typed(library: ctypes.CDLL, name: str, form: tuple[Any, ...]) -> Any:  # noqa: ANN401 - ctypes has no narrower type
    try:
        function = getattr(library, name)
    except AttributeError as error:
        raise WrongUse(f"Aravis is too old here, for it has no {name}: install {_SINCE} or newer") from error
    function.restype, *function.argtypes = form
    return function
