"""The blocks of a document: headings, paragraphs, tables, pictures. Pure."""

from collections.abc import Iterable, Mapping

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from monitor.report.document import wording
from monitor.report.document.model import Block, Heading, Paragraph, Picture, Table
from monitor.report.docx import styles
from monitor.report.docx.frame import Draw, Frame
from monitor.report.docx.tables import table_blocks
from monitor.report.docx.wordml import clean, element, paragraph

_PICTURE_MM = 160.0
_CAPTION_MM = 25.0
"""Room for what stands below a picture."""


def content_blocks(
    blocks: Iterable[Block], frame: Frame, pictures: Mapping[str, bytes | None], draw: Draw
) -> list[BaseOxmlElement]:
    """Return the elements of blocks, in their order."""
    made: list[BaseOxmlElement] = []
    for block in blocks:
        match block:
            case Heading():
                style = styles.HEADINGS[min(max(block.level, 1), len(styles.HEADINGS)) - 1]
                made.append(frame.line(style, block.text))
            case Paragraph():
                made.append(frame.line(styles.BODY, block.text))
            case Table():
                made.extend(table_blocks(block, frame))
            case Picture():
                made.extend(_picture(block, frame, pictures.get(block.id), draw))
    return made


def keep_last(elements: list[BaseOxmlElement]) -> None:
    """Keep the last paragraph of these with what follows, so that a signature never stands alone."""
    for made in elements[-1:]:
        properties = made.find(qn("w:pPr"))
        if properties is not None and properties.find(qn("w:keepNext")) is None:
            properties.insert(1, element("keepNext"))


def _picture(block: Picture, frame: Frame, png: bytes | None, draw: Draw) -> list[BaseOxmlElement]:
    inline = None
    if png is not None:
        is_landscape = frame.width_mm > frame.height_mm
        width = frame.width_mm if is_landscape else min(_PICTURE_MM, frame.width_mm)
        try:
            inline = draw(png, width, frame.height_mm - _CAPTION_MM)
        except ValueError:
            inline = None
    caption = frame.line(styles.PICTURE_CAPTION, block.caption)
    if inline is None:
        return [frame.line(styles.PICTURE, wording.instead_of(block)), caption]
    name = inline.find(qn("wp:docPr"))
    name.set("name", clean(block.id))
    name.set("descr", clean(block.alt))
    drawing = element("drawing", inline)
    return [paragraph(frame.style_ids[styles.PICTURE], [element("r", drawing)]), caption]
