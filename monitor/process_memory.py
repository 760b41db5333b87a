"""How the daemon's process gives memory back: by the allocator of glibc, mallopt(3)."""

import ctypes
from contextlib import suppress
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2
_MAPPED_BYTES: Final = 128 * 1024
"""glibc's own first value; setting it keeps it from growing up to 32 MB with the first big block that is freed."""


def keep_little() -> None:
    """Share few arenas among the threads, and map large blocks by themselves; to be called before threads are started.

    Each of two dozen threads would have an arena of its own and keep in it what its busiest hour took: databases are
    read and written in threads, one at a time. Another C library than glibc has no such choice, and needs none.
    """
    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, _ARENAS)
        mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)
