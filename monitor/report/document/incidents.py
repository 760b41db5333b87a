"""Tables of incidents and of single outages. Pure."""

from collections.abc import Iterable
from typing import Final

from alerts.messages import words
from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Side
from inventory.model import Layer
from monitor import official
from monitor.report.document import cells, judging
from monitor.report.document.model import Block, CellKind, Paragraph, Table, TableRow
from monitor.report.figures.model import Figures, IncidentRecord, OutageRecord
from monitor.settings.report import ReportSettings

OUTAGE_LAYERS: Final = (Layer.TSLCD, Layer.SHARED, Layer.CENTRAL)
_WORDS: Final = words.VOCABULARIES[words.VI]
_MINUTE: Final = 60


_NOTE: Final = (
    "g là giờ, p là phút. Thời gian tính từ lần đo thất bại đầu tiên đến khi kết thúc, kể cả ngoài giờ phục vụ. "
    "Sự cố nhiều nơi cùng lúc, cùng điểm chung được ghi một dòng."
)


def cause_words(kind: CauseKind | None, side: Side | None) -> str:
    """Say a confirmed cause and whose side it lies on: "đường truyền (doanh nghiệp)"; "chưa xác định" without one."""
    if kind is None:
        return judging.UNKNOWN_CAUSE
    cause = _WORDS.cause_kinds[kind]
    return cause if side is None or _WORDS.sides[side] in cause else f"{cause} ({_WORDS.sides[side]})"


def level_word(level: Status) -> str:
    """Say how bad an incident was, in the words of a report."""
    return "Gián đoạn" if level is Status.DOWN else "Suy giảm"


def listed_title(settings: ReportSettings) -> str:
    """Return the title of the appendix of incidents."""
    if settings.listed_minutes <= 0:
        return "DANH MỤC SỰ CỐ"
    return f"DANH MỤC SỰ CỐ TỪ {official.span(settings.listed_minutes * _MINUTE).upper()} TRỞ LÊN"


def listed_blocks(figures: Figures, settings: ReportSettings) -> tuple[Block, ...]:
    """Return the appendix of the incidents that lasted long, and how many there were besides."""
    least_s = settings.listed_minutes * _MINUTE
    listed = sorted(
        (each for each in figures.incidents if each.length_s >= least_s),
        key=lambda incident: (incident.opened_at, incident.id),
    )
    if not listed:
        many = official.count(len(figures.incidents))
        if not figures.incidents:
            return (Paragraph(judging.nothing(figures, "không phát sinh sự cố")),)
        return (
            Paragraph(f"Trong kỳ không có sự cố kéo dài từ mức này; {many} sự cố phát sinh đều ngắn hơn."),
        )
    rest = len(figures.incidents) - len(listed)
    notes = [_NOTE]
    if rest:
        notes.append(f"{official.count(rest)} sự cố còn lại ngắn hơn, có trong bảng tính kèm theo.")
    return (_listed_table(figures, listed, tuple(notes)),)


def _listed_table(figures: Figures, listed: Iterable[IncidentRecord], notes: tuple[str, ...]) -> Table:
    return Table(
        id="su-co-dai",
        caption="",
        columns=(
            cells.column("stt", "STT", 11, CellKind.NUMBER),
            cells.column("ma", "Mã sự cố", 26),
            cells.column("doi_tuong", "Đối tượng", 59),
            cells.column("bat_dau", "Bắt đầu", 23, CellKind.MOMENT),
            cells.column("ket_thuc", "Kết thúc", 23, CellKind.MOMENT),
            cells.column("thoi_gian", "Thời gian", 18, CellKind.DURATION),
            cells.column("so_don_vi", "Số đơn vị", 13, CellKind.COUNT),
            cells.column("nguyen_nhan", "Nguyên nhân đã xác nhận", 46),
            cells.column("so_phieu", "Số phiếu của doanh nghiệp", 28),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(incident.id),
                cells.text(full_name(incident)),
                cells.moment(incident.opened_at, figures),
                cells.moment(incident.resolved_at, figures, missing="chưa kết thúc"),
                cells.short_span(incident.length_s),
                cells.count(len(incident.unit_codes)),
                cells.text(cause_words(incident.cause, incident.side)),
                cells.text(incident.ticket_number),
            )
            for number, incident in enumerate(listed, 1)
        ),
        notes=notes,
    )


def full_name(incident: IncidentRecord) -> str:
    """Name what failed, and say when it was not gone but only worse."""
    return incident.name if incident.level is Status.DOWN else f"{incident.name} (suy giảm)"


def source_words(incident: IncidentRecord) -> str:
    """Say who says so, and the carrier's number."""
    number = incident.ticket_number
    if incident.source and number and number not in incident.source:
        return f"{incident.source}, phiếu {number}"
    return incident.source or (f"phiếu {number}" if number else "")


def incidents_sheet(figures: Figures) -> Table:
    """Return the sheet of all incidents."""
    return Table(
        id="su-co",
        caption="Tất cả sự cố trong kỳ",
        columns=(
            cells.column("stt", "STT", 10, CellKind.NUMBER),
            cells.column("ma", "Mã sự cố", 27),
            cells.column("doi_tuong", "Đối tượng", 60),
            cells.column("lop", "Lớp", 30),
            cells.column("muc", "Mức", 20),
            cells.column("bat_dau", "Bắt đầu", 28, CellKind.MOMENT),
            cells.column("phat_hien", "Xác định", 28, CellKind.MOMENT),
            cells.column("tiep_nhan", "Tiếp nhận", 28, CellKind.MOMENT),
            cells.column("nguoi_nhan", "Người tiếp nhận", 30),
            cells.column("ket_thuc", "Kết thúc", 28, CellKind.MOMENT),
            cells.column("thoi_gian", "Thời gian", 24, CellKind.DURATION),
            cells.column("mat_ket_noi", "Thời gian mất kết nối trong kỳ", 28, CellKind.DURATION),
            cells.column("so_lan", "Số lần lặp lại", 16, CellKind.COUNT),
            cells.column("so_don_vi", "Số đơn vị", 15, CellKind.COUNT),
            cells.column("don_vi", "Đơn vị", 60),
            cells.column("nguyen_nhan", "Nguyên nhân đã xác nhận", 36),
            cells.column("nguoi_xac_nhan", "Người xác nhận", 30),
            cells.column("nguon", "Nguồn, số phiếu", 30),
            cells.column("dung_han", "Khắc phục đúng hạn", 24),
        ),
        rows=tuple(
            _incident_row(figures, number, incident) for number, incident in enumerate(figures.incidents, 1)
        ),
        sheet="Sự cố",
    )


def _incident_row(figures: Figures, number: int, incident: IncidentRecord) -> TableRow:
    in_time = {True: "đúng hạn", False: "quá hạn", None: ""}[incident.is_in_time]
    return cells.row(
        cells.ordinal(number),
        cells.text(incident.id),
        cells.text(incident.name),
        cells.text(words.layer_name(incident.layer)),
        cells.text(level_word(incident.level)),
        cells.moment(incident.opened_at, figures),
        cells.moment(incident.declared_at, figures),
        cells.moment(incident.acknowledged_at, figures),
        cells.text(incident.acknowledged_by),
        cells.moment(incident.resolved_at, figures, missing="chưa kết thúc"),
        cells.span(incident.length_s),
        cells.span(incident.down_s),
        cells.count(incident.episodes),
        cells.count(len(incident.unit_codes)),
        cells.text(", ".join(unit_name(figures, code) for code in incident.unit_codes)),
        cells.text(cause_words(incident.cause, incident.side)),
        cells.text(incident.confirmed_by),
        cells.text(source_words(incident)),
        cells.text(in_time),
    )


def outages_sheet(figures: Figures) -> Table:
    """Return the sheet of every outage of lines and systems."""
    outages = [outage for outage in figures.outages if outage.layer in OUTAGE_LAYERS]
    return Table(
        id="luot-gian-doan",
        caption="Tất cả lượt gián đoạn của đường truyền và hệ thống",
        columns=(
            cells.column("stt", "STT", 10, CellKind.NUMBER),
            cells.column("doi_tuong", "Đối tượng", 60),
            cells.column("don_vi", "Đơn vị", 40),
            cells.column("lop", "Lớp", 30),
            cells.column("tu", "Từ", 28, CellKind.MOMENT),
            cells.column("den", "Đến", 28, CellKind.MOMENT),
            cells.column("trong_ky", "Thời gian trong kỳ", 26, CellKind.DURATION),
            cells.column("ca_luot", "Thời gian cả lượt", 26, CellKind.DURATION),
            cells.column("tinh_trong_ky", "Tính vào số lượt của kỳ", 22),
            cells.column("su_co", "Mã sự cố", 27),
            cells.column("nguyen_nhan", "Nguyên nhân đã xác nhận", 36),
        ),
        rows=tuple(_outage_row(figures, number, outage) for number, outage in enumerate(outages, 1)),
        sheet="Lượt gián đoạn",
    )


def _outage_row(figures: Figures, number: int, outage: OutageRecord) -> TableRow:
    return cells.row(
        cells.ordinal(number),
        cells.text(figures.target_names.get(outage.target_id, outage.target_id)),
        cells.text(unit_name(figures, outage.unit_code)),
        cells.text(words.layer_name(outage.layer)),
        cells.moment(outage.from_at, figures),
        cells.moment(outage.until_at, figures, missing="còn tiếp diễn"),
        cells.span(outage.down_s),
        cells.span(outage.length_s),
        cells.text("không, có từ kỳ trước" if outage.is_carried else "có"),
        cells.text(outage.incident_id or ""),
        cells.text(cause_words(outage.cause, outage.side)),
    )


def unit_name(figures: Figures, code: str) -> str:
    """Return a unit's name as in the inventory; its code when it has left that."""
    place = figures.places.get(code)
    return code if place is None else place.name
