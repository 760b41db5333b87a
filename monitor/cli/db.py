"""`db backup | verify | restore | migrate | stats`."""

import sqlite3
import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from monitor.backup.copies import RESULTS, STATE, folder_of
from monitor.backup.copying import hand_over, make_copy, make_copy_at
from monitor.backup.nightly import drop_old
from monitor.backup.restoring import Restored, examine_source, restore
from monitor.backup.verifying import SCHEMAS, Verdict, verify, verify_file
from monitor.cli.config import read_settings
from monitor.cli.db_stats import megabytes, show_stats
from monitor.cli.exits import CommandError, Exit
from monitor.cli.inventory.showing import confirm
from monitor.cli.output import Cell, Output
from monitor.clock import SystemClock
from monitor.settings.settings import Settings
from monitor.state_lock import StateLock, StateLockError
from monitor.storage.errors import DamagedError, StorageError, StorageFault, explain
from monitor.storage.migrations import migrations, version_of
from monitor.storage.opening import Synchronous, open_reader, open_sound
from monitor.storage.snapshot import Work

TELL_EVERY_S: Final = 10.0
TELL_EVERY_ON_TERMINAL_S: Final = 1.0


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    settings = read_settings(arguments)
    try:
        match arguments.action:
            case "backup":
                return _backup(settings, arguments, out)
            case "verify":
                return _verify(settings, arguments, out)
            case "restore":
                return _restore(settings, arguments, out)
            case "migrate":
                return _migrate(settings, out, is_dry=arguments.dry_run)
            case _:
                return show_stats(settings, out, now=SystemClock().now())
    except StorageError as error:
        raise CommandError(Exit.FINDINGS, error.what, error.remedy) from None
    except StateLockError as error:
        what, _, remedy = str(error).partition("; ")
        raise CommandError(Exit.FINDINGS, what, remedy) from None
    except PermissionError as error:
        raise CommandError(
            Exit.NOT_ALLOWED,
            f"không được phép đọc {error.filename}",
            "chạy bằng tài khoản của dịch vụ giám sát",
        ) from None


def _work(out: Output) -> Work:
    """Tell on stderr how a long job goes: now and then, nothing of a short one."""
    clock = SystemClock()
    told_mono = clock.monotonic()
    every_s = TELL_EVERY_ON_TERMINAL_S if sys.stderr.isatty() else TELL_EVERY_S

    def tell(what: str, ratio: float | None) -> None:
        nonlocal told_mono
        mono = clock.monotonic()
        if mono - told_mono >= every_s:
            told_mono = mono
            out.note(f"{what}…" if ratio is None else f"{what}: {words.percent(ratio)}")

    return Work(tell)


def _backup(settings: Settings, arguments: Namespace, out: Output) -> int:
    _refuse_missing(settings)
    now, with_results = SystemClock().now(), arguments.with_results or settings.backup.with_results
    if arguments.to is not None:
        made = make_copy_at(
            settings.state_dir, arguments.to.absolute(), with_results=with_results, now=now, work=_work(out)
        )
        dropped = []
    else:
        made = make_copy(
            settings.state_dir, folder_of(settings), with_results=with_results, now=now, work=_work(out)
        )
        try:
            dropped = drop_old(settings, made, now=now)
        except OSError:
            dropped = []  # what is too many stays until the night
    if out.is_json:
        out.json(
            {
                "schema": "db-backup/1",
                "path": str(made.folder),
                "bytes": made.size_bytes,
                "databases": {
                    name: {"bytes": each.size_bytes, "sha256": each.sha256, "rows": dict(each.rows)}
                    for name, each in made.manifest.databases.items()
                },
                "dropped": [str(copy.folder) for copy in dropped],
            }
        )
        return Exit.OK
    out.line(str(made.folder))
    names = ", ".join(
        f"{name} {megabytes(each.size_bytes)}" for name, each in made.manifest.databases.items()
    )
    out.note(f"đã chép và kiểm tra: {names}; {len(made.manifest.others)} tệp danh mục")
    for copy in dropped:
        out.note(f"đã bỏ bản cũ {copy.folder.name}")
    return Exit.OK


def _refuse_missing(settings: Settings) -> None:
    path = settings.state_dir / STATE
    if not path.exists():
        raise CommandError(
            Exit.FINDINGS, f"chưa có {path}", "tiến trình giám sát chưa chạy trên máy này, hoặc sai --config"
        )


def _verify(settings: Settings, arguments: Namespace, out: Output) -> int:
    work = _work(out)
    if arguments.path is not None:
        is_live = arguments.path.absolute().parent == settings.state_dir and arguments.path.is_file()
        found = [verify_file(arguments.path, work, is_live=True)] if is_live else verify(arguments.path, work)
    else:
        _refuse_missing(settings)
        names = [name for name in (STATE, RESULTS) if (settings.state_dir / name).exists()]
        found = [verify_file(settings.state_dir / name, work, is_live=True) for name in names]
    if out.is_json:
        out.json({"schema": "db-verify/1", "items": [_verdict_json(each) for each in found]})
    else:
        out.table(
            ("TỆP", "KẾT QUẢ", "DUNG LƯỢNG", "LƯỢC ĐỒ", "SỐ DÒNG"), [_verdict_row(each) for each in found]
        )
        for each in found:
            if each.error is not None:
                out.error(each.error.what, each.error.remedy)
    return Exit.OK if all(each.error is None for each in found) else Exit.FINDINGS


def _verdict_row(each: Verdict) -> list[Cell | str]:
    if each.error is not None:
        is_broken = each.error.fault is StorageFault.CORRUPT
        verdict = Cell("HỎNG", "down") if is_broken else Cell("không dùng được", "degraded")
        return [str(each.path), verdict, "–", "–", "–"]
    return [
        str(each.path),
        Cell("nguyên vẹn", "up"),
        megabytes(each.size_bytes),
        str(each.schema_version),
        words.number(sum((each.rows or {}).values())),
    ]


def _verdict_json(each: Verdict) -> dict[str, object]:
    return {
        "path": str(each.path),
        "database": each.name,
        "ok": each.error is None,
        "error": None if each.error is None else each.error.what,
        "fault": None if each.error is None else each.error.fault.value,
        "bytes": each.size_bytes,
        "schemaVersion": each.schema_version,
        "rows": None if each.rows is None else dict(each.rows),
    }


def _restore(settings: Settings, arguments: Namespace, out: Output) -> int:
    source, work, state_dir = arguments.path.absolute(), _work(out), settings.state_dir
    if arguments.dry_run:
        return _would_restore(examine_source(source, work), state_dir, out)
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with StateLock(state_dir):
        examined = examine_source(source, work)
        names = ", ".join(str(each.name) for each in examined if each.name)
        confirm(f"Thay {names} trong {state_dir} bằng bản {source}", is_sure=arguments.yes)
        done = restore(state_dir, source, examined, now=SystemClock().now(), work=work)
    _show_restored(done, ZoneInfo(settings.timezone), out)
    return Exit.OK


def _would_restore(found: list[Verdict], state_dir: Path, out: Output) -> int:
    names = [each.name for each in found if each.name is not None]
    if out.is_json:
        out.json({"schema": "db-restore/1", "dryRun": True, "items": [_verdict_json(each) for each in found]})
        return Exit.OK
    for name in names:
        there = "cất bản đang có sang tên khác rồi thay" if (state_dir / name).exists() else "đặt vào"
        out.line(f"{state_dir / name}: {there}")
    out.note("bản này nguyên vẹn; chưa làm gì cả (--dry-run)")
    return Exit.OK


def _show_restored(done: Restored, zone: ZoneInfo, out: Output) -> None:
    cancelled = done.settled.cancelled
    if out.is_json:
        out.json(
            {
                "schema": "db-restore/1",
                "dryRun": False,
                "items": [
                    {"path": str(put.path), "aside": None if put.aside is None else str(put.aside)}
                    for put in done.put
                ],
                "messages": {
                    "known": done.settled.known,
                    "kept": done.settled.kept,
                    "cancelled": [
                        {"about": row.about_id, "kind": row.kind, "channel": row.channel, "dueAt": row.due_at}
                        for row in cancelled
                    ],
                },
                "numbers": done.numbers,
            }
        )
        return
    for put in done.put:
        out.line(f"{put.path}: đã khôi phục" + ("" if put.aside is None else f", bản trước ở {put.aside}"))
    for row in cancelled:
        due = words.short_date_time(row.due_at, zone)
        out.line(f"không gửi: {row.about_id} ({row.kind}) qua {row.channel}, hẹn lúc {due}")
    out.note(
        f"tin nhắn chờ trong bản sao lưu: {done.settled.known} đã gửi hoặc hủy sau lúc sao lưu, "
        f"{len(cancelled)} bị hủy vì quá một giờ, {done.settled.kept} sẽ gửi"
    )
    out.note("chạy lại: systemctl start tslcd-monitor; liên kết trong tin cũ không dùng được nữa")


def _migrate(settings: Settings, out: Output, *, is_dry: bool) -> int:
    _refuse_missing(settings)
    items: list[dict[str, object]] = []
    if is_dry:
        items = [_versions(settings.state_dir / name) for name in _present(settings)]
    else:
        with StateLock(settings.state_dir):
            try:
                for name in _present(settings):
                    path = settings.state_dir / name
                    versions = _versions(path)
                    _migrate_one(path, out)
                    items.append(versions)
            finally:
                hand_over(settings.state_dir, settings.state_dir)
    if out.is_json:
        out.json({"schema": "db-migrate/1", "dryRun": is_dry, "items": items})
        return Exit.OK
    for item in items:
        if item["from"] == item["to"]:
            out.line(f"{item['path']}: đã ở lược đồ phiên bản {item['to']}")
        else:
            done = "sẽ nâng" if is_dry else "đã nâng"
            out.line(f"{item['path']}: {done} từ phiên bản {item['from']} lên {item['to']}")
    return Exit.OK


def _present(settings: Settings) -> list[str]:
    return [name for name in (STATE, RESULTS) if (settings.state_dir / name).exists()]


def _versions(path: Path) -> dict[str, object]:
    scripts = migrations(SCHEMAS[path.name])
    try:
        with closing(open_reader(path)) as connection:
            version = version_of(connection, scripts, path)
    except sqlite3.Error as error:
        raise explain(error, path) from None
    return {"path": str(path), "from": version, "to": len(scripts)}


def _migrate_one(path: Path, out: Output) -> None:
    def step(to: int, last: int) -> None:
        out.note(f"{path.name}: bước {to}/{last}")

    try:
        open_sound(
            path, migrations(SCHEMAS[path.name]), Synchronous.FULL, now=SystemClock().now(), step=step
        ).close()
    except DamagedError as error:
        raise explain(error, path) from None
