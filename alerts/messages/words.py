"""Vietnamese words and formats that messages, pages and the command line share. Pure; all text is NFC."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import Blindness, Status
from alerts.model.hold import SuppressionReason
from inventory.model import Layer
from inventory.names import short_unit_name
from probes import KINDS
from probes.kind import Metric
from probes.reading import FailureReason

AFFECTED: Final = "Bị ảnh hưởng"
"""Shown instead of a status while something it depends on is down."""

_STATUS_WORDS: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.UP: "Hoạt động",
        Status.DEGRADED: "Suy giảm",
        Status.DOWN: "Mất kết nối",
        Status.UNKNOWN: "Chưa rõ",
    }
)
_LAYER_NAMES: Final[Mapping[Layer, tuple[str, str]]] = MappingProxyType(
    {
        Layer.TSLCD: ("Mạng TSLCD", "TSLCD"),
        Layer.CONFERENCE: ("Hội nghị truyền hình", "Hội nghị"),
        Layer.KIOSK: ("Kiosk PVHCC", "Kiosk"),
        Layer.PC: ("Máy tính cấp xã", "Máy tính"),
        Layer.SHARED: ("Hệ thống dùng chung", "Dùng chung"),
        Layer.CENTRAL: ("Hệ thống Trung ương", "Trung ương"),
        Layer.INFRA: ("Hạ tầng kỹ thuật", "Hạ tầng"),
    }
)
_CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        FailureReason.TIMEOUT: "không trả lời",
        FailureReason.UNREACHABLE: "không có đường tới",
        FailureReason.REFUSED: "từ chối kết nối",
        FailureReason.DNS: "tên miền không tra cứu được",
        FailureReason.TLS: "chứng thư bảo mật không hợp lệ",
        FailureReason.AUTH: "từ chối tài khoản giám sát",
        FailureReason.PROTOCOL: "trả lời sai định dạng",
        FailureReason.UNEXPECTED_ANSWER: "trả lời không đúng nội dung cần có",
        FailureReason.BLOCKED: "chặn phép đo của máy giám sát",
        FailureReason.LOCAL: "máy giám sát gặp trục trặc",
        FailureReason.INTERNAL: "phần mềm giám sát gặp trục trặc",
        Blindness.ISOLATED: "máy giám sát mất kết nối mạng",
        Blindness.STOPPED: "hệ thống giám sát không chạy",
        Blindness.OVERDUE: "quá hạn chưa có kết quả đo",
        Blindness.OUR_FAULT: "máy giám sát không đo được",
        Blindness.REMOVED: "đã rời danh mục giám sát",
    }
)
_HELD: Final[Mapping[SuppressionReason, tuple[str, str]]] = MappingProxyType(
    {
        SuppressionReason.MAINTENANCE: ("trong giờ bảo trì", "đã quá giờ bảo trì, giữ tin đến {}"),
        SuppressionReason.OFF_HOURS: ("ngoài giờ làm việc", "giữ tin ngoài giờ làm việc đến {}"),
        SuppressionReason.NEW: ("mới thêm", "mới thêm, giữ tin đến {}"),
    }
)
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_SECONDS_SHOWN_BELOW: Final = 10 * _MINUTE


def status_word(status: Status, *, affected: bool = False) -> str:
    """Return the word of a status; `affected`: it is down because something it depends on is."""
    return AFFECTED if affected and status is Status.DOWN else _STATUS_WORDS[status]


def layer_name(layer: Layer) -> str:
    """Return the full name of a layer."""
    return _LAYER_NAMES[layer][0]


def layer_short_name(layer: Layer) -> str:
    """Return the name of a layer for a lock screen."""
    return _LAYER_NAMES[layer][1]


def cause_phrase(cause: str) -> str:
    """Say in plain words why a verdict or status came: a predicate for "kiểm tra 5 lần: ...".

    `cause` is a FailureReason, a Blindness or `<metric> <value> / <limit>`; "" when there is nothing to say.
    """
    known = _CAUSES.get(cause)
    name, _, figures = cause.partition(" ")
    value, slash, limit = figures.partition(" / ")
    if known is not None or not slash:
        return known or ""
    metric = _metric(name)
    if metric is None:  # named by a check's own options: nobody can say what it counts
        return "vượt ngưỡng cho phép"
    said, measured = metric.alarm or metric.vi, float(value)
    if (value, limit) == ("1", "1") or (metric.alarm and (value, limit) == ("0", "0")):
        return said  # a yes, or a no that has a name: it is the whole news
    if measured < 0 and metric.alarm_below_zero:
        said, measured = metric.alarm_below_zero, -measured
        if name.endswith("_s"):
            return f"{said} {duration(measured)} (ngưỡng {figure(name, float(limit))})"
    return f"{said} {figure(name, measured)} (ngưỡng {figure(name, float(limit))})"


def held_word(reason: SuppressionReason) -> str:
    """Say why nobody is told now: "trong giờ bảo trì"."""
    return _HELD[reason][0]


def held_clause(reason: SuppressionReason, until_at: float, zone: ZoneInfo) -> str:
    """Say why somebody was told only at `until_at`.

    Not that maintenance ended then: closing time may have followed it. Nor that the fault began out of hours: a message
    that could not be sent before waits for the next opening as well.
    """
    return _HELD[reason][1].format(clock_time(until_at, zone))


def figure(metric: str, value: float) -> str:  # noqa: PLR0911 (one for each unit)
    """Write a measured value with the unit that the metric's name ends in."""
    match metric.rpartition("_")[2]:
        case "ratio":
            return percent(value)
        case "s":
            size = abs(value)
            shown = short_time(size) if size < _SECONDS_SHOWN_BELOW else duration(size)
            return f"-{shown}" if value < 0 else shown
        case "bps":
            unit, name = (1e6, "Mbit/s") if abs(value) >= 1e6 else (1e3, "kbit/s")  # noqa: PLR2004 (a megabit)
            return f"{number(value / unit, 1).removesuffix(',0')} {name}"
        case "bytes":
            return f"{number(value)} byte"
        case "celsius":
            return f"{number(value, 1).removesuffix(',0')} °C"
        case "percent":
            return f"{number(value, 1).removesuffix(',0')}%"
        case _:
            return number(value, 2).rstrip("0").rstrip(",")


@cache
def _metric(name: str) -> Metric | None:
    """Return what the probes call a metric."""
    return next((kind.metrics[name] for kind in KINDS.values() if name in kind.metrics), None)


def number(value: float, digits: int = 0) -> str:
    """Write a number with a decimal comma and thousands dots."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def count(value: int) -> str:
    """Write a count as official letters do: two digits below ten."""
    return f"{value:02d}" if value < 10 else number(value)  # noqa: PLR2004 (the first two-digit number)


def percent(ratio: float) -> str:
    """Write a ratio as a percentage, with one decimal where it matters."""
    text = number(100 * ratio, 1)
    return f"{text.removesuffix(',0')}%"


def milliseconds(seconds: float) -> str:
    """Write a short time in milliseconds, with one decimal below ten."""
    value = 1_000 * seconds
    return f"{number(value, 1 if value < 9.95 else 0).removesuffix(',0')} ms"  # noqa: PLR2004 (rounds to 10)


def short_time(seconds: float) -> str:
    """Write a measured time: milliseconds below ten seconds, seconds from there on."""
    if seconds < 10:  # noqa: PLR2004 (ten seconds)
        return milliseconds(seconds)
    return f"{number(seconds, 1).removesuffix(',0')} giây"


def duration(seconds: float) -> str:
    """Write how long something lasted, in whole units never rounded up: the largest two that are not zero.

    Seconds are told below ten minutes only.
    """
    whole = max(0, int(seconds))
    if whole == 0:
        return "dưới 01 giây"
    parts = (
        (whole // _DAY, "ngày"),
        (whole % _DAY // _HOUR, "giờ"),
        (whole % _HOUR // _MINUTE, "phút"),
        (whole % _MINUTE if whole < _SECONDS_SHOWN_BELOW else 0, "giây"),
    )
    first = next(index for index, (value, _) in enumerate(parts) if value)
    return " ".join(f"{count(value)} {unit}" for value, unit in parts[first : first + 2] if value)


def clock_time(at: float, zone: ZoneInfo) -> str:
    """Write the time of day, "02:47"."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M}"


def short_date_time(at: float, zone: ZoneInfo) -> str:
    """Write time and day for a subject, "02:47 22/11"."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M %d/%m}"


def date_time(at: float, zone: ZoneInfo) -> str:
    """Write time and date, "02:47 ngày 22/11/2026"."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M ngày %d/%m/%Y}"


def in_sentence(name: str) -> str:
    """Return a unit's name as written inside a sentence: "xã Đăk Rơ Wa", but "Sở Nội vụ"."""
    name = unicodedata.normalize("NFC", name)
    return name if short_unit_name(name) == name else name[0].lower() + name[1:]


def stop(text: str) -> str:
    """End a sentence, unless it was cut short."""
    return text if text.endswith("…") else f"{text}."


def former_area(district: str) -> str:
    """Say where a unit was before the merger: "địa bàn TP Kon Tum cũ"; "" when nothing is known."""
    district = unicodedata.normalize("NFC", district).strip()
    if not district:
        return ""
    for long, short in (("Thành phố ", "TP "), ("Thị xã ", "thị xã "), ("Huyện ", "huyện ")):
        district = short + district.removeprefix(long) if district.startswith(long) else district
    return f"địa bàn {district} cũ"
