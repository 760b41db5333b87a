"""Facts of meetings over the conference system: who was ready, and when. Pure."""

from inventory.model import Layer
from monitor.conference.model import Attendance
from monitor.report.figures.model import Figures
from monitor.report.sentences import naming
from monitor.report.sentences.facts.fact import Fact, counted, measured, plain
from monitor.report.sentences.facts.selected import place
from monitor.report.sentences.model import How
from monitor.report.sentences.quantities import Ratio


def of_meetings(figures: Figures) -> dict[str, Fact]:
    """Return the facts of the period's meetings."""
    held = figures.meetings
    ids = tuple(attendance.meeting.id for attendance in held)
    seats = [seat for attendance in held for seat in attendance.seats]
    looked_at = [seat for seat in seats if seat.was_ready_before is not None]
    ready = sum(seat.was_ready_before is True for seat in looked_at)
    late = [seat.unit_code for seat in seats if seat.was_ready is False]
    beyond = [attendance for attendance in held if attendance.exceeds_ports]
    return {
        "so_cuoc_hop": counted(How.MEETINGS, ids),
        "luot_diem_cau": counted(How.REGISTERED, ids, number=sum(one.registered for one in held)),
        "luot_kiem_tra": counted(How.SEATS, ids, number=len(looked_at)),
        "luot_xu_ly": counted(How.MENDED, ids, number=sum(seat.was_mended for seat in seats)),
        "ty_le_san_sang": measured(
            How.READY_SHARE, ids, Ratio(ready / len(looked_at)) if looked_at else None
        ),
        "luot_chua_san_sang": counted(How.LATE, ids, number=len(late)),
        "noi_chua_san_sang": place(naming.in_order(set(late), figures), figures) if late else Fact(""),
        "so_cuoc_hop_vuot": counted(How.MEETINGS, tuple(one.meeting.id for one in beyond)),
        **_beyond(beyond),
        **_endpoints(figures),
    }


def _beyond(held: list[Attendance]) -> dict[str, Fact]:
    """Meetings with more points than the MCU carries."""
    ids = tuple(attendance.meeting.id for attendance in held)
    most = max((attendance.registered for attendance in held), default=0)
    return {
        "diem_cau_nhieu_nhat": counted(How.MOST_REGISTERED, ids, number=most),
        "mcu": Fact(next((attendance.ports for attendance in held), None)),
    }


def _endpoints(figures: Figures) -> dict[str, Fact]:
    row = figures.layers.get(Layer.CONFERENCE)
    availability = None if row is None else row.row.availability_ratio
    return plain(
        co_diem_cau=row is not None,
        so_diem_cau=0 if row is None else row.row.members,
        diem_cau_kha_dung=None if availability is None else Ratio(availability),
    )
