"""Accounts as JSON, in full precision."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from monitor.accounting.model import Account, Parts, Period, Row
from monitor.web.api.entered_shapes import correction_items
from monitor.web.api.shapes import iso


def as_json(
    account: Account, rows: Sequence[Row], zone: ZoneInfo, *, before: Account | None = None
) -> dict[str, object]:
    """Return the account in full precision; `before`: the account of another period that it is compared with."""
    earlier = {} if before is None else {row.key: row.availability_ratio for row in before.rows}
    return {
        "schema": "uptime/1",
        "period": _period_json(account.period, zone),
        "previous": None if before is None else _period_json(before.period, zone),
        "knownUntil": iso(account.until_at, zone),
        "groupBy": account.group_by.value,
        "leastCoverageRatio": account.least_coverage_ratio,
        "items": [_row_json(row) | {"previousAvailabilityRatio": earlier.get(row.key)} for row in rows],
        "leftInventory": list(account.left),
        "corrections": correction_items(account.corrections, zone),
    }


def days_json(
    check_id: str,
    of: Period,
    days: Sequence[tuple[date, Parts]],
    least_coverage_ratio: float,
    zone: ZoneInfo,
) -> dict[str, object]:
    """Return the days in full precision."""
    return {
        "schema": "uptime-days/1",
        "check": check_id,
        "period": _period_json(of, zone),
        "leastCoverageRatio": least_coverage_ratio,
        "items": [
            {
                "day": day.isoformat(),
                "availabilityRatio": parts.availability_ratio(least_coverage_ratio),
                "coverageRatio": parts.coverage_ratio,
                "seconds": _seconds_json(parts),
            }
            for day, parts in days
        ],
    }


def _row_json(row: Row) -> dict[str, object]:
    outages = row.outages
    return {
        "key": row.key,
        "name": row.name,
        "members": row.members,
        "lowest": row.lowest or None,
        "availabilityRatio": row.availability_ratio,
        "coverageRatio": row.coverage_ratio,
        "seconds": _seconds_json(row.parts),
        "outages": {
            "count": outages.count,
            "carried": outages.carried,
            "longestS": outages.longest_s,
            "over1h": outages.over_1h,
            "over4h": outages.over_4h,
            "over24h": outages.over_24h,
            "mttrS": outages.mttr_s,
            "restored": outages.restored,
            "mtbfS": outages.mtbf_s,
            "mttaS": outages.mtta_s,
            "acknowledged": outages.acknowledged,
            "incidents": outages.incidents,
        },
    }


def _period_json(of: Period, zone: ZoneInfo) -> dict[str, object]:
    return {"id": of.id, "from": iso(of.from_at, zone), "until": iso(of.until_at, zone)}


def _seconds_json(parts: Parts) -> dict[str, float]:
    return {
        "up": parts.up_s,
        "degraded": parts.degraded_s,
        "down": parts.down_s,
        "unknown": parts.unknown_s,
        "maintenance": parts.maintenance_s,
        "offHours": parts.off_hours_s,
        "unwatched": parts.unwatched_s,
    }
