"""What threads took and gave back leaves the process, in a process of its own: the allocator is asked for once."""

import subprocess
import sys

_THREADS = 12
_TRIAL = f"""
import ctypes, sys, threading

from monitor.process_memory import keep_little

if sys.argv[1] == "little":
    keep_little()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
libc.fopen.restype, libc.malloc_info.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
together = threading.Barrier({_THREADS})


def work():
    together.wait()
    held = [libc.malloc(60_000) for _ in range(100)]
    together.wait()
    for each in held:
        libc.free(each)


threads = [threading.Thread(target=work) for _ in range({_THREADS})]
for each in threads:
    each.start()
for each in threads:
    each.join()
libc.malloc_info(0, libc.fopen(b"/dev/stdout", b"w"))
libc.fflush(None)
"""


def arenas(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", _TRIAL, how], capture_output=True, text=True, check=True)
    return done.stdout.count("<heap nr=")


def test_threads_share_two_arenas_instead_of_one_each() -> None:
    assert arenas("as it is") > 2
    assert arenas("little") <= 2
