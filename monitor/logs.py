"""The daemon's log: one line an event on stderr, whatever remote text is in it; asyncio's own troubles included."""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor.clock import Clock

log = logging.getLogger(__name__)

REPEAT_S = 60.0
"""The same trouble of the event loop is logged at most this often."""

KEPT: Final = 50
KEPT_CHARACTERS: Final = 500


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


@dataclass(frozen=True, slots=True)
class Kept:
    """One warning or error. `text`: one line, at most KEPT_CHARACTERS, printable; the traceback is in the journal only."""

    at: float
    is_error: bool
    text: str


class LastTroubles(logging.Handler):
    """Keeps the newest warnings and errors of this process, for a page: who looks there may not read the journal."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[Kept] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; one that cannot be written is reported as every handler of the library does."""
        try:
            text = f"{record.name} {record.getMessage()}"
            error = record.exc_info[1] if record.exc_info else None
            if error is not None:
                text += f"; {type(error).__name__}: {error}"
        except Exception:  # noqa: BLE001 (who logs must never fail by it)
            self.handleError(record)
            return
        short = text if len(text) <= KEPT_CHARACTERS else f"{text[: KEPT_CHARACTERS - 1]}…"
        self._kept.append(Kept(record.created, record.levelno >= logging.ERROR, _printable(short)))

    def newest_first(self) -> tuple[Kept, ...]:
        """Return what is kept."""
        self.acquire()  # another thread may log meanwhile
        try:
            return tuple(reversed(self._kept))
        finally:
            self.release()


def last_troubles() -> tuple[Kept, ...]:
    """Return the newest warnings and errors since the start, the newest first; () where nobody configured the log."""
    keepers = (each for each in logging.getLogger().handlers if isinstance(each, LastTroubles))
    return tuple(kept for keeper in keepers for kept in keeper.newest_first())


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
    """Log to stderr from INFO on, and keep the last troubles; the journal stamps lines itself."""
    handler = logging.StreamHandler()
    under_systemd = "JOURNAL_STREAM" in os.environ
    stamp = "" if under_systemd else "%(asctime)s "
    handler.setFormatter(OneLine(f"{stamp}%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler, LastTroubles()], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
