"""The program as a process that need not load itself: forked from one that has, of which each pytest process has its own.

Six of seven parts of a start are loading. Everything else is as with `python -m monitor.cli`: a process, session and
descriptors of its own, the kernel's signals, the interpreter's end. Not seen here: how long loading takes, a signal in
the middle of it, what only an interpreter reads (PYTHON*, LD_PRELOAD), the order of sets from one start to the next.
"""

import asyncio
import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from monitor.cli import main
from monitor.demo.namespaces import die_with_parent, enter_network
from monitor.demo.processes import module_environment

REQUEST_BYTES = 128 * 1024
"""Arguments and environment of one process."""


class WarmProcess:
    """What tests use of asyncio's Process. `pid` is the program's own."""

    def __init__(self, pid: int, pidfd: int, end: socket.socket) -> None:
        self.pid = pid
        self._pidfd = pidfd
        self._end = end
        self._code: int | None = None

    @property
    def returncode(self) -> int | None:
        if self._code is None:
            try:
                self._note(self._end.recv(16))
            except BlockingIOError:
                return None
        return self._code

    async def wait(self) -> int:
        """Wait for its end (one caller at a time); return the exit code, below zero for a signal."""
        if self._code is None:
            self._note(await asyncio.get_running_loop().sock_recv(self._end, 16))
        assert self._code is not None
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        if self._code is not None:
            raise ProcessLookupError
        signal.pidfd_send_signal(self._pidfd, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _note(self, told: bytes) -> None:
        self._code = int(told)
        self._end.close()
        os.close(self._pidfd)


async def start_warm(arguments: Sequence[str], *, out: IO[bytes], network: int | None = None) -> WarmProcess:
    """Run a command of the program, or with -c code that uses it; what it prints goes to `out`.

    `network`: a descriptor of where it is to live, None: where we do.
    """
    end, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    whole = {"arguments": arguments, "env": module_environment(), "folder": str(Path.cwd())}
    request = json.dumps(whole).encode()
    with theirs:
        descriptors = [theirs.fileno(), out.fileno(), *([] if network is None else [network])]
        socket.send_fds(_server(), [request], descriptors)
    pid, (pidfd,), _, _ = await asyncio.to_thread(socket.recv_fds, end, 16, 1)
    end.setblocking(False)
    return WarmProcess(int(pid), pidfd, end)


@functools.cache
def _server() -> socket.socket:
    """Start the process that has loaded the program; it ends, and all that came from it, when we do, whatever ends us."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=module_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    atexit.register(server.wait)
    atexit.register(server.kill)
    atexit.register(ours.close)
    return ours


def serve(control: socket.socket) -> list[str]:
    """Fork for every request; return in the new process only, with its arguments."""
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "of many threads a fork has one"
    own_pid = os.getpid()
    ends: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control, *ends], [], [])
        for pidfd in ends.keys() & ready:
            _tell_end(pidfd, ends.pop(pidfd))
        if control not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, 3)
        if not message:
            sys.exit()
        pid = os.fork()
        if pid == 0:
            die_with_parent(own_pid)
            for each in (control, *ends.values()):
                each.close()
            for each in ends:
                os.close(each)
            return _become(json.loads(message), *descriptors)
        end = socket.socket(fileno=descriptors[0])
        for each in descriptors[1:]:
            os.close(each)
        pidfd = os.pidfd_open(pid)
        ends[pidfd] = end
        socket.send_fds(end, [str(pid).encode()], [pidfd])


def _tell_end(pidfd: int, end: socket.socket) -> None:
    how = os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
    assert how is not None
    os.close(pidfd)
    with end, contextlib.suppress(BrokenPipeError):
        end.send(str(how.si_status if how.si_code == os.CLD_EXITED else -how.si_status).encode())


def _become(request: dict[str, Any], end: int, out: int, network: int | None = None) -> list[str]:
    """Be the process that was asked for; return its arguments."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, place in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(descriptor, place)
    if network is not None:
        enter_network(network)
    for descriptor in {nothing, end, out, network} - {None}:
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["folder"])
    arguments: list[str] = request["arguments"]
    return arguments


if __name__ == "__main__":
    gc.disable()
    for command in ("daemon", "incident", "status"):
        importlib.import_module(f"monitor.cli.{command}")
    gc.freeze()
    gc.enable()
    arguments = serve(socket.socket(fileno=int(sys.argv[1])))
    if arguments[0] == "-c":
        sys.argv = ["-c", *arguments[2:]]
        exec(arguments[1], {"__name__": "__main__"})  # noqa: S102 (as the interpreter would)
    else:
        sys.exit(main(arguments))
