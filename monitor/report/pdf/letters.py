"""The four faces for ReportLab, and text as it may stand in its paragraphs."""

from functools import cache
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from monitor.report.fonts.covering import printable
from monitor.report.fonts.faces import Face, path_of

MM: Final[float] = mm
"""Points in a millimetre."""


def register() -> None:
    """Make the faces known to ReportLab by their names; doing so again changes nothing."""
    known = pdfmetrics.getRegisteredFontNames()
    for face in Face:
        if face.value not in known:
            pdfmetrics.registerFont(TTFont(face.value, str(path_of(face))))


def plain(text: str, face: Face = Face.REGULAR) -> str:
    """Return the text on one line with what the face has, as the canvas writes it."""
    return printable(text, _signs(face))


def marked_up(text: str, face: Face = Face.REGULAR) -> str:
    """Return the same for a paragraph: nothing in it is markup but the breaks of its own lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "<br/>".join(escape(plain(line, face)) for line in lines)


def width(text: str, face: Face, size: float) -> float:
    """Return how long a text is on one line, in points."""
    return float(pdfmetrics.stringWidth(text, face.value, size))


@cache
def _signs(face: Face) -> frozenset[int]:
    register()
    return frozenset(pdfmetrics.getFont(face.value).face.charToGlyph)
