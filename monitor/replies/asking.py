"""TRANG THAI: what is down, in one short text; and what an incident is called in an answer. Pure."""

from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.naming import names_of
from alerts.messages.words import VI, clock_time
from alerts.model.checks import Status
from alerts.model.incident import Incident
from alerts.world import World
from inventory.model import Unit
from inventory.names import short_unit_name
from monitor.replies.commands import fold

_MOST_LISTED: Final = 8
_MOST_SAME_NAME: Final = 5
_ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_DAY_S: Final = 86_400


def title_of(world: World, incident: Incident) -> str:
    """Return what an incident is about in a few words: place and what is down there."""
    if incident.is_group:
        members = sum(1 for _ in world.members_of(incident.id))
        return f"sự cố chung, {members} điểm" if members else "sự cố chung"
    names = names_of(incident, world.inventory, incident.affected, VI)
    return f"{names.short_place} – {names.short_label}"


def what_is_down(world: World, place: str, now: float) -> str:
    """Answer what is down: everywhere, or in the commune or body that `place` names."""
    told = sorted(
        (each for each in world.incidents.values() if each.part_of is None), key=lambda each: each.opened_at
    )
    if not place:
        if not told:
            return f"Không có sự cố nào đang mở ({_counts(world)})."
        return "\n".join([f"Đang mở {len(told)} sự cố ({_counts(world)}):", *_lines(world, told, now)])
    units = _units(world, place)
    if not units:
        return f"Không thấy đơn vị nào tên '{place}'. Viết tên xã, ví dụ: TRẠNG THÁI Đăk Rơ Wa"
    if len(units) > 1:
        names = ", ".join(unit.name for unit in units[:_MOST_SAME_NAME])
        return f"Có {len(units)} đơn vị giống tên này: {names}. Viết rõ hơn."
    return _of_unit(world, units[0], now)


def _counts(world: World) -> str:
    down = sum(state.status is Status.DOWN for state in world.states.values())
    up = sum(state.status in {Status.UP, Status.DEGRADED} for state in world.states.values())
    return f"{up} phép đo tốt, {down} mất"


def _lines(world: World, incidents: list[Incident], now: float) -> list[str]:
    lines = [_line(world, each, now) for each in incidents[:_MOST_LISTED]]
    more = len(incidents) - _MOST_LISTED
    return [*lines, f"và {more} sự cố khác"] if more > 0 else lines


def _line(world: World, incident: Incident, now: float) -> str:
    taken = f", {incident.acknowledged_by} đã nhận" if incident.acknowledged_by else ", chưa ai nhận"
    since = clock_time(incident.began_at, _ZONE)
    if now - incident.began_at >= _DAY_S:
        since = f"{int((now - incident.began_at) / _DAY_S)} ngày trước"
    return f"{incident.id}: {title_of(world, incident)}, từ {since}{taken}"


def _units(world: World, place: str) -> list[Unit]:
    """Return the units of this name: exactly so, or else those whose name has it in it."""
    asked = fold(place)
    units = world.inventory.units.values()
    same = [unit for unit in units if asked in {fold(unit.name), fold(short_unit_name(unit.name)), unit.code}]
    return same or [unit for unit in units if asked in fold(unit.name)]


def _of_unit(world: World, unit: Unit, now: float) -> str:
    checks = [
        check
        for check in world.inventory.checks.values()
        if world.inventory.targets[check.target_id].unit_code == unit.code
    ]
    if not checks:
        return f"{unit.name}: không có thiết bị nào được giám sát."
    statuses = [world.states[check.id].status for check in checks]
    down = sum(status is Status.DOWN for status in statuses)
    unknown = sum(status is Status.UNKNOWN for status in statuses)
    head = f"{unit.name}: {len(checks) - down - unknown}/{len(checks)} phép đo tốt"
    if down:
        head += f", {down} mất"
    if unknown:
        head += f", {unknown} chưa rõ"
    ids = {world.incident_of.get(check.id) for check in checks}
    incidents = [each for each in world.incidents.values() if each.id in ids]
    return "\n".join([f"{head}.", *_lines(world, sorted(incidents, key=lambda each: each.opened_at), now)])
