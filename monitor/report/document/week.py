"""The page for the team: what happened, what is open, which causes are missing, who is lowest. Two pages at most. Pure."""

from collections.abc import Callable, Sequence
from typing import Final

from alerts.model.checks import Status
from monitor import official
from monitor.report import periods
from monitor.report.document import cells, head, judging
from monitor.report.document.headline import headline
from monitor.report.document.incidents import cause_words, full_name, incidents_sheet, outages_sheet
from monitor.report.document.layers import layers_table
from monitor.report.document.model import Block, CellKind, Document, Heading, Paragraph, Table
from monitor.report.document.numbering import Numbering
from monitor.report.document.rankings import lowest, lowest_table
from monitor.report.document.report import DRAFT, document_id, properties
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures, IncidentRecord
from monitor.report.sentences.model import Sentence
from monitor.settings.report import ReportSettings

MOST_LISTED: Final = 6
"""Rows of a list: four lists of these fit on two pages."""


def week_document(
    figures: Figures,
    sentences: Sequence[Sentence],
    changes: Changes,
    settings: ReportSettings,
    *,
    revision: int | None,
    made_at: float,
    digest: str,
) -> Document:
    """Return the page for the team; arguments as of `report_document`. It has no head and no signature."""
    del sentences, changes  # a list for people who know the incidents needs no prose
    subject = f"Tình hình hạ tầng số {periods.name(figures.period, zone=figures.zone)}"
    blocks: list[Block] = [
        Heading(1, "1. Kết quả"),
        layers_table(figures, settings),
        Heading(1, "2. Sự cố đã xảy ra, dài nhất trước"),
        *_happened(figures),
        Heading(1, "3. Sự cố chưa kết thúc"),
        *_open(figures),
        Heading(1, "4. Sự cố chưa xác nhận nguyên nhân"),
        *_without_cause(figures),
        Heading(1, "5. Đường truyền có độ khả dụng thấp nhất"),
        *_lowest(figures),
    ]
    return Document(
        id=document_id("BC-tuan", figures, revision),
        name="TỔNG HỢP CHO TỔ GIÁM SÁT",
        subject=subject,
        head=None,
        addressees=(),
        opening=headline(figures),
        blocks=Numbering().blocks(blocks),
        closing="",
        recipients=(),
        signature=None,
        sheets=(incidents_sheet(figures), outages_sheet(figures)),
        mark=DRAFT if revision is None else "",
        footer="Tài liệu nội bộ",
        made_at=made_at,
        digest=digest,
        properties=properties(subject, head.issuer_in_sentence(figures, settings), figures, digest),
        zone=figures.zone,
    )


def _happened(figures: Figures) -> tuple[Block, ...]:
    if not figures.incidents:
        return (Paragraph(judging.nothing(figures, "không phát sinh sự cố")),)
    longest = sorted(figures.incidents, key=lambda each: (-each.length_s, each.id))
    return (
        Paragraph(_count_words(figures)),
        _table(figures, "su-co-tuan", longest, lambda each: cause_words(each.cause, None)),
    )


def _count_words(figures: Figures) -> str:
    down = sum(each.level is Status.DOWN for each in figures.incidents)
    taken = sum(each.acknowledged_at is not None for each in figures.incidents)
    said = (
        f"{official.count(len(figures.incidents))} sự cố, trong đó {official.count(down)} gián đoạn; "
        f"{official.count(taken)} đã có người tiếp nhận"
    )
    if figures.acknowledgement_s is None:
        return f"{said}."
    return f"{said}, trung bình sau {official.span(figures.acknowledgement_s)}."


def _open(figures: Figures) -> tuple[Block, ...]:
    still = [each for each in figures.incidents if each.resolved_at is None]
    if not still:
        return (Paragraph("Không còn sự cố nào của kỳ chưa kết thúc."),)
    return (
        _table(
            figures,
            "con-mo",
            still,
            lambda each: each.acknowledged_by or "chưa ai nhận",
            last="Người nhận",
        ),
    )


def _without_cause(figures: Figures) -> tuple[Block, ...]:
    missing = [each for each in figures.incidents if each.cause is None and each.resolved_at is not None]
    if not missing:
        return (Paragraph("Mọi sự cố đã kết thúc đều có nguyên nhân được xác nhận."),)
    missing.sort(key=lambda each: (-each.length_s, each.id))
    return (
        _table(
            figures,
            "thieu-nguyen-nhan",
            missing,
            lambda each: "chưa rõ" if each.guess is None else f"nghi {cause_words(each.guess, None)}",
            last="Gợi ý",
        ),
    )


def _lowest(figures: Figures) -> tuple[Block, ...]:
    if not lowest(figures):
        return (Paragraph("Không có đường truyền nào gián đoạn hoặc không đủ dữ liệu để xếp."),)
    return (lowest_table(figures),)


def _table(
    figures: Figures,
    table_id: str,
    incidents: Sequence[IncidentRecord],
    note: Callable[[IncidentRecord], str],
    *,
    last: str = "Nguyên nhân",
) -> Table:
    rest = len(incidents) - MOST_LISTED
    return Table(
        id=table_id,
        caption="",
        columns=(
            cells.column("stt", "STT", 12, CellKind.NUMBER),
            cells.column("doi_tuong", "Đối tượng", 71),
            cells.column("bat_dau", "Bắt đầu", 26, CellKind.MOMENT),
            cells.column("thoi_gian", "Thời gian", 22, CellKind.DURATION),
            cells.column("ghi_chu", last, 34),
        ),
        rows=tuple(
            cells.row(
                cells.ordinal(number),
                cells.text(full_name(each)),
                cells.moment(each.opened_at, figures),
                cells.short_span(each.length_s),
                cells.text(note(each)),
            )
            for number, each in enumerate(incidents[:MOST_LISTED], 1)
        ),
        notes=(f"Còn {official.count(rest)} sự cố khác, có trong bảng tính kèm theo.",) if rest > 0 else (),
    )
