"""The carrier ledger as JSON. Pure."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.report.ledger.model import CircuitAccount, LedgerLine, ProviderAccount, Sums
from monitor.report.ledger.reading import ReadLedger


def as_json(found: ReadLedger, zone: ZoneInfo) -> Mapping[str, object]:
    """Write the ledger with every outage; lengths are seconds."""
    figures = found.figures
    return {
        "schema": "ledger/1",
        "period": figures.period.id,
        "from": _iso(figures.period.from_at, zone),
        "until": _iso(figures.period.until_at, zone),
        "knownUntil": _iso(figures.known_until_at, zone),
        "digest": found.document.digest,
        "inventory": figures.inventory_digest,
        "providers": [_provider(each, zone) for each in found.ledger.providers],
    }


def _provider(account: ProviderAccount, zone: ZoneInfo) -> Mapping[str, object]:
    return {
        "provider": account.provider,
        **_sums(account.sums),
        "circuitsOver": len(account.over),
        "overS": account.over_s,
        "circuitsWithoutContract": account.uncontracted,
        "circuits": [_circuit(each, zone) for each in account.circuits],
    }


def _circuit(account: CircuitAccount, zone: ZoneInfo) -> Mapping[str, object]:
    circuit, row = account.circuit, account.row
    return {
        "circuit": circuit.id,
        "contractCode": circuit.contract_code,
        "places": list(account.places),
        "contractedRatio": circuit.availability_ratio,
        "restoreTimeS": circuit.restore_time_s,
        "coverageRatio": None if row is None else row.coverage_ratio,
        **_sums(account.sums),
        "allowedS": account.allowed_s,
        "overS": account.over_s,
        "contractRatio": account.contract_ratio,
        "outages": [_line(each, zone) for each in account.lines],
    }


def _sums(sums: Sums) -> Mapping[str, object]:
    return {
        "outageCount": sums.outages,
        "countedCount": sums.counted,
        "countedS": sums.counted_s,
        "exceptedS": sums.excepted_s,
        "unconfirmedS": sums.unconfirmed_s,
        "overRestoreCount": sums.over_restore,
        "overSinceReportCount": sums.over_since_report,
    }


def _line(line: LedgerLine, zone: ZoneInfo) -> Mapping[str, object]:
    outage = line.outage
    return {
        "id": outage.id,
        "target": outage.target_id,
        "unit": outage.unit_code,
        "from": _iso(outage.from_at, zone),
        "until": _iso(outage.until_at, zone),
        "measuredS": line.measured_s,
        "lengthS": outage.length_s,
        "countedS": line.counted_s,
        "verdict": line.verdict.value,
        "cause": outage.cause,
        "side": outage.side,
        "confirmedBy": line.confirmed_by,
        "incident": line.incident_id or None,
        "toldAs": line.told_id or None,
        "ticket": line.ticket_number or None,
        "reportedAt": _iso(line.reported_at, zone),
        "closedAt": _iso(line.closed_at, zone),
        "reportWaitS": line.report_wait_s,
        "sinceReportS": line.since_report_s,
        "exceedsRestoreTime": line.exceeds_restore_time,
        "exceedsSinceReport": line.exceeds_since_report,
    }


def _iso(at: float | None, zone: ZoneInfo) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
