"""The series of a made-up stretch of time: packet loss of the lines, and single results around a few incidents."""

import datetime as dt
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult, Status
from inventory.model import Check, Inventory
from monitor.demo.year.course import spells
from monitor.demo.year.model import DAY_S, HOUR_S, MINUTE_S, ZONE, Fault, Script, Span
from monitor.series import result_rows, rollup_rows
from monitor.series.model import RTT, Bucket, Level, Spread, StoredResult
from monitor.storage.opening import Synchronous, open_writer
from probes.reading import FailureReason, Reading

HOURS_DAYS: Final = 31
"""So long hours are kept here, of the lines of which there are single results; days of all lines for the whole time."""
_PINGS: Final = 5
"""Round trips of one run."""
_BAD_LOSS: Final = 0.24
"""Loss of a line while it is poor."""
_SPREADS: Final = 24
_DETAILED: Final = (HOUR_S, 5 * HOUR_S)
"""Of incidents so long single results are kept,"""
_MOST_DETAILED: Final = 3
_MOST_LINES: Final = 6
"""of so many incidents, and of so many lines of each,"""
_AROUND_S: Final = 30 * MINUTE_S
"""from before their beginning to after their end."""

_Bad = Sequence[tuple[float, float, Status]]


def save_results(path: Path, script: Script, inventory: Inventory) -> None:
    """Write results.db. Raises StorageError."""
    bad = spells(script, inventory)
    zone = ZoneInfo(ZONE)
    lines = _lines(script, inventory)
    connection, _ = open_writer(path, schema="results", synchronous=Synchronous.NORMAL, now=script.end_at)
    with closing(connection):
        connection.execute("begin immediate")
        results = list(_results(script, lines))
        result_rows.append_rows(connection, results, {})
        shown = {stored.result.check_id for stored in results}
        named = [(check.id,) for check in lines.values()]
        connection.executemany("insert or ignore into name (text) values (?)", named)
        numbers = result_rows.select_names(connection)
        for check in lines.values():
            away = [(spell.from_at, spell.until_at, spell.status) for spell in bad.get(check.id, ())]
            hours_s = HOURS_DAYS * DAY_S if check.id in shown else 0.0
            hours, days = _Line(script, check, away).buckets(zone, hours_s=hours_s)
            for level, buckets in ((Level.HOUR, hours), (Level.DAY, days)):
                if not buckets:
                    continue
                pages = rollup_rows.merged_pages(
                    connection, level, numbers[check.id], {RTT: buckets}, zone=zone
                )
                rollup_rows.write_pages(connection, pages)
        connection.execute("commit")


def _lines(script: Script, inventory: Inventory) -> Mapping[str, Check]:
    found: dict[str, Check] = {}
    for check in inventory.checks.values():
        if check.target_id in script.loss_ratios:
            found.setdefault(check.target_id, check)
    return found


class _Line:
    """What one line is like, and what came of its pings."""

    def __init__(self, script: Script, check: Check, away: _Bad) -> None:
        self._script = script
        self._check = check
        self._away = away
        self._begins = [span[0] for span in away]
        self._loss_ratio = script.loss_ratios[check.target_id]
        self._chance = random.Random(f"{check.id}:{self._loss_ratio}")  # noqa: S311 (a script)
        usual_s = self._chance.uniform(0.006, 0.045)
        self._good = [_spread(usual_s * self._chance.uniform(0.95, 1.3)) for _ in range(_SPREADS)]
        self._poor = _spread(usual_s + 0.19)

    def buckets(self, zone: ZoneInfo, *, hours_s: float) -> tuple[tuple[Bucket, ...], tuple[Bucket, ...]]:
        """Return the hours of the last `hours_s`, and all days; a day is the sum of its hours."""
        end_at = self._script.end_at
        hours: list[Bucket] = []
        days: list[Bucket] = []
        for day in _days(self._script, zone):
            at = rollup_rows.midnight(day, zone)
            until_at = rollup_rows.midnight(day + dt.timedelta(days=1), zone)
            step_s = HOUR_S if until_at > end_at - hours_s else until_at - at
            steps = int((min(until_at, end_at) - at) // step_s) or 1
            found = [self._bucket(at + step * step_s, at + (step + 1) * step_s) for step in range(steps)]
            sent, lost = sum(each.sent for each in found), sum(each.lost for each in found)
            covered = sum(each.coverage_ratio for each in found) * step_s / (until_at - at)
            if sent:
                spread = self._chance.choice(self._good) if sent > lost else None
                days.append(Bucket(at, sent, lost, min(covered, 1.0), spread))
            if hours_s and step_s == HOUR_S:
                hours += [each for each in found if each.sent]
        return tuple(hours), tuple(days)

    def _bucket(self, start: float, end: float) -> Bucket:
        length_s = end - start
        off_s = _overlap_s(self._script.off, start, end)
        first, behind = max(bisect_right(self._begins, start) - 1, 0), bisect_right(self._begins, end)
        near = self._away[first:behind]
        down_s = _overlap_s([(a, b) for a, b, status in near if status is Status.DOWN], start, end)
        poor_s = _overlap_s([(a, b) for a, b, status in near if status is Status.DEGRADED], start, end)
        sent = int((length_s - off_s) / self._check.interval_s) * _PINGS
        share = (down_s + _BAD_LOSS * poor_s) / length_s
        usual = self._loss_ratio * self._chance.uniform(0.3, 1.7)
        lost = min(sent, int(sent * min(share + usual * (1 - share), 1.0) + self._chance.random()))
        spread = self._poor if poor_s > length_s / 4 else self._chance.choice(self._good)
        return Bucket(start, sent, lost, 1.0 - off_s / length_s, spread if sent > lost else None)


def _overlap_s(spans: Sequence[Span], from_at: float, until_at: float) -> float:
    return sum(max(0.0, min(end, until_at) - max(start, from_at)) for start, end in spans)


def _spread(middle_s: float) -> Spread:
    factors = (0.82, 1.04, 3.1, 0.9, 0.95, 1.0, 1.08, 1.3)
    return Spread(*(middle_s * factor for factor in factors))


def _days(script: Script, zone: ZoneInfo) -> Iterator[dt.date]:
    day = rollup_rows.local_day(script.begin_at, zone)
    while rollup_rows.midnight(day, zone) < script.end_at:
        yield day
        day += dt.timedelta(days=1)


def _results(script: Script, lines: Mapping[str, Check]) -> Iterator[StoredResult]:
    """Yield single results around the latest incidents that are neither short nor very long, in order of time."""
    results = [each for fault in _detailed(script, lines) for each in _of_fault(fault, lines)]
    for seq, result in enumerate(sorted(results, key=lambda each: (each.started_at, each.check_id)), start=1):
        yield StoredResult(seq, result)


def _detailed(script: Script, lines: Mapping[str, Check]) -> list[Fault]:
    last_hours_at = script.end_at - HOURS_DAYS * DAY_S
    found = [
        fault
        for fault in script.faults
        if fault.level is Status.DOWN
        and fault.strikes[0].target_id in lines
        and fault.from_at > last_hours_at
        and _DETAILED[0] <= fault.until_at - fault.from_at <= _DETAILED[1]
    ]
    # Those of many lines first: they say most.
    return sorted(found, key=lambda fault: (-len(fault.strikes), fault.from_at))[:_MOST_DETAILED]


def _of_fault(fault: Fault, lines: Mapping[str, Check]) -> Iterator[CheckResult]:
    for strike in fault.strikes[:_MOST_LINES]:
        check = lines[strike.target_id]
        chance = random.Random(f"{check.id}:{fault.from_at}")  # noqa: S311 (a script)
        at = fault.from_at - _AROUND_S + chance.uniform(0, check.interval_s)
        while at < fault.until_at + _AROUND_S:
            is_down = any(start <= at < end for start, end in strike.spans)
            yield CheckResult(
                check.id, at, 2.0 if is_down else 0.9, _reading(chance, is_answered=not is_down)
            )
            at += check.interval_s


def _reading(chance: random.Random, *, is_answered: bool) -> Reading:
    if not is_answered:
        metrics = {"sent": float(_PINGS), "received": 0.0, "loss_ratio": 1.0}
        detail = f"{_PINGS} gói không có trả lời trong 2 giây"
        return Reading(False, metrics, FailureReason.TIMEOUT, detail, (None,) * _PINGS)
    rtts = tuple(0.018 * chance.uniform(0.9, 1.4) for _ in range(_PINGS))
    ranked = sorted(rtts)
    metrics = {
        "sent": float(_PINGS),
        "received": float(_PINGS),
        "loss_ratio": 0.0,
        "rtt_min_s": ranked[0],
        "rtt_p50_s": ranked[_PINGS // 2],
        "rtt_max_s": ranked[-1],
    }
    return Reading(True, metrics, rtts_s=rtts)
