"""The charts of a report, with what they show in words. Pure."""

from collections import Counter
from typing import Final

from inventory.model import Layer
from monitor import official
from monitor.report import periods
from monitor.report.document.incidents import cause_words
from monitor.report.document.model import (
    CauseChart,
    DayChart,
    HeatMap,
    LineChart,
    Picture,
    TileClass,
)
from monitor.report.document.tiles import tile_map
from monitor.report.figures.model import CauseFigures, Figures
from monitor.settings.report import ReportSettings

_HOUR_S: Final = 3_600.0
_MOST_DAYS: Final = 100
"""Bars of more days cannot be told apart on 160 mm."""
_WEEKDAYS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def months_picture(figures: Figures, settings: ReportSettings) -> Picture | None:
    """Return availability of lines over the last periods; None when there are not two of them to draw a line between."""
    points = figures.months
    known = [point for point in points if point.availability_ratio is not None]
    if len(known) < 2:  # noqa: PLR2004 (a line has two ends)
        return None
    labels = tuple(periods.label(point.period_id) for point in points)
    target = settings.target_ratios.get(Layer.TSLCD)
    values = "; ".join(
        f"{label}: {official.ratio(point.availability_ratio)}"
        for label, point in zip(labels, points, strict=True)
    )
    aim = "" if target is None else f" Đường nét đứt: mức {official.ratio(target)}."
    return Picture(
        "do-kha-dung",
        LineChart(labels, tuple(point.availability_ratio for point in points), target),
        f"Độ khả dụng đường truyền đến xã, phường, đặc khu theo {periods.noun(figures.period)}",
        f"Biểu đồ đường, độ khả dụng theo {periods.noun(figures.period)}: {values}.{aim}",
    )


def causes_picture(figures: Figures) -> Picture | None:
    """Return incidents by confirmed cause; None when nobody confirmed any."""
    causes = [each for each in figures.causes if each.count]
    if not any(each.kind is not None for each in causes):
        return None
    labels = tuple(_cause_label(each, figures) for each in causes)
    values = "; ".join(
        f"{label}: {official.count(each.count)} sự cố, {official.span(each.length_s)}"
        for label, each in zip(labels, causes, strict=True)
    )
    return Picture(
        "nguyen-nhan",
        CauseChart(
            labels,
            tuple(each.length_s / _HOUR_S for each in causes),
            tuple(each.count for each in causes),
        ),
        "Số sự cố và thời gian gián đoạn theo nguyên nhân",
        f"Biểu đồ thanh theo nguyên nhân: {values}.",
    )


def _cause_label(cause: CauseFigures, figures: Figures) -> str:
    # The side tells apart what has the same name.
    same = [each for each in figures.causes if each.kind is cause.kind and each.count]
    said = cause_words(cause.kind, cause.side if len(same) > 1 else None)
    return said[:1].upper() + said[1:]


def days_picture(figures: Figures) -> Picture | None:
    """Return outages of lines by day; None for one day, for more than can be told apart, or when nothing is known."""
    days = figures.days
    if not 1 < len(days) <= _MOST_DAYS or not figures.province_parts.coverage_ratio:
        return None
    worst = max(days, key=lambda each: each.outages)
    total = official.count(sum(each.outages for each in days))
    most = f" Nhiều nhất ngày {official.day(worst.day)}: {official.count(worst.outages)} lượt."
    return Picture(
        "theo-ngay",
        DayChart(
            tuple(each.day for each in days),
            tuple(each.outages for each in days),
            tuple(each.is_free for each in days),
        ),
        "Số lượt gián đoạn đường truyền theo ngày (nền sẫm: ngày nghỉ)",
        f"Biểu đồ cột, số lượt theo ngày, tổng số {total} lượt.{most if worst.outages else ''}",
    )


def tiles_picture(figures: Figures, settings: ReportSettings) -> Picture | None:
    """Return the tile map; None without communes."""
    if not figures.communes:
        return None
    chart = tile_map(figures, settings)
    counts = Counter(tile.tile_class for tile in chart.tiles)
    said = "; ".join(f"{words}: {official.count(counts[kind])}" for kind, words in chart.legend)
    worst = [tile.name for tile in chart.tiles if tile.tile_class is TileClass.FAR_BELOW]
    named = f" Thấp nhất: {', '.join(worst[:10])}." if worst else ""
    return Picture(
        "ban-do-o",
        chart,
        "Độ khả dụng đường truyền từng xã, phường, đặc khu (%)",
        f"Bản đồ ô, mỗi ô một xã, phường, đặc khu. Số đơn vị {said}.{named}",
    )


def hours_picture(figures: Figures) -> Picture | None:
    """Return when in the week lines were down; None when they never were."""
    if not any(value > 0 for row in figures.hours for value in row):
        return None
    values = tuple(tuple(value / _HOUR_S for value in row) for row in figures.hours)
    most, day, hour = max(
        (value, -day, -hour) for day, row in enumerate(figures.hours) for hour, value in enumerate(row)
    )
    said = f"{_WEEKDAYS[-day]} từ {-hour:02d} giờ đến {-hour + 1:02d} giờ, {official.span(most)}"
    return Picture(
        "theo-gio",
        HeatMap(values),
        "Thời gian gián đoạn theo giờ và ngày trong tuần (giờ)",
        f"Bản đồ nhiệt, bảy hàng từ thứ Hai đến Chủ nhật, 24 cột giờ. Nhiều nhất: {said}.",
    )
