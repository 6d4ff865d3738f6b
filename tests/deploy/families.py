"""Families of sockets, held back as systemd does where a unit restricts them: by a filter of system calls."""

import ctypes
import errno
import platform
import socket
from collections.abc import Iterable

import pytest

_SOCKET = {"x86_64": 41, "aarch64": 198}
"""The number of socket(2)."""
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _FIRST_ARGUMENT = 0, 16
_ALLOW, _FAIL_WITH = 0x7FFF0000, 0x00050000


class _Line(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("lines", ctypes.POINTER(_Line)))


class OnlyFamilies:
    """Calling it leaves this process, and those it starts, sockets of `names` alone, as `AF_INET`."""

    def __init__(self, names: Iterable[str]) -> None:
        if platform.machine() not in _SOCKET:
            pytest.skip("the number of socket(2) is not known here")
        families = [int(getattr(socket, name)) for name in names]
        lines = [
            (_LOAD, 0, 0, _NUMBER),
            (_IF_EQUAL, 0, len(families) + 2, _SOCKET[platform.machine()]),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            *((_IF_EQUAL, len(families) - at, 0, family) for at, family in enumerate(families)),
            (_RETURN, 0, 0, _FAIL_WITH | errno.EAFNOSUPPORT),
            (_RETURN, 0, 0, _ALLOW),
        ]
        self._lines = (_Line * len(lines))(*(_Line(*line) for line in lines))
        self._library = ctypes.CDLL(None, use_errno=True)

    def __call__(self) -> None:
        program = _Program(len(self._lines), self._lines)
        if self._library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or self._library.prctl(
            _PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0
        ):
            raise OSError(ctypes.get_errno(), "no filter")
