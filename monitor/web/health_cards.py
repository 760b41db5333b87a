"""The cards of the page that says how the monitor itself is: each a verdict and its facts, from memory. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.messages.vocabulary import Language
from monitor.own.kernel_clock import KernelClock
from monitor.own_health import OwnHealth
from monitor.series.outlook import ResultsStats, is_foreseeable
from monitor.web.channel_health import troubles_of
from monitor.web.health import Trouble
from monitor.web.reporting import Say
from monitor.web.view import HealthFacts, Snapshot


class Look(StrEnum):
    """How a card looks: a state's colours."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Card:
    """One part of the monitor. `rows`: label and value, each one line."""

    id: str
    title: str
    look: Look
    verdict: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What cards are made from. `outlook` and `clock_steps` are None while the databases cannot be read."""

    snapshot: Snapshot
    own: OwnHealth
    troubles: tuple[Trouble, ...]
    outlook: ResultsStats | None
    blind_s: float
    clock_steps: tuple[int, float | None] | None
    """How many in 30 days, and the last one."""
    next_copy_at: str
    """Local time of day, "" while copies are switched off."""
    zone: ZoneInfo
    language: Language


UNHEARD_S = 900.0
"""No sign of life by any way for this long: nobody outside can tell that we live."""

_CARD_OF = {
    "results_stopped": "scheduler",
    "results_late": "scheduler",
    "nothing_watched": "scheduler",
    "our_faults": "scheduler",
    "schedule_late": "scheduler",
    "isolated": "blind",
    "reload_refused": "versions",
    "started_from_version": "versions",
    "reload_waits": "versions",
    "inventory_pinned": "versions",
    "pin_lost": "versions",
    "oncall_broken": "versions",
    "restart_needed": "versions",
    "version_not_stored": "versions",
    "state_store": "store",
    "decisions_refused": "store",
    "conclusion_bugs": "store",
    "wal_large": "store",
    "no_ballast": "store",
    "result_log": "results",
    "compaction_late": "results",
    "compaction_refused": "results",
    "chunks_damaged": "results",
    "influx": "forwarder",
    "influx_refused": "forwarder",
    "outbox_late": "outbox",
    "dead_letters": "outbox",
    "backup_failed": "backup",
    "backup_late": "backup",
    "channel_login": "channels",
    "channel_trouble": "channels",
    "channel_package": "channels",
    "channel_quota": "channels",
    "channel_deaf": "channels",
    "certificate_kept": "versions",
    "listener_closed": "versions",
    "own_measuring": "scheduler",
    "own_process": "process",
    "own_disk": "results",
    "own_stores": "store",
    "own_backup": "backup",
    "own_delivery": "outbox",
    "own_channels": "channels",
    "own_certificates": "versions",
    "own_clock": "blind",
    "own_network": "blind",
    "own_outside": "dead-man",
    "own_forwarding": "forwarder",
    "own_listeners": "versions",
    "own_inventory": "versions",
}
"""Which card a trouble stands on."""


def cards(known: Known, _: Say) -> tuple[Card, ...]:
    """Return the cards, those with something wrong first."""
    found = [_card(known, id_, title, rows, _) for id_, title, rows in _parts(known, _)]
    order = [Look.DOWN, Look.DEGRADED, Look.UNKNOWN, Look.UP]
    return tuple(sorted(found, key=lambda card: order.index(card.look)))


def _card(known: Known, id_: str, title: str, rows: tuple[tuple[str, str], ...], _: Say) -> Card:
    own = [each for each in known.troubles if _CARD_OF.get(each.code) == id_]
    if not own and id_ == "dead-man" and (why := _unheard(known, _)):
        return Card(id_, title, Look.UNKNOWN, why, rows)
    if not own:
        return Card(id_, title, Look.UP, _("bình thường"), rows)
    look = Look.DOWN if any(each.grade == "failing" for each in own) else Look.DEGRADED
    return Card(id_, title, look, "; ".join(each.text for each in own), rows)


def _parts(known: Known, _: Say) -> Iterator[tuple[str, str, tuple[tuple[str, str], ...]]]:
    health = known.snapshot.health
    yield "scheduler", _("Lịch đo"), tuple(_scheduler(known, health, _))
    yield "results", _("Kết quả đo"), tuple(_results(known, health, _))
    yield "process", _("Tiến trình"), tuple(_process(known, _))
    yield "store", _("Kho trạng thái"), tuple(_store(known, health, _))
    if health.forwarder is not None:
        yield "forwarder", _("Gửi sang InfluxDB"), tuple(_forwarder(known, health, _))
    yield "outbox", _("Hàng đợi tin"), tuple(_outbox(known, health, _))
    if health.channels:
        yield "channels", _("Kênh gửi"), tuple(_channels(known, health, _))
    yield "backup", _("Sao lưu"), tuple(_backup(known, health, _))
    yield "blind", _("Đường ra mạng và đồng hồ"), tuple(_blind(known, _))
    yield "dead-man", _("Bên ngoài canh máy này"), tuple(_dead_man(known, _))
    yield "versions", _("Phiên bản và cấu hình"), tuple(_versions(known, health, _))


def _scheduler(known: Known, health: HealthFacts, _: Say) -> Iterator[tuple[str, str]]:
    yield _("Phép đo"), _number(known, health.checks)
    lag = [_milliseconds(known, each) for each in (health.lag_p50_s, health.lag_p99_s)]
    yield _("Trễ lịch p50 / p99"), " / ".join(lag)
    yield (
        _("Lượt bị lỡ / chạy quá giờ"),
        f"{_number(known, health.missed_slots)} / {_number(known, health.overruns)}",
    )
    yield _("Kết quả gần nhất"), _at(known, health.last_result_at)
    for lane in known.own.lanes:
        if lane.running or lane.waiting:
            waiting = _(", chờ %(n)s") % {"n": _number(known, lane.waiting)} if lane.waiting else ""
            yield _("Làn %(kind)s") % {"kind": lane.kind}, f"{lane.running}/{lane.width}{waiting}"


def _results(known: Known, health: HealthFacts, _: Say) -> Iterator[tuple[str, str]]:
    yield _("Chờ ghi"), _number(known, health.results_queued)
    yield _("Đã bỏ vì hàng đợi đầy"), _number(known, health.results_dropped)
    yield _("Chờ gom (giờ đo)"), _number(known, health.compaction.hours_behind)
    yield "results.db", _megabytes(known, known.own.file_bytes.get("results", 0))
    if known.outlook is None:
        yield _("Dự báo ổ đĩa"), _("chưa đọc được")
        return
    whither = known.outlook.forecast
    yield _("Ổ đĩa còn"), _megabytes(known, whither.disk_free_bytes)
    if not is_foreseeable(whither):
        yield _("Dự báo ổ đĩa"), _("cần ít nhất một giờ kết quả đã đóng khối")
        return
    yield _("Mỗi ngày thêm"), _megabytes(known, whither.day_bytes)
    yield _("Khi đầy hạn lưu"), _megabytes(known, whither.full_bytes)
    days = whither.disk_full_in_days
    yield (
        _("Dự báo ổ đĩa"),
        _("đủ") if days is None else _("đầy sau khoảng %(n)s ngày") % {"n": _number(known, days)},
    )


def _process(known: Known, _: Say) -> Iterator[tuple[str, str]]:
    machine, lag_s = known.own.machine, known.own.loop_lag_s
    if machine is None or lag_s is None:
        yield _("Bộ nhớ"), _("chưa đọc được")
        return
    used = words.percent(machine.memory_bytes / machine.memory_limit_bytes, known.language)
    sizes = [_megabytes(known, each) for each in (machine.memory_bytes, machine.memory_limit_bytes)]
    yield _("Bộ nhớ"), f"{' / '.join(sizes)} ({used})"
    counts = [machine.descriptors, machine.descriptors_limit]
    limited = [_number(known, each) for each in counts if each >= 0]  # -1: without limit
    yield _("Tệp và kết nối đang mở"), " / ".join(limited)
    yield _("Vòng lặp trễ nhất trong một phút qua"), _milliseconds(known, lag_s)


def _store(known: Known, health: HealthFacts, _: Say) -> Iterator[tuple[str, str]]:
    yield _("Thay đổi chờ ghi"), _number(known, health.state_unsaved)
    yield "state.db", _megabytes(known, known.own.file_bytes.get("state", 0))
    for name, size in health.wal_bytes.items():
        yield f"{name}.db-wal", _megabytes(known, size)
    yield _("Tệp dự phòng (ballast)"), _("có") if health.has_ballast else _("không")


def _forwarder(known: Known, health: HealthFacts, _: Say) -> Iterator[tuple[str, str]]:
    facts = health.forwarder
    if facts is None:
        return
    yield _("Dòng chờ gửi"), _number(known, facts.lag_rows)
    yield _("Gửi được gần nhất"), _at(known, facts.last_success_at)
    yield _("Bị từ chối"), _number(known, facts.dead_letters)
    yield _("Quá hạn lưu trước khi gửi"), _number(known, facts.skipped)


def _outbox(known: Known, health: HealthFacts, _: Say) -> Iterator[tuple[str, str]]:
    yield _("Tin chờ gửi"), _number(known, health.outbox_pending)
    age = health.outbox_oldest_age_s
    yield _("Tin trễ nhất"), "–" if age is None else words.duration(age, known.language)
    yield _("Không gửi được"), _number(known, health.outbox_dead)


def _channels(known: Known, health: HealthFacts, _: Say) -> Iterator[tuple[str, str]]:
    for name, channel in health.channels.items():
        said = [_("gửi được %(time)s") % {"time": _at(known, channel.last_success_at)}]
        failed = sum(n for (own, how), n in health.notifications.items() if own == name and how != "sent")
        if failed:
            said.append(_("%(n)s lần lỗi từ lúc khởi động") % {"n": _number(known, failed)})
        if channel.quota_left is not None:
            said.append(_("còn %(n)s lượt gửi") % {"n": _number(known, channel.quota_left)})
        if channel.token_age_s is not None:
            age = words.duration(channel.token_age_s, known.language)
            said.append(_("mã truy cập lấy %(age)s trước") % {"age": age})
        if channel.package_until is not None:
            said.append(_("gói đến %(day)s") % {"day": f"{channel.package_until:%d/%m/%Y}"})
        wrong = tuple(troubles_of({name: channel}, "", known.snapshot.now, known.zone, known.language))
        yield name, "; ".join([*said, *(each.text for each in wrong)])


def _backup(known: Known, health: HealthFacts, _: Say) -> Iterator[tuple[str, str]]:
    if health.backup is None:
        yield _("Sao lưu"), _("đã tắt trong cấu hình")
        return
    yield _("Bản tốt gần nhất"), _at(known, health.backup.last_good_at)
    yield _("Cỡ"), _megabytes(known, health.backup.size_bytes)
    yield _("Lần tới"), known.next_copy_at or "–"
    if known.own.is_copying:
        yield _("Lúc này"), _("đang sao lưu")


def _blind(known: Known, _: Say) -> Iterator[tuple[str, str]]:
    since_at = known.snapshot.isolated_since_at
    yield (
        _("Đường ra mạng"),
        _("có") if since_at is None else _("mất từ %(time)s") % {"time": _at(known, since_at)},
    )
    clock = None if known.own.machine is None else known.own.machine.clock
    yield _("Đồng bộ giờ"), _("chưa đọc được") if clock is None else _clock(known, clock, _)
    yield _("Thời gian mù từ lúc khởi động"), words.duration(known.blind_s, known.language)
    if known.clock_steps is None:
        yield _("Đồng hồ bị chỉnh"), _("chưa đọc được")
        return
    count, last_at = known.clock_steps
    last = _(", gần nhất %(time)s") % {"time": _at(known, last_at)} if last_at is not None else ""
    yield _("Đồng hồ bị chỉnh trong 30 ngày"), _("%(n)s lần") % {"n": _number(known, count)} + last


def _clock(known: Known, clock: KernelClock, _: Say) -> str:
    if not clock.is_synchronised:
        return _("chưa đồng bộ")
    if clock.error_s is None:
        return _("có")
    return _("có, sai lệch nhiều nhất %(error)s") % {"error": _milliseconds(known, clock.error_s)}


def _unheard(known: Known, _: Say) -> str:
    """Say why nobody outside hears that we live, "" when somebody does."""
    sent, health = known.own.signs_sent_at, known.snapshot.health
    if not sent:
        return _("không có ai canh: khi chính máy này ngừng thì không ai biết")
    if all(known.snapshot.now - (at or health.started_at) > UNHEARD_S for at in sent.values()):
        return _("tín hiệu sống không đi được")
    return ""


def _dead_man(known: Known, _: Say) -> Iterator[tuple[str, str]]:
    sent = known.own.signs_sent_at
    if sent is None:
        yield _("Tín hiệu sống"), _("chưa cấu hình: không ai biết khi chính máy này ngừng")
        return
    for way, at in sent.items():
        failed = known.own.signs_failed.get(way, 0)
        more = _("; %(n)s lần lỗi") % {"n": _number(known, failed)} if failed else ""
        yield way, _("gửi %(time)s") % {"time": _at(known, at)} + more


def _versions(known: Known, health: HealthFacts, _: Say) -> Iterator[tuple[str, str]]:
    yield _("Phần mềm"), health.version
    yield _("Chạy từ"), _at(known, health.started_at)
    version = health.inventory.version
    number, digest = "–" if version is None else version, known.snapshot.inventory.digest[:12]
    yield _("Danh mục"), _("bản %(n)s, %(digest)s") % {"n": number, "digest": digest}
    labels = {"web": _("Chứng thư trang web"), "beat": _("Chứng thư cổng nhận nhịp")}
    ends = {} if known.own.machine is None else known.own.machine.certificates
    for listener, ends_at in ends.items():
        days = _("còn %(n)s ngày") % {"n": _number(known, (ends_at - known.snapshot.now) // 86_400)}
        yield labels[listener], f"{words.full_date(ends_at, known.zone)} ({days})"


def _number(known: Known, count: float) -> str:
    return words.number(count, language=known.language)


def _milliseconds(known: Known, seconds: float | None) -> str:
    return "–" if seconds is None else words.milliseconds(seconds, known.language)


def _at(known: Known, at: float | None) -> str:
    return "–" if at is None else words.short_date_time(at, known.zone)


def _megabytes(known: Known, size: float) -> str:
    if size < 2**30:
        return f"{words.number(size / 2**20, 1, language=known.language)} MB"
    return f"{words.number(size / 2**30, 2, language=known.language)} GB"
