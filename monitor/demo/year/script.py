"""Thinks up a made-up stretch of time. Pure: the same seed and months give the same."""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from operator import attrgetter
from typing import Final

from inventory.model import Inventory
from monitor.demo.year.book import Book, Month, moment
from monitor.demo.year.lines import tell_lines
from monitor.demo.year.model import LAST, Script, Span
from monitor.demo.year.systems import tell_systems
from monitor.demo.year.works import Deeds, tell_meetings, tell_works

MOST_MONTHS: Final = 12
ENDS_HOUR: Final = 6.0
"""Of the day after the last month: then the monitor gave its last sign of life."""
_OFF: Final = (
    ((1, 23), 2.0, 0.4),
    ((5, 30), 13.2, 2.1),
    ((8, 8), 1.0, 0.75),
    ((11, 9), 1.5, 1.6),
)
"""Month and day, hour, and how many hours the monitor itself was off."""


def written(inventory: Inventory, seed: int, months: int, last: date = LAST) -> Script:
    """Write the script of so many months up to that of `last`, with the first hours of the next one."""
    *first_days, after = _first_days(months + 1, last)
    begin_at, end_at = moment(first_days[0], 0), moment(after, ENDS_HOUR)
    # What is needed of the month before the first one does not exist: each month is thought up for itself.
    thought_up = [Month(first, random.Random(f"{seed}:{first:%Y-%m}")) for first in first_days]  # noqa: S311 (a script)
    off = tuple(_off(thought_up))
    book = Book(inventory, begin_at, end_at, off)
    deeds = Deeds()
    for month in thought_up:
        tell_works(book, month, deeds)
        tell_systems(book, month)
        tell_meetings(book, month, deeds)
        tell_lines(book, month)
    loss = random.Random(f"{seed}:loss")  # noqa: S311 (a script)
    lines = (f"{unit.code}.cpe" for unit in book.communes)
    return Script(
        begin_at=begin_at,
        end_at=end_at,
        faults=tuple(sorted(book.faults, key=lambda fault: (fault.from_at, fault.strikes[0].target_id))),
        off=off,
        works=tuple(sorted(deeds.works, key=attrgetter("created_at"))),
        corrections=tuple(deeds.corrections),
        meetings=tuple(sorted(deeds.meetings, key=attrgetter("created_at"))),
        loss_ratios={target_id: min(loss.lognormvariate(-6.8, 0.8), 0.02) for target_id in lines},
    )


def _first_days(count: int, last: date) -> list[date]:
    """Return the first days of so many months, the latest that after `last`."""
    number = last.year * 12 + last.month
    return [date(each // 12, each % 12 + 1, 1) for each in range(number - count + 1, number + 1)]


def _off(months: Sequence[Month]) -> Iterator[Span]:
    for month in months:
        for of_year, hour, hours in _OFF:
            day = month.day(*of_year)
            if day is not None:
                yield moment(day, hour), moment(day, hour) + hours * 3_600.0
