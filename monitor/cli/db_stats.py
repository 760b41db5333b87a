"""`db stats`: what the databases hold, where they are heading, which copies there are."""

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor.backup.copies import RESULTS, STATE, Found, find_copies, folder_of
from monitor.backup.nightly import keep_of
from monitor.cli.exits import Exit
from monitor.cli.output import Output
from monitor.cli.results_file import reading
from monitor.series.outlook import ResultsStats, is_foreseeable, read_outlook
from monitor.settings.settings import Settings
from monitor.storage.snapshot import tables_of
from monitor.storage.upgrading import copies_before

COUNT_WITHIN_S: Final = 2.0
"""A table that takes longer to count is not counted."""
_EVERY_STEPS: Final = 50_000
_LEVEL_WORDS: Final = {"raw": "kết quả đo", "5m": "5 phút", "1h": "1 giờ", "1d": "1 ngày"}


@dataclass(frozen=True, slots=True)
class FileStats:
    """One database. `rows`: by table, None where counting would take too long."""

    path: Path
    size_bytes: int
    wal_bytes: int
    schema_version: int
    rows: dict[str, int | None]


def megabytes(count: float) -> str:
    """Write bytes for people."""
    return f"{words.number(count / 2**20, 1)} MB" if count < 2**30 else f"{words.number(count / 2**30, 2)} GB"


def show_stats(settings: Settings, out: Output, *, now: float) -> int:
    """Print what is there."""
    zone, folder = ZoneInfo(settings.timezone), folder_of(settings)
    files = [_file(settings.state_dir / STATE)]
    results = None
    if (settings.state_dir / RESULTS).exists():
        files.append(_file(settings.state_dir / RESULTS))
        with reading(settings.state_dir / RESULTS) as connection:
            results = read_outlook(connection, settings, now=now)
    found = find_copies(folder)
    aside = sorted(
        path
        for name in (STATE, RESULTS)
        for path in (
            *copies_before(settings.state_dir / name),
            *settings.state_dir.glob(f"{name}.damaged-*"),
            *settings.state_dir.glob(f"{name}.before-restore-*"),
        )
        if not path.name.endswith(("-wal", "-shm", "-journal"))
    )
    if out.is_json:
        out.json(_as_json(settings, files, results, found, aside, now))
    else:
        _print(files, results, zone, out)
        _print_copies(found, aside, folder, zone, out)
    return Exit.OK


def _file(path: Path) -> FileStats:
    with reading(path) as connection:
        (version,) = connection.execute("pragma user_version").fetchone()
        rows = {name: _count(connection, name) for name in tables_of(connection)}
    log = path.with_name(path.name + "-wal")
    return FileStats(path, path.stat().st_size, log.stat().st_size if log.exists() else 0, version, rows)


def _count(connection: sqlite3.Connection, table: str) -> int | None:
    ends_mono = time.monotonic() + COUNT_WITHIN_S
    connection.set_progress_handler(lambda: time.monotonic() > ends_mono, _EVERY_STEPS)
    try:
        return int(connection.execute(f'select count(*) from "{table}"').fetchone()[0])  # noqa: S608 (its own names) nosemgrep: sql-of-data
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return None
    finally:
        connection.set_progress_handler(None, 0)


def _print(files: list[FileStats], results: ResultsStats | None, zone: ZoneInfo, out: Output) -> None:
    out.note(f"trong {files[0].path.parent}:")
    out.table(
        ("TỆP", "DUNG LƯỢNG", "WAL", "LƯỢC ĐỒ", "SỐ DÒNG"),
        [
            [
                each.path.name,
                megabytes(each.size_bytes),
                megabytes(each.wal_bytes),
                str(each.schema_version),
                ", ".join(
                    f"{name} {'nhiều' if rows is None else words.number(rows)}"
                    for name, rows in each.rows.items()
                    if rows != 0
                )
                or "trống",
            ]
            for each in files
        ],
    )
    if results is None:
        return
    whither = results.forecast
    out.table(
        ("MỨC", "ĐANG CÓ", "GIỮ", "MỖI NGÀY", "KHI ĐẦY HẠN"),
        [
            [
                _LEVEL_WORDS.get(level.name, level.name),
                f"{words.number(level.days, 1)} ngày, {megabytes(level.taken_bytes)}",
                f"{words.number(level.keep_days)} ngày",
                megabytes(level.day_bytes),
                megabytes(level.full_bytes),
            ]
            for level in whither.levels
        ],
    )
    if results.first_at is not None and results.last_at is not None:
        span = " đến ".join(words.short_date_time(at, zone) for at in (results.first_at, results.last_at))
        per_result = results.bytes_per_result
        size = "" if per_result is None else f"; {words.number(per_result, 1)} byte một kết quả trong khối"
        out.line(f"kết quả đo từ {span}{size}")
    if not is_foreseeable(whither):
        out.line(
            f"chưa dự báo được results.db sẽ lớn tới đâu: cần ít nhất một giờ kết quả đã đóng khối; "
            f"ổ đĩa còn {megabytes(whither.disk_free_bytes)}"
        )
        out.line("chuyển trạng thái, sự cố và điều chỉnh: giữ mãi")
        return
    full = whither.disk_full_in_days
    out.line(
        f"results.db tăng {megabytes(whither.day_bytes)} mỗi ngày, đến {megabytes(whither.full_bytes)} khi đầy hạn; "
        f"ổ đĩa còn {megabytes(whither.disk_free_bytes)}: "
        + ("đủ" if full is None else f"đầy sau khoảng {words.number(full)} ngày")
    )
    out.line("chuyển trạng thái, sự cố và điều chỉnh: giữ mãi")


def _print_copies(found: Found, aside: list[Path], folder: Path, zone: ZoneInfo, out: Output) -> None:
    if found.copies:
        newest = found.copies[0]
        made = words.short_date_time(newest.manifest.created_at, zone)
        out.line(
            f"sao lưu gần nhất: {made}, {megabytes(newest.size_bytes)}, {newest.folder}; cả thảy {len(found.copies)} bản"
        )
    else:
        out.line(f"sao lưu gần nhất: chưa có bản nào trong {folder}")
    for problem in found.broken.values():
        out.note(f"bản sao lưu hỏng: {problem}")
    for path in aside:
        out.note(f"cất riêng: {path} ({megabytes(path.stat().st_size)}), xóa được khi không cần nữa")


def _as_json(
    settings: Settings,
    files: list[FileStats],
    results: ResultsStats | None,
    found: Found,
    aside: list[Path],
    now: float,
) -> dict[str, Any]:
    keep = keep_of(settings.backup)
    return {
        "schema": "db-stats/1",
        "asOf": now,
        "files": [
            {
                "path": str(each.path),
                "bytes": each.size_bytes,
                "walBytes": each.wal_bytes,
                "schemaVersion": each.schema_version,
                "rows": each.rows,
            }
            for each in files
        ],
        "results": None if results is None else _results_json(results),
        "backups": {
            "folder": str(folder_of(settings)),
            "enabled": settings.backup.enabled,
            "keep": {"days": keep.days, "weeks": keep.weeks, "months": keep.months},
            "items": [
                {
                    "path": str(copy.folder),
                    "createdAt": copy.manifest.created_at,
                    "bytes": copy.size_bytes,
                    "databases": sorted(copy.manifest.databases),
                }
                for copy in found.copies
            ],
            "broken": {str(path): problem for path, problem in found.broken.items()},
        },
        "setAside": [str(path) for path in aside],
    }


def _results_json(results: ResultsStats) -> dict[str, Any]:
    whither = results.forecast
    is_known = is_foreseeable(whither)
    return {
        "firstAt": results.first_at,
        "lastAt": results.last_at,
        "bytesPerResult": results.bytes_per_result,
        "dayBytes": whither.day_bytes if is_known else None,
        "fullBytes": whither.full_bytes if is_known else None,
        "diskFreeBytes": whither.disk_free_bytes,
        "diskFullInDays": whither.disk_full_in_days,
        "levels": [
            {
                "level": level.name,
                "days": level.days,
                "keepDays": level.keep_days,
                "bytes": level.taken_bytes,
                "dayBytes": level.day_bytes,
                "fullBytes": level.full_bytes,
            }
            for level in whither.levels
        ],
    }
