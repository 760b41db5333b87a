"""Is the monitor itself well? The one list of its troubles that page, /healthz and command line share. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.messages.vocabulary import Language
from alerts.model.checks import Status
from monitor.backup.facts import BackupFacts
from monitor.own.news import LATELY_S, News
from monitor.series.progress import CompactorFacts
from monitor.web.channel_health import troubles_of
from monitor.web.translating import translator
from monitor.web.view import ForwarderFacts, HealthFacts, InventoryFacts, Snapshot
from probes.self import COMMON_METRICS, SelfOptions

FLOW_STOPPED_S = 120.0
"""No result for this long (and two stale times): the monitor does not do its job (/healthz answers 503)."""

STORE_FAILED_S = 60.0
"""state.db has refused for this long: decisions live in memory only (/healthz answers 503)."""

OUTBOX_LATE_S = 300.0
"""A message that should have gone out this long ago."""

WAL_LARGE_BYTES = 50 * 2**20
"""A write-ahead log that cannot be emptied any more: a copy of our own ends itself before that (LOG_AT_MOST_BYTES)."""

FORWARDER_LATE_ROWS = 20_000
FORWARDER_LATE_S = 900.0

LAG_LATE_S = 1.0

COMPACTION_LATE_HOURS = 6

_BEYOND = frozenset({Status.DEGRADED, Status.DOWN})


class Grade(StrEnum):
    """How well the monitor does its own work."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"
    """It cannot be relied on: watchdogs should act."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with the monitor: `code` for machines, `text` for people, in the language that was asked for.

    `channel`: the one that cannot send, "" when it is about anything else.
    """

    code: str
    grade: Grade
    text: str
    channel: str = ""


def troubles(snapshot: Snapshot, zone: ZoneInfo, language: Language = Language.VI) -> tuple[Trouble, ...]:
    """Return everything that is wrong with the monitor now, the gravest first."""
    health = snapshot.health
    found = [
        *_flow(snapshot, zone, language),
        *_inventory(health.inventory, zone, language),
        *_stores(health, language),
        *_forwarding(health.forwarder, snapshot.now, language),
        *_delivery(health, language),
        *_backup(health.backup, snapshot.now, language),
        *_certificate(health.certificate_fault, language),
        *_listeners(health.listener_faults, language),
        *_news(health.news, language),
        *_limits(snapshot, language),
        *(
            Trouble(each.code, Grade.DEGRADED, each.text, each.channel)
            for each in troubles_of(health.channels, health.hearing_fault, snapshot.now, zone, language)
        ),
    ]
    return tuple(sorted(found, key=lambda trouble: trouble.grade is not Grade.FAILING))


def grade(found: tuple[Trouble, ...]) -> Grade:
    """Return the worst grade among `found`."""
    if any(trouble.grade is Grade.FAILING for trouble in found):
        return Grade.FAILING
    return Grade.DEGRADED if found else Grade.OK


def _flow(snapshot: Snapshot, zone: ZoneInfo, language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    health = snapshot.health
    if snapshot.isolated_since_at is not None:
        at = words.short_date_time(snapshot.isolated_since_at, zone)
        text = _(
            "máy giám sát mất đường ra mạng từ %(at)s; kiểm tra dây mạng, cổng mạng và tường lửa của máy này"
        ) % {"at": at}
        yield Trouble("isolated", Grade.DEGRADED, text)
    if snapshot.watches_others:
        silent_s = snapshot.now - (health.last_result_at or health.started_at)
        if silent_s > max(FLOW_STOPPED_S, 2 * snapshot.stale_after_s):
            text = _("không có kết quả đo mới trong %(long)s; chạy tslcd-monitor doctor") % {
                "long": words.duration(silent_s, language)
            }
            yield Trouble("results_stopped", Grade.FAILING, text)
        elif silent_s > snapshot.stale_after_s:
            text = _("kết quả đo mới nhất cách đây %(long)s; chạy tslcd-monitor doctor") % {
                "long": words.duration(silent_s, language)
            }
            yield Trouble("results_late", Grade.DEGRADED, text)
    else:
        text = _("danh mục chưa có phép đo nào; thêm đối tượng vào thư mục danh mục")
        yield Trouble("nothing_watched", Grade.DEGRADED, text)
    if health.our_faults:
        text = _(
            "%(n)s/%(all)s phép đo không làm được từ máy này, ví dụ: %(why)s; chạy tslcd-monitor doctor"
        ) % {
            "n": words.number(health.our_faults, language=language),
            "all": words.number(health.checks, language=language),
            "why": health.our_fault,
        }
        yield Trouble("our_faults", Grade.DEGRADED, text)
    if health.lag_p99_s is not None and health.lag_p99_s > LAG_LATE_S:
        lag = words.milliseconds(health.lag_p99_s, language)
        text = _("phép đo bắt đầu trễ (p99 %(lag)s); xem máy có chương trình nào khác chiếm bộ xử lý") % {
            "lag": lag
        }
        yield Trouble("schedule_late", Grade.DEGRADED, text)


def _inventory(facts: InventoryFacts, zone: ZoneInfo, language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    if facts.reload_error:
        # Changed files are noticed; a secret or a policy that they need and that came later is not.
        text = _(
            "danh mục mới có lỗi, đang dùng danh mục cũ: %(why)s; xem hết: tslcd-monitor inventory diff, đã sửa cấu hình hoặc bí mật thì chạy: tslcd-monitor inventory apply"
        ) % {"why": facts.reload_error}
        yield Trouble("reload_refused", Grade.DEGRADED, text)
    if facts.started_from:
        text = _("thư mục danh mục có lỗi, đã khởi động bằng bản %(version)s lưu trước đó: %(why)s") % {
            "version": facts.version,
            "why": facts.started_from,
        }
        yield Trouble("started_from_version", Grade.DEGRADED, text)
    if facts.pending:
        text = _(
            "có thay đổi chờ áp dụng: %(what)s; xem: tslcd-monitor inventory diff, áp dụng: tslcd-monitor inventory apply"
        ) % {"what": facts.pending}
        yield Trouble("reload_waits", Grade.DEGRADED, text)
    if facts.pinned_at is not None:
        text = _(
            "đang dùng danh mục bản %(version)s (hoàn tác %(time)s bởi %(who)s), không theo thư mục danh mục cho tới khi chạy: tslcd-monitor inventory apply"
        ) % {
            "version": facts.version,
            "time": words.short_date_time(facts.pinned_at, zone),
            "who": facts.pinned_by,
        }
        yield Trouble("inventory_pinned", Grade.DEGRADED, text)
    if facts.lost_pin:
        text = _(
            "không dùng được %(what)s, đã khởi động bằng bản %(version)s; xem: tslcd-monitor inventory versions, chọn bản khác: tslcd-monitor inventory rollback, giữ bản này: tslcd-monitor inventory apply"
        ) % {"what": facts.lost_pin, "version": facts.version}
        yield Trouble("pin_lost", Grade.DEGRADED, text)
    if facts.oncall_fault:
        text = _("tệp người trực có lỗi, đang dùng bản tốt gần nhất: %(why)s; sửa xong tự có hiệu lực") % {
            "why": facts.oncall_fault
        }
        yield Trouble("oncall_broken", Grade.DEGRADED, text)
    if facts.needs_restart:
        text = _(
            "cấu hình đã đổi ở %(keys)s, chỉ có tác dụng sau khi khởi động lại: systemctl restart tslcd-monitor"
        ) % {"keys": facts.needs_restart}
        yield Trouble("restart_needed", Grade.DEGRADED, text)
    if facts.store_fault:
        text = _("chưa lưu được bản danh mục đang dùng: %(why)s") % {"why": facts.store_fault}
        yield Trouble("version_not_stored", Grade.DEGRADED, text)


def _stores(health: HealthFacts, language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    if health.state_fault:
        failing = (health.state_failing_for_s or 0.0) > STORE_FAILED_S
        yield Trouble(
            "state_store",
            Grade.FAILING if failing else Grade.DEGRADED,
            _("chưa ghi được trạng thái (%(n)s thay đổi đang chờ): %(why)s")
            % {"n": health.state_unsaved, "why": health.state_fault},
        )
    for name, wal_bytes in health.wal_bytes.items():
        if wal_bytes >= WAL_LARGE_BYTES:
            text = _(
                "nhật ký ghi (WAL) của %(name)s.db đã đến %(mb)s MB, vì một chương trình khác đọc tệp quá lâu: đóng chương trình đó (xem: lsof)"
            ) % {"name": name, "mb": wal_bytes // 2**20}
            yield Trouble("wal_large", Grade.DEGRADED, text)
    if not health.has_ballast:
        text = _("ổ đĩa không còn chỗ cho tệp dự phòng (ballast) của cảnh báo: giải phóng dung lượng")
        yield Trouble("no_ballast", Grade.DEGRADED, text)
    if health.results_fault:
        text = _("chưa ghi được nhật ký kết quả đo: %(why)s") % {"why": health.results_fault}
        yield Trouble("result_log", Grade.DEGRADED, text)
    yield from _compaction(health.compaction, language)


def _compaction(facts: CompactorFacts, language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    if facts.hours_behind > COMPACTION_LATE_HOURS:
        text = _("gom kết quả đo chậm %(n)s giờ") % {"n": words.number(facts.hours_behind, language=language)}
        text += f": {facts.fault}" if facts.fault else _("; xem nhật ký: journalctl -u tslcd-monitor")
        yield Trouble("compaction_late", Grade.DEGRADED, text)
    if facts.refused:
        text = _(
            "%(n)s giờ đo không gom được do lỗi phần mềm hoặc dòng hỏng; xem nhật ký: journalctl -u tslcd-monitor"
        ) % {"n": words.number(facts.refused, language=language)}
        yield Trouble("compaction_refused", Grade.DEGRADED, text)


def _forwarding(forwarder: ForwarderFacts | None, now: float, language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    if forwarder is None:
        return
    oldest_at = forwarder.oldest_unsent_at
    late_s = 0.0 if oldest_at is None else now - oldest_at
    if not forwarder.last_error and forwarder.lag_rows <= FORWARDER_LATE_ROWS and late_s <= FORWARDER_LATE_S:
        return
    text = _("InfluxDB chậm %(n)s dòng") % {"n": words.number(forwarder.lag_rows, language=language)}
    if forwarder.late_chunks:
        text += _(", gửi bù dần %(n)s giờ đo") % {"n": words.number(forwarder.late_chunks, language=language)}
    if late_s > FORWARDER_LATE_S:
        text += _(", cũ nhất từ %(long)s trước") % {"long": words.duration(late_s, language)}
    text += f": {forwarder.last_error}" if forwarder.last_error else ""
    yield Trouble(
        "influx", Grade.DEGRADED, _("%(text)s; kiểm tra: tslcd-monitor influx status") % {"text": text}
    )


def _news(news: News, language: Language) -> Iterator[Trouble]:
    """Yield what happened lately: nobody can undo it, so it is over when nothing new has come for a while."""
    _ = translator(language)
    if news.decisions_refused:
        text = _(
            "%(lately)s thay đổi không lưu được do lỗi phần mềm; xem nhật ký: journalctl -u tslcd-monitor"
        ) % {"lately": _lately(news.decisions_refused, language)}
        yield Trouble("decisions_refused", Grade.DEGRADED, text)
    if news.conclusion_bugs:
        text = _(
            "%(lately)s lần không kết luận được do lỗi phần mềm; xem nhật ký: journalctl -u tslcd-monitor"
        ) % {"lately": _lately(news.conclusion_bugs, language)}
        yield Trouble("conclusion_bugs", Grade.DEGRADED, text)
    if news.chunks_damaged:
        text = _(
            "%(lately)s khối dữ liệu đo cũ hỏng, không đọc được; dữ liệu mới vẫn ghi; kiểm tra ổ đĩa (dmesg)"
        ) % {"lately": _lately(news.chunks_damaged, language)}
        yield Trouble("chunks_damaged", Grade.DEGRADED, text)
    if news.lines_refused:
        text = _(
            "%(lately)s dòng bị InfluxDB từ chối hẳn, không gửi lại, đã cất riêng; xem vì sao: tslcd-monitor influx dead-letters"
        ) % {"lately": _lately(news.lines_refused, language)}
        yield Trouble("influx_refused", Grade.DEGRADED, text)


def _lately(count: int, language: Language) -> str:
    _ = translator(language)
    return _("trong %(long)s qua có %(n)s") % {
        "long": words.duration(LATELY_S, language),
        "n": words.number(count, language=language),
    }


def _delivery(health: HealthFacts, language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    if (health.outbox_oldest_age_s or 0.0) > OUTBOX_LATE_S:
        age = words.duration(health.outbox_oldest_age_s or 0.0, language)
        text = _("tin nhắn cũ nhất chờ gửi %(age)s; xem lý do: tslcd-monitor notify queue") % {"age": age}
        yield Trouble("outbox_late", Grade.DEGRADED, text)
    if health.outbox_dead:
        text = _("%(n)s tin nhắn không gửi được, cần người xem: tslcd-monitor notify queue --dead") % {
            "n": words.number(health.outbox_dead, language=language)
        }
        yield Trouble("dead_letters", Grade.DEGRADED, text)


def _backup(facts: BackupFacts | None, now: float, language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    if facts is None:
        return
    since_at = facts.late_since_at(now)
    if facts.error:
        text = _("sao lưu không thành: %(why)s; thử lại: tslcd-monitor db backup") % {"why": facts.error}
        yield Trouble("backup_failed", Grade.DEGRADED, text)
    if since_at is not None:
        text = _("chưa có bản sao lưu tốt nào trong %(long)s qua; sao lưu ngay: tslcd-monitor db backup") % {
            "long": words.duration(now - since_at, language)
        }
        yield Trouble("backup_late", Grade.DEGRADED, text)


def _limits(snapshot: Snapshot, language: Language) -> Iterator[Trouble]:
    """Yield what the monitor's own checks found: figures beyond the limits that the inventory sets."""
    for check_id in snapshot.own_checks:
        state, options = snapshot.states.get(check_id), snapshot.inventory.checks[check_id].options
        if state is None or not isinstance(options, SelfOptions):
            continue
        is_told = state.status in _BEYOND and state.cause.partition(" ")[0] not in COMMON_METRICS
        if is_told:
            said = f"{words.cause_phrase(state.cause, language)}; {words.own_part(options.sign, language).action}"
            yield Trouble(f"own_{options.sign}", Grade.DEGRADED, said)


def _certificate(fault: str, language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    if fault:
        text = _(
            "chứng thư mới của trang web không dùng được, vẫn dùng chứng thư cũ: %(why)s; đặt lại đúng cặp tệp, không cần khởi động lại"
        ) % {"why": fault}
        yield Trouble("certificate_kept", Grade.DEGRADED, text)


def _listeners(faults: Mapping[str, str], language: Language) -> Iterator[Trouble]:
    _ = translator(language)
    names = {
        "web": _("trang web"),
        "replies": _("cổng nhận trả lời"),
        "traps": _("cổng nhận trap"),
        "beats": _("cổng nhận nhịp báo"),
        "beats:http": _("cổng nhận nhịp báo HTTPS"),
    }
    for name, why in faults.items():
        if why:
            text = _(
                "%(name)s chưa mở: %(why)s; sửa xong nó tự mở trong 5 phút, mở ngay: systemctl reload tslcd-monitor; sửa cấu hình hay bí mật thì phải systemctl restart tslcd-monitor"
            ) % {"name": names.get(name, name), "why": why}
            yield Trouble("listener_closed", Grade.DEGRADED, text)
