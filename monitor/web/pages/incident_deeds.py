"""What people do on an incident's page: take, give back, note, judge, ticket, merge, close, send again.

Whoever was quicker counts: forms carry what they showed, and whoever saw something older is told who changed it, when.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from alerts.incidents.commands import Refusal
from alerts.messages import words
from alerts.messages.plain import clean
from alerts.messages.words import VOCABULARIES
from alerts.model.incident import CauseKind, Incident, LogKind, Side
from monitor.muting.texts import read_time
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.storage.state import IncidentRecord
from monitor.web.pages.incident import (
    FOR_HOURS,
    INCIDENT,
    NUMBER_LIMIT,
    TAKEN_FOR_H,
    cause_mark,
    found,
    ticket_mark,
)
from monitor.web.paging import Deed, Done
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_words import bad_time, storage_words
from monitor.web.translating import translator
from monitor.web.visiting import Visit

TEXT_LIMIT: Final = 500
_HOUR_S: Final = 3_600.0

Form = Mapping[str, str]
_Doing = Callable[[DaemonPort, Visit, IncidentRecord, Form], Awaitable[Done]]


def _on_incident(doing: _Doing) -> Callable[[DaemonPort, Visit, Form], Awaitable[Done]]:
    """Wrap a deed: find the incident, refuse who may not see it, say so when the disk did not take it."""

    async def act(daemon: DaemonPort, visit: Visit, form: Form) -> Done:
        record = await found(daemon, visit)
        try:
            return await doing(daemon, visit, record, form)
        except StorageError as error:
            _ = translator(visit.language)
            text = _("đã ghi nhận nhưng chưa lưu được (%(why)s); sẽ tự lưu khi ổ đĩa cho phép")
            why, remedy = storage_words(error, visit.language)
            raise RefusedError(503, text % {"why": why}, remedy) from error

    return act


async def take(daemon: DaemonPort, visit: Visit, record: IncidentRecord, form: Form) -> Done:
    """Take it, unless somebody else did since the form was shown."""
    _ = translator(visit.language)
    incident, who = record.incident, visit.principal.signs()
    held = daemon.world.incidents.get(incident.part_of or "", incident)
    if held.acknowledged_at is not None and held.acknowledged_by != form.get("thay", ""):
        if held.acknowledged_by == who:
            return _done(visit, form, held.id, _("Bạn đã nhận %(id)s rồi.") % {"id": held.id})
        raise RefusedError(
            409,
            _("%(who)s đã nhận xử lý %(id)s lúc %(at)s")
            % {"who": held.acknowledged_by, "id": held.id, "at": _time(visit, held.acknowledged_at)},
            _("nếu cần làm thay thì bấm Nhận thay; hoặc ghi chú để người đó biết"),
            field="nhan",
        )
    hours = _hours(visit, form.get("gio", str(TAKEN_FOR_H)))
    until_at = None if hours == 0 else daemon.incident_desk.now + hours * _HOUR_S
    outcome = await daemon.incident_desk.acknowledge(
        incident.id, who=who, text=_text(form, "noi_dung"), until_at=until_at
    )
    changed = _changed(visit, outcome, incident.id, "nhan")
    said = _("Đã ghi: %(who)s nhận xử lý %(id)s.") % {"who": who, "id": changed.id}
    return _done(visit, form, incident.id, said)


async def give_back(daemon: DaemonPort, visit: Visit, record: IncidentRecord, form: Form) -> Done:
    """Give it back: its steps go on."""
    _ = translator(visit.language)
    identity, who = record.incident.id, visit.principal.signs()
    outcome = await daemon.incident_desk.unacknowledge(identity, who=who, text=_text(form, "noi_dung"))
    _changed(visit, outcome, identity, "nhan")
    return _done(
        visit, form, identity, _("Đã trả lại %(id)s; việc báo và chuyển cấp lại chạy.") % {"id": identity}
    )


async def note(daemon: DaemonPort, visit: Visit, record: IncidentRecord, form: Form) -> Done:
    """Write a line into its log."""
    _ = translator(visit.language)
    identity, who = record.incident.id, visit.principal.signs()
    outcome = await daemon.incident_desk.note(identity, who=who, text=_text(form, "noi_dung"))
    _changed(visit, outcome, identity, "noi_dung")
    return _done(visit, form, identity, _("Đã ghi chú."))


async def judge(daemon: DaemonPort, visit: Visit, record: IncidentRecord, form: Form) -> Done:
    """Confirm what it came from, unless somebody else did since the form was shown."""
    _ = translator(visit.language)
    vocabulary, chosen = VOCABULARIES[visit.language], record.incident.choice
    if chosen is not None and form.get("da_co", "") != cause_mark(record.incident):
        raise RefusedError(
            409,
            _("%(who)s vừa chọn nguyên nhân '%(cause)s' lúc %(at)s")
            % {
                "who": chosen.who,
                "cause": vocabulary.cause_kinds[chosen.kind],
                "at": _time(visit, chosen.at),
            },
            _("bấm lại nếu vẫn muốn đổi"),
            field="loai",
        )
    kind, side = form.get("loai", ""), form.get("phia", "")
    if kind not in set(CauseKind) or (side and side not in set(Side)):
        raise RefusedError(400, _("chưa chọn nguyên nhân"), _("bấm vào một nguyên nhân"), field="loai")
    outcome = await daemon.incident_desk.choose_cause(
        record.incident.id,
        CauseKind(kind),
        side=Side(side) if side else None,
        who=visit.principal.signs(),
        text=_text(form, "noi_dung"),
    )
    choice = _changed(visit, outcome, record.incident.id, "loai").choice
    said = vocabulary.cause_kinds[CauseKind(kind)]
    if choice is not None:
        said = f"{said} ({vocabulary.sides[choice.side]})"
    return _done(visit, form, record.incident.id, _("Đã ghi nguyên nhân: %(cause)s.") % {"cause": said})


async def report(daemon: DaemonPort, visit: Visit, record: IncidentRecord, form: Form) -> Done:
    """Note the carrier's number, unless somebody else changed it since the form was shown."""
    _ = translator(visit.language)
    incident = record.incident
    if form.get("da_co", "") != ticket_mark(incident):
        last = next((each for each in reversed(record.log) if each.kind is LogKind.TICKET), None)
        raise RefusedError(
            409,
            _("%(who)s vừa ghi phiếu '%(number)s' lúc %(at)s")
            % {
                "who": "?" if last is None else last.who,
                "number": "" if incident.ticket is None else incident.ticket.number,
                "at": "" if last is None else _time(visit, last.at),
            },
            _("xem lại rồi bấm Lưu phiếu nếu vẫn muốn đổi"),
            field="so_phieu",
        )
    reported_at = _moment(visit, form, "bao_luc", daemon.incident_desk.now)
    outcome = await daemon.incident_desk.set_ticket(
        incident.id,
        clean(form.get("so_phieu", ""), NUMBER_LIMIT),
        reported_at=daemon.incident_desk.now if reported_at is None else reported_at,
        closed_at=_moment(visit, form, "dong_luc", daemon.incident_desk.now),
        who=visit.principal.signs(),
    )
    _changed(visit, outcome, incident.id, "so_phieu")
    return _done(visit, form, incident.id, _("Đã ghi phiếu của nhà mạng."))


async def close(daemon: DaemonPort, visit: Visit, record: IncidentRecord, form: Form) -> Done:
    """End it by hand; whoever was told is told of it."""
    _ = translator(visit.language)
    identity, text = record.incident.id, _text(form, "noi_dung")
    if not text:
        raise RefusedError(400, _("chưa nói vì sao đóng"), _("ghi một câu lý do"), field="ly_do")
    outcome = await daemon.incident_desk.close(identity, who=visit.principal.signs(), text=text)
    _changed(visit, outcome, identity, "ly_do")
    return _done(visit, form, identity, _("Đã đóng %(id)s.") % {"id": identity})


async def merge(daemon: DaemonPort, visit: Visit, record: IncidentRecord, form: Form) -> Done:
    """Make it part of another one; both keep their logs."""
    _ = translator(visit.language)
    identity, into_id = record.incident.id, clean(form.get("vao", ""), NUMBER_LIMIT).upper()
    await merge_into(daemon, visit, identity, into_id)
    said = _("Đã gộp %(id)s vào %(into)s.") % {"id": identity, "into": into_id}
    return _done(visit, form, into_id, said)


async def merge_into(daemon: DaemonPort, visit: Visit, incident_id: str, into_id: str) -> None:
    """Merge one incident into another. Raises RefusedError."""
    _ = translator(visit.language)
    if not into_id:
        raise RefusedError(400, _("chưa nói gộp vào sự cố nào"), _("ghi mã, như SC-2026-0123"), field="vao")
    refusal = await daemon.incident_desk.why_not_open(into_id)
    if refusal is not None:
        raise _refused(visit, refusal, into_id, "vao")
    outcome = await daemon.incident_desk.merge(incident_id, into_id, who=visit.principal.signs())
    _changed(visit, outcome, incident_id, "vao")


async def send_again(daemon: DaemonPort, visit: Visit, record: IncidentRecord, form: Form) -> Done:
    """Let a message about it that was given up, or waits for its next attempt, go now."""
    _ = translator(visit.language)
    row_ids = {str(entry.row.id): entry.row.id for entry in record.notifications}
    row_id = row_ids.get(form.get("tin", ""))
    gone = [] if row_id is None else await daemon.delivering.retry([row_id], who=visit.principal.signs())
    if not gone:
        raise RefusedError(
            409, _("tin này không còn chờ gửi"), _("xem lại diễn biến: có thể đã gửi xong"), field="tin"
        )
    return _done(visit, form, record.incident.id, _("Tin đang được gửi lại."))


def _changed(visit: Visit, outcome: Incident | Refusal, incident_id: str, field: str) -> Incident:
    if isinstance(outcome, Refusal):
        raise _refused(visit, outcome, incident_id, field)
    return outcome


def _refused(visit: Visit, refusal: Refusal, incident_id: str, field: str) -> RefusedError:
    _ = translator(visit.language)
    status, detail, hint = {
        Refusal.UNKNOWN_INCIDENT: (404, _("không có sự cố %(id)s"), _("tìm trong danh sách sự cố")),
        Refusal.CLOSED: (
            409,
            _("%(id)s đã kết thúc"),
            _("vẫn ghi chú, chọn nguyên nhân và ghi số phiếu được"),
        ),
        Refusal.ALREADY_ACKNOWLEDGED: (409, _("bạn đã nhận %(id)s rồi"), _("không cần làm gì thêm")),
        Refusal.NOT_ACKNOWLEDGED: (409, _("%(id)s hiện không có ai nhận"), _("không cần làm gì thêm")),
        Refusal.EMPTY: (400, _("chưa ghi gì"), _("ghi nội dung rồi bấm lại")),
        Refusal.ITSELF: (409, _("%(id)s đã là một phần của sự cố kia, hoặc chính là nó"), _("chọn mã khác")),
        Refusal.TIMES: (400, _("giờ xong phải sau giờ báo, hoặc hạn đã qua"), _("xem lại ngày và giờ")),
    }[refusal]
    return RefusedError(status, detail % {"id": incident_id}, hint, field=field)


def _hours(visit: Visit, text: str) -> int:
    if text not in {str(hours) for hours in (0, *FOR_HOURS)}:
        _ = translator(visit.language)
        raise RefusedError(
            400, _("thời hạn không hợp lệ"), _("chọn một thời hạn trong danh sách"), field="gio"
        )
    return int(text)


def _moment(visit: Visit, form: Form, field: str, now: float) -> float | None:
    text = form.get(field, "")
    if not text:
        return None
    try:
        return read_time(text, visit.zone, now)
    except (ValueError, OverflowError) as error:
        raise RefusedError(400, *bad_time(text, visit.language), field=field) from error


def _time(visit: Visit, at: float) -> str:
    return words.short_date_time(at, visit.zone)


def _text(form: Form, field: str) -> str:
    return clean(form.get(field, ""), TEXT_LIMIT)


def _done(visit: Visit, form: Form, incident_id: str, said: str) -> Done:
    """Go back to where the form was: the overview and lists say so in `ve`."""
    del visit
    return Done(form.get("ve", "") or f"/su-co/{incident_id}", said)


_BASE: Final = INCIDENT.path
DEEDS: Final = (
    Deed(path=f"{_BASE}/nhan", needs=Right.ACT, act=_on_incident(take), page=INCIDENT),
    Deed(path=f"{_BASE}/tra-lai", needs=Right.ACT, act=_on_incident(give_back), page=INCIDENT),
    Deed(path=f"{_BASE}/ghi-chu", needs=Right.ACT, or_needs=Right.OWN, act=_on_incident(note), page=INCIDENT),
    Deed(path=f"{_BASE}/nguyen-nhan", needs=Right.CAUSE, act=_on_incident(judge), page=INCIDENT),
    Deed(path=f"{_BASE}/phieu", needs=Right.CAUSE, act=_on_incident(report), page=INCIDENT),
    Deed(path=f"{_BASE}/dong", needs=Right.ACT, act=_on_incident(close), page=INCIDENT),
    Deed(path=f"{_BASE}/gop", needs=Right.ACT, act=_on_incident(merge), page=INCIDENT),
    Deed(path=f"{_BASE}/gui-lai", needs=Right.OPERATE, act=_on_incident(send_again), page=INCIDENT),
)
