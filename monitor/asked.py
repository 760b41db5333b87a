"""What signals ask for: an end, or a reload. A stop that takes too long is cut short."""

import logging
import os
import signal
import threading
from collections.abc import Callable

from monitor.daemon import Daemon

log = logging.getLogger(__name__)

END_WITHIN_S = 9.0
"""A stop that takes longer (a disk that hangs, a thread that never returns) is cut short: no worse than a kill."""


class Asked:
    """What signals ask for, from the first moment on: while it starts, the daemon is told when it is there."""

    def __init__(self) -> None:
        self._daemon: Daemon | None = None
        self._stop = self._reload = self._is_ending = False

    def listen(self, add: Callable[[signal.Signals, Callable[..., None]], object]) -> None:
        """Take the signals by `add`; may be called again with another."""
        add(signal.SIGTERM, self._on_stop)
        add(signal.SIGINT, self._on_stop)
        add(signal.SIGHUP, self._on_reload)

    def tell(self, daemon: Daemon) -> None:
        """Hand on what was asked for so far, and from now on at once."""
        self._daemon = daemon
        if self._stop:
            daemon.stop()
        if self._reload:
            daemon.request_reload()

    def end_within(self, seconds: float, code: int) -> None:
        """End the process with `code` if it has not ended by itself; threads that hang would keep it for ever."""
        if not self._is_ending:
            self._is_ending = True
            timer = threading.Timer(seconds, _end, (code,))
            timer.daemon = True
            timer.start()

    def _on_stop(self, *_: object) -> None:
        self._stop = True
        self.end_within(END_WITHIN_S, 0)
        if self._daemon is not None:
            self._daemon.stop()

    def _on_reload(self, *_: object) -> None:
        self._reload = True
        if self._daemon is not None:
            self._daemon.request_reload()


def _end(code: int) -> None:
    # In a thread of its own: whoever reads our log may be what hangs.
    threading.Thread(
        target=log.critical, args=("stop_overdue within_s=%g", END_WITHIN_S), daemon=True
    ).start()
    threading.Event().wait(0.2)
    os._exit(code)
