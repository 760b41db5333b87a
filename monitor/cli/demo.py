"""`demo`: the province in a box, or a made-up year of it on the disk."""

import asyncio
from argparse import Namespace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.clock import SystemClock
from monitor.demo.run import run_demo
from monitor.demo.year.making import NotEmptyError, make_year
from monitor.demo.year.model import ZONE
from monitor.demo.year.script import ENDS_HOUR
from monitor.storage.errors import StorageError
from monitor.wording import os_words


def run(arguments: Namespace, out: Output) -> int:
    """Run the demo; return its exit code."""
    if arguments.year is not None:
        return _write_year(arguments.year, arguments.until or last_month(SystemClock().now()), out)
    if arguments.until is not None:
        raise CommandError(Exit.USAGE, "--until chỉ đi với --year", "ghi thêm --year THƯ_MỤC")
    return asyncio.run(
        run_demo(
            state_dir=arguments.state_dir,
            timeline=arguments.timeline,
            port=arguments.port,
            duration_s=arguments.duration,
        )
    )


def last_month(now: float) -> date:
    """Return the first day of the last month that is over, and the made-up hours after it too."""
    first = datetime.fromtimestamp(now - ENDS_HOUR * 3_600, ZoneInfo(ZONE)).date().replace(day=1)
    return (first - timedelta(days=1)).replace(day=1)


def _write_year(folder: Path, last: date, out: Output) -> int:
    period = f"{last:%Y-%m}"
    try:
        settings = make_year(folder, last=last)
    except NotEmptyError:
        raise CommandError(
            Exit.USAGE, f"{folder} đã có tệp, không ghi gì", "chọn một thư mục trống hoặc chưa có"
        ) from None
    except OSError as error:
        raise CommandError(
            Exit.FINDINGS, f"không ghi được vào {folder}: {os_words(error)}", "kiểm tra quyền và chỗ trống"
        ) from error
    except StorageError as error:
        raise CommandError(Exit.FINDINGS, error.what, error.remedy) from error
    if out.is_json:
        out.json({"schema": "demo-year/1", "settings": str(settings), "period": period})
    else:
        out.line(str(settings))
    out.note(
        f"Đã viết 12 tháng số liệu giả định, đến hết tháng {last:%m/%Y}; không có số nào là thật. Thử tiếp:\n"
        f"  tslcd-monitor daemon --config {settings}   (không đo gì; để chạy trong lúc sửa câu, ghi, chốt)\n"
        f"  tslcd-monitor report draft --period {period} --config {settings}\n"
        f"  tslcd-monitor report build --period {period} --to bao-cao --config {settings}\n"
        f"  tslcd-monitor uptime show --period {period} --by layer --compare --config {settings}\n"
        f"  tslcd-monitor meeting list --period {period} --config {settings}\n"
        f"  tslcd-monitor report ledger --period {period} --config {settings}\n"
        f"  tslcd-monitor incident export MÃ --to ho-so.zip --config {settings}   (mã như trong Phụ lục II)"
    )
    return Exit.OK
