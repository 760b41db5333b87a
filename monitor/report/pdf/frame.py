"""The room between the margins of a page, and how large letters are in it."""

from dataclasses import dataclass
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.platypus import Paragraph

from monitor.report.document.model import Alignment, Document
from monitor.report.pdf import looks
from monitor.report.pdf.letters import MM

INTERNAL_SCALE: Final = 12 / 14
"""A page without a head is no document of the decree: smaller letters keep it to the pages that people will read."""


@dataclass(frozen=True, slots=True)
class Margins:
    """Millimetres of an upright page; `turned_right`: of one lying on its side."""

    top: float
    bottom: float
    left: float
    right: float
    turned_right: float


OFFICIAL: Final = Margins(20, 20, 30, 15, 20)
"""NĐ 30/2020/NĐ-CP, Appendix I."""
INTERNAL: Final = Margins(18, 16, 20, 15, 16)


@dataclass(frozen=True, slots=True)
class Frame:
    """Sizes are points; `left` and `bottom` are where it begins on the paper."""

    paper: tuple[float, float]
    left: float
    bottom: float
    width: float
    height: float
    is_appendix: bool = False
    scale: float = 1.0

    def line(
        self, look: str, text: str, alignment: Alignment | None = None, *, is_bold: bool | None = None
    ) -> Paragraph:
        """Return a paragraph; whatever the text holds, it is text."""
        return looks.paragraph(look, text, alignment, is_bold=is_bold, scale=self.scale)


def frame_of(document: Document, *, is_landscape: bool = False, is_appendix: bool = False) -> Frame:
    """Return the frame of the document's pages."""
    margins = OFFICIAL if document.head is not None else INTERNAL
    paper = (A4[1], A4[0]) if is_landscape else (A4[0], A4[1])
    right = margins.turned_right if is_landscape else margins.right
    return Frame(
        paper=paper,
        left=margins.left * MM,
        bottom=margins.bottom * MM,
        width=paper[0] - (margins.left + right) * MM,
        height=paper[1] - (margins.top + margins.bottom) * MM,
        is_appendix=is_appendix,
        scale=1.0 if document.head is not None else INTERNAL_SCALE,
    )
