"""The channel `file`: append each message as one JSON line, durably. For demos and for integrations that follow it.

A line that could not be written whole is taken back, so a reader never sees a torn one.
"""

import asyncio
import contextlib
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.record import json_line
from alerts.messages.message import Message


@dataclass(frozen=True, slots=True)
class FileConfig:
    """Which file to append to; its folder exists."""

    path: Path


class FileChannel:
    """Appends to one file, from a thread of its own: a slow disk delays nothing else."""

    knows_repeats = True

    def __init__(self, config: FileConfig) -> None:
        self._path = config.path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="channel-file")

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Append the message. Every trouble with the file is temporary: disks are emptied, folders made."""
        line = json_line(message, recipient, message_id=message_id, thread_id=thread_id)
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, append_line, self._path, line)
        except OSError as error:
            cause = error.strerror or type(error).__name__
            raise DeliveryError(f"cannot append to the file: {cause}", DeliveryFailure.DISK) from error
        return ""


def append_line(path: Path, line: bytes) -> None:
    """Append `line` and a newline, whole or not at all, and wait until the disk has it. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"  # somebody else's, or a power cut's
        try:
            _write_all(descriptor, (b"\n" if is_torn else b"") + line + b"\n")
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):  # the first trouble is the one to tell
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
