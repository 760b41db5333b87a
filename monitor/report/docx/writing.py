"""A document as DOCX: the same values and pictures give the same bytes. Reads the template, nothing else."""

import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from inventory.problem import Problem
from monitor.report.document import wording
from monitor.report.document.model import Appendix, Document
from monitor.report.docx import sections, styles
from monitor.report.docx.blocks import content_blocks, keep_last
from monitor.report.docx.frame import Draw, Frame
from monitor.report.docx.head import head_blocks
from monitor.report.docx.house import (
    APPENDICES_MARK,
    CONTENT_MARK,
    HEAD_MARK,
    RECIPIENTS_MARK,
    house_document,
)
from monitor.report.docx.packing import describe, packed
from monitor.report.docx.signing import signing_blocks
from monitor.report.docx.template import marked, open_template, style_ids
from monitor.report.docx.wordml import EMU_PER_MM

_LOG: Final = logging.getLogger(__name__)
_REMEDY: Final = (
    "chạy 'tslcd-monitor report template --to mau-bao-cao.docx' để lấy mẫu có sẵn rồi sửa trên đó"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A file, and what was wrong with the template; `is_built_in`: the built-in one was used."""

    content: bytes
    is_built_in: bool
    problems: tuple[Problem, ...] = ()


def docx_bytes(
    document: Document, pictures: Mapping[str, bytes | None], template: Path | None = None
) -> bytes:
    """Return a document as DOCX; what is wrong with the template is logged.

    Args:
        document: What is written.
        pictures: Id of a picture -> PNG; None or absent: the document says that it could not be drawn.
        template: DOCX of the province's own, see `house_template`; one that cannot be used is replaced by the built-in.
    """
    written = write_docx(document, pictures, template)
    for problem in written.problems:
        _LOG.warning("%s", problem)
    return written.content


def write_docx(
    document: Document, pictures: Mapping[str, bytes | None], template: Path | None = None
) -> Written:
    """Return the same with what was wrong with the template."""
    chosen = open_template(template)
    try:
        return Written(_filled(chosen.document, document, pictures), chosen.is_built_in, chosen.problems)
    except Exception:
        if chosen.is_built_in:
            raise
        _LOG.exception("the template %s cannot be filled in", template)
        problem = Problem(str(template), 1, "", "không điền được vào mẫu báo cáo, dùng mẫu có sẵn", _REMEDY)
        content = _filled(house_document(), document, pictures)
        return Written(content, is_built_in=True, problems=(*chosen.problems, problem))


def _filled(docx: DocxDocument, document: Document, pictures: Mapping[str, bytes | None]) -> bytes:
    body = docx.element.body
    ids = style_ids(docx)
    if document.mark:
        sections.mark_pages(docx, document.mark, ids)
    properties = body.find(qn("w:sectPr"))
    main = sections.numbered(properties)
    frame = sections.frame_of(main, ids)
    draw = _drawer(docx)
    opening = [frame.line(styles.BODY, document.opening)] if document.opening else []
    blocks = content_blocks(document.blocks, frame, pictures, draw)
    closing = [frame.line(styles.BODY, document.closing)] if document.closing else []
    signing = signing_blocks(document, frame)
    if signing:
        keep_last(blocks if closing else [])
        keep_last(closing or blocks)
    parts = _appendices(document, main, ids, pictures, draw)
    filling = {
        HEAD_MARK: head_blocks(document, frame),
        CONTENT_MARK: [*opening, *blocks, *closing],
        RECIPIENTS_MARK: signing,
        APPENDICES_MARK: sections.joined([([], main, frame), *parts]) if parts else [],
    }
    for mark, line in list(marked(docx)):
        for made in filling[mark]:
            line.addprevious(made)
        body.remove(line)
    body.replace(properties, parts[-1][1] if parts else main)
    sections.finish(body, frame)
    for number, name in enumerate(body.iter(qn("wp:docPr")), 1):
        name.set("id", str(number))
    describe(docx, document)
    return packed(docx)


def _appendices(
    document: Document,
    main: BaseOxmlElement,
    ids: dict[str, str],
    pictures: Mapping[str, bytes | None],
    draw: Draw,
) -> list[sections.Part]:
    """Return what each appendix holds, with its section."""
    made: list[sections.Part] = []
    for part in document.appendices:
        properties = sections.appendix(main, is_landscape=part.is_landscape)
        frame = sections.frame_of(properties, ids, is_appendix=True)
        blocks = content_blocks(part.blocks, frame, pictures, draw)
        made.append(([*_appendix_head(part, document.attached_to, frame), *blocks], properties, frame))
    return made


def _appendix_head(part: Appendix, attached_to: str, frame: Frame) -> list[BaseOxmlElement]:
    made = [frame.line(styles.APPENDIX, wording.appendix_name(part.numeral))]
    made.append(frame.line(styles.APPENDIX_TITLE, part.title.upper()))
    return [*made, frame.line(styles.ATTACHED_TO, attached_to)] if attached_to else made


def _drawer(docx: DocxDocument) -> Draw:
    def draw(png: bytes, width_mm: float, height_mm: float) -> BaseOxmlElement:
        try:
            inline = docx.part.new_pic_inline(io.BytesIO(png))
        except Exception as error:
            # The library reads headers of pictures with no guard: a cut one is any error.
            message = "not a picture"
            raise ValueError(message) from error
        scale = min(width_mm * EMU_PER_MM / inline.extent.cx, height_mm * EMU_PER_MM / inline.extent.cy)
        width, height = int(inline.extent.cx * scale), int(inline.extent.cy * scale)
        for size in (inline.extent, inline.graphic.graphicData.pic.spPr):
            size.cx, size.cy = width, height
        return inline

    return draw
