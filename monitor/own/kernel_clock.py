"""What the kernel knows of its own clock: adjtimex(2), read only."""

import ctypes
import errno
import os
from dataclasses import dataclass
from typing import Final

_TIME_ERROR: Final = 5
"""The clock is not synchronised."""
_STATE_UNSYNCHRONISED: Final = 0x40
_MICROSECONDS: Final = 1_000_000


class _Timex(ctypes.Structure):
    """The beginning of struct timex (adjtimex(2), 64-bit Linux); the rest is never read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 512),
    )


@dataclass(frozen=True, slots=True)
class KernelClock:
    """Whether something keeps the clock right, and how wrong it may be at most (None: nobody says)."""

    is_synchronised: bool
    error_s: float | None = None


def read_kernel_clock() -> KernelClock:
    """Ask the kernel. Raises OSError (a sandbox may forbid the call, a C library may not have it)."""
    kernel = _Timex()
    ask = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    if ask is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    state = ask(ctypes.byref(kernel))
    if state < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    is_synchronised = state != _TIME_ERROR and not kernel.status & _STATE_UNSYNCHRONISED
    return KernelClock(is_synchronised, kernel.maxerror / _MICROSECONDS)
