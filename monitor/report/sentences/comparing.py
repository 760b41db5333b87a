"""One period compared with the one before, in words. Pure: what is compared are the figures as written."""

from typing import Final

from monitor import official
from monitor.report.figures.model import Compared

_ALIKE_HUNDREDTHS: Final = 5
"""Availabilities that are less than 0,05 percentage points apart are alike."""
_SLIGHT_RATIO: Final = 0.1
"""A count or length of time that changes by no more than this changes slightly."""


def availability(compared: Compared | None, before: str) -> str:
    """Compare availabilities: "giảm 0,15 điểm phần trăm so với tháng 10", "tương đương tháng 10"."""
    now = None if compared is None else compared.row.availability_ratio
    row = None if compared is None else compared.before
    then = None if row is None else row.availability_ratio
    if now is None or then is None:
        return f"chưa đủ dữ liệu để so sánh với {before}"
    said = official.points(now, then)
    size = said.lstrip("+−")
    if int(size.replace(",", "").replace(".", "")) < _ALIKE_HUNDREDTHS:
        return f"tương đương {before}"
    return f"{'tăng' if said.startswith('+') else 'giảm'} {size} điểm phần trăm so với {before}"


def counts(now: int, then: int | None, before: str) -> str:
    """Compare counts: "tăng nhẹ so với 35 lượt của tháng 10"; "" when nothing is known of the period before."""
    if then is None:
        return ""
    if now == then:
        return f"bằng {before}"
    if not then:
        return f"{before} không phát sinh"
    return f"{_direction(now, then)} so với {official.count(then)} lượt của {before}"


def lengths(now_s: float | None, then_s: float | None, before: str) -> str:
    """Compare lengths of time, in whole minutes; "" when one is not known."""
    if now_s is None or then_s is None:
        return ""
    said = official.span(then_s)
    if official.span(now_s) == said:
        return f"bằng {before}"
    return f"{_direction(now_s, then_s)} so với {said} của {before}"


def _direction(now: float, then: float) -> str:
    word = "tăng" if now > then else "giảm"
    return f"{word} nhẹ" if abs(now - then) <= _SLIGHT_RATIO * then else word
