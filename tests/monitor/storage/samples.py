"""Small values to store, and asking a file about itself."""

import sqlite3
from pathlib import Path

from alerts.model.checks import CheckResult, Status, Transition
from alerts.model.decision import Decision
from alerts.model.incident import Incident, IncidentEvent, LogKind
from alerts.model.notification import Notification, NotificationKind
from probes.reading import FailureReason, Reading, failed

T0 = 1_770_000_000.0
CHECK = "21484.cpe/icmp"


def incident(number: int, *, root: str = CHECK, affected: frozenset[str] = frozenset()) -> Incident:
    return Incident(
        id=f"SC-2026-{number:04}",
        root_check_id=root,
        opened_at=T0,
        declared_at=T0 + 90,
        cause="timeout",
        affected=affected,
    )


def notification(
    number: int,
    kind: NotificationKind = NotificationKind.OPENED,
    *,
    to: str = "truc@example.vn",
    channel: str = "email",
    due_at: float = T0,
    step: int = 0,
) -> Notification:
    return Notification(
        about_id=f"SC-2026-{number:04}", kind=kind, channel=channel, recipient=to, due_at=due_at, step=step
    )


def opening(number: int, *, due_at: float = T0, to: str = "truc@example.vn") -> Decision:
    """What one outage saves."""
    return Decision(
        transitions=(Transition(CHECK, T0 + number, T0 + number + 60, Status.UP, Status.DOWN, "timeout"),),
        incidents=(incident(number),),
        log=(IncidentEvent(f"SC-2026-{number:04}", T0 + number, LogKind.OPENED, text="timeout"),),
        notifications=(notification(number, due_at=due_at, to=to),),
    )


def result(number: int = 0, *, check_id: str = CHECK, ok: bool = True) -> CheckResult:
    reading = (
        Reading(ok=True, metrics={"rtt_p50_s": 0.012 + number / 1e6, "loss_ratio": 0.0}, detail="5/5")
        if ok
        else failed(FailureReason.TIMEOUT, "0/5", loss_ratio=1.0)
    )
    return CheckResult(check_id=check_id, started_at=T0 + number, duration_s=1.25, reading=reading)


def integrity(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        (answer,) = connection.execute("pragma integrity_check").fetchone()
        return str(answer)
    finally:
        connection.close()
