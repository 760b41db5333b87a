"""The appendix by which every figure can be defended: how it is worked out, how complete it is, what was corrected. Pure.

The wording of the method is that of docs/accounting.md.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from monitor import official
from monitor.accounting.model import Correction, Part
from monitor.report import periods
from monitor.report.document import cells, judging
from monitor.report.document.marks import little_data_note
from monitor.report.document.model import Block, Cell, CellKind, Heading, Paragraph, Table
from monitor.report.document.pictures import days_picture, hours_picture, tiles_picture
from monitor.report.figures.model import Figures
from monitor.settings.report import ReportSettings

SHOWN_OF_DIGEST: Final = 16
"""Characters of a hash in print; the whole one is in the files' properties."""
_MOST_NAMED: Final = 3
_PARTS: Final = {
    Part.UP: "hoạt động",
    Part.DEGRADED: "suy giảm",
    Part.DOWN: "mất kết nối",
    Part.UNKNOWN: "không có dữ liệu",
    Part.MAINTENANCE: "bảo trì",
}
_METHOD: Final = (
    (
        "Độ khả dụng = (thời gian hoạt động + thời gian suy giảm) / (thời gian hoạt động + thời gian suy giảm + thời gian mất "
        "kết nối) × 100, chỉ tính trong giờ phục vụ và ngoài thời gian bảo trì. Tỷ lệ không làm tròn lên."
    ),
    (
        "Mất kết nối được tính khi số lần đo liên tiếp không thành công đạt mức đặt cho từng phép đo trong danh mục giám sát; "
        "thời điểm bắt đầu là lần đo thất bại đầu tiên, thời điểm kết thúc là lần đo thành công đầu tiên."
    ),
    (
        "Thời gian bảo trì, ngoài giờ phục vụ và không có dữ liệu được loại trừ và nêu riêng. Đối tượng phía sau nơi đang bảo "
        "trì được tính là bảo trì khi không hoạt động; sự cố nằm trọn trong thời gian bảo trì không được đếm."
    ),
    (
        "Số liệu của đơn vị, địa bàn, kênh truyền, nhà mạng là tổng thời gian của các đối tượng thuộc phạm vi đó, không phải "
        "trung bình các tỷ lệ. Mất gói chỉ tính trong những giờ đường truyền có trả lời; mất kết nối đã tính vào độ khả dụng."
    ),
    (
        "Lượt gián đoạn tính theo từng đối tượng, ghi vào kỳ mà lượt bắt đầu; địa phương có hơn một đường truyền thì mỗi đường "
        "tính riêng, một đường mất kết nối là có gián đoạn. Sự cố là việc đã báo cho người trực, nhiều nơi "
        "cùng một nguyên nhân được tính một sự cố; nguyên nhân chỉ tính khi có người xác nhận."
    ),
)


def method_blocks(figures: Figures, settings: ReportSettings, *, digest: str) -> tuple[Block, ...]:
    """Return the appendix; `digest` is the hash of the figures, "" while they are not frozen."""
    blocks: list[Block] = [Heading(1, "1. Phương pháp tính")]
    blocks += [Paragraph(f"- {each}") for each in _METHOD]
    blocks += [
        Paragraph(f"- {little_data_note(figures)}"),
        Heading(1, "2. Mức độ đầy đủ của số liệu"),
        data_table(figures),
        Paragraph(_version(figures, digest)),
        *_left(figures),
    ]
    if not figures.corrections:
        blocks.append(Paragraph("Trong kỳ không có hiệu chỉnh số liệu."))
    blocks += [Heading(1, "3. Biểu đồ"), *_charts(figures, settings)]
    if figures.corrections:
        # Behind the charts, which fill a page: text takes what room is left, a chart would leave it empty.
        blocks += [Heading(1, "4. Hiệu chỉnh số liệu"), _corrections_table(figures)]
    return tuple(blocks)


def _charts(figures: Figures, settings: ReportSettings) -> Iterator[Block]:
    hours = hours_picture(figures)
    yield from (
        each for each in (tiles_picture(figures, settings), days_picture(figures), hours) if each is not None
    )
    if hours is None:
        said = "không ghi nhận thời gian gián đoạn đường truyền để lập biểu đồ theo giờ"
        yield Paragraph(judging.nothing(figures, said))


def _version(figures: Figures, digest: str) -> str:
    """Say of which inventory and of which figures it is. In a paragraph: it is another each time, whatever is counted."""
    zone = ZoneInfo(figures.zone)
    inventory = figures.inventory_digest[:SHOWN_OF_DIGEST]
    said = (
        f"Danh mục giám sát: phiên bản {inventory}; số liệu lập lúc {official.moment(figures.made_at, zone)}"
    )
    frozen = f"mã kiểm SHA-256 {digest[:SHOWN_OF_DIGEST]}" if digest else "bản nháp, chưa chốt"
    return f"{said}; {frozen}."


def data_table(figures: Figures) -> Table:
    """Return how much was known of the period."""
    zone = ZoneInfo(figures.zone)
    parts = figures.province_parts
    pairs: tuple[tuple[str, Cell], ...] = (
        ("Kỳ số liệu", cells.text(_span(figures))),
        ("Số liệu tính đến", _moment(figures.known_until_at, zone)),
        ("Số đối tượng giám sát", cells.count(sum(each.row.members for each in figures.layers.values()))),
        ("Tỷ lệ có dữ liệu", cells.percentage(parts.coverage_ratio)),
        ("Ngưỡng đủ dữ liệu", cells.percentage(figures.least_coverage_ratio)),
        ("Tổng thời gian hoạt động", _span_or_zero(parts.up_s)),
        ("Tổng thời gian suy giảm", _span_or_zero(parts.degraded_s)),
        ("Tổng thời gian mất kết nối", _span_or_zero(parts.down_s)),
        ("Thời gian bảo trì (loại trừ)", _span_or_zero(parts.maintenance_s)),
        ("Thời gian không có dữ liệu (loại trừ)", _span_or_zero(parts.unknown_s)),
        ("Thời gian ngoài giờ phục vụ (loại trừ)", _span_or_zero(parts.off_hours_s)),
        ("Thời gian chưa hoặc thôi giám sát (loại trừ)", _span_or_zero(parts.unwatched_s)),
        ("Thời gian tiếp nhận trung bình", cells.span(figures.acknowledgement_s)),
        ("Thời gian khắc phục đường truyền trung bình", cells.span(figures.restore_s)),
    )
    return Table(
        id="phuong-phap",
        caption="Mức độ đầy đủ của số liệu",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("chi_tieu", "Chỉ tiêu", 78),
            cells.centred("gia_tri", "Giá trị", 75),
        ),
        rows=tuple(
            cells.row(cells.ordinal(number), cells.text(name), value)
            for number, (name, value) in enumerate(pairs, 1)
        ),
        notes=("Thời gian cộng của tất cả đối tượng giám sát.",),
        sheet="Phương pháp",
    )


def _corrections_table(figures: Figures) -> Table:
    return Table(
        id="hieu-chinh",
        caption="Các hiệu chỉnh đã tính vào số liệu",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("doi_tuong", "Đối tượng", 35),
            cells.column("tu", "Từ", 19, CellKind.MOMENT),
            cells.column("den", "Đến", 19, CellKind.MOMENT),
            cells.column("tinh_la", "Tính là", 19),
            cells.column("ly_do", "Lý do, văn bản", 36),
            cells.column("nguoi", "Người lập, người duyệt", 25),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(_named((_target_name(figures, check) for check in each.check_ids), "đối tượng")),
                cells.moment(each.from_at, figures),
                cells.moment(each.until_at, figures),
                cells.text(_counts_as(each)),
                cells.text(f"{each.reason} ({each.document})" if each.document else each.reason),
                cells.text(f"{each.who}; {each.approver}" if each.approver else each.who),
            )
            for number, each in enumerate(figures.corrections, 1)
        ),
    )


def _counts_as(correction: Correction) -> str:
    if correction.counts_as is None:
        return "rút lại"
    said = _PARTS.get(correction.counts_as, str(correction.counts_as))
    was = None if correction.was is None else _PARTS.get(correction.was)
    return f"{said} (trước là {was})" if was else said


def _left(figures: Figures) -> tuple[Block, ...]:
    if not figures.left:
        return ()
    named = _named((_target_name(figures, check) for check in figures.left), "đối tượng")
    return (Paragraph(f"Đã rời danh mục giám sát, không có trong số liệu: {named}."),)


def _target_name(figures: Figures, check_id: str) -> str:
    """Return the name of a check's target; ids are "<target id>/<kind>"."""
    target = check_id.partition("/")[0]
    name = figures.target_names.get(target, "")
    unit = figures.places.get(target.partition(".")[0])  # what left has no name, but mostly its unit's code
    return name or (f"{target} ({unit.name})" if unit is not None else target)


def _named(names: Iterable[str], what: str) -> str:
    own = list(dict.fromkeys(names))
    rest = len(own) - _MOST_NAMED
    if rest <= 1:
        return "; ".join(own)
    return f"{'; '.join(own[:_MOST_NAMED])} và {official.count(rest)} {what} khác"


def _span(figures: Figures) -> str:
    said = periods.span(figures.period, zone=figures.zone, known_until_at=figures.known_until_at)
    return said[:1].upper() + said[1:]


def _span_or_zero(seconds: float) -> Cell:
    return Cell(official.span(seconds), seconds, CellKind.DURATION)


def _moment(at: float, zone: ZoneInfo) -> Cell:
    return Cell(official.moment(at, zone), at, CellKind.MOMENT)
