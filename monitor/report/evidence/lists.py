"""The lists of an evidence pack as CSV files: log, transitions, neighbours, messages, maintenance, contract. Pure."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from inventory.sheet.cells import csv_field
from monitor.incidents.wording import DELIVERIES, KINDS, MESSAGES
from monitor.report.evidence import wording
from monitor.report.evidence.masking import masked_recipient, masked_text
from monitor.report.evidence.model import Evidence
from monitor.report.evidence.samples import csv_bytes, iso


def list_files(evidence: Evidence) -> Mapping[str, bytes]:
    """Return file name -> content of every list, also of those that are empty: that is evidence too."""
    zone = ZoneInfo(evidence.zone)
    return {
        "doi-tuong.csv": _places(evidence),
        "dien-bien.csv": _log(evidence, zone),
        "chuyen-trang-thai.csv": _transitions(evidence, zone),
        "lan-can.csv": _neighbours(evidence),
        "tin-da-gui.csv": _messages(evidence, zone),
        "bao-tri.csv": _maintenance(evidence, zone),
        "tinh-lai.csv": _corrections(evidence, zone),
        "may-giam-sat-mat-ket-qua.csv": _gaps(evidence, zone),
    }


def _moment(at: float | None, zone: ZoneInfo) -> str:
    return "" if at is None else iso(at, zone)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _places(evidence: Evidence) -> bytes:
    header = (
        *("incident_id", "target_id", "check_id", "name", "unit", "address", "circuit_id", "provider"),
        *("contract_code", "availability_ratio", "restore_time_s", "bandwidth_bps"),
    )
    rows = []
    for place in evidence.places:
        circuit = place.circuit
        texts = (place.incident_id, place.target_id, place.check_id, place.name, place.unit, place.address)
        contract = (
            ("",) * 6
            if circuit is None
            else (
                *map(csv_field, (circuit.id, circuit.provider, circuit.contract_code)),
                *map(_number, (circuit.availability_ratio, circuit.restore_time_s, circuit.bandwidth_bps)),
            )
        )
        rows.append((*map(csv_field, texts), *contract))
    return csv_bytes(header, rows)


def _log(evidence: Evidence, zone: ZoneInfo) -> bytes:
    header = ("at", "at_unix_s", "incident_id", "kind", "kind_vi", "who", "text")
    return csv_bytes(
        header,
        (
            (
                iso(event.at, zone),
                repr(event.at),
                event.incident_id,
                event.kind.value,
                KINDS.get(event.kind, event.kind),
                csv_field(masked_text(event.who)),
                csv_field(wording.event_text(event)),
            )
            for event in evidence.log
        ),
    )


def _transitions(evidence: Evidence, zone: ZoneInfo) -> bytes:
    header = ("check_id", "at", "at_unix_s", "declared_at", "declared_unix_s", "old", "new", "cause")
    return csv_bytes(
        header,
        (
            (
                csv_field(each.check_id),
                *(iso(each.at, zone), repr(each.at), iso(each.declared_at, zone), repr(each.declared_at)),
                *(each.old.value, each.new.value, csv_field(each.cause)),
            )
            for each in evidence.transitions
        ),
    )


def _neighbours(evidence: Evidence) -> bytes:
    header = (
        *("check_id", "name", "unit", "is_anchor", "in_common", "status_at_begin", "status_at_end"),
        *("down_s", "unknown_s", "results", "good_results"),
    )
    return csv_bytes(
        header,
        (
            (
                *map(csv_field, (each.check_id, each.name, each.unit)),
                str(int(each.is_anchor)),
                csv_field(each.why),
                "" if each.at_begin is None else each.at_begin.value,
                "" if each.at_end is None else each.at_end.value,
                *map(_number, (each.down_s, each.unknown_s, each.results, each.good)),
            )
            for each in evidence.neighbours
        ),
    )


def _messages(evidence: Evidence, zone: ZoneInfo) -> bytes:
    header = ("incident_id", "kind", "channel", "recipient", "due_at", "sent_at", "status", "status_vi")
    rows = []
    for entry in evidence.messages:
        told = entry.row.notification
        became = wording.delivery(entry)
        rows.append(
            (
                told.about_id,
                MESSAGES.get(told.kind, told.kind),
                csv_field(told.channel),
                csv_field(masked_recipient(told.recipient)),
                iso(told.due_at, zone),
                _moment(entry.sent_at, zone),
                became,
                DELIVERIES[became],
            )
        )
    return csv_bytes(header, rows)


def _maintenance(evidence: Evidence, zone: ZoneInfo) -> bytes:
    return csv_bytes(
        ("id", "from_at", "until_at"),
        (
            (csv_field(each.id), iso(each.from_at, zone), _moment(each.until_at, zone))
            for each in evidence.maintenance
        ),
    )


def _corrections(evidence: Evidence, zone: ZoneInfo) -> bytes:
    header = (
        *("id", "check_ids", "from_at", "until_at", "counts_as", "was", "reason", "document", "who"),
        *("approver", "at", "withdraws"),
    )
    return csv_bytes(
        header,
        (
            (
                str(each.id),
                csv_field(" ".join(each.check_ids)),
                *(iso(each.from_at, zone), iso(each.until_at, zone)),
                "" if each.counts_as is None else each.counts_as.value,
                "" if each.was is None else each.was.value,
                *map(csv_field, map(masked_text, (each.reason, each.document, each.who, each.approver))),
                iso(each.at, zone),
                "" if each.withdraws is None else str(each.withdraws),
            )
            for each in evidence.corrections
        ),
    )


def _gaps(evidence: Evidence, zone: ZoneInfo) -> bytes:
    return csv_bytes(
        ("from_at", "until_at", "results", "why"),
        (
            (iso(each.from_at, zone), iso(each.until_at, zone), str(each.results), csv_field(each.why))
            for each in evidence.gaps
        ),
    )
