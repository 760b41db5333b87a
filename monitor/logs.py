"""The daemon's log: one line an event on stderr, whatever remote text is in it; asyncio's own troubles included."""

import asyncio
import logging
import os
from collections.abc import Mapping
from typing import Any

from monitor.clock import Clock

log = logging.getLogger(__name__)

REPEAT_S = 60.0
"""The same trouble of the event loop is logged at most this often."""


class OneLine(logging.Formatter):
    """Keeps remote text from forging lines or steering the terminal; a traceback stays readable."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's name)
        """Return the message with everything that is not printable as its number."""
        return _printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 (the library's name)
        """Return the traceback, each line marked as part of one: the error's own text may be remote and hold lines."""
        return "\n".join(f"  | {_printable(line)}" for line in super().formatException(ei).split("\n"))


def _printable(text: str) -> str:
    if text.isprintable():  # nearly always: a mass outage logs thousands of lines at once
        return text
    # Not by the codec "unicode_escape": its module is loaded at first use, which takes a descriptor, and this may be
    # the line that says there is none left.
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


class LoopTroubles:
    """The event loop's exception handler. An accept without descriptors fails a hundred times at once, each second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logged_mono: dict[str, float] = {}

    def __call__(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Log one trouble, not its repetitions."""
        text, error = str(context.get("message", "")), context.get("exception")
        now = self._clock.monotonic()
        if now - self._logged_mono.get(text, float("-inf")) < REPEAT_S:
            return
        self._logged_mono[text] = now
        # The operating system's refusals explain themselves; anything else is a bug and needs its traceback.
        is_bug = error is not None and not isinstance(error, OSError)
        log.error("event_loop_trouble what=%s error=%s", text, error, exc_info=error if is_bug else None)


def configure_logging() -> None:
    """Log to stderr from INFO on; the journal stamps lines itself."""
    handler = logging.StreamHandler()
    under_systemd = "JOURNAL_STREAM" in os.environ
    stamp = "" if under_systemd else "%(asctime)s "
    handler.setFormatter(OneLine(f"{stamp}%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
