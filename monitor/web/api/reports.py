"""The API of reports: frozen editions, the draft, what writers change, freezing, building files."""

import sqlite3
from typing import Final

from alerts.messages.plain import clean
from inventory.problem import ProblemsError
from monitor.accounting.model import Period
from monitor.accounting.periods import PeriodError
from monitor.people.rights import Right
from monitor.report.editions.codec import CodecError
from monitor.report.editions.desk import ChangeRefusal, OvertakenRefusal, SentenceWish
from monitor.report.editions.edition_rows import DamagedEditionError
from monitor.report.editions.freezing import REFUSALS, FreezeRefusal, FreezeWish
from monitor.report.editions.model import ReportKind
from monitor.report.editions.workshop import Work
from monitor.report.process import ReportBuildError
from monitor.storage.errors import DamagedError
from monitor.web.api.report_answers import (
    TEXT_LIMIT,
    WHO_LIMIT,
    AddedAnswer,
    AdditionBody,
    ChangesAnswer,
    DraftAnswer,
    EditionAnswer,
    EditionsAnswer,
    FieldBody,
    FilesAnswer,
    FilesBody,
    FreezeBody,
    KindQuery,
    SentenceBody,
)
from monitor.web.api.report_files import period_of
from monitor.web.api.report_shapes import addition_item, changes_item, draft_item, edition_item
from monitor.web.api.shapes import iso
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.routing import Call, Endpoint, Json
from monitor.wording import os_words

_BUILD_HINT: Final = "xem nhật ký của dịch vụ, hoặc thử: tslcd-monitor report build --period KỲ --to THƯ_MỤC"
_UNREADABLE: Final = (
    sqlite3.Error,
    DamagedError,
    DamagedEditionError,
    CodecError,
    ProblemsError,
    PeriodError,
)
_NO_PERIOD: Final = {404: "không có kỳ này"}
_REFUSES: Final = {**_NO_PERIOD, 409: "người khác vừa sửa", 422: "chưa làm được"}


async def list_editions(daemon: DaemonPort, call: Call) -> Json:
    """Return all frozen editions."""
    found = await daemon.reports.editions()
    return _answer(daemon, call, {"items": [edition_item(each, call.zone) for each in found]})


async def read_changes(daemon: DaemonPort, call: Call) -> Json:
    """Return what writers changed for a period."""
    return await _changed(daemon, call, period_of(daemon, call.params["period"]))


async def read_draft(daemon: DaemonPort, call: Call) -> Json:
    """Return the draft as it is now: worked out beside the event loop."""
    of, kind = period_of(daemon, call.params["period"]), call.asked(KindQuery).kind
    url = f"/api/v1/reports/{of.id}/charts/{{}}?kind={kind}"
    try:
        looked = await daemon.reports.workshop.draft(
            of, kind, version=daemon.changes.version, picture_url=url
        )
    except _UNREADABLE as error:
        words = str(error.problems[0]) if isinstance(error, ProblemsError) else str(error)
        raise RefusedError(
            503, f"chưa viết được báo cáo kỳ {of.id}: {words}", "xem nhật ký của dịch vụ rồi thử lại"
        ) from error
    if looked is None:
        what, remedy = REFUSALS[FreezeRefusal.NOTHING_KNOWN]
        raise RefusedError(422, what, remedy)
    draft, changes = looked.draft, await daemon.reports.changes(of)
    return _answer(daemon, call, {"period": of.id, "kind": kind.value, **draft_item(draft, changes)})


async def edit(daemon: DaemonPort, call: Call) -> Json:
    """Change a sentence."""
    of, body = period_of(daemon, call.params["period"]), call.sent(SentenceBody)
    wish = SentenceWish(
        sentence_id=call.params["id"],
        text=None if body.text is None else clean(body.text, TEXT_LIMIT),
        is_used=body.used,
        position=body.position,
        auto_text=body.autoText,
        is_restored=body.restore,
        seen=body.seen,
    )
    try:
        await daemon.reports.edit(of, wish, _signed(call, body.who))
    except OvertakenRefusal as refused:
        raise RefusedError(409, refused.what, refused.remedy) from None
    except ChangeRefusal as refused:
        raise RefusedError(422, refused.what, refused.remedy) from None
    return await _changed(daemon, call, of)


async def add(daemon: DaemonPort, call: Call) -> Json:
    """Add a sentence of a writer's own."""
    of, body = period_of(daemon, call.params["period"]), call.sent(AdditionBody)
    text, group = clean(body.text, TEXT_LIMIT), clean(body.group, WHO_LIMIT)
    try:
        added = await daemon.reports.add(of, body.section, group, text, _signed(call, body.who))
    except ChangeRefusal as refused:
        raise RefusedError(422, refused.what, refused.remedy) from None
    return _answer(daemon, call, {"period": of.id, "item": addition_item(added)})


async def fill(daemon: DaemonPort, call: Call) -> Json:
    """Set a manual part."""
    of, body = period_of(daemon, call.params["period"]), call.sent(FieldBody)
    value = None if body.value is None else clean(body.value, TEXT_LIMIT)
    try:
        await daemon.reports.fill(of, clean(body.key, WHO_LIMIT), value, _signed(call, body.who))
    except ChangeRefusal as refused:
        raise RefusedError(422, refused.what, refused.remedy) from None
    return await _changed(daemon, call, of)


async def freeze(daemon: DaemonPort, call: Call) -> Json:
    """Freeze a period; the answer comes when it is on the disk."""
    of, body = period_of(daemon, call.params["period"]), call.sent(FreezeBody)
    wish = FreezeWish(
        _signed(call, body.who), clean(body.reason, TEXT_LIMIT), clean(body.approver, WHO_LIMIT)
    )
    try:
        outcome = await daemon.reports.freeze(of, body.kind, wish)
    except ReportBuildError as error:
        raise RefusedError(422, f"chưa chốt: {error}", _BUILD_HINT) from None
    except OSError as error:
        raise RefusedError(
            422,
            f"chưa chốt: không ghi được tệp ({os_words(error)})",
            "kiểm tra ổ đĩa và quyền của thư mục trạng thái",
        ) from None
    if isinstance(outcome, FreezeRefusal):
        what, remedy = REFUSALS[outcome]
        raise RefusedError(409 if outcome is FreezeRefusal.RACED else 422, what, remedy)
    return _answer(daemon, call, {"item": edition_item(outcome, call.zone)})


async def build_files(daemon: DaemonPort, call: Call) -> Json:
    """Begin to build the draft's files, in a child process."""
    of, kind = period_of(daemon, call.params["period"]), call.sent(FilesBody).kind
    daemon.reports.workshop.begin_files(of, kind, daemon.changes.note)
    return _files(daemon, call, of, kind)


async def read_files(daemon: DaemonPort, call: Call) -> Json:
    """Return how far the draft's files are."""
    return _files(daemon, call, period_of(daemon, call.params["period"]), call.asked(KindQuery).kind)


def _files(daemon: DaemonPort, call: Call, of: Period, kind: ReportKind) -> Json:
    work: Work | None = daemon.reports.workshop.work("files", of, kind)
    return _answer(
        daemon,
        call,
        {
            "period": of.id,
            "kind": kind.value,
            "running": work is not None and work.is_running,
            "begunAt": None if work is None else iso(work.begun_at, call.zone),
            "endedAt": None if work is None else iso(work.ended_at, call.zone),
            "names": {} if work is None else dict(work.names),
            "failures": {} if work is None else dict(work.failures),
            "refusal": None if work is None or work.refusal is None else work.refusal[0],
        },
    )


async def _changed(daemon: DaemonPort, call: Call, of: Period) -> Json:
    changes = await daemon.reports.changes(of)
    return _answer(daemon, call, {"period": of.id, **changes_item(changes)})


def _answer(daemon: DaemonPort, call: Call, content: Json) -> Json:
    return {"schema": "reports/1", "asOf": iso(daemon.reports.now, call.zone), **content}


def _signed(call: Call, named: str) -> str:
    return call.principal.signs(clean(named, WHO_LIMIT))


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/reports",
        needs=Right.OVERVIEW,
        summary="All frozen editions",
        handler=list_editions,
        answer=EditionsAnswer,
    ),
    Endpoint(
        method="GET",
        path="/reports/{period}/draft",
        needs=Right.OVERVIEW,
        summary="The draft: its sentences with their evidence, what is missing, the manual parts",
        handler=read_draft,
        query=KindQuery,
        answer=DraftAnswer,
        refuses={**_NO_PERIOD, 422: "chưa có số liệu của kỳ này"},
    ),
    Endpoint(
        method="GET",
        path="/reports/{period}/changes",
        needs=Right.OVERVIEW,
        summary="What writers changed for a period",
        handler=read_changes,
        answer=ChangesAnswer,
        refuses=_NO_PERIOD,
    ),
    Endpoint(
        method="POST",
        path="/reports/{period}/sentences",
        needs=Right.REPORT,
        summary="Add a sentence of one's own",
        handler=add,
        body=AdditionBody,
        answer=AddedAnswer,
        refuses=_REFUSES,
    ),
    Endpoint(
        method="POST",
        path="/reports/{period}/sentences/{id}",
        needs=Right.REPORT,
        summary="Change, drop, move or restore a sentence",
        handler=edit,
        body=SentenceBody,
        answer=ChangesAnswer,
        refuses=_REFUSES,
    ),
    Endpoint(
        method="POST",
        path="/reports/{period}/fields",
        needs=Right.REPORT,
        summary="Set a manual part",
        handler=fill,
        body=FieldBody,
        answer=ChangesAnswer,
        refuses=_REFUSES,
    ),
    Endpoint(
        method="POST",
        path="/reports/{period}/freeze",
        needs=Right.REPORT,
        summary="Freeze a period",
        handler=freeze,
        body=FreezeBody,
        answer=EditionAnswer,
        refuses=_REFUSES,
    ),
    Endpoint(
        method="GET",
        path="/reports/{period}/files",
        needs=Right.OVERVIEW,
        summary="How far the files of the draft are",
        handler=read_files,
        query=KindQuery,
        answer=FilesAnswer,
        refuses=_NO_PERIOD,
    ),
    Endpoint(
        method="POST",
        path="/reports/{period}/files",
        needs=Right.REPORT,
        summary="Begin to build the files of the draft",
        handler=build_files,
        body=FilesBody,
        answer=FilesAnswer,
        status=202,
        refuses=_NO_PERIOD,
    ),
)
