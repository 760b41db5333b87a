"""Single results as CSV: everything that was stored of each, every round trip of it. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult
from inventory.sheet.cells import csv_field
from monitor.report.evidence.model import Dot, Samples

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FIXED: Final = ("started_at", "started_unix_s", "duration_s", "ok", "reason", "detail", "vantage")


def samples_of(
    check_id: str, results: Sequence[CheckResult], zone: ZoneInfo, *, with_dots: bool = False
) -> Samples:
    """Write down the results of one check. Figures have all their digits, what was not measured is an empty field."""
    names = sorted({name for result in results for name in result.reading.metrics})
    trips = max((len(result.reading.rtts_s) for result in results), default=0)
    header = (*_FIXED, *(f"rtt_{number}_s" for number in range(1, trips + 1)), "rtts", *names)
    rows = (_row(result, zone, trips, names) for result in results)
    return Samples(
        check_id=check_id,
        results=len(results),
        failed=sum(not result.reading.ok for result in results),
        content=csv_bytes(header, rows),
        dots=tuple(_dot(result) for result in results) if with_dots else (),
    )


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a CSV file as RFC 4180 says, in UTF-8 with its mark; a text is never a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(csv_field, header))
    writer.writerows(rows)
    return _BYTE_ORDER_MARK + text.getvalue().encode()


def iso(at: float, zone: ZoneInfo) -> str:
    """Write a moment of the province in ISO 8601, to the millisecond."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="milliseconds")


def _row(result: CheckResult, zone: ZoneInfo, trips: int, names: Sequence[str]) -> list[str]:
    reading = result.reading
    rtts = ["" if rtt is None else repr(rtt) for rtt in reading.rtts_s]
    return [
        iso(result.started_at, zone),
        repr(result.started_at),
        repr(result.duration_s),
        str(int(reading.ok)),
        reading.reason or "",
        csv_field(reading.detail),
        csv_field(result.vantage),
        *rtts,
        *[""] * (trips - len(rtts)),
        str(len(rtts)),
        *(repr(reading.metrics[name]) if name in reading.metrics else "" for name in names),
    ]


def _dot(result: CheckResult) -> Dot:
    back = [rtt for rtt in result.reading.rtts_s if rtt is not None]
    return Dot(result.started_at, result.reading.ok, median(back) if back else None)
