"""How the monitor itself is: verdict first, then cards; the queue of messages; test message, backup now."""

from collections.abc import Mapping
from typing import Any, Final

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from monitor.logs import last_troubles
from monitor.people.rights import Right
from monitor.storage.clock_steps import clock_steps
from monitor.web.health import Grade, grade, troubles
from monitor.web.health_cards import Known, cards
from monitor.web.paging import Deed, Done, Page, Table
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.translating import translator
from monitor.web.visiting import Visit

STEPS_OVER_S: Final = 30 * 86_400.0
QUEUE_SHOWN: Final = 200
COMMENT_LIMIT: Final = 300


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Answer from memory; what only the databases know is left out when they do not answer."""
    snapshot, _ = daemon.snapshot(), translator(visit.language)
    found = troubles(snapshot, visit.zone, visit.language)
    backup = daemon.settings.backup
    known = Known(
        snapshot=snapshot,
        own=daemon.signs.details(is_copying=daemon.nightly.is_copying),
        troubles=found,
        outlook=await daemon.web.outlooks.read(daemon.results.database, daemon.settings, visit.now),
        blind_s=daemon.metrics.blind_s,
        clock_steps=await clock_steps(daemon.state.database, visit.now - STEPS_OVER_S),
        next_copy_at=backup.at if backup.enabled else "",
        zone=visit.zone,
        language=visit.language,
    )
    return {
        "grade": grade(found),
        "Grade": Grade,
        "troubles": found,
        "cards": cards(known, _),
        "dead": snapshot.health.outbox_dead,
        "waiting": snapshot.health.outbox_pending,
        "may_copy": backup.enabled and not known.own.is_copying,
        "is_copying": known.own.is_copying,
        # It may hold what the audit log holds: who tried to come in, from where.
        "log": last_troubles() if visit.principal.may(Right.PEOPLE) else None,
    }


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return every fact of every card."""
    _ = translator(visit.language)
    rows = tuple((card.title, label, value) for card in values["cards"] for label, value in card.rows)
    return Table("may-giam-sat", (_("Phần"), _("Mục"), _("Giá trị")), rows)


async def read_queue(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read what waits and what was given up."""
    return {
        "dead": await daemon.delivering.queue(None, QUEUE_SHOWN, dead=True),
        "waiting": await daemon.delivering.queue(None, QUEUE_SHOWN, dead=False),
        "is_told": visit.principal.may(Right.ADDRESSES),
    }


async def test(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Send a test message and say what came of it."""
    _ = translator(visit.language)
    name = form.get("ai", "").strip()
    if not name:
        raise RefusedError(
            422,
            _("chưa ghi gửi cho ai"),
            _("ghi mã người trong tệp người trực, hoặc kênh:địa_chỉ"),
            field="ai",
        )
    outcome = await daemon.delivering.test(name, who=visit.principal.signs())
    if not isinstance(outcome, list):
        unknown = _("không gửi được tin thử cho '%(name)s'") % {"name": clean(name, COMMENT_LIMIT)}
        what = outcome.text if visit.language is Language.VI else unknown
        raise RefusedError(422, what, _("xem mã người ở trang Trực"), field="ai")
    sent = sum(entry.sent_at is not None for entry in outcome)
    wrong = next(
        (entry.row.last_error for entry in outcome if entry.sent_at is None and entry.row.last_error), ""
    )
    said = _("Tin thử: gửi được %(sent)s/%(all)s địa chỉ.") % {"sent": sent, "all": len(outcome)}
    return Done("/may-giam-sat", f"{said} {wrong}".strip())


async def back_up(daemon: DaemonPort, visit: Visit, _form: Mapping[str, str]) -> Done:
    """Begin a copy; the page says when it is there."""
    _ = translator(visit.language)
    if not daemon.nightly.begin(daemon.changes.note):
        raise RefusedError(
            409, _("đang sao lưu, hoặc sao lưu đã tắt"), _("đợi xong rồi xem thẻ Sao lưu; bật ở khóa backup")
        )
    return Done("/may-giam-sat", _("Đang sao lưu; thường mất dưới vài phút."))


async def retry(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Let given-up messages go again: one, or all."""
    _ = translator(visit.language)
    ids = None if form.get("het") else _ids(form, visit)
    found = await daemon.delivering.retry(ids, who=visit.principal.signs())
    return Done("/may-giam-sat/tin", _("Gửi lại %(n)s tin.") % {"n": len(found)})


async def drop(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Let a message never go."""
    _ = translator(visit.language)
    comment = clean(form.get("ly-do", ""), COMMENT_LIMIT)
    if not comment:
        raise RefusedError(422, _("chưa ghi lý do bỏ tin"), _("ghi một câu ngắn"), field="ly-do")
    found = await daemon.delivering.drop(_ids(form, visit), who=visit.principal.signs(), comment=comment)
    return Done("/may-giam-sat/tin", _("Đã bỏ %(n)s tin.") % {"n": len(found)})


def _ids(form: Mapping[str, str], visit: Visit) -> list[int]:
    _ = translator(visit.language)
    found = [each for each in form.get("tin", "").split(",") if each]
    if not found or not all(each.isascii() and each.isdigit() and len(each) < 16 for each in found):  # noqa: PLR2004 (SQLite's ids)
        raise RefusedError(422, _("chưa chọn tin nào"), _("chọn tin trong bảng"), field="tin")
    return [int(each) for each in found]


HEALTH: Final = Page(
    path="/may-giam-sat",
    needs=Right.OPERATE,
    template="health.html",
    read=read,
    pieces=("verdict", "health_cards", "health_log"),
    title="Máy giám sát",
    table=table,
    key="m",
)
QUEUE: Final = Page(
    path="/may-giam-sat/tin", needs=Right.OPERATE, template="health_queue.html", read=read_queue
)
PAGES: Final = (HEALTH, QUEUE)
DEEDS: Final = (
    Deed(path="/may-giam-sat/gui-thu", needs=Right.OPERATE, act=test, page=HEALTH),
    Deed(path="/may-giam-sat/sao-luu", needs=Right.OPERATE, act=back_up, page=HEALTH),
    Deed(path="/may-giam-sat/tin/gui-lai", needs=Right.OPERATE, act=retry, page=QUEUE),
    Deed(path="/may-giam-sat/tin/bo", needs=Right.OPERATE, act=drop, page=QUEUE),
)
