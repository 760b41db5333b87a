"""results.db filled by hand: any result hot or compacted, any day counted or due."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult
from monitor.series import result_rows
from monitor.series.chunk_rows import hour_of
from monitor.series.hours import Day, Hour, prepare_day, prepare_hour, write_work
from monitor.series.model import HOUR_MS, StoredResult
from monitor.storage.opening import Synchronous, open_writer
from probes.reading import FailureReason, Reading, failed

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR_S = HOUR_MS / 1_000
CHECK = "21484.cpe/icmp"


def opened(path: Path) -> sqlite3.Connection:
    connection, _ = open_writer(path, schema="results", synchronous=Synchronous.NORMAL, now=0.0)
    return connection


def burst(
    at: float, rtts_s: Sequence[float | None], *, check_id: str = CHECK, detail: str = ""
) -> CheckResult:
    """Return the result of a burst."""
    if any(rtt is not None for rtt in rtts_s):
        reading = Reading(ok=True, detail=detail, rtts_s=tuple(rtts_s))
    else:
        reading = Reading(ok=False, reason=FailureReason.TIMEOUT, detail=detail, rtts_s=tuple(rtts_s))
    return CheckResult(check_id, round(at, 3), 0.3, reading)


def answer(at: float, duration_s: float | None, *, check_id: str = CHECK) -> CheckResult:
    """Return the result of a question; None: no good answer came."""
    reading = failed(FailureReason.TIMEOUT) if duration_s is None else Reading(ok=True)
    return CheckResult(check_id, round(at, 3), duration_s or 5.0, reading)


def fill(
    connection: sqlite3.Connection,
    results: Sequence[CheckResult],
    is_hot: Callable[[CheckResult], bool],
    *,
    rolled_days: Collection[int] = (),
    interval_s: float = 60.0,
) -> None:
    """Write results of one check and compact those that are not hot, with their pages; then write the hot ones.

    Of the days (ordinals) only `rolled_days` are counted, others that have a chunk are left due.
    """
    stored = [StoredResult(seq, result) for seq, result in enumerate(results, 1)]
    check_id = results[0].check_id
    connection.execute("begin")
    names = result_rows.append_rows(connection, [each for each in stored if not is_hot(each.result)], {})
    ref = names.get(check_id, 0)
    for hour in sorted({hour_of(each.started_at) for each in results}):
        waiting = Hour(hour, ref, check_id)
        hourly = prepare_hour(connection, waiting, interval_s=interval_s, zone=ZONE, known=None)
        write_work(connection, hourly, readers=())
    for day in rolled_days:
        daily = prepare_day(connection, Day(day, ref, check_id), interval_s=interval_s, zone=ZONE)
        write_work(connection, daily, readers=())
    result_rows.append_rows(connection, [each for each in stored if is_hot(each.result)], names)
    connection.execute("commit")
