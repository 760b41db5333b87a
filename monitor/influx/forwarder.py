"""The forwarder: results and what happened -> InfluxDB, behind saved places. A week without the server is a delay, not a gap.

A place moves only after the server took the lines; sending a line again is harmless (same measurement, tags and
time). A line the server refuses for good is set aside as a dead letter, so that it does not hold up the others.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final

from monitor.clock import Clock
from monitor.influx.late_rows import Behind
from monitor.influx.line_server import Answer, LineServer, Reply
from monitor.influx.sender import Sender
from monitor.influx.streams import FreshResults, LateResults, Stream, TagsOf
from monitor.series.log import ResultLog
from monitor.storage.errors import StorageError

IDLE_S: Final = 1.0
"""How often an up-to-date forwarder looks for new results."""
BREATH_S: Final = 0.02
"""Between two full batches of fresh results: the loop has other work."""
FRESH_WITHIN_S: Final = 10.0
"""What is fresh is sent in order only as long as that takes no longer; else it goes on with the latest of it."""
FRESH_BATCHES: Final = 10
DENIED_S: Final = 30.0
BACKOFF_FIRST_S: Final = 1.0
BACKOFF_MOST_S: Final = 60.0
RETRY_AFTER_MOST_S: Final = 600.0
STORAGE_S: Final = 5.0
COUNT_S: Final = 10.0
"""How often what waits is counted."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much goes at once, and how fast what is late."""

    batch_rows: int = 2_000
    late_rows_per_s: float = 5_000.0

    @property
    def fresh_most(self) -> int:
        """So many unread results are fresh; with more, the older ones are late."""
        return max(FRESH_BATCHES * self.batch_rows, round(FRESH_WITHIN_S * self.late_rows_per_s))


class Forwarder:
    """Writes to a server. `last_error` is why it does not now, "" when it does or has nothing to do.

    `last_success_at`: when the server last took lines. `refused`: dead letters since start. `behind`: what waits, as of
    the latest count. `events` are sent beside the results.
    """

    def __init__(
        self,
        log: ResultLog,
        server: LineServer,
        *,
        tags_of: TagsOf,
        clock: Clock,
        pace: Pace,
        events: Sequence[Stream] = (),
    ) -> None:
        self.last_success_at: float | None = None
        self.last_error = ""
        self.refused = 0
        self.behind = Behind()
        self._fresh = FreshResults(log, tags_of)
        self._late = LateResults(log, tags_of)
        self._events = tuple(map(_Lane, events))
        self._late_lane = _Lane(self._late)
        self._sender = Sender(server, most_lines=pace.batch_rows)
        self._clock = clock
        self._pace = pace
        self._patience = Patience()
        self._count_from_mono = float("-inf")

    @property
    def lag_rows(self) -> int:
        """Results behind the cursor; 0 before the first step."""
        return self._fresh.lag_rows

    async def run(self) -> None:
        """Forward for ever."""
        while True:
            await self._clock.sleep(await self.step())

    async def step(self) -> float:
        """Forward one batch of each stream; return how long to wait before the next. Raises nothing expected."""
        try:
            wait_s = await self._forward()
            await self._count()
        except StorageError as error:
            self._note(str(error))
            return STORAGE_S
        except Exception as error:
            # Series are a by-way: whatever a server or a line does to it must not end the watch.
            if not self.last_error:
                logger.exception("influx bug")
            self._note(f"lỗi phần mềm: {type(error).__name__}")
            return BACKOFF_MOST_S
        return wait_s

    async def _forward(self) -> float:
        """Send what is fresh, then what happened, and once that is up to date what is late, as far as its rate allows."""
        fresh, reply = await self._send(self._fresh)
        if reply.answer is not Answer.ACCEPTED:
            self._note(reply.why)
            return self._patience.wait_s(reply, now=self._clock.now())
        self._patience = Patience()
        is_full = fresh >= self._pace.batch_rows
        if self._fresh.lag_rows > self._pace.fresh_most:
            await self._fresh.leave_behind(self._pace.fresh_most // 2)
        for lane in self._events:
            is_full |= (await self._send_beside(lane) or 0) >= self._pace.batch_rows
        if not is_full and (lines := await self._send_beside(self._late_lane)) is not None:
            wait_s = IDLE_S if self._late.is_empty else lines / self._pace.late_rows_per_s
            self._late_lane.from_mono = self._clock.monotonic() + wait_s
        lanes = (*self._events, self._late_lane)
        self._note(next((lane.error for lane in lanes if lane.error), ""))
        if is_full:
            return BREATH_S
        return min(IDLE_S, max(BREATH_S, self._late_lane.from_mono - self._clock.monotonic()))

    async def _send_beside(self, lane: "_Lane") -> int | None:
        """Send a batch, if it is its time; return how many lines the server dealt with, None: it did not.

        Trouble with it (too old for the server, say) does not hold up what is fresh.
        """
        if self._clock.monotonic() < lane.from_mono:
            return None
        lines, reply = await self._send(lane.stream)
        lane.error = reply.why
        if reply.answer is Answer.ACCEPTED:
            lane.patience = Patience()
            return lines
        lane.from_mono = self._clock.monotonic() + lane.patience.wait_s(reply, now=self._clock.now())
        return None

    async def _send(self, stream: Stream) -> tuple[int, Reply]:
        """Send the next batch of a stream and save how far it came; return how many lines it had and what ended it."""
        entries = await stream.read(self._pace.batch_rows)
        sent = await self._sender.send(entries)
        if sent.done > len(sent.refused):
            self.last_success_at = self._clock.now()
        await stream.save(entries, sent)
        self.refused += len(sent.refused)
        for refused in sent.refused:
            logger.warning("influx line_refused seq=%d error=%s", refused.entry.seq, refused.why)
        return len(entries), sent.reply

    async def _count(self) -> None:
        if self._clock.monotonic() >= self._count_from_mono:
            self._count_from_mono = self._clock.monotonic() + COUNT_S
            self.behind = await self._fresh.behind()

    def _note(self, error: str) -> None:
        if error != self.last_error:
            if error:
                logger.warning("influx behind rows=%d error=%s", self.lag_rows, error)
            else:
                logger.info("influx writes_again rows=%d", self.lag_rows)
        self.last_error = error


class Patience:
    """How long to wait after failures in a row."""

    def __init__(self) -> None:
        self._failures = 0

    def wait_s(self, reply: Reply, *, now: float) -> float:
        """Return how long to wait after one more."""
        if reply.answer is Answer.DENIED:
            return DENIED_S
        self._failures += 1
        asked = retry_after_s(reply.retry_after, now=now)
        if asked is not None:
            return min(max(BACKOFF_FIRST_S, asked), RETRY_AFTER_MOST_S)
        return min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2.0 ** min(self._failures - 1, 10))


@dataclass(slots=True)
class _Lane:
    """A stream beside the fresh results, with patience of its own: what is old may be too much for the server."""

    stream: Stream
    patience: Patience = field(default_factory=Patience)
    error: str = ""
    from_mono: float = float("-inf")


def retry_after_s(header: str, *, now: float) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3), None when it says nothing usable."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
