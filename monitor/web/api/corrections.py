"""The API of corrections of accounts: preview, make, withdraw, list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from alerts.messages.plain import clean
from inventory.times.texts import FIRST_YEAR, LAST_YEAR
from monitor.accounting.correcting import CorrectionRefusal, CorrectionWish
from monitor.accounting.model import Correction, Part
from monitor.accounting.texts import REFUSALS
from monitor.people.rights import Right
from monitor.web.api.entered_shapes import correction_items
from monitor.web.api.lists import ListAnswer, PagedQuery, page_of
from monitor.web.api.shapes import iso
from monitor.web.api.signing import WHO_LIMIT, Signed, signature
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Answer, Call, Endpoint, Json

TEXT_LIMIT: Final = 500
MOST_CHECKS: Final = 1_000
LARGEST_ID: Final = 10**18
_STATUSES: Final[Mapping[CorrectionRefusal, int]] = {
    CorrectionRefusal.UNKNOWN_ID: 404,
    CorrectionRefusal.WITHDRAWN_ALREADY: 409,
    CorrectionRefusal.IS_WITHDRAWAL: 409,
}
Instant = Annotated[str, Field(max_length=40)]


class CorrectionsQuery(PagedQuery):
    """What is about a part of [from, until): ISO 8601 with an offset."""

    from_: Annotated[Instant, Field(alias="from")]
    until: Instant


class Withdrawing(Signed):
    """Why, and who approved it."""

    reason: str = ""
    approver: str = ""


class Correcting(Withdrawing):
    """Which checks count as what from when to when; `was`: only where they counted as that."""

    checks: Annotated[tuple[str, ...], Field(max_length=MOST_CHECKS)]
    from_: Annotated[Instant, Field(alias="from")]
    until: Instant
    countsAs: Part
    was: Part | None = None
    document: str = ""


class CorrectionShape(Answer):
    """One entry; `id` is null of what is only looked at. Of a withdrawal `countsAs` is null and `withdraws` is there."""

    id: int | None
    checks: list[str]
    from_: Annotated[str, Field(alias="from")]
    until: str
    countsAs: Part | None
    was: Part | None
    reason: str
    who: str
    approver: str
    at: str
    document: str
    withdraws: int | None
    withdrawnBy: int | None


class CorrectionsAnswer(ListAnswer):
    """A page of entries, in the order they were made."""

    items: list[CorrectionShape]


class CorrectionAnswer(Answer):
    """One entry."""

    schema_: Annotated[str, Field(alias="schema")]
    asOf: str
    item: CorrectionShape


def instant(text: str, field: str) -> float:
    """Return Unix seconds of ISO 8601 with an offset. Raises RefusedError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    # Beyond lies what cannot be said in every zone.
    if at is not None and at.tzinfo is not None and FIRST_YEAR <= at.year <= LAST_YEAR:
        return at.timestamp()
    raise RefusedError(
        400,
        f"{field}: không phải thời điểm có múi giờ",
        f"viết theo ISO 8601 với múi giờ, năm từ {FIRST_YEAR} đến {LAST_YEAR}, như 2026-11-22T08:00:00+07:00",
        field=field,
    )


async def list_corrections(daemon: DaemonPort, call: Call) -> Json:
    """List entries, those that withdraw others too."""
    asked = call.asked(CorrectionsQuery)
    from_at, until_at = instant(asked.from_, "from"), instant(asked.until, "until")
    entries = await daemon.corrections.list(from_at, until_at)
    items, following = page_of(correction_items(entries, call.zone), lambda item: f"{item['id']:019d}", asked)
    return _answer(daemon, call, {"items": items, "next": following})


async def preview_correction(daemon: DaemonPort, call: Call) -> Json:
    """Return the entry as it would be kept; nothing is changed."""
    return _outcome(daemon, call, await daemon.corrections.try_out(_wish(call)))


async def correct(daemon: DaemonPort, call: Call) -> Json:
    """Count a stretch of time as something else from now on."""
    return _outcome(daemon, call, await daemon.corrections.correct(_wish(call)))


async def withdraw_correction(daemon: DaemonPort, call: Call) -> Json:
    """Take an entry back by another."""
    asked, number = call.sent(Withdrawing), call.params["id"]
    if not (number.isascii() and number.isdigit() and int(number[:20]) < LARGEST_ID):
        return _outcome(daemon, call, CorrectionRefusal.UNKNOWN_ID)
    outcome = await daemon.corrections.withdraw(
        int(number),
        reason=clean(asked.reason, TEXT_LIMIT),
        who=signature(call, asked),
        approver=clean(asked.approver, WHO_LIMIT),
    )
    return _outcome(daemon, call, outcome)


def _wish(call: Call) -> CorrectionWish:
    asked = call.sent(Correcting)
    return CorrectionWish(
        check_ids=asked.checks,
        from_at=instant(asked.from_, "from"),
        until_at=instant(asked.until, "until"),
        counts_as=asked.countsAs,
        was=asked.was,
        reason=clean(asked.reason, TEXT_LIMIT),
        who=signature(call, asked),
        approver=clean(asked.approver, WHO_LIMIT),
        document=clean(asked.document, TEXT_LIMIT),
    )


def _outcome(daemon: DaemonPort, call: Call, outcome: Correction | CorrectionRefusal) -> Json:
    if isinstance(outcome, CorrectionRefusal):
        what, remedy = REFUSALS[outcome]
        raise RefusedError(_STATUSES.get(outcome, 422), what, remedy)
    (item,) = correction_items([outcome], call.zone)
    return _answer(daemon, call, {"item": item})


def _answer(daemon: DaemonPort, call: Call, content: Json) -> Json:
    return {"schema": "corrections/1", "asOf": iso(daemon.corrections.now, call.zone), **content}


_WRONG: Final = {422: "không tính lại được như vậy: thời gian, mã phép đo, lý do hoặc người duyệt"}

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/corrections",
        needs=Right.SEE,
        summary="Corrections of the accounts of a time",
        handler=list_corrections,
        query=CorrectionsQuery,
        answer=CorrectionsAnswer,
    ),
    Endpoint(
        method="POST",
        path="/corrections/preview",
        needs=Right.CAUSE,
        summary="A correction as it would be kept",
        handler=preview_correction,
        body=Correcting,
        answer=CorrectionAnswer,
        refuses=_WRONG,
    ),
    Endpoint(
        method="POST",
        path="/corrections",
        needs=Right.CAUSE,
        summary="Count a stretch of time as something else",
        handler=correct,
        body=Correcting,
        answer=CorrectionAnswer,
        refuses=_WRONG,
    ),
    Endpoint(
        method="POST",
        path="/corrections/{id}/withdraw",
        needs=Right.CAUSE,
        summary="Take a correction back",
        handler=withdraw_correction,
        body=Withdrawing,
        answer=CorrectionAnswer,
        refuses={**_WRONG, 404: "không có mã này", 409: "đã hủy, hoặc chính là một lần hủy"},
    ),
)
"""What can be asked and done."""
