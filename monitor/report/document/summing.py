"""Rows added up as the accounting adds them: time by time, never a mean of percentages. Pure."""

from collections.abc import Sequence

from monitor.accounting.aggregation import added_parts
from monitor.accounting.model import Outages, Row
from monitor.report.figures.model import Compared


def added(rows: Sequence[Compared], least_coverage_ratio: float) -> Compared | None:
    """Return one row for several targets, beside the same of the period before; None for no row."""
    if not rows:
        return None
    before = [each.before for each in rows if each.before is not None]
    targets = {each.target_ratio for each in rows}
    return Compared(
        _row([each.row for each in rows], least_coverage_ratio),
        _row(before, least_coverage_ratio) if before else None,
        next(iter(targets)) if len(targets) == 1 else None,
    )


def _row(rows: Sequence[Row], least_coverage_ratio: float) -> Row:
    parts = added_parts(row.parts for row in rows)
    return Row(
        key="",
        name="",
        parts=parts,
        outages=Outages(
            count=sum(row.outages.count for row in rows),
            carried=sum(row.outages.carried for row in rows),
            longest_s=max(row.outages.longest_s for row in rows),
        ),
        members=sum(row.members for row in rows),
        availability_ratio=parts.availability_ratio(least_coverage_ratio),
        coverage_ratio=parts.coverage_ratio,
    )
