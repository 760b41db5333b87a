"""Meetings over the conference system: enter one, see who was ready, withdraw."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from inventory.choosing import choose
from inventory.model import Inventory, Selector
from inventory.times.texts import FIRST_YEAR, LAST_YEAR
from monitor.conference import store
from monitor.conference.attending import read_attendances
from monitor.conference.desk import MeetingDesk
from monitor.conference.entering import REFUSALS, MeetingRefusal, MeetingWish
from monitor.conference.model import Attendance, Meeting
from monitor.conference.readiness import endpoints_of
from monitor.people.rights import Right
from monitor.web.paging import Deed, Done, Page, Table
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.refusing_words import unclear_words
from monitor.web.reporting import Say
from monitor.web.translating import translator
from monitor.web.visiting import Visit

BACK_S: Final = 92 * 86_400.0
AHEAD_S: Final = 366 * 86_400.0
TITLE_LIMIT: Final = 300
_FIELD_OF: Final[Mapping[MeetingRefusal, str]] = {
    MeetingRefusal.NO_TITLE: "ten",
    MeetingRefusal.ENTERED_ALREADY: "ten",
    MeetingRefusal.ENDS_BEFORE_START: "ket-thuc",
    MeetingRefusal.TOO_LONG: "ket-thuc",
    MeetingRefusal.UNKNOWN_UNIT: "don-vi",
    MeetingRefusal.NO_ENDPOINT: "don-vi",
    MeetingRefusal.REGISTERED: "so-diem",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A meeting as the list shows it. `attendance` None: it was withdrawn."""

    meeting: Meeting
    attendance: Attendance | None

    @property
    def before(self) -> tuple[int, int]:
        """How many were ready half an hour before, of how many it is known."""
        seats = () if self.attendance is None else self.attendance.seats
        return _share([seat.was_ready_before for seat in seats])

    @property
    def at_begin(self) -> tuple[int, int]:
        """How many were ready at the beginning, of how many it is known."""
        seats = () if self.attendance is None else self.attendance.seats
        return _share([seat.was_ready for seat in seats])

    @property
    def mended(self) -> int:
        """How many were mended before the beginning."""
        return 0 if self.attendance is None else sum(seat.was_mended for seat in self.attendance.seats)


def _share(known: Sequence[bool | None]) -> tuple[int, int]:
    found = [each for each in known if each is not None]
    return sum(found), len(found)


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read the meetings around now; those to come first by time, then the past ones, the latest first."""
    listed = await _listed(daemon, visit.now - BACK_S, visit.now + AHEAD_S)
    coming = [each for each in listed if each.meeting.ends_at > visit.now]
    past = [each for each in listed if each.meeting.ends_at <= visit.now]
    inventory = daemon.snapshot().inventory
    return {
        "coming": coming,
        "past": past[::-1],
        "ports": daemon.settings.report.mcu_ports,
        "endpoints": sum(len(own) for own in endpoints_of(inventory).values()),
        "names": {code: unit.name for code, unit in inventory.units.items()},
        "is_writer": visit.principal.may(Right.REPORT),
    }


async def _listed(daemon: DaemonPort, from_at: float, until_at: float) -> list[Listed]:
    inventory, ports = daemon.snapshot().inventory, daemon.settings.report.mcu_ports
    now = daemon.snapshot().now

    def look(connection: sqlite3.Connection) -> list[Listed]:
        meetings = store.select_within(connection, from_at, until_at)
        attended = read_attendances(connection, meetings, inventory, ports=ports, now=now)
        by_id = {each.meeting.id: each for each in attended}
        return [Listed(each, by_id.get(each.id)) for each in meetings]

    return await daemon.state.database.read(look)


async def read_one(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read one meeting with every endpoint."""
    wanted = visit.params["id"].upper()
    meeting = await daemon.state.database.read(lambda connection: store.select_one(connection, wanted))
    if meeting is None:
        _ = translator(visit.language)
        raise RefusedError(404, _("không có cuộc họp này"), _("chọn ở trang Họp"))
    listed = await _listed(daemon, meeting.begins_at, meeting.begins_at + 1)
    inventory = daemon.snapshot().inventory
    return {
        "listed": next(each for each in listed if each.meeting.id == meeting.id),
        "names": {code: unit.name for code, unit in inventory.units.items()},
        "target_names": {id_: target.name for id_, target in inventory.targets.items()},
        "is_writer": visit.principal.may(Right.REPORT),
        "is_all": visit.query.get("het") == "1",
    }


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the meetings with how many were ready."""
    _ = translator(visit.language)
    columns = (
        _("Mã"),
        _("Khai mạc"),
        _("Cuộc họp"),
        _("Điểm cầu"),
        _("Sẵn sàng trước 30 phút"),
        _("Sẵn sàng lúc khai mạc"),
    )
    rows = tuple(
        (
            each.meeting.id,
            datetime.fromtimestamp(each.meeting.begins_at, visit.zone).isoformat(timespec="minutes"),
            each.meeting.title,
            None if each.attendance is None else each.attendance.registered,
            each.before[0] if each.before[1] else None,
            each.at_begin[0] if each.at_begin[1] else None,
        )
        for each in (*values["coming"], *values["past"])
    )
    return Table("hop", columns, rows)


def seats_table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return every endpoint of one meeting."""
    _ = translator(visit.language)
    listed, names = values["listed"], values["names"]
    words = {None: _("chưa rõ"), True: _("sẵn sàng"), False: _("chưa sẵn sàng")}
    seats = () if listed.attendance is None else listed.attendance.seats
    columns = (
        _("Đơn vị"),
        _("Điểm cầu"),
        _("Trước 30 phút"),
        _("Lúc khai mạc"),
        _("Mất trong lúc họp (giây)"),
    )
    rows = tuple(
        (
            names.get(seat.unit_code, seat.unit_code),
            seat.target_id,
            words[seat.was_ready_before],
            words[seat.was_ready],
            round(seat.lost_s),
        )
        for seat in seats
    )
    return Table(listed.meeting.id, columns, rows)


async def enter(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Keep a meeting; more points than the MCU carries are said at once, not when it begins."""
    _ = translator(visit.language)
    inventory, ports = daemon.snapshot().inventory, daemon.settings.report.mcu_ports
    wish = MeetingWish(
        title=clean(form.get("ten", ""), TITLE_LIMIT),
        begins_at=_time(form, "bat-dau", visit),
        ends_at=_time(form, "ket-thuc", visit),
        who=visit.principal.signs(),
        unit_codes=_units(form, inventory, visit.language),
        registered=_registered(form, _),
        note=clean(form.get("ghi-chu", ""), TITLE_LIMIT),
    )
    outcome = await _desk(daemon).enter(wish)
    if isinstance(outcome, MeetingRefusal):
        what, remedy = REFUSALS[outcome]
        raise RefusedError(422, what, remedy, field=_FIELD_OF.get(outcome, "ten"))
    with_endpoint = endpoints_of(inventory)
    points = outcome.registered or sum(
        len(with_endpoint.get(code, ())) for code in outcome.unit_codes or with_endpoint
    )
    said = _("Đã nhập cuộc họp %(id)s.") % {"id": outcome.id}
    if ports is not None and points > ports:
        over = {"points": points, "ports": ports, "more": points - ports}
        said += " " + _("%(points)s điểm cầu vượt %(ports)s cổng MCU: thiếu %(more)s cổng.") % over
    return Done(f"/hop/{outcome.id}", said)


async def withdraw(daemon: DaemonPort, visit: Visit, _form: Mapping[str, str]) -> Done:
    """Take a meeting back: reports do not count it."""
    _ = translator(visit.language)
    outcome = await _desk(daemon).withdraw(visit.params["id"].upper(), who=visit.principal.signs())
    if isinstance(outcome, MeetingRefusal):
        what, remedy = REFUSALS[outcome]
        raise RefusedError(404 if outcome is MeetingRefusal.UNKNOWN_ID else 409, what, remedy)
    return Done("/hop", _("Đã hủy cuộc họp %(id)s.") % {"id": outcome.id})


def _desk(daemon: DaemonPort) -> MeetingDesk:
    return MeetingDesk(
        daemon.state.database,
        inventory=lambda: daemon.snapshot().inventory,
        now=lambda: daemon.snapshot().now,
    )


def _time(form: Mapping[str, str], field: str, visit: Visit) -> float:
    _ = translator(visit.language)
    try:
        at = datetime.fromisoformat(form.get(field, "").strip())
    except ValueError:
        at = None
    if at is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise RefusedError(
            422, _("chưa rõ ngày giờ"), _("ghi ngày và giờ, ví dụ 2026-11-23T08:00"), field=field
        )
    return at.replace(tzinfo=at.tzinfo or visit.zone).timestamp()


def _registered(form: Mapping[str, str], _: Say) -> int | None:
    text = form.get("so-diem", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7):  # noqa: PLR2004 (no meeting has so many)
        raise RefusedError(
            422, _("số điểm cầu không phải một số"), _("ghi một số, hoặc để trống"), field="so-diem"
        )
    return int(text)


def _units(form: Mapping[str, str], inventory: Inventory, language: Language) -> tuple[str, ...]:
    named = [each.strip() for line in form.get("don-vi", "").splitlines() for each in line.split(",")]
    chosen = choose({"units": [each for each in named if each]}, inventory)
    if isinstance(chosen, Selector):
        return chosen.units
    raise RefusedError(422, *unclear_words(chosen[:1], language), field="don-vi")


MEETINGS: Final = Page(
    path="/hop", needs=Right.OVERVIEW, template="meetings.html", read=read, title="Họp", table=table, key="h"
)
MEETING: Final = Page(
    path="/hop/{id}", needs=Right.OVERVIEW, template="meeting.html", read=read_one, table=seats_table
)
PAGES: Final = (MEETINGS, MEETING)
DEEDS: Final = (
    Deed(path="/hop", needs=Right.REPORT, act=enter, page=MEETINGS),
    Deed(path="/hop/{id}/huy", needs=Right.REPORT, act=withdraw, page=MEETING),
)
