"""One page for leaders: a sentence, six figures, the map, three difficulties, what is asked for. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from monitor import official
from monitor.report import periods
from monitor.report.document import cells, head, judging
from monitor.report.document.cells import clean
from monitor.report.document.headline import headline
from monitor.report.document.model import Block, Cell, CellKind, Document, Heading, Paragraph, Table
from monitor.report.document.numbering import Numbering
from monitor.report.document.pictures import tiles_picture
from monitor.report.document.report import DRAFT, bullet, document_id, properties
from monitor.report.document.summing import added
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Compared, Figures
from monitor.report.sentences.model import Section, Sentence
from monitor.settings.report import ReportSettings

MOST_SENTENCES: Final = 3
_LINES: Final = 7
"""So many are left beside the table and the map; one difficulty and one wish are always printed."""
_ASKED_LINES: Final = 3
_LINE: Final = 80
"""Characters of a line of 165 mm at 14 points."""
_TITLE_LINE: Final = 66
"""The same of a bold one."""
_LEAST_CUT: Final = 100


def leader_document(
    figures: Figures,
    sentences: Sequence[Sentence],
    changes: Changes,
    settings: ReportSettings,
    *,
    revision: int | None,
    made_at: float,
    digest: str,
) -> Document:
    """Return the page for leaders; arguments as of `report_document`. It has no head and no signature."""
    del changes
    used = [each for each in sentences if each.is_used and clean(each.text or each.auto_text)]
    picture = tiles_picture(figures, settings)
    subject = (
        f"Tình hình hạ tầng số {periods.name(figures.period, zone=figures.zone)} {head.province(figures)}"
    )
    asked = _asked_for(used)
    lines = _LINES - len(subject) // _TITLE_LINE - sum(map(_lines, asked))
    blocks: list[Block] = [
        _six_figures(figures),
        *([] if picture is None else [picture]),
        Heading(1, "Khó khăn chính"),
        *_difficulties(figures, used, lines),
        Heading(1, "Kiến nghị, đề xuất"),
        *asked,
    ]
    return Document(
        id=document_id("BC-lanh-dao", figures, revision),
        name="TÓM TẮT CHO LÃNH ĐẠO",
        subject=subject,
        head=None,
        addressees=(),
        opening=headline(figures),
        blocks=Numbering().blocks(blocks),
        closing="",
        recipients=(),
        signature=None,
        mark=DRAFT if revision is None else "",
        made_at=made_at,
        digest=digest,
        properties=properties(subject, head.issuer_in_sentence(figures, settings), figures, digest),
        zone=figures.zone,
    )


def _six_figures(figures: Figures) -> Table:
    before = periods.short_name(figures.before, beside=figures.period, zone=figures.zone)
    # Not the layer: the pages of communes are in it too.
    shared = added([system.compared for system in figures.shared], figures.least_coverage_ratio)
    rows: tuple[tuple[str, Cell, Cell], ...] = (
        ("Độ khả dụng đường truyền đến cấp xã", *_ratios(figures.lines)),
        ("Số lượt gián đoạn đường truyền", *_counts(figures.lines)),
        ("Tổng thời gian gián đoạn đường truyền", *_lengths(figures.lines)),
        (
            "Thời gian khắc phục trung bình",
            cells.span(figures.restore_s),
            cells.span(figures.restore_before_s),
        ),
        ("Điểm cầu sẵn sàng khi khai mạc họp trực tuyến", _ready(figures), cells.DASH),
        (
            f"Độ khả dụng hệ thống dùng chung của {official.province_level(figures.province)}",
            *_ratios(shared),
        ),
    )
    now = periods.short_name(figures.period, beside=figures.period, zone=figures.zone)
    return Table(
        id="sau-chi-so",
        caption="",
        columns=(
            cells.column("chi_so", "Chỉ số", 91),
            cells.centred("ky_nay", _capital(now), 37),
            cells.centred("ky_truoc", _capital(before), 37),
        ),
        rows=tuple(cells.row(cells.text(name), now, then) for name, now, then in rows),
        sheet="Tóm tắt",
    )


def _ratios(compared: Compared | None) -> tuple[Cell, Cell]:
    if compared is None:
        return cells.DASH, cells.DASH
    then = cells.DASH if compared.before is None else cells.percentage(compared.before.availability_ratio)
    return cells.percentage(compared.row.availability_ratio), then


def _counts(compared: Compared | None) -> tuple[Cell, Cell]:
    if compared is None:
        return cells.DASH, cells.DASH
    then = cells.DASH if compared.before is None else cells.count(compared.before.outages.count)
    return cells.count(compared.row.outages.count), then


def _lengths(compared: Compared | None) -> tuple[Cell, Cell]:
    if compared is None:
        return cells.DASH, cells.DASH
    then = cells.DASH if compared.before is None else cells.span(compared.before.parts.down_s)
    return cells.span(compared.row.parts.down_s), then


def _ready(figures: Figures) -> Cell:
    known = [seat.was_ready for each in figures.meetings for seat in each.seats if seat.was_ready is not None]
    if not figures.meetings:
        return Cell("không có cuộc họp", None, CellKind.TEXT)
    return cells.fraction(sum(known), len(known))


def _difficulties(figures: Figures, used: Sequence[Sentence], lines: int) -> list[Paragraph]:
    own = _fitting([each for each in used if each.section is Section.DIFFICULTIES], lines)
    nothing = Paragraph(f"- {judging.nothing(figures, judging.NO_DIFFICULTIES)}")
    return own or [nothing]


def _asked_for(used: Sequence[Sentence]) -> list[Paragraph]:
    """Return what is asked for; where nothing is, what is planned to be done."""
    for section in (Section.PROPOSALS, Section.MEASURES):
        own = _fitting([each for each in used if each.section is section], _ASKED_LINES)
        if own:
            return own
    return [Paragraph("- Không có kiến nghị.")]


def _fitting(sentences: Sequence[Sentence], lines: int) -> list[Paragraph]:
    """Return the first three sentences as far as they fit on the page."""
    fitting: list[Paragraph] = []
    for each in sentences[:MOST_SENTENCES]:
        paragraph = _gist(each)
        lines -= _lines(paragraph)
        if fitting and lines < 0:
            break
        fitting.append(paragraph)
    return fitting


def _lines(paragraph: Paragraph) -> int:
    return -(-len(paragraph.text) // _LINE)


def _gist(sentence: Sentence) -> Paragraph:
    """Return a sentence up to where it begins to list; a writer's own words stay as they are."""
    whole = bullet(sentence)
    places = [whole.text.find(mark) for mark in (": ", "; ")]
    end = min((place for place in places if place > 0), default=len(whole.text))
    if sentence.is_edited or len(whole.text) - end < _LEAST_CUT:
        return whole
    return replace(whole, text=f"{whole.text[:end]}.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
