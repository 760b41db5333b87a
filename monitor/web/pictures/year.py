"""The availability calendar of a year, as SVG within a page: its classes are coloured by the page's style sheet. Pure.

Five steps, stripes for days of which too little is known, a frame for days with maintenance. On a wide page weeks are
columns; on a phone every month is a block of its own.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from markupsafe import Markup, escape

from alerts.messages import words
from alerts.messages.vocabulary import Language
from monitor import official
from monitor.accounting.calendar import CalendarDay
from monitor.web.figure_words import shown_ratio
from monitor.web.translating import translator

CELL: Final = 13
STEP: Final = 15
MONTH_STEP: Final = 24
MONTH_CELL: Final = 22
TOP: Final = 18
LEFT: Final = 28
_STEPS: Final = ((1.0, "day-all"), (0.999, "day-999"), (0.99, "day-99"), (0.95, "day-95"), (0.0, "day-low"))
"""Least availability of each step, the best first."""


def day_class(day: CalendarDay) -> str:
    """Return the class of a day's step: "day-none" when too little is known, "day-out" when nothing was watched."""
    if not day.is_watched:
        return "day-out"
    ratio = day.availability_ratio
    if ratio is None:
        return "day-works" if day.maintenance_s > 0 and not day.coverage_ratio else "day-none"
    return ratio_class(ratio)


def ratio_class(ratio: float | None) -> str:
    """Return the class of an availability's step."""
    return "day-none" if ratio is None else next(name for least, name in _STEPS if ratio >= least)


def day_words(day: CalendarDay, language: Language = Language.VI) -> str:
    """Say a day in words: what a cell of it answers when it is pointed at."""
    _ = translator(language)
    said = [official.day(day.day)]
    if not day.is_watched:
        return said[0] + ": " + _("không giám sát")
    ratio = day.availability_ratio
    said.append(shown_ratio(ratio, language=language))
    if day.down_s > 0:
        said.append(_("mất kết nối %(span)s") % {"span": words.duration(day.down_s, language)})
    if day.maintenance_s > 0:
        said.append(_("bảo trì %(span)s") % {"span": words.duration(day.maintenance_s, language)})
    if day.incident_ids:
        said.append(_("%(n)s sự cố") % {"n": words.number(len(day.incident_ids), 0, language)})
    return ", ".join(said)


def year_svg(days: Sequence[CalendarDay], path: str, language: Language = Language.VI) -> Markup:
    """Return a year with weeks as columns. `path`: the page that shows a single day."""
    _ = translator(language)
    if not days:
        return Markup("")
    first, initial = days[0].day, _("T")
    offset = first.weekday()
    columns = (len(days) + offset + 6) // 7
    cells = [
        f'<text x="0" y="{TOP + row * STEP + CELL - 3}">{escape(name)}</text>'
        for row, name in ((0, _("T2")), (2, _("T4")), (4, _("T6")))
    ]
    for number, day in enumerate(days):
        column, row = divmod(number + offset, 7)
        x, y = LEFT + column * STEP, TOP + row * STEP
        if day.day.day == 1:
            cells.append(f'<text x="{x}" y="11">{escape(_month(day.day, initial))}</text>')
        cells.append(_cell(day, x, y, CELL, path, language))
    return _svg("calendar-year", LEFT + columns * STEP, TOP + 7 * STEP, cells)


def month_svgs(
    days: Sequence[CalendarDay], path: str, language: Language = Language.VI
) -> tuple[tuple[str, Markup], ...]:
    """Return (month, picture) for each month of `days`, weeks as rows, each cell with its number."""
    months: dict[str, list[CalendarDay]] = {}
    for day in days:
        months.setdefault(f"{day.day:%m/%Y}", []).append(day)
    return tuple((month, _month_svg(of, path, language)) for month, of in months.items())


def _month_svg(days: Sequence[CalendarDay], path: str, language: Language) -> Markup:
    offset = days[0].day.replace(day=1).weekday()
    rows = (days[-1].day.day - 1 + offset) // 7 + 1
    cells: list[str] = []
    for day in days:
        row, column = divmod(day.day.day - 1 + offset, 7)
        cells.append(
            _cell(day, column * MONTH_STEP, row * MONTH_STEP, MONTH_CELL, path, language, number=True)
        )
    return _svg("calendar-month", 7 * MONTH_STEP, rows * MONTH_STEP, cells)


def _svg(class_: str, width: int, height: int, cells: Sequence[str]) -> Markup:
    frame = Markup('<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>')
    return frame.format(class_, width, height, width, height, Markup("".join(cells)))  # noqa: S704 (cells escape)


def _cell(
    day: CalendarDay, x: int, y: int, size: int, path: str, language: Language, *, number: bool = False
) -> str:
    """Return a cell as markup: a page has 730 of them, so each text is escaped once, and numbers not at all."""
    class_ = day_class(day)
    frame = " day-framed" if day.maintenance_s > 0 else ""
    rect = f'<rect class="{class_}{frame}" x="{x}" y="{y}" width="{size}" height="{size}" rx="2"/>'
    if number:
        rect += f'<text class="on-{class_}" x="{x + size / 2}" y="{y + size / 2 + 4}">{day.day.day}</text>'
    note = f"<title>{escape(day_words(day, language))}</title>"
    if not day.is_watched:
        return f"<g>{note}{rect}</g>"
    # Not in the order of Tab: the table of bad days below leads to the same days.
    link = f"{escape(path)}?ngay={day.day.isoformat()}#do-thi"
    return f'<a href="{link}" tabindex="-1">{note}{rect}</a>'


def _month(day: date, word: str) -> str:
    return f"{word}{day.month}"


def bad_days(days: Sequence[CalendarDay]) -> Iterator[CalendarDay]:
    """Yield the days on which something was down, the latest first."""
    return (day for day in reversed(days) if day.down_s > 0 or day.incident_ids)
