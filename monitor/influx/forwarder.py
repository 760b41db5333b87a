"""The forwarder: result log -> InfluxDB, behind a saved cursor. A day without the server is a delay, not a gap.

The cursor moves only after the server took the lines; sending a line again is harmless (same measurement, tags and
time). A line the server refuses for good is set aside as a dead letter, so that it does not hold up the others.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from alerts.model.checks import CheckResult
from monitor.clock import Clock
from monitor.influx.line_server import Answer, LineServer, Reply
from monitor.influx.lines import Line, encode
from monitor.series.log import ResultLog
from monitor.series.model import StoredResult
from monitor.series.result_rows import DeadLetter
from monitor.storage.errors import StorageError

CURSOR = "influx"
IDLE_S = 1.0
"""How often an up-to-date forwarder looks for new results."""
CATCH_UP_ROWS_PER_S = 5_000
"""A server that comes back after a day is not flooded."""
DENIED_S = 30.0
BACKOFF_FIRST_S = 1.0
BACKOFF_MOST_S = 60.0
RETRY_AFTER_MOST_S = 600.0
STORAGE_S = 5.0
REFUSED_IN_A_ROW_MOST = 50
"""A server that refuses so many lines and takes none between them does not mean the lines."""
RESERVED_FIELDS = {"ok", "duration_s", "reason"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CheckTags:
    """Where a check's points go: `kind` is the measurement, the rest are tags (empty: no tag)."""

    kind: str
    target: str
    unit: str = ""
    layer: str = ""


TagsOf = Callable[[str], CheckTags | None]
"""Tags of a check id; None when it left the inventory."""


def line_of(result: CheckResult, tags: CheckTags) -> Line:
    """Return the point of one result: `ok` (1i or 0i), `duration_s`, every metric as a float, `reason` when not ok.

    A metric named like one of those fields gets the prefix `metric_`. The time is cut to microseconds: that much a
    float of Unix seconds holds, so the same result always has the same time.
    """
    reading = result.reading
    fields: dict[str, float | int | str] = {"ok": int(reading.ok), "duration_s": float(result.duration_s)}
    for name, value in reading.metrics.items():
        fields[f"metric_{name}" if name in RESERVED_FIELDS else name] = float(value)
    if reading.reason is not None:
        fields["reason"] = str(reading.reason)
    return Line(
        measurement=tags.kind,
        tags={
            "check": result.check_id,
            "layer": tags.layer,
            "target": tags.target,
            "unit": tags.unit,
            "vantage": result.vantage,
        },
        fields=fields,
        time_ns=round(result.started_at * 1_000_000) * 1_000,
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    seq: int
    line: str


class Forwarder:
    """Writes results to a server. `last_error` is why it does not now, "" when it does or has nothing to do.

    `last_success_at`: when the server last took lines. `refused`: dead letters since start.
    """

    def __init__(
        self, log: ResultLog, server: LineServer, *, tags_of: TagsOf, clock: Clock, batch_rows: int = 2_000
    ) -> None:
        self.last_success_at: float | None = None
        self.last_error = ""
        self.refused = 0
        self._log = log
        self._server = server
        self._tags_of = tags_of
        self._clock = clock
        self._batch_rows = batch_rows
        self._cursor: int | None = None
        self._failures = 0
        self._refused_in_a_row = 0

    @property
    def lag_rows(self) -> int:
        """Results on the disk that the server has not; 0 before the first step."""
        return 0 if self._cursor is None else max(0, self._log.last_seq - self._cursor)

    async def run(self) -> None:
        """Forward for ever."""
        while True:
            await self._clock.sleep(await self.step())

    async def step(self) -> float:
        """Forward one batch; return how long to wait before the next one, in seconds. Raises nothing expected."""
        try:
            if self._cursor is None:
                self._cursor = (await self._log.cursor(CURSOR)).seq
            rows = await self._log.read_after(self._cursor, self._batch_rows)
            if not rows:
                return IDLE_S
            reply = await self._forward([_Entry(row.seq, self._encode(row)) for row in rows])
        except StorageError as error:
            self._note(str(error))
            return STORAGE_S
        except Exception as error:
            # Series are a by-way: whatever a server or a line does to it must not end the watch.
            if not self.last_error:
                logger.exception("influx bug")
            self._note(f"lỗi phần mềm: {type(error).__name__}")
            return BACKOFF_MOST_S
        return self._next_wait(reply, len(rows))

    async def _forward(self, entries: Sequence[_Entry]) -> Reply:
        """Send entries, halving what is refused; save how far it came. Returns the reply that ended it."""
        parts = [entries]
        letters: list[DeadLetter] = []
        done: int | None = None
        taken = 0
        reply = Reply(Answer.ACCEPTED)
        while parts:
            part = parts.pop()
            reply = await self._server.write([entry.line for entry in part])
            if reply.answer is Answer.ACCEPTED:
                taken += len(part)
                done = part[-1].seq
                self.last_success_at = self._clock.now()
            elif reply.answer is not Answer.REFUSED:
                break
            elif len(part) > 1:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
            else:
                letters.append(DeadLetter(CURSOR, part[0].seq, part[0].line, reply.why))
                done = part[0].seq
                if not taken and len(letters) >= REFUSED_IN_A_ROW_MOST:
                    break
        if letters and not taken and self._refused_in_a_row + len(letters) >= REFUSED_IN_A_ROW_MOST:
            return Reply(Answer.DENIED, f"máy chủ từ chối mọi dòng: {letters[-1].error}")
        self._refused_in_a_row = 0 if taken else self._refused_in_a_row + len(letters)
        if done is not None:
            await self._log.move_cursor(CURSOR, done, letters)
            self._cursor = done
            self.refused += len(letters)
            for letter in letters:
                logger.warning("influx line_refused seq=%d error=%s", letter.seq, letter.error)
        return Reply(Answer.ACCEPTED) if reply.answer is Answer.REFUSED else reply

    def _encode(self, row: StoredResult) -> str:
        check_id = row.result.check_id
        tags = self._tags_of(check_id)
        if tags is None:
            # The check left the inventory after it was measured: its id still names target and kind.
            target, _, kind = check_id.rpartition("/")
            tags = CheckTags(kind=kind, target=target)
        return encode(line_of(row.result, tags))

    def _next_wait(self, reply: Reply, rows: int) -> float:
        match reply.answer:
            case Answer.UNAVAILABLE:
                self._note(reply.why)
                self._failures += 1
                backoff = min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2.0 ** min(self._failures - 1, 10))
                asked = retry_after_s(reply.retry_after, now=self._clock.now())
                return backoff if asked is None else min(max(BACKOFF_FIRST_S, asked), RETRY_AFTER_MOST_S)
            case Answer.DENIED:
                self._note(reply.why)
                return DENIED_S
            case _:
                self._note("")
                self._failures = 0
                return IDLE_S if rows < self._batch_rows else rows / CATCH_UP_ROWS_PER_S

    def _note(self, error: str) -> None:
        if error != self.last_error:
            if error:
                logger.warning("influx behind rows=%d error=%s", self.lag_rows, error)
            else:
                logger.info("influx writes_again rows=%d", self.lag_rows)
        self.last_error = error


def retry_after_s(header: str, *, now: float) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3), None when it says nothing usable."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
