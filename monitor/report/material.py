"""Reads what a report of a period is made from: books, meetings, the packet loss of lines."""

import math
import sqlite3
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from inventory.model import Check, Inventory
from monitor.accounting.books import read_books
from monitor.accounting.model import Period
from monitor.accounting.periods import PeriodError, previous
from monitor.conference.store import select_within
from monitor.report.figures.choosing import lines
from monitor.report.figures.material import Aims, Material
from monitor.series.model import RTT
from monitor.series.reading import buckets
from monitor.settings.settings import Settings

HOUR_S: Final = 3_600.0
MOST_PERIODS: Final = 12
"""How many periods the course over time shows, this one among them."""


def read_material(
    state: sqlite3.Connection,
    results: sqlite3.Connection | None,
    inventory: Inventory,
    settings: Settings,
    period: Period,
    before: Period,
    *,
    now: float,
) -> Material:
    """Return everything that the figures of `period` are made from.

    Call it within one transaction of each database. `results` None: there are no series, and no packet loss is told.
    """
    line_ids = lines(inventory)
    earlier = tuple(reversed(list(_earlier(state, settings, period))))
    whole = Period("", earlier[0].from_at, period.until_at)
    return Material(
        period=period,
        before=before,
        aims=aims_of(settings),
        books=read_books(state, inventory, period, now=now),
        books_before=read_books(state, inventory, before, now=now),
        earlier=earlier,
        line_books=read_books(state, inventory, whole, now=now, targets=line_ids, with_incidents=False),
        meetings=tuple(select_within(state, period.from_at, period.until_at)),
        loss_ratios={} if results is None else dict(_losses(results, inventory, period, settings, now=now)),
    )


def aims_of(settings: Settings) -> Aims:
    """Return what the settings say that figures depend on."""
    return Aims(
        zone=settings.timezone,
        province=settings.province,
        least_coverage_ratio=settings.accounting.least_coverage_ratio,
        target_ratios=dict(settings.report.target_ratios),
        slow_least_s=settings.alerting.degraded_wait_s,
        ports=settings.report.mcu_ports,
    )


def _earlier(state: sqlite3.Connection, settings: Settings, period: Period) -> Iterator[Period]:
    """Yield this period and those before it, the latest first, as far back as anything was recorded."""
    (begun_at,) = state.execute("select min(at) from transition").fetchone()
    yield period
    for _ in range(MOST_PERIODS - 1):
        try:
            period = previous(
                period, zone=settings.timezone, month_begins_on=settings.accounting.month_begins_on
            )
        except PeriodError:
            return
        if begun_at is None or period.until_at <= begun_at:
            return
        yield period


def _losses(
    results: sqlite3.Connection, inventory: Inventory, period: Period, settings: Settings, *, now: float
) -> Iterator[tuple[str, float]]:
    """Yield each line that answered pings in the period, with the share that was lost in hours with any answer.

    An hour without one says that the line was down, which availability says already.
    """
    hours = math.ceil(period.length_s / HOUR_S) + 1
    primaries: dict[str, Check] = {}
    for check in inventory.checks.values():
        primaries.setdefault(check.target_id, check)
    for target_id in lines(inventory):
        check = primaries[target_id]
        found = buckets(
            results,
            check.id,
            RTT,
            from_at=period.from_at,
            until_at=min(period.until_at, now),
            points=hours,
            interval_s=check.interval_s,
            zone=ZoneInfo(settings.timezone),
        )
        answered = [bucket for bucket in found.buckets if bucket is not None and bucket.lost < bucket.sent]
        if answered:
            lost, sent = sum(bucket.lost for bucket in answered), sum(bucket.sent for bucket in answered)
            yield target_id, lost / sent
