"""What is done to several incidents of the list at once: take, merge, judge."""

from collections.abc import Mapping
from typing import Final

from alerts.incidents.commands import Refusal
from alerts.messages.words import VOCABULARIES
from alerts.model.incident import CauseKind, Incident
from monitor.people.rights import Right
from monitor.web.pages.incident import NUMBER_LIMIT, TAKEN_FOR_H
from monitor.web.pages.incident_deeds import merge_into
from monitor.web.pages.incidents import INCIDENTS
from monitor.web.paging import Deed, Done
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.translating import translator
from monitor.web.visiting import Visit

MOST_AT_ONCE: Final = 100
_HOUR_S: Final = 3_600.0


async def take(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Take those that nobody has; whoever has one keeps it."""
    _ = translator(visit.language)
    who, desk = visit.principal.signs(), daemon.incident_desk
    taken, others = [], []
    for incident in await _chosen(daemon, form):
        if incident.acknowledged_at is not None:
            others.append(f"{incident.id} ({incident.acknowledged_by})")
            continue
        outcome = await desk.acknowledge(
            incident.id, who=who, text="", until_at=desk.now + TAKEN_FOR_H * _HOUR_S
        )
        if isinstance(outcome, Incident):
            taken.append(incident.id)
    said = _("Đã nhận %(ids)s.") % {"ids": ", ".join(taken) or _("không sự cố nào")}
    if others:
        said += " " + _("Đã có người nhận từ trước: %(ids)s.") % {"ids": ", ".join(others)}
    return Done(form.get("ve", INCIDENTS.path), said)


async def merge(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Make the chosen ones part of the oldest of them, or of a group among them."""
    _ = translator(visit.language)
    chosen = [each for each in await _chosen(daemon, form) if each.is_open]
    if len(chosen) < 2:  # noqa: PLR2004 (one with another)
        raise RefusedError(
            400, "cần ít nhất hai sự cố đang mở để gộp", "đánh dấu các sự cố rồi bấm Gộp", field="chon"
        )
    into = min(chosen, key=lambda each: (not each.is_group, each.opened_at, each.id))
    for each in chosen:
        if each is not into:
            await merge_into(daemon, visit, each.id, into.id)
    said = _("Đã gộp %(n)s sự cố vào %(id)s.") % {"n": len(chosen) - 1, "id": into.id}
    return Done(form.get("ve", INCIDENTS.path), said)


async def judge(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Confirm one cause for those that nobody judged; what somebody judged stays."""
    _ = translator(visit.language)
    kind = form.get("loai", "")
    if kind not in set(CauseKind):
        raise RefusedError(400, "chưa chọn nguyên nhân", "chọn trong danh sách", field="loai")
    judged, others = [], []
    for incident in await _chosen(daemon, form):
        if incident.choice is not None:
            others.append(f"{incident.id} ({incident.choice.who})")
            continue
        outcome = await daemon.incident_desk.choose_cause(
            incident.id, CauseKind(kind), side=None, who=visit.principal.signs(), text=""
        )
        if not isinstance(outcome, Refusal):
            judged.append(incident.id)
    word = VOCABULARIES[visit.language].cause_kinds[CauseKind(kind)]
    said = _("Đã ghi nguyên nhân '%(cause)s' cho %(ids)s.") % {
        "cause": word,
        "ids": ", ".join(judged) or _("không sự cố nào"),
    }
    if others:
        said += " " + _("Giữ nguyên vì đã có người xác nhận: %(ids)s.") % {"ids": ", ".join(others)}
    return Done(form.get("ve", INCIDENTS.path), said)


async def _chosen(daemon: DaemonPort, form: Mapping[str, str]) -> list[Incident]:
    """Return what was ticked, as it is now. Raises RefusedError when nothing was."""
    ids = list(dict.fromkeys(each for each in form.get("chon", "").split(",") if each))[:MOST_AT_ONCE]
    if not ids:
        raise RefusedError(400, "chưa chọn sự cố nào", "đánh dấu ở đầu mỗi dòng", field="chon")
    world, found = daemon.world, []
    for incident_id in ids:
        known = world.incidents.get(incident_id) or world.closed.get(incident_id)
        if known is None:
            record = await daemon.state.incident(incident_id[:NUMBER_LIMIT])
            known = None if record is None else record.incident
        if known is not None:
            found.append(known)
    return found


DEEDS: Final = (
    Deed(path="/su-co/nhan-nhieu", needs=Right.ACT, act=take, page=INCIDENTS),
    Deed(path="/su-co/gop-nhieu", needs=Right.ACT, act=merge, page=INCIDENTS),
    Deed(path="/su-co/nguyen-nhan-nhieu", needs=Right.CAUSE, act=judge, page=INCIDENTS),
)
