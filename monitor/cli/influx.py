"""`influx status | dead-letters`: how far InfluxDB is behind, and what it refused, read from results.db."""

import sqlite3
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.clock import SystemClock
from monitor.influx import late_rows
from monitor.influx.streams import CURSOR
from monitor.series.result_rows import select_cursor, select_dead_letters, select_last_seq
from monitor.settings.settings import Settings
from monitor.storage.errors import DamagedError, explain
from monitor.storage.opening import open_reader
from monitor.web.health import FORWARDER_LATE_S

T = TypeVar("T")


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    settings = read_settings(arguments)
    if arguments.action == "status":
        return _status(settings, out)
    return _dead_letters(settings, out, arguments.limit)


def _status(settings: Settings, out: Output) -> int:
    """Say what waits; 3 while something has waited for long."""
    influx = settings.influx
    if influx is None:
        raise CommandError(
            Exit.FINDINGS, "cấu hình chưa có mục influx", "thêm influx: {url: http://127.0.0.1:8086}"
        )
    path = settings.state_dir / "results.db"
    behind = _read(path, lambda connection: late_rows.select_behind(connection, cursor=CURSOR))
    cursor = _read(path, lambda connection: select_cursor(connection, CURSOR))
    lag_rows = max(0, _read(path, select_last_seq) - cursor.seq)
    late_s = 0.0 if behind.oldest_at is None else max(0.0, SystemClock().now() - behind.oldest_at)
    zone = ZoneInfo(settings.timezone)
    if out.is_json:
        out.json(
            {
                "schema": "influx-status/1",
                "url": influx.url,
                "api": influx.api,
                "bucket": influx.bucket,
                "lagRows": lag_rows,
                "lateChunks": behind.chunks,
                "oldestUnsentAt": behind.oldest_at,
                "skipped": cursor.skipped,
                "deadLetters": behind.dead_letters,
            }
        )
    else:
        oldest = "–" if behind.oldest_at is None else words.date_time(behind.oldest_at, zone)
        rows = (
            ("máy chủ", f"{influx.url} ({influx.api}), {influx.bucket}"),
            ("kết quả chưa gửi", words.number(lag_rows)),
            ("giờ đo gửi bù sau", words.number(behind.chunks)),
            ("cũ nhất", f"{oldest} ({words.duration(late_s)} trước)" if behind.oldest_at else oldest),
            ("kết quả đã hết hạn giữ trước khi gửi", words.number(cursor.skipped)),
            ("dòng bị từ chối", words.number(behind.dead_letters)),
        )
        out.table(("", ""), rows)
        if behind.dead_letters:
            out.note("Xem dòng bị từ chối: tslcd-monitor influx dead-letters")
    return Exit.WARNINGS if late_s > FORWARDER_LATE_S else Exit.OK


def _dead_letters(settings: Settings, out: Output, limit: int) -> int:
    """Print refused lines, the newest first; 3 when there are any."""
    most = max(1, limit)
    path = settings.state_dir / "results.db"
    letters = _read(path, lambda connection: select_dead_letters(connection, most))
    if out.is_json:
        items = [{"line": letter.line, "error": letter.error} for letter in letters]
        out.json({"schema": "influx-dead-letters/1", "items": items})
    else:
        out.table(("LÝ DO", "DÒNG"), [(letter.error, letter.line) for letter in letters])
        if not letters:
            out.note("Không có dòng nào bị từ chối.")
    return Exit.WARNINGS if letters else Exit.OK


def _read(path: Path, query: Callable[[sqlite3.Connection], T]) -> T:
    if not path.exists():
        remedy = "chạy tslcd-monitor daemon ít nhất một lần, hoặc xem lại state_dir trong cấu hình"
        raise CommandError(Exit.USAGE, f"chưa có {path}", remedy)
    try:
        with closing(open_reader(path)) as connection:
            return query(connection)
    except (sqlite3.Error, DamagedError) as error:
        fault = explain(error, path)
        raise CommandError(Exit.FINDINGS, fault.what, fault.remedy) from None
