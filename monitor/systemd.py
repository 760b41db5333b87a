"""Telling systemd that we are ready, alive or stopping: sd_notify(3) and WatchdogSec= in systemd.service(5)."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

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

    def ready(self) -> None:
        """Everything is open and the first probes run."""
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


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    asked, for_pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not asked.isdigit() or int(asked) == 0 or (for_pid and for_pid != str(os.getpid())):
        return None
    return int(asked) / _US_PER_S
