"""The official report of a period: figures, sentences and a writer's changes become one document. Pure.

Outline and order of the sections follow the reports of the province's bodies; the layout is each format's own.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from alerts.model.incident import Side
from inventory.model import Layer
from monitor import official
from monitor.report import periods
from monitor.report.document import head, judging, meetings, systems
from monitor.report.document.cells import clean
from monitor.report.document.communes import commune_blocks
from monitor.report.document.incidents import (
    incidents_sheet,
    listed_blocks,
    listed_title,
    outages_sheet,
)
from monitor.report.document.layers import layers_table
from monitor.report.document.method import method_blocks
from monitor.report.document.model import (
    Appendix,
    Block,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
)
from monitor.report.document.numbering import Numbering
from monitor.report.document.pictures import causes_picture, months_picture
from monitor.report.document.rankings import circuits_sheet, lowest_sheet
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Section, Sentence
from monitor.settings.report import ReportSettings

DRAFT: Final = "BẢN NHÁP"
READING_COPY: Final = "BẢN ĐỌC, KHÔNG THAY THẾ BẢN KÝ SỐ"
SIDES: Final[Mapping[Side, str]] = {
    Side.CENTRAL: "Về phía Trung ương",
    Side.ENTERPRISE: "Về phía doanh nghiệp viễn thông",
    Side.LOCAL: "Về phía địa phương",
    Side.OBJECTIVE: "Nguyên nhân khách quan",
}
UNKNOWN_SIDE: Final = "unknown"
"""`Sentence.group` of the sentence about what nobody confirmed."""
_LETTERS: Final = "abcdđe"
"""Vietnamese alphabet: points of a clause (NĐ 30/2020/NĐ-CP, Phụ lục I)."""


def report_document(
    figures: Figures,
    sentences: Sequence[Sentence],
    changes: Changes,
    settings: ReportSettings,
    *,
    revision: int | None,
    made_at: float,
    digest: str,
) -> Document:
    """Return the report. `revision` None: a draft, marked as such; `digest`: of the figures (hex), or "".

    Only sentences that are used are printed, in the order given. `made_at`: Unix seconds, for the files' properties.
    """
    used = [
        sentence for sentence in sentences if sentence.is_used and clean(sentence.text or sentence.auto_text)
    ]
    numbering = Numbering()
    blocks = numbering.blocks(
        (*_results(figures, used, settings), *_difficulties(figures, used, settings), *_rest(used))
    )
    subject = head.subject(figures)
    issuer = head.issuer_in_sentence(figures, settings)
    return Document(
        id=document_id("BC-giam-sat", figures, revision),
        name="BÁO CÁO",
        subject=subject,
        head=head.head(figures, settings),
        addressees=head.addressees(settings, changes),
        opening=head.opening(figures, settings, changes),
        blocks=blocks,
        closing=head.closing(figures, settings),
        recipients=head.recipients(settings, changes),
        signature=head.signature(settings, changes),
        appendices=tuple(numbering.appendix(each) for each in _appendices(figures, settings, digest)),
        attached_to=head.attached_to(figures, settings),
        sheets=(
            incidents_sheet(figures),
            outages_sheet(figures),
            circuits_sheet(figures),
            lowest_sheet(figures, settings),
        ),
        mark=DRAFT if revision is None else "",
        footer=READING_COPY,
        made_at=made_at,
        digest=digest,
        properties=properties(f"Báo cáo {subject[:1].lower()}{subject[1:]}", issuer, figures, digest),
        zone=figures.zone,
    )


def document_id(prefix: str, figures: Figures, revision: int | None) -> str:
    """Return the name of the files: "BC-giam-sat-2026-11-ban1", "...-nhap" of a draft."""
    return f"{prefix}-{figures.period.id}-{'nhap' if revision is None else f'ban{revision}'}"


def properties(title: str, author: str, figures: Figures, digest: str) -> tuple[tuple[str, str], ...]:
    """Return what the files say of themselves."""
    keywords = [figures.period.id, *([f"sha256:{digest}"] if digest else [])]
    return (
        ("title", title),
        ("author", author),
        ("subject", "Giám sát hạ tầng số"),
        ("keywords", ", ".join(keywords)),
    )


def bullet(sentence: Sentence) -> Paragraph:
    """Return a sentence as it is printed."""
    text = clean(sentence.text or sentence.auto_text)
    return Paragraph(f"- {text.removeprefix('- ')}", sentence.id)


def _results(figures: Figures, used: Sequence[Sentence], settings: ReportSettings) -> list[Block]:
    """Return section 1: each table and picture behind the sentence that it belongs to."""
    behind: dict[str, list[Block]] = {
        "K1": _some(months_picture(figures, settings)),
        "K2": _some(meetings.body_table(figures)),
        "K3": [],
        "K4": [systems.shared_table(figures)] if figures.shared else [],
        "K5": _some(systems.central_table(figures)),
    }
    own = [sentence for sentence in used if sentence.section is Section.RESULTS]
    blocks: list[Block] = [
        Heading(1, "1. Kết quả thực hiện"),
        Paragraph(_lead(figures)),
        layers_table(figures, settings),
    ]
    last = {sentence.rule_id: place for place, sentence in enumerate(own)}
    if "K2" not in last and Layer.CONFERENCE in figures.layers and not figures.meetings:
        blocks.append(
            Paragraph(f"- Trong {periods.noun(figures.period)} không ghi nhận cuộc họp trực tuyến nào.")
        )
    for place, sentence in enumerate(own):
        blocks.append(bullet(sentence))
        if last[sentence.rule_id] == place:
            blocks += behind.pop(sentence.rule_id, [])
    for rest in behind.values():
        blocks += rest
    return blocks


def _lead(figures: Figures) -> str:
    noun = periods.noun(figures.period)
    coverage = figures.province_parts.coverage_ratio
    said = (
        f"Kết quả giám sát các lớp hạ tầng số trong {noun} được tổng hợp tại Bảng 1; chi tiết tại các phụ lục kèm theo: "
        "số liệu từng xã, phường, đặc khu (Phụ lục I), sự cố (Phụ lục II), hệ thống Trung ương (Phụ lục III), hội nghị "
        "truyền hình và tình hình trang bị (Phụ lục IV), phương pháp tính và mức độ đầy đủ của số liệu (Phụ lục V)."
    )
    if coverage is None:
        return f"{said} Trong {noun} không có dữ liệu giám sát."
    said += f" Tỷ lệ có dữ liệu trong {noun} đạt {official.ratio(coverage)}"
    if coverage < figures.least_coverage_ratio:
        return f'{said}, thấp hơn mức {official.ratio(figures.least_coverage_ratio)}; nơi thiếu ghi "{official.NOT_ENOUGH}".'
    return f"{said}."


def _difficulties(figures: Figures, used: Sequence[Sentence], settings: ReportSettings) -> list[Block]:
    """Return section 2; a side of which nothing is confirmed is not named."""
    blocks: list[Block] = [
        Heading(1, f"2. {clean(settings.difficulties_title)}"),
        Heading(2, "2.1. Khó khăn, hạn chế"),
        *(bullet(each) for each in used if each.section is Section.DIFFICULTIES),
    ]
    if len(blocks) == 2:  # noqa: PLR2004 (only the headings)
        blocks.append(Paragraph(f"- {judging.nothing(figures, judging.NO_DIFFICULTIES)}"))
    blocks.append(Heading(2, "2.2. Nguyên nhân"))
    causes = [each for each in used if each.section is Section.CAUSES]
    sides = list(dict.fromkeys(settings.sides))
    known = {side.value for side in sides} | {UNKNOWN_SIDE}
    letters = iter(_LETTERS)
    for side in sides:
        own = [each for each in causes if each.group == side.value]
        if side is sides[-1]:  # what has a side that is not split off stands under the last one
            own += [each for each in causes if each.group not in known]
        if own:
            blocks += [Heading(3, f"{next(letters)}) {SIDES[side]}"), *map(bullet, own)]
    unknown = [each for each in causes if each.group == UNKNOWN_SIDE]
    if unknown:
        blocks += [Heading(3, f"{next(letters)}) Chưa xác định nguyên nhân"), *map(bullet, unknown)]
    if not causes:
        blocks.append(Paragraph(f"- {_no_causes(figures)}"))
    return blocks + _some(causes_picture(figures))


def _no_causes(figures: Figures) -> str:
    if not any(each.count for each in figures.causes):
        return judging.nothing(figures, "không phát sinh sự cố gián đoạn")
    return f"Trong {periods.noun(figures.period)} chưa có sự cố nào được xác nhận nguyên nhân."


def _rest(used: Sequence[Sentence]) -> list[Block]:
    """Return sections 3 and 4; the latter only with something in it."""
    measures = [bullet(each) for each in used if each.section is Section.MEASURES]
    standing = Paragraph(
        "- Tiếp tục duy trì giám sát hạ tầng số, phối hợp các cơ quan, đơn vị liên quan kịp thời xử lý sự cố phát sinh."
    )
    blocks: list[Block] = [
        Heading(1, "3. Một số giải pháp triển khai trong thời gian tới"),
        *(measures or [standing]),
    ]
    proposals = [bullet(each) for each in used if each.section is Section.PROPOSALS]
    return [*blocks, Heading(1, "4. Kiến nghị, đề xuất"), *proposals] if proposals else blocks


def _appendices(figures: Figures, settings: ReportSettings, digest: str) -> tuple[Appendix, ...]:
    name = periods.name(figures.period, zone=figures.zone).upper()
    level = official.province_level(figures.province).upper()
    return (
        Appendix(
            "I", f"KẾT QUẢ GIÁM SÁT TẠI CÁC XÃ, PHƯỜNG, ĐẶC KHU {name}", commune_blocks(figures, settings)
        ),
        Appendix("II", listed_title(settings), listed_blocks(figures, settings)),
        Appendix(
            "III",
            f"CÁC HỆ THỐNG DO BỘ, NGÀNH TRUNG ƯƠNG QUẢN LÝ (GHI NHẬN TỪ PHÍA {level})",
            systems.central_blocks(figures),
        ),
        Appendix("IV", "HỘI NGHỊ TRUYỀN HÌNH VÀ TÌNH HÌNH TRANG BỊ", meetings.meeting_blocks(figures)),
        Appendix(
            "V",
            "PHƯƠNG PHÁP TÍNH VÀ MỨC ĐỘ ĐẦY ĐỦ CỦA SỐ LIỆU",
            method_blocks(figures, settings, digest=digest),
            is_landscape=False,
        ),
    )


def _some(block: Picture | Table | None) -> list[Block]:
    return [] if block is None else [block]
