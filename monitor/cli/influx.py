"""`influx status | dead-letters`: how far InfluxDB is behind, and what it refused, read from results.db."""

from argparse import Namespace
from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.cli.results_file import reading
from monitor.clock import SystemClock
from monitor.influx import late_rows
from monitor.influx.streams import CURSOR
from monitor.series.result_rows import select_cursor, select_dead_letters, select_last_seq
from monitor.settings.settings import Settings
from monitor.web.health import FORWARDER_LATE_S


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
    with reading(settings.state_dir / "results.db") as connection:
        behind = late_rows.select_behind(connection, cursor=CURSOR)
        lag_rows = max(0, select_last_seq(connection) - select_cursor(connection, CURSOR).seq)
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
                "skipped": behind.skipped,
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
            ("kết quả đã hết hạn giữ trước khi gửi", words.number(behind.skipped)),
            ("dòng bị từ chối", words.number(behind.dead_letters)),
        )
        out.table(("", ""), rows)
        if behind.dead_letters:
            out.note("Xem dòng bị từ chối: tslcd-monitor influx dead-letters")
    return Exit.WARNINGS if late_s > FORWARDER_LATE_S else Exit.OK


def _dead_letters(settings: Settings, out: Output, limit: int) -> int:
    """Print refused lines, the newest first; 3 when there are any."""
    with reading(settings.state_dir / "results.db") as connection:
        letters = select_dead_letters(connection, max(1, limit))
    if out.is_json:
        items = [{"line": letter.line, "error": letter.error} for letter in letters]
        out.json({"schema": "influx-dead-letters/1", "items": items})
    else:
        out.table(("LÝ DO", "DÒNG"), [(letter.error, letter.line) for letter in letters])
        if not letters:
            out.note("Không có dòng nào bị từ chối.")
    return Exit.WARNINGS if letters else Exit.OK
