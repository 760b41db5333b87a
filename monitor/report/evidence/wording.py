"""Words of an evidence pack. Pure."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from alerts.model.checks import Status
from alerts.model.hold import SuppressionReason
from alerts.model.incident import CauseKind, CloseReason, Incident, IncidentEvent, LogKind, Side
from monitor import official
from monitor.incidents.wording import CLOSED
from monitor.report.evidence.masking import masked_text
from monitor.storage.outbox_view import OutboxEntry

NOT_KNOWN: Final = "–"
_WORDS: Final = words.VOCABULARIES[words.VI]


def event_text(event: IncidentEvent) -> str:
    """Say what an event says; what people wrote without numbers that are theirs."""
    text = event.text
    match event.kind:
        case LogKind.OPENED | LogKind.REOPENED | LogKind.WORSENED:
            return words.cause_phrase(text)
        case LogKind.STEP | LogKind.CLOSED | LogKind.HELD | LogKind.TICKET:
            return _own_words(event.kind, text)
        case LogKind.FLAPPING | LogKind.CALMED:
            return f"{text} lần" if text.isdigit() else text
        case LogKind.PATH | LogKind.COMMON:
            return text
        case LogKind.CAUSE | LogKind.GUESSED:
            return _cause_text(text)
        case _:
            return masked_text(text)


def _own_words(kind: LogKind, text: str) -> str:
    """Say what the monitor wrote, or the number of a ticket."""
    if kind is LogKind.STEP and text.isdigit():
        return str(int(text) + 1)
    reason = text.partition(" ")[0]
    if kind is LogKind.HELD and reason in set(SuppressionReason):
        return words.held_word(SuppressionReason(reason))
    return CLOSED.get(text, text) if kind is LogKind.CLOSED else text


def ended(incident: Incident) -> str:
    """Say what the moment is at which it ended."""
    match incident.close_reason:
        case None | CloseReason.RECOVERED:
            return "Kết thúc (lần đo thành công đầu tiên)"
        case reason:
            return f"Kết thúc ({CLOSED[reason]}; không phải do đo được)"


def cause(kind: CauseKind, side: Side | None) -> str:
    """Say a cause and whose side it lies on."""
    return _WORDS.cause_kinds[kind] + ("" if side is None else f" (phía {_WORDS.sides[side]})")


def status(of: Status | None) -> str:
    """Say a status, or that nobody watched it."""
    return "chưa giám sát" if of is None else words.status_word(of)


def length(incident: Incident, now: float) -> str:
    """Say how long it lasted, or has lasted."""
    over_at = now if incident.resolved_at is None else incident.resolved_at
    said = official.span(over_at - incident.opened_at)
    return said if incident.resolved_at is not None else f"{said}, chưa kết thúc"


def moment(at: float | None, zone: ZoneInfo) -> str:
    """Write a moment to the second: "02:47:05 ngày 21/11/2026"."""
    return NOT_KNOWN if at is None else f"{datetime.fromtimestamp(at, zone):%H:%M:%S ngày %d/%m/%Y}"


def delivery(entry: OutboxEntry) -> str:
    """Name what became of a message: one of the keys of `DELIVERIES`."""
    if entry.sent_at is not None:
        return "sent"
    if entry.dead_at is not None:
        return "dead"
    return "waiting" if entry.cancel_reason is None else "cancelled"


def _cause_text(text: str) -> str:
    kind, _, rest = text.partition(" ")
    side, _, comment = rest.partition(" ")
    if kind not in set(CauseKind):
        return masked_text(text)
    if side in set(Side):
        said = cause(CauseKind(kind), Side(side))
        return f"{said}: {masked_text(comment)}" if comment else said
    return (
        f"{_WORDS.cause_kinds[CauseKind(kind)]}: {masked_text(rest)}"
        if rest
        else _WORDS.cause_kinds[CauseKind(kind)]
    )
