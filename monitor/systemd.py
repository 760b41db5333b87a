"""Telling systemd how we are: sd_notify(3) and WatchdogSec= in systemd.service(5)."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from probes.wording import one_line

STATUS_CHARACTERS: Final = 400
_US_PER_S = 1_000_000


class Systemd:
    """The service manager, or nobody when we were not started by one."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID."""
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ means an abstract socket.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = _watchdog_s(environment) if address else None
        """How often we must say that we are alive; None when nobody asks."""

    @property
    def listens(self) -> bool:
        """Whether anybody hears what we tell."""
        return bool(self._address)

    def ready(self, status: str) -> None:
        """Everything is open and the first probes run."""
        self._tell(f"READY=1\nSTATUS={_line(status)}")

    def status(self, text: str) -> None:
        """Say in one line for people how we are (`systemctl status`)."""
        self._tell(f"STATUS={_line(text)}")

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Say that we read our configuration anew, until the block ends."""
        self._tell("RELOADING=1")
        try:
            yield
        finally:
            self._tell("READY=1")

    def alive(self) -> None:
        """There is progress."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """We were asked to stop."""
        self._tell("STOPPING=1")

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link,
        ):
            link.setblocking(False)
            link.sendto(state.encode(), self._address)


def _line(text: str) -> str:
    """Remote text may be in it: a line of its own would be an order to systemd."""
    return one_line(text, STATUS_CHARACTERS)


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    asked, for_pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not asked.isdigit() or int(asked) == 0 or (for_pid and for_pid != str(os.getpid())):
        return None
    return int(asked) / _US_PER_S
