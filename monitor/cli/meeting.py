"""`meeting add | list | show | withdraw`: looked at on the disk, changed through the daemon."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from inventory.choosing import choose
from inventory.model import Selector
from monitor.cli.accounts.reading import Place, open_place
from monitor.cli.client import open_client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Cell, Output
from monitor.cli.person import person
from monitor.conference import store
from monitor.conference.attending import read_attendances
from monitor.conference.model import Attendance, Meeting, Seat
from monitor.muting.texts import read_time
from monitor.official import span
from monitor.web.api.entered_shapes import meeting_item

_TIME_OF_DAY: Final = 5


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    match arguments.action:
        case "add":
            return _add(arguments, out)
        case "list":
            return _list(arguments, out)
        case "show":
            return _show(arguments, out)
        case _:
            return _withdraw(arguments, out)


def _add(arguments: Namespace, out: Output) -> int:
    place, client = open_place(arguments), open_client(arguments)
    begins_at, ends_at = (
        _time(text, name, place.zone)
        for text, name in ((arguments.begins_at, "from"), (arguments.ends_at, "to"))
    )
    item = client.post(
        "meetings",
        body={
            "title": arguments.title,
            "begins": datetime.fromtimestamp(begins_at, place.zone).isoformat(),
            "ends": datetime.fromtimestamp(ends_at, place.zone).isoformat(),
            "units": _codes(arguments.units, place),
            "registered": arguments.registered,
            "note": arguments.note,
            "who": person(arguments.who, doing="nhập"),
        },
    )["item"]
    if out.is_json:
        out.json({"schema": "meetings/1", "item": item})
    else:
        out.line(f"{item['id']}: đã nhập cuộc họp '{item['title']}'")
        out.note(f"Hủy: tslcd-monitor meeting withdraw {item['id']}")
    return Exit.OK


def _withdraw(arguments: Namespace, out: Output) -> int:
    body = {"who": person(arguments.who, doing="hủy")}
    item = open_client(arguments).post("meetings", arguments.id.upper(), "withdraw", body=body)["item"]
    if out.is_json:
        out.json({"schema": "meetings/1", "item": item})
    else:
        out.line(f"{item['id']}: đã hủy cuộc họp '{item['title']}'")
    return Exit.OK


def _list(arguments: Namespace, out: Output) -> int:
    place = open_place(arguments)
    of = place.period(arguments.period)
    meetings = place.read(partial(store.select_within, from_at=of.from_at, until_at=of.until_at))
    attended = {each.meeting.id: each for each in _attended(place, meetings)}
    if out.is_json:
        items = [{**meeting_item(each, place.zone), **_counts(attended.get(each.id))} for each in meetings]
        out.json({"schema": "meetings/1", "period": of.id, "items": items})
        return Exit.OK
    out.table(
        (
            "MÃ",
            "KHAI MẠC",
            "CUỘC HỌP",
            "ĐIỂM CẦU\nĐĂNG KÝ",
            "SẴN SÀNG\nTRƯỚC 30'",
            "SẴN SÀNG\nKHAI MẠC",
            "XỬ LÝ\nTRƯỚC GIỜ",
        ),
        [_row(each, attended.get(each.id), place.zone) for each in meetings],
    )
    if not meetings:
        out.note(f"Kỳ {of.id} chưa có cuộc họp nào được nhập: tslcd-monitor meeting add")
    return Exit.OK


def _row(meeting: Meeting, attended: Attendance | None, zone: ZoneInfo) -> list[Cell | str]:
    when = f"{datetime.fromtimestamp(meeting.begins_at, zone):%H:%M %d/%m/%Y}"
    if attended is None:
        return [meeting.id, when, f"{meeting.title} (đã hủy)", "–", "–", "–", "–"]
    before, ready = (
        _ready_of([getattr(seat, name) for seat in attended.seats])
        for name in ("was_ready_before", "was_ready")
    )
    registered = Cell(str(attended.registered), "down" if attended.exceeds_ports else "")
    mended = str(sum(seat.was_mended for seat in attended.seats))
    return [meeting.id, when, meeting.title, registered, before, ready, mended]


def _ready_of(seats: Sequence[bool | None]) -> str:
    """Say how many were ready, of those of which it is known, as the report does."""
    known = [was_ready for was_ready in seats if was_ready is not None]
    return f"{sum(known)}/{len(known)}" if known else "–"


def _show(arguments: Namespace, out: Output) -> int:
    place = open_place(arguments)
    meeting_id = arguments.id.upper()
    meeting = place.read(partial(store.select_one, meeting_id=meeting_id))
    if meeting is None:
        raise CommandError(
            Exit.FINDINGS,
            f"không có cuộc họp {meeting_id}",
            "xem các mã: tslcd-monitor meeting list --period KỲ",
        )
    attended = next(iter(_attended(place, [meeting])), None)
    seats = () if attended is None else attended.seats
    if out.is_json:
        items = [
            {
                "target": seat.target_id,
                "unit": seat.unit_code,
                "readyBefore": seat.was_ready_before,
                "ready": seat.was_ready,
                "mended": seat.was_mended,
                "lostSeconds": seat.lost_s,
            }
            for seat in seats
        ]
        body = {**meeting_item(meeting, place.zone), **_counts(attended), "endpoints": items}
        out.json({"schema": "meetings/1", "item": body})
        return Exit.OK
    out.note(f"{meeting.title}: {_row(meeting, attended, place.zone)[1]}; {meeting.note}".rstrip("; "))
    if attended is None:
        out.note("Cuộc họp đã hủy: báo cáo không tính.")
        return Exit.OK
    told = [seat for seat in seats if arguments.is_all or _is_worth_telling(seat)]
    out.table(
        ("ĐƠN VỊ", "ĐIỂM CẦU", "TRƯỚC 30'", "KHAI MẠC", "MẤT TRONG LÚC HỌP"),
        [
            [
                place.inventory.units[seat.unit_code].name,
                seat.target_id,
                _ready(seat.was_ready_before),
                _ready(seat.was_ready),
                span(seat.lost_s) if seat.lost_s else "–",
            ]
            for seat in told
        ],
    )
    rest = len(seats) - len(told)
    left_out = f", {rest} điểm cầu sẵn sàng suốt không nêu (--all: nêu cả)" if rest else ""
    out.note(f"{len(seats)} điểm cầu{left_out}.")
    return Exit.OK


def _is_worth_telling(seat: Seat) -> bool:
    return not (seat.was_ready_before and seat.was_ready) or seat.lost_s > 0


def _ready(was_ready: bool | None) -> Cell:  # noqa: FBT001 (three values)
    if was_ready is None:
        return Cell("chưa rõ", "unknown")
    return Cell("sẵn sàng", "up") if was_ready else Cell("chưa sẵn sàng", "down")


def _counts(attended: Attendance | None) -> dict[str, object]:
    if attended is None:
        return {}
    return {
        "count": len(attended.seats),
        "knownBefore": sum(seat.was_ready_before is not None for seat in attended.seats),
        "readyBefore": sum(seat.was_ready_before is True for seat in attended.seats),
        "known": sum(seat.was_ready is not None for seat in attended.seats),
        "ready": sum(seat.was_ready is True for seat in attended.seats),
        "mended": sum(seat.was_mended for seat in attended.seats),
        "exceedsPorts": attended.exceeds_ports,
    }


def _attended(place: Place, meetings: list[Meeting]) -> tuple[Attendance, ...]:
    read = partial(
        read_attendances,
        meetings=meetings,
        inventory=place.inventory,
        ports=place.settings.report.mcu_ports,
        now=place.now,
    )
    return place.read(read)


def _codes(words: list[str], place: Place) -> list[str]:
    chosen = choose({"units": words}, place.inventory)
    if isinstance(chosen, Selector):
        return list(chosen.units)
    raise CommandError(
        Exit.USAGE, "; ".join(each.what for each in chosen), "; ".join(each.remedy for each in chosen)
    )


def _time(text: str, name: str, zone: ZoneInfo) -> float:
    hint = "viết như '2026-11-23 08:00'"
    if len(text.strip()) <= _TIME_OF_DAY:
        raise CommandError(Exit.USAGE, f"--{name}: cần cả ngày, không chỉ giờ", hint)
    if ":" not in text:
        raise CommandError(Exit.USAGE, f"--{name}: cần cả giờ, không chỉ ngày", hint)
    try:
        return read_time(text, zone, 0.0)
    except ValueError as error:
        raise CommandError(Exit.USAGE, f"--{name}: {error}", hint) from None
