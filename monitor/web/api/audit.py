"""The audit log: who did what, when, from where."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from alerts.messages.vocabulary import Language
from monitor.people.rights import Right
from monitor.storage.audit import AuditEntry, AuditQuestion
from monitor.web.api.lists import PagedQuery, read_cursor, write_cursor
from monitor.web.api.shapes import iso
from monitor.web.audit_words import action_words
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json

TEXT_LIMIT: Final = 80
Part = Annotated[str, Field(max_length=TEXT_LIMIT)]


class AuditQuery(PagedQuery):
    """What is wanted of the log. `since` and `until`: a day (2026-11-22) or a moment with its offset."""

    who: Part = ""
    action: Part = ""
    text: Part = ""
    since: Part = ""
    until: Part = ""


class AuditAnswer(Answer):
    """Entries, the latest first."""

    asOf: str
    items: list[dict[str, Any]]
    next: str | None


async def read_audit(daemon: DaemonPort, call: Call) -> Json:
    """List entries."""
    asked = call.asked(AuditQuery)
    found, following = await asked_of_log(daemon, asked, call.zone)
    return {
        "schema": "audit/1",
        "asOf": iso(call.now, call.zone),
        "items": [entry_json(number, entry, call.zone) for number, entry in found],
        "next": following,
    }


async def asked_of_log(
    daemon: DaemonPort, asked: AuditQuery, zone: ZoneInfo
) -> tuple[list[tuple[int, AuditEntry]], str | None]:
    """Return one page of the log, and the cursor of the next. Raises RefusedError and StorageError."""
    after = read_cursor(asked.cursor)
    if after and not (after.isascii() and after.isdigit() and len(after) <= 18):  # noqa: PLR2004 (64 bits)
        raise RefusedError(
            400, "cursor: không phải chỗ nối tiếp của danh sách", "gửi lại đúng giá trị next", field="cursor"
        )
    question = AuditQuestion(
        who=asked.who,
        action=asked.action,
        text=asked.text,
        from_at=moment(asked.since, zone, field="since"),
        until_at=moment(asked.until, zone, field="until", is_end=True),
        before_id=int(after) if after else None,
        limit=asked.limit + 1,
    )
    found = await daemon.state.audit_asked(question)
    page = found[: asked.limit]
    return page, write_cursor(str(page[-1][0])) if len(found) > len(page) else None


def moment(text: str, zone: ZoneInfo, *, field: str, is_end: bool = False) -> float | None:
    """Return when a day begins (`is_end`: ends) or a moment is, None for "". Raises RefusedError."""
    if not text:
        return None
    try:
        if len(text) == len("2026-11-22"):
            day = date.fromisoformat(text) + timedelta(days=is_end)
            return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        raise RefusedError(
            400, f"{field}: không hiểu thời điểm này", "ghi ngày như 2026-11-22", field=field
        ) from None


def entry_json(number: int, entry: AuditEntry, zone: ZoneInfo) -> Json:
    """Return one entry."""
    return {
        "id": number,
        "at": iso(entry.at, zone),
        "who": entry.who,
        "source": entry.source or None,
        "action": entry.action,
        "actionText": action_words(Language.VI).get(entry.action, entry.action),
        "digest": entry.digest,
        "detail": entry.detail,
    }


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/audit",
        needs=Right.PEOPLE,
        summary="The audit log: who did what, when, from where; the latest first",
        handler=read_audit,
        query=AuditQuery,
        answer=AuditAnswer,
    ),
)
