"""Headings, paragraphs, tables and pictures as ReportLab lays them out."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import takewhile
from typing import Any, Final

from reportlab.platypus import CondPageBreak, Flowable, Image, KeepTogether

from monitor.report.document import wording
from monitor.report.document.model import Block, Heading, Paragraph, Picture, Table
from monitor.report.pdf import looks
from monitor.report.pdf.frame import Frame
from monitor.report.pdf.letters import MM, plain
from monitor.report.pdf.tables import table_flowables

PICTURE_MM: Final = 160.0
CAPTION_MM: Final = 25.0
"""Room for what stands below a picture."""
HEADING: Final = 9 * MM
BEFORE_TEXT: Final = 14 * MM
BEFORE_OTHERS: Final = 70 * MM
"""A heading stands with what it is about: two lines of text, or what of a table or picture is seldom split."""


class Described(Image):  # type: ignore[misc]  # ReportLab has no types
    """A picture with words for who cannot see it (ISO 32000-1, 14.9.3)."""

    def __init__(self, png: bytes, alt: str, most_width: float, most_height: float) -> None:
        super().__init__(BytesIO(png))
        self._restrictSize(most_width, most_height)
        self._alt = alt

    def draw(self) -> None:
        """Draw it, with its words around."""
        words = b"\xfe\xff" + self._alt.encode("utf-16-be")
        canvas: Any = self.canv
        canvas.addLiteral(f"/Span <</Alt <{words.hex().upper()}>>> BDC")
        super().draw()
        canvas.addLiteral("EMC")


def block_flowables(
    blocks: Sequence[Block], pictures: Mapping[str, bytes | None], frame: Frame
) -> list[Flowable]:
    """Return blocks in their order."""
    made: list[Flowable] = []
    for place, block in enumerate(blocks):
        match block:
            case Heading():
                if not place or not isinstance(blocks[place - 1], Heading):
                    made.append(CondPageBreak(_room(blocks[place:], frame)))
                level = block.level if frame.is_appendix else block.level - 1
                made.append(outlined(frame, looks.heading(block.level), block.text, level))
            case Paragraph():
                made.append(frame.line(looks.BODY, block.text))
            case Table():
                made += table_flowables(block, frame)
            case Picture():
                made.append(_picture(block, pictures.get(block.id), frame))
    return made


def outlined(frame: Frame, look: str, text: str, level: int) -> Flowable:
    """Return a heading that the outline of the document names; `level` counts from 0."""
    made = frame.line(look, text)
    made.outline_title = plain(text)
    made.outline_level = max(level, 0)
    return made


def _room(blocks: Sequence[Block], frame: Frame) -> float:
    """Return how much room headings that follow each other need together with the beginning of what they are about."""
    headings = list(takewhile(lambda block: isinstance(block, Heading), blocks))
    rest = blocks[len(headings) :]
    needed = BEFORE_TEXT if not rest or isinstance(rest[0], Paragraph) else BEFORE_OTHERS
    return min((len(headings) * HEADING + needed) * frame.scale, frame.height / 2)


def _picture(block: Picture, png: bytes | None, frame: Frame) -> Flowable:
    caption = frame.line(looks.PICTURE_CAPTION, block.caption)
    if png is None:
        return KeepTogether([frame.line(looks.PICTURE, wording.instead_of(block)), caption])
    is_landscape = frame.width > frame.height
    width = frame.width if is_landscape else min(PICTURE_MM * MM * frame.scale, frame.width)
    return KeepTogether([Described(png, plain(block.alt), width, frame.height - CAPTION_MM * MM), caption])
