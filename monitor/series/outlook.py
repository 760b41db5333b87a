"""Where results.db is heading: what command line and page say of it."""

import shutil
import sqlite3
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from monitor.series.forecast import Forecast, forecast, measure
from monitor.series.log import RESERVE_BYTES
from monitor.series.model import HOUR_MS
from monitor.series.retention import kept
from monitor.settings.settings import Settings

_HOUR_KEY: Final = 2**24
_SAMPLED_HOURS: Final = 6


@dataclass(frozen=True, slots=True)
class ResultsStats:
    """Of results.db: the first and the last result, what one takes in chunks (an estimate), where it is heading."""

    first_at: float | None
    last_at: float | None
    bytes_per_result: float | None
    forecast: Forecast


def read_outlook(connection: sqlite3.Connection, settings: Settings, *, now: float) -> ResultsStats:
    """Weigh and foresee. A function for `Database.read`, or for any connection to the file. Raises OSError."""
    use = measure(connection, zone=ZoneInfo(settings.timezone), now=now)
    first, last = (
        connection.execute(f"select id / {_HOUR_KEY} from chunk order by id {way} limit 1").fetchone()  # noqa: S608 (constants)
        for way in ("asc", "desc")
    )
    hot_first, hot_last = (
        connection.execute(f"select started_ms from result order by seq {way} limit 1").fetchone()  # noqa: S608 (constants)
        for way in ("asc", "desc")
    )
    results, bodies = connection.execute(
        "select total(results), total(length(body)) from chunk where id >= ?",
        (((last or (0,))[0] - _SAMPLED_HOURS) * _HOUR_KEY,),
    ).fetchone()
    firsts = [hour * HOUR_MS / 1_000 for (hour,) in filter(None, [first])] + [
        ms / 1_000 for (ms,) in filter(None, [hot_first])
    ]
    lasts = [ms / 1_000 for (ms,) in filter(None, [hot_last])] or [
        (hour + 1) * HOUR_MS / 1_000 for (hour,) in filter(None, [last])
    ]
    whither = forecast(
        use,
        kept(settings.retention),
        disk_free_bytes=shutil.disk_usage(settings.state_dir).free,
        reserve_bytes=RESERVE_BYTES,
    )
    per_result = bodies / results if results else None
    return ResultsStats(min(firsts, default=None), max(lasts, default=None), per_result, whither)


def is_foreseeable(whither: Forecast) -> bool:
    """Whether anything was weighed: a file without chunks grows by nothing only as far as anybody knows."""
    return whither.full_bytes > whither.other_bytes
