"""Is the monitor itself well? The one list of its troubles that page, /healthz and command line share. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.model.checks import Status
from monitor.backup.facts import BackupFacts
from monitor.own.news import LATELY_S, News
from monitor.series.progress import CompactorFacts
from monitor.web.channel_health import troubles_of
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
_ASK_DOCTOR = "chạy tslcd-monitor doctor"
_BY_ITSELF = (
    "sửa xong nó tự mở trong 5 phút, mở ngay: systemctl reload tslcd-monitor; "
    "sửa cấu hình hay bí mật thì phải systemctl restart tslcd-monitor"
)
_LISTENERS = {
    "web": "trang web",
    "replies": "cổng nhận trả lời",
    "traps": "cổng nhận trap",
    "beats": "cổng nhận nhịp báo",
    "beats:http": "cổng nhận nhịp báo HTTPS",
}
_READ_LOG = "xem nhật ký: journalctl -u tslcd-monitor"


class Grade(StrEnum):
    """How well the monitor does its own work."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"
    """It cannot be relied on: watchdogs should act."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with the monitor: `code` for machines, `text` for people (Vietnamese).

    `channel`: the one that cannot send, "" when it is about anything else.
    """

    code: str
    grade: Grade
    text: str
    channel: str = ""


def troubles(snapshot: Snapshot, zone: ZoneInfo) -> tuple[Trouble, ...]:
    """Return everything that is wrong with the monitor now, the gravest first."""
    health = snapshot.health
    found = [
        *_flow(snapshot, zone),
        *_inventory(health.inventory, zone),
        *_stores(health),
        *_forwarding(health.forwarder, snapshot.now),
        *_delivery(health),
        *_backup(health.backup, snapshot.now),
        *_certificate(health.certificate_fault),
        *_listeners(health.listener_faults),
        *_news(health.news),
        *_limits(snapshot),
        *(
            Trouble(each.code, Grade.DEGRADED, each.text, each.channel)
            for each in troubles_of(health.channels, health.hearing_fault, snapshot.now, zone)
        ),
    ]
    return tuple(sorted(found, key=lambda trouble: trouble.grade is not Grade.FAILING))


def grade(found: tuple[Trouble, ...]) -> Grade:
    """Return the worst grade among `found`."""
    if any(trouble.grade is Grade.FAILING for trouble in found):
        return Grade.FAILING
    return Grade.DEGRADED if found else Grade.OK


def _flow(snapshot: Snapshot, zone: ZoneInfo) -> Iterator[Trouble]:
    health = snapshot.health
    if snapshot.isolated_since_at is not None:
        at = words.short_date_time(snapshot.isolated_since_at, zone)
        text = (
            f"máy giám sát mất đường ra mạng từ {at}; kiểm tra dây mạng, cổng mạng và tường lửa của máy này"
        )
        yield Trouble("isolated", Grade.DEGRADED, text)
    if snapshot.watches_others:
        silent_s = snapshot.now - (health.last_result_at or health.started_at)
        if silent_s > max(FLOW_STOPPED_S, 2 * snapshot.stale_after_s):
            text = f"không có kết quả đo mới trong {words.duration(silent_s)}; {_ASK_DOCTOR}"
            yield Trouble("results_stopped", Grade.FAILING, text)
        elif silent_s > snapshot.stale_after_s:
            text = f"kết quả đo mới nhất cách đây {words.duration(silent_s)}; {_ASK_DOCTOR}"
            yield Trouble("results_late", Grade.DEGRADED, text)
    else:
        text = "danh mục chưa có phép đo nào; thêm đối tượng vào thư mục danh mục"
        yield Trouble("nothing_watched", Grade.DEGRADED, text)
    if health.our_faults:
        text = (
            f"{words.number(health.our_faults)}/{words.number(health.checks)} phép đo không làm được từ máy này, "
            f"ví dụ: {health.our_fault}; {_ASK_DOCTOR}"
        )
        yield Trouble("our_faults", Grade.DEGRADED, text)
    if health.lag_p99_s is not None and health.lag_p99_s > LAG_LATE_S:
        lag = words.milliseconds(health.lag_p99_s)
        text = f"phép đo bắt đầu trễ (p99 {lag}); xem máy có chương trình nào khác chiếm bộ xử lý"
        yield Trouble("schedule_late", Grade.DEGRADED, text)


def _inventory(facts: InventoryFacts, zone: ZoneInfo) -> Iterator[Trouble]:
    if facts.reload_error:
        # Changed files are noticed; a secret or a policy that they need and that came later is not.
        text = (
            f"danh mục mới có lỗi, đang dùng danh mục cũ: {facts.reload_error}; "
            "xem hết: tslcd-monitor inventory diff, đã sửa cấu hình hoặc bí mật thì chạy: tslcd-monitor inventory apply"
        )
        yield Trouble("reload_refused", Grade.DEGRADED, text)
    if facts.started_from:
        text = f"thư mục danh mục có lỗi, đã khởi động bằng bản {facts.version} lưu trước đó: {facts.started_from}"
        yield Trouble("started_from_version", Grade.DEGRADED, text)
    if facts.pending:
        text = (
            f"có thay đổi chờ áp dụng: {facts.pending}; "
            "xem: tslcd-monitor inventory diff, áp dụng: tslcd-monitor inventory apply"
        )
        yield Trouble("reload_waits", Grade.DEGRADED, text)
    if facts.pinned_at is not None:
        text = (
            f"đang dùng danh mục bản {facts.version} (hoàn tác {words.short_date_time(facts.pinned_at, zone)} "
            f"bởi {facts.pinned_by}), không theo thư mục danh mục cho tới khi chạy: tslcd-monitor inventory apply"
        )
        yield Trouble("inventory_pinned", Grade.DEGRADED, text)
    if facts.lost_pin:
        text = (
            f"không dùng được {facts.lost_pin}, đã khởi động bằng bản {facts.version}; xem: tslcd-monitor inventory "
            "versions, chọn bản khác: tslcd-monitor inventory rollback, giữ bản này: tslcd-monitor inventory apply"
        )
        yield Trouble("pin_lost", Grade.DEGRADED, text)
    if facts.oncall_fault:
        text = f"tệp người trực có lỗi, đang dùng bản tốt gần nhất: {facts.oncall_fault}; sửa xong tự có hiệu lực"
        yield Trouble("oncall_broken", Grade.DEGRADED, text)
    if facts.needs_restart:
        text = (
            f"cấu hình đã đổi ở {facts.needs_restart}, chỉ có tác dụng sau khi khởi động lại: "
            "systemctl restart tslcd-monitor"
        )
        yield Trouble("restart_needed", Grade.DEGRADED, text)
    if facts.store_fault:
        text = f"chưa lưu được bản danh mục đang dùng: {facts.store_fault}"
        yield Trouble("version_not_stored", Grade.DEGRADED, text)


def _stores(health: HealthFacts) -> Iterator[Trouble]:
    if health.state_fault:
        failing = (health.state_failing_for_s or 0.0) > STORE_FAILED_S
        yield Trouble(
            "state_store",
            Grade.FAILING if failing else Grade.DEGRADED,
            f"chưa ghi được trạng thái ({health.state_unsaved} thay đổi đang chờ): {health.state_fault}",
        )
    for name, wal_bytes in health.wal_bytes.items():
        if wal_bytes >= WAL_LARGE_BYTES:
            text = (
                f"nhật ký ghi (WAL) của {name}.db đã đến {wal_bytes // 2**20} MB, "
                "vì một chương trình khác đọc tệp quá lâu: đóng chương trình đó (xem: lsof)"
            )
            yield Trouble("wal_large", Grade.DEGRADED, text)
    if not health.has_ballast:
        text = "ổ đĩa không còn chỗ cho tệp dự phòng (ballast) của cảnh báo: giải phóng dung lượng"
        yield Trouble("no_ballast", Grade.DEGRADED, text)
    if health.results_fault:
        text = f"chưa ghi được nhật ký kết quả đo: {health.results_fault}"
        yield Trouble("result_log", Grade.DEGRADED, text)
    yield from _compaction(health.compaction)


def _compaction(facts: CompactorFacts) -> Iterator[Trouble]:
    if facts.hours_behind > COMPACTION_LATE_HOURS:
        text = f"gom kết quả đo chậm {words.number(facts.hours_behind)} giờ"
        text += f": {facts.fault}" if facts.fault else f"; {_READ_LOG}"
        yield Trouble("compaction_late", Grade.DEGRADED, text)
    if facts.refused:
        text = (
            f"{words.number(facts.refused)} giờ đo không gom được do lỗi phần mềm hoặc dòng hỏng; {_READ_LOG}"
        )
        yield Trouble("compaction_refused", Grade.DEGRADED, text)


def _forwarding(forwarder: ForwarderFacts | None, now: float) -> Iterator[Trouble]:
    if forwarder is None:
        return
    oldest_at = forwarder.oldest_unsent_at
    late_s = 0.0 if oldest_at is None else now - oldest_at
    if not forwarder.last_error and forwarder.lag_rows <= FORWARDER_LATE_ROWS and late_s <= FORWARDER_LATE_S:
        return
    text = f"InfluxDB chậm {words.number(forwarder.lag_rows)} dòng"
    if forwarder.late_chunks:
        text += f", gửi bù dần {words.number(forwarder.late_chunks)} giờ đo"
    if late_s > FORWARDER_LATE_S:
        text += f", cũ nhất từ {words.duration(late_s)} trước"
    text += f": {forwarder.last_error}" if forwarder.last_error else ""
    yield Trouble("influx", Grade.DEGRADED, f"{text}; kiểm tra: tslcd-monitor influx status")


def _news(news: News) -> Iterator[Trouble]:
    """Yield what happened lately: nobody can undo it, so it is over when nothing new has come for a while."""
    if news.decisions_refused:
        text = f"{_lately(news.decisions_refused)} thay đổi không lưu được do lỗi phần mềm; {_READ_LOG}"
        yield Trouble("decisions_refused", Grade.DEGRADED, text)
    if news.conclusion_bugs:
        text = f"{_lately(news.conclusion_bugs)} lần không kết luận được do lỗi phần mềm; {_READ_LOG}"
        yield Trouble("conclusion_bugs", Grade.DEGRADED, text)
    if news.chunks_damaged:
        text = (
            f"{_lately(news.chunks_damaged)} khối dữ liệu đo cũ hỏng, không đọc được; dữ liệu mới vẫn ghi; "
            "kiểm tra ổ đĩa (dmesg)"
        )
        yield Trouble("chunks_damaged", Grade.DEGRADED, text)
    if news.lines_refused:
        text = (
            f"{_lately(news.lines_refused)} dòng bị InfluxDB từ chối hẳn, không gửi lại, đã cất riêng; "
            "xem vì sao: tslcd-monitor influx dead-letters"
        )
        yield Trouble("influx_refused", Grade.DEGRADED, text)


def _lately(count: int) -> str:
    return f"trong {words.duration(LATELY_S)} qua có {words.number(count)}"


def _delivery(health: HealthFacts) -> Iterator[Trouble]:
    if (health.outbox_oldest_age_s or 0.0) > OUTBOX_LATE_S:
        age = words.duration(health.outbox_oldest_age_s or 0.0)
        text = f"tin nhắn cũ nhất chờ gửi {age}; xem lý do: tslcd-monitor notify queue"
        yield Trouble("outbox_late", Grade.DEGRADED, text)
    if health.outbox_dead:
        text = f"{words.number(health.outbox_dead)} tin nhắn không gửi được, cần người xem: tslcd-monitor notify queue --dead"
        yield Trouble("dead_letters", Grade.DEGRADED, text)


def _backup(facts: BackupFacts | None, now: float) -> Iterator[Trouble]:
    if facts is None:
        return
    since_at = facts.late_since_at(now)
    if facts.error:
        text = f"sao lưu không thành: {facts.error}; thử lại: tslcd-monitor db backup"
        yield Trouble("backup_failed", Grade.DEGRADED, text)
    if since_at is not None:
        text = (
            f"chưa có bản sao lưu tốt nào trong {words.duration(now - since_at)} qua; "
            "sao lưu ngay: tslcd-monitor db backup"
        )
        yield Trouble("backup_late", Grade.DEGRADED, text)


def _limits(snapshot: Snapshot) -> Iterator[Trouble]:
    """Yield what the monitor's own checks found: figures beyond the limits that the inventory sets."""
    for check_id in snapshot.own_checks:
        state, options = snapshot.states.get(check_id), snapshot.inventory.checks[check_id].options
        if state is None or not isinstance(options, SelfOptions):
            continue
        is_told = state.status in _BEYOND and state.cause.partition(" ")[0] not in COMMON_METRICS
        if is_told:
            said = f"{words.cause_phrase(state.cause)}; {words.own_part(options.sign).action}"
            yield Trouble(f"own_{options.sign}", Grade.DEGRADED, said)


def _certificate(fault: str) -> Iterator[Trouble]:
    if fault:
        text = f"chứng thư mới của trang web không dùng được, vẫn dùng chứng thư cũ: {fault}; đặt lại đúng cặp tệp, không cần khởi động lại"
        yield Trouble("certificate_kept", Grade.DEGRADED, text)


def _listeners(faults: Mapping[str, str]) -> Iterator[Trouble]:
    for name, why in faults.items():
        if why:
            text = f"{_LISTENERS.get(name, name)} chưa mở: {why}; {_BY_ITSELF}"
            yield Trouble("listener_closed", Grade.DEGRADED, text)
