"""Meetings over the conference system: who was ready, and which equipment communes have. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from inventory.names import short_unit_name
from monitor import official
from monitor.conference.model import Attendance, Seat
from monitor.report.document import cells
from monitor.report.document.incidents import unit_name
from monitor.report.document.model import Block, Cell, CellKind, Paragraph, Table, TableRow
from monitor.report.figures.model import Figures

MOST_IN_BODY: Final = 10
"""More meetings than these: the body lists those at which an endpoint was not ready."""


def body_table(figures: Figures) -> Table | None:
    """Return the meetings for the body; None when there were none."""
    meetings: Sequence[Attendance] = figures.meetings
    if not meetings:
        return None
    notes = [_READY_NOTE]
    if len(meetings) > MOST_IN_BODY:
        meetings = [each for each in meetings if any(seat.was_ready is False for seat in each.seats)]
        meetings = meetings[:MOST_IN_BODY]
        notes.append(f"Toàn bộ {official.count(len(figures.meetings))} cuộc họp tại Phụ lục IV.")
    if not meetings:
        return None
    return Table(
        id="cuoc-hop-tom-tat",
        caption="Các cuộc họp trực tuyến và mức độ sẵn sàng của điểm cầu",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("cuoc_hop", "Cuộc họp", 53),
            cells.column("thoi_gian", "Thời gian", 24, CellKind.MOMENT),
            cells.column("dang_ky", "Số điểm cầu đăng ký", 19, CellKind.COUNT),
            cells.centred("san_sang_truoc", "Sẵn sàng trước 30 phút", 20),
            cells.centred("san_sang", "Sẵn sàng khi khai mạc", 20),
            cells.column("xu_ly", "Đã xử lý trước giờ họp", 17, CellKind.COUNT),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(each.meeting.title),
                cells.moment(each.meeting.begins_at, figures),
                cells.count(each.registered),
                _ready_before(each),
                _ready(each),
                cells.count(sum(seat.was_mended for seat in each.seats)),
            )
            for number, each in enumerate(meetings, 1)
        ),
        notes=tuple(notes),
    )


_READY_NOTE: Final = "Sẵn sàng: số điểm cầu có tín hiệu trên số điểm cầu có số liệu tại thời điểm đó."


def meeting_blocks(figures: Figures) -> tuple[Block, ...]:
    """Return the appendix: all meetings, the endpoints that were not ready, and what communes are equipped with."""
    blocks: list[Block] = []
    if figures.meetings:
        blocks.append(_full_table(figures))
        blocks.append(_not_ready_table(figures) or Paragraph(_all_ready(figures)))
    else:
        blocks.append(Paragraph("Trong kỳ không ghi nhận cuộc họp trực tuyến nào."))
    equipment = equipment_table(figures)
    return (*blocks, equipment) if equipment else tuple(blocks)


def _all_ready(figures: Figures) -> str:
    said = {seat.was_ready for each in figures.meetings for seat in each.seats}
    if True not in said:
        return "Tại các cuộc họp không có số liệu về điểm cầu khi khai mạc."
    every = "mọi điểm cầu có số liệu" if None in said else "mọi điểm cầu"
    return f"Tại các cuộc họp, {every} đều sẵn sàng."


def _full_table(figures: Figures) -> Table:
    seats = [seat for each in figures.meetings for seat in each.seats]
    rows = [
        cells.row(
            cells.ordinal(number),
            cells.text(each.meeting.id),
            cells.text(each.meeting.title),
            _day(each, figures),
            cells.count(each.registered),
            cells.count(len(each.seats)),
            _ready_before(each),
            _ready(each),
            cells.count(sum(seat.was_mended for seat in each.seats)),
            cells.short_span(sum(seat.lost_s for seat in each.seats)),
            cells.text("vượt MCU" if each.exceeds_ports else ""),
        )
        for number, each in enumerate(figures.meetings, 1)
    ]
    return Table(
        id="cuoc-hop",
        caption="Các cuộc họp trực tuyến",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("ma", "Mã", 28),
            cells.column("cuoc_hop", "Cuộc họp", 52),
            cells.column("thoi_gian", "Bắt đầu", 24, CellKind.MOMENT),
            cells.column("dang_ky", "Số điểm đăng ký", 17, CellKind.COUNT),
            cells.column("diem_cau", "Số điểm cầu thiết bị", 17, CellKind.COUNT),
            cells.centred("san_sang_truoc", "Sẵn sàng trước 30 phút", 23),
            cells.centred("san_sang", "Sẵn sàng khi khai mạc", 23),
            cells.column("xu_ly", "Đã xử lý trước giờ", 15, CellKind.COUNT),
            cells.column("gian_doan", "Gián đoạn trong họp", 18, CellKind.DURATION),
            cells.centred("ghi_chu", "Ghi chú", 18),
        ),
        rows=(
            *rows,
            cells.total(
                cells.EMPTY,
                cells.EMPTY,
                cells.text("Tổng cộng"),
                cells.EMPTY,
                cells.count(sum(each.registered for each in figures.meetings)),
                cells.count(len(seats)),
                _ready_of(seats, "before"),
                _ready_of(seats, "now"),
                cells.count(sum(seat.was_mended for seat in seats)),
                cells.short_span(sum(seat.lost_s for seat in seats)),
                cells.EMPTY,
            ),
        ),
        notes=(_READY_NOTE, *_port_notes(figures)),
        sheet="HNTH",
    )


def _port_notes(figures: Figures) -> tuple[str, ...]:
    over = [each for each in figures.meetings if each.exceeds_ports]
    ports = {each.ports for each in over if each.ports is not None}
    if not ports:
        return ()
    level = official.province_level(figures.province)
    said = (
        f"số điểm đăng ký vượt khả năng kết nối đồng thời của MCU {level} ({official.count(max(ports))} điểm)"
    )
    return (f"Vượt MCU: {said}.",)


def _day(each: Attendance, figures: Figures) -> Cell:
    return cells.moment(each.meeting.begins_at, figures)


def _not_ready_table(figures: Figures) -> Table | None:
    rows: list[TableRow] = []
    number = 0
    for each in figures.meetings:
        missing = [seat for seat in each.seats if seat.was_ready is False]
        if not missing:
            continue
        begins = datetime.fromtimestamp(each.meeting.begins_at, ZoneInfo(figures.zone))
        rows.append(cells.group(f"{each.meeting.title} ({begins:%H:%M ngày %d/%m/%Y})"))
        for seat in missing:
            number += 1
            rows.append(
                cells.row(
                    cells.ordinal(number),
                    cells.text(unit_name(figures, seat.unit_code)),
                    cells.text(_state_words(seat.was_ready_before)),
                    cells.text(_state_words(seat.was_ready)),
                    cells.short_span(seat.lost_s),
                )
            )
    if not rows:
        return None
    return Table(
        id="diem-cau-chua-san-sang",
        caption="Các điểm cầu chưa sẵn sàng tại thời điểm khai mạc",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("diem_cau", "Điểm cầu", 80),
            cells.column("truoc_30_phut", "Trước giờ họp 30 phút", 55),
            cells.column("khai_mac", "Khi khai mạc", 50),
            cells.column("gian_doan", "Gián đoạn trong họp", 50, CellKind.DURATION),
        ),
        rows=tuple(rows),
    )


def equipment_table(figures: Figures) -> Table | None:
    """Return which classes of equipment how many communes have; None when nothing is counted."""
    counted = [each for each in figures.equipment if each.is_counted]
    if not counted:
        return None
    return Table(
        id="trang-bi",
        caption="Tình hình trang bị tại xã, phường, đặc khu theo danh mục",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("thiet_bi", "Thiết bị", 78),
            cells.column("da_co", "Đã trang bị", 22, CellKind.COUNT),
            cells.column("chua_co", "Chưa trang bị", 24, CellKind.COUNT),
            cells.column("chua_ro", "Chưa rõ", 20, CellKind.COUNT),
            cells.column("noi_chua_co", "Nơi chưa trang bị", 91),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(each.reported.name),
                cells.count(len(each.have)),
                cells.count(len(each.without)),
                cells.count(len(each.unknown)),
                cells.text(_names(figures, each.without)),
            )
            for number, each in enumerate(counted, 1)
        ),
    )


def _names(figures: Figures, codes: Iterable[str]) -> str:
    named = [unit_name(figures, code) for code in codes]
    return ", ".join(short_unit_name(name) if name.startswith("Xã ") else name for name in named)


def _state_words(ready: bool | None) -> str:  # noqa: FBT001 (what a seat says)
    return {True: "sẵn sàng", False: "chưa sẵn sàng", None: "không có số liệu"}[ready]


def _ready_before(each: Attendance) -> Cell:
    return _ready_of(each.seats, "before")


def _ready(each: Attendance) -> Cell:
    return _ready_of(each.seats, "now")


def _ready_of(seats: Sequence[Seat], when: str) -> Cell:
    known = [seat.was_ready_before if when == "before" else seat.was_ready for seat in seats]
    known = [each for each in known if each is not None]
    return cells.fraction(sum(each is True for each in known), len(known))


def ready_cell(figures: Figures, unit_code: str) -> Cell:
    """Return at how many of its meetings a unit's endpoints were ready when they began: "05/05"."""
    seats = [seat for each in figures.meetings for seat in each.seats if seat.unit_code == unit_code]
    return _ready_of(seats, "now")
