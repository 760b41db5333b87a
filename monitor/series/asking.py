"""What may be asked of series, as people and programs write it: range, metric, number of points. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from inventory.model import Check
from inventory.problem import near_miss
from monitor.series.model import ANSWER, RTT
from monitor.series.reading import MOST_POINTS, Slice
from monitor.series.rolling import OF_THE_BURST

RANGES: Final = {
    "3h": 3 * 3_600.0,
    "24h": 86_400.0,
    "7d": 7 * 86_400.0,
    "30d": 30 * 86_400.0,
    "1y": 365 * 86_400.0,
}
DEFAULT_RANGE: Final = "24h"
LONGEST_S: Final = 3_660 * 86_400.0
FEWEST_POINTS: Final = 2
_MOST_DIGITS: Final = 9
_ONLY_SINGLE: Final = frozenset({"jitter_s", "speech_r", "speech_mos"})
"""Metrics of a burst that its round trips do not show when they are seen in buckets."""


class AskedWrongError(Exception):
    """Nothing can be shown for what was asked: `what` is wrong, and the `remedy`, one Vietnamese line each."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted. `series` None: what fits the check."""

    from_at: float
    until_at: float
    points: int
    series: str | None


def read_asked(
    *, span: str, since: str, until: str, points: str, metric: str, now: float, zone: ZoneInfo
) -> Asked:
    """Read what was asked, "" for what was not said. Raises AskedWrongError.

    `span` is one of RANGES and ends at `until` (now); with `since` the range is [since, until).
    """
    if span and since:
        raise AskedWrongError("có cả range và from", "chỉ dùng một: --range 7d, hoặc --from và --to")
    if span and span not in RANGES:
        raise AskedWrongError(f"range: không có '{span}'", f"chọn một trong: {', '.join(RANGES)}")
    until_at = min(_moment("to", until, zone), now) if until else now
    from_at = _moment("from", since, zone) if since else until_at - RANGES[span or DEFAULT_RANGE]
    for name, at in (("to", until_at), ("from", from_at)):
        if at < 0:
            raise AskedWrongError(f"{name}: trước năm 1970", "xem lại năm")
    if from_at >= now:
        raise AskedWrongError("khoảng này chưa tới", "chọn from trước lúc này")
    if from_at >= until_at:
        raise AskedWrongError("to phải sau from", "xem lại from và to")
    if until_at - from_at > LONGEST_S:
        raise AskedWrongError("khoảng dài quá 10 năm", "chọn from muộn hơn")
    return Asked(from_at, until_at, _points(points), metric or None)


def check_metric(found: Slice, check: Check) -> None:
    """Raise AskedWrongError when nothing was found because no check of this kind has such a series."""
    metrics = check.options.metrics()
    if metrics is None or any(found.buckets):
        return
    of_burst = metrics & (OF_THE_BURST - {RTT})
    known = {ANSWER, *(metrics - of_burst), *({RTT} if of_burst else ())}
    if found.series in known:
        return
    if found.series in of_burst:
        shown = f"dùng metric {RTT}: có cả độ trễ và mất gói"
        single = f"chỉ có ở từng lần đo: tslcd-monitor series {check.id} --raw -o json"
        remedy = single if found.series in _ONLY_SINGLE else shown
        raise AskedWrongError(f"'{found.series}' tính từ các gói của từng lần đo", remedy)
    near = near_miss(found.series, known) or f"có: {', '.join(sorted(known))}"
    raise AskedWrongError(f"phép đo {check.id} không có chỉ số '{found.series}'", near)


def _moment(name: str, text: str, zone: ZoneInfo) -> float:
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        raise AskedWrongError(
            f"{name}: không hiểu '{text}'", f"viết như '2026-11-22 07:00' ({name} 2026-11-22 là từ 0 giờ)"
        ) from None


def _points(text: str) -> int:
    if not text:
        return MOST_POINTS
    if not (
        text.isascii()
        and text.isdigit()
        and len(text) <= _MOST_DIGITS
        and FEWEST_POINTS <= int(text) <= MOST_POINTS
    ):
        raise AskedWrongError(f"points: không hiểu '{text}'", f"số từ {FEWEST_POINTS} đến {MOST_POINTS}")
    return int(text)
