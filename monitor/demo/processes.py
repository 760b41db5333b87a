"""Child processes that end with us: started in a group of their own, tied to our life by the kernel.

Commands to our own modules go over a control pair (control.py). Knows nothing of namespaces but a command prefix.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import monitor
from monitor.demo.namespaces import find_command

START_TIMEOUT_S = 20.0
STOP_GRACE_S = 12.0
# The shell makes sure that the parent was still alive when the kernel tied the child to it.
_EXEC_IF_PARENT_LIVES = '[ "$PPID" = "$0" ] && exec "$@"'


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a child's standard streams go, as for asyncio.create_subprocess_exec (None: as ours)."""

    stdin: int | Any = asyncio.subprocess.DEVNULL
    stdout: int | Any = None
    stderr: int | Any = None


async def start(
    argv: Sequence[str],
    *,
    entry: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    streams: Streams = Streams(),
    cwd: Path | None = None,
) -> asyncio.subprocess.Process:
    """Start a program that the kernel kills when the calling thread ends. `entry` is a command that runs it elsewhere.

    All commands in between replace themselves, so `pid` is the program's own.
    """
    tie = [find_command("setpriv"), "--pdeathsig", "KILL", "--"]
    check = [find_command("sh"), "-c", _EXEC_IF_PARENT_LIVES, str(os.getpid())]
    return await asyncio.create_subprocess_exec(
        *entry,
        *tie,
        *check,
        *argv,
        env=env,
        pass_fds=tuple(pass_fds),
        stdin=streams.stdin,
        stdout=streams.stdout,
        stderr=streams.stderr,
        cwd=cwd,
        start_new_session=True,
    )


async def stop(process: asyncio.subprocess.Process, *, grace_s: float) -> None:
    """End a process started here: SIGTERM, and SIGKILL to its whole group when it does not go in time."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(grace_s):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def start_module(
    name: str, arguments: Sequence[str], *, entry: Sequence[str] = ()
) -> tuple[asyncio.subprocess.Process, socket.socket]:
    """Run one of our modules with `--parent` and `--control-fd`; return it and our end of the control pair."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        known = [f"--parent={os.getpid()}", f"--control-fd={theirs.fileno()}"]
        argv = [sys.executable, "-m", name, *known, *arguments]
        process = await start(argv, entry=entry, env=module_environment(), pass_fds=(theirs.fileno(),))
    return process, ours


async def until_readable(end: socket.socket) -> None:
    """Wait for the first word of a module that was started; TimeoutError when none comes."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(end, readable.set)
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            await readable.wait()
    finally:
        loop.remove_reader(end)


def module_environment() -> dict[str, str]:
    """Return our environment with the packages of this tree importable, installed or not."""
    root = str(Path(monitor.__file__).parent.parent)
    paths = [root, os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
