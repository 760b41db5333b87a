"""What a command does, and the words that answer it. Changes the world only through alerts/commands.py and mutings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.incidents import commands
from alerts.incidents.commands import Refusal
from alerts.messages.words import VI, VOCABULARIES, short_date_time
from alerts.model.decision import Decision
from alerts.model.hold import MutingKind
from alerts.model.incident import Incident
from alerts.muting import declaring as mutings
from alerts.muting.declaring import MutingRefusal
from alerts.world import World
from inventory.model import Selector
from monitor.muting.texts import REFUSALS
from monitor.replies.asking import title_of, what_is_down
from monitor.replies.codes import WrittenCode, meant
from monitor.replies.commands import (
    HELP,
    Ask,
    Command,
    Help,
    Judge,
    Mute,
    Release,
    Remark,
    Report,
    Take,
    Unclear,
)

_MOST_NAMED: Final = 4
INCIDENT: Final = "SC"
"""Begins the id of an incident."""
_ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_REFUSALS: Final = {
    Refusal.UNKNOWN_INCIDENT: "không có sự cố này",
    Refusal.CLOSED: "sự cố đã kết thúc",
    Refusal.ALREADY_ACKNOWLEDGED: "bạn đã nhận xử lý rồi",
    Refusal.NOT_ACKNOWLEDGED: "chưa ai nhận xử lý",
    Refusal.EMPTY: "thiếu nội dung",
}
KIND_WORDS: Final = VOCABULARIES[VI].cause_kinds
SIDE_WORDS: Final = VOCABULARIES[VI].sides
_MUTING_REFUSALS: Final = {
    MutingRefusal.TOO_LONG: "dài quá 30 ngày",
    MutingRefusal.NO_COMMENT: "thiếu lý do",
    MutingRefusal.NOTHING_HIT: "không còn thiết bị nào trong danh mục",
    MutingRefusal.NO_CONDITION: "không rõ là thiết bị nào",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to save, None when nothing was done, and what to answer. `is_done`: the command was carried out."""

    text: str
    decision: Decision | None = None

    @property
    def is_done(self) -> bool:
        """Whether something was done."""
        return self.decision is not None


def act(world: World, command: Command, *, who: str, now: float, incident: Incident | None = None) -> Outcome:
    """Carry out a command of `who` (a person's name); on `incident`, or else on the one that its code means."""
    match command:
        case Unclear(hint=hint):
            return Outcome(hint)
        case Help():
            return Outcome(HELP)
        case Ask(place=place):
            return Outcome(what_is_down(world, place, now))
        case _:
            found = incident or _found(world, command)
            if isinstance(found, Outcome):
                return found
            return _do(world, command, found, who=who, now=now)


def _do(world: World, command: Command, incident: Incident, *, who: str, now: float) -> Outcome:
    if incident.is_open and isinstance(command, Take | Release | Mute):
        incident = world.teller_of(incident)
    about, identity = f"{incident.id} ({title_of(world, incident)})", incident.id

    def said(outcome: Decision | Refusal, done: str) -> Outcome:
        if isinstance(outcome, Refusal):
            return Outcome(f"Chưa làm được với {about}: {_REFUSALS.get(outcome, outcome.value)}.")
        return Outcome(done, outcome)

    match command:
        case Take(note=note):
            before = incident.acknowledged_by
            taken = commands.acknowledge(world, identity, who=who, text=note, now=now)
            instead = f" thay {before}" if before else ""
            return said(taken, f"Đã ghi: {who} nhận xử lý {about}{instead}.")
        case Release(note=note):
            released = commands.unacknowledge(world, identity, who=who, text=note, now=now)
            return said(released, f"Đã ghi: {who} trả lại {about}. Hệ thống sẽ báo tiếp cho người khác.")
        case Remark(text=text):
            noted = commands.note(world, incident, who=who, text=text, now=now)
            return said(noted, f"Đã ghi chú vào {about}.")
        case Report(ticket=number):
            reported = commands.set_ticket(world, incident, number, reported_at=now, who=who, now=now)
            return said(reported, f"Đã ghi: báo nhà mạng {about}, số phiếu {number}.")
        case Judge(kind=kind, side=side, comment=text):
            side = side or commands.usual_side(world, incident, kind)
            judged = commands.choose_cause(world, incident, kind, side=side, who=who, text=text, now=now)
            return said(judged, f"Đã ghi nguyên nhân của {about}: {KIND_WORDS[kind]} ({SIDE_WORDS[side]}).")
        case Mute():
            return _mute(world, command, incident, about, who=who, now=now)
        case _:
            raise TypeError(f"not a command about an incident: {command!r}")


def _mute(world: World, command: Mute, incident: Incident, about: str, *, who: str, now: float) -> Outcome:
    """Silence what is down: the target that is blamed, of a group those of its members."""
    if not incident.is_open:  # a number mistyped, more likely than a wish for what may come
        return Outcome(f"Chưa tắt báo được {about}: {_REFUSALS[Refusal.CLOSED]}.")
    roots = [incident.root_check_id] if incident.root_check_id else []
    roots += [member.root_check_id for member in world.members_of(incident.id)]
    targets = tuple(sorted({root.partition("/")[0] for root in roots if root}))
    wish = mutings.Wish(
        MutingKind.SILENCE,
        Selector(targets=targets),
        from_at=now,
        until_at=now + command.for_s,
        who=who,
        comment=command.comment,
    )
    outcome = mutings.declare(world, wish, now)
    if isinstance(outcome, MutingRefusal):
        return Outcome(
            f"Chưa tạm ngưng thông báo được {about}: {_MUTING_REFUSALS.get(outcome) or REFUSALS[outcome][0]}."
        )
    muting = outcome.mutings[0]
    until = short_date_time(muting.until_at, _ZONE)
    return Outcome(
        f"Đã tạm ngưng thông báo {about} đến {until} ({muting.id}). Việc đo vẫn tiếp tục.", outcome
    )


def id_elsewhere(world: World, command: Command, now: float) -> str:
    """Return the id of an incident that only the store may know still, "" when the world knows what is meant."""
    code: WrittenCode | None = getattr(command, "code", None)
    if code is None or meant(code, [*world.incidents, *world.closed]):
        return ""
    year = code.year or datetime.fromtimestamp(now, _ZONE).year
    return f"{code.prefix or INCIDENT}-{year}-{code.number:04d}"


def _found(world: World, command: Command) -> Incident | Outcome:
    """Return the incident that a command means, or what to ask back."""
    code: WrittenCode | None = getattr(command, "code", None)
    open_ids = [each.id for each in world.incidents.values() if each.part_of is None]
    if code is None:
        if len(open_ids) == 1:
            return world.incidents[open_ids[0]]
        if not open_ids:
            return Outcome("Không có sự cố nào đang mở.")
        return Outcome(f"Đang mở {len(open_ids)} sự cố, xin viết thêm mã: {_some(open_ids)}.")
    of_all = [*open_ids, *(each.id for each in world.incidents.values() if each.part_of is not None)]
    for candidates in (open_ids, of_all, list(world.closed)):
        ids = meant(code, candidates)
        if len(ids) > 1:
            return Outcome(f"Mã {code} có thể là {_some(ids)}. Xin viết đủ mã.")
        if ids:
            return world.incidents.get(ids[0]) or world.closed[ids[0]]
    hint = f" Đang mở: {_some(open_ids)}." if open_ids else " Không có sự cố nào đang mở."
    return Outcome(f"Không có sự cố {code}.{hint}")


def _some(ids: list[str]) -> str:
    named = ", ".join(sorted(ids)[:_MOST_NAMED])
    return named if len(ids) <= _MOST_NAMED else f"{named} và {len(ids) - _MOST_NAMED} sự cố khác"
