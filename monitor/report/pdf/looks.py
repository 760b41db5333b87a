"""How paragraphs look, in sizes of NĐ 30/2020/NĐ-CP, Appendix I; like the Word file's."""

from functools import cache
from typing import Any, Final

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from monitor.report.document.model import Alignment
from monitor.report.fonts.faces import Face
from monitor.report.pdf.letters import MM, marked_up

LEADING: Final = 1.18
"""Lines in sizes of letters: stacked marks ("Ễ", "Ặ") need the room."""
ALIGNMENTS: Final = {
    Alignment.LEFT: TA_LEFT,
    Alignment.CENTER: TA_CENTER,
    Alignment.RIGHT: TA_RIGHT,
}
FACES: Final = {
    (False, False): Face.REGULAR,
    (True, False): Face.BOLD,
    (False, True): Face.ITALIC,
    (True, True): Face.BOLD_ITALIC,
}
_FIRST_LINE: Final = 12.7 * MM

BODY: Final = "body"
OPENING: Final = "opening"
PARENT: Final = "parent"
ISSUER: Final = "issuer"
STATE: Final = "state"
MOTTO: Final = "motto"
PARTY: Final = "party"
DATE: Final = "date"
NAME: Final = "name"
SUBJECT: Final = "subject"
ADDRESSEE: Final = "addressee"
ADDRESSEES: Final = "addressees"
CAPTION: Final = "caption"
NOTE: Final = "note"
PICTURE: Final = "picture"
PICTURE_CAPTION: Final = "picture caption"
RECIPIENTS_LABEL: Final = "recipients label"
RECIPIENTS: Final = "recipients"
APPENDIX: Final = "appendix"
APPENDIX_TITLE: Final = "appendix title"
ATTACHED_TO: Final = "attached to"
CELL: Final = "cell"
SMALL_CELL: Final = "small cell"

_HEADINGS: Final = {1: "heading 1", 2: "heading 2", 3: "heading 3"}
_CENTERED: Final[dict[str, Any]] = {"alignment": TA_CENTER}
_INDENTED: Final[dict[str, Any]] = {"alignment": TA_JUSTIFY, "firstLineIndent": _FIRST_LINE}
_LOOKS: Final[dict[str, dict[str, Any]]] = {
    BODY: {**_INDENTED, "size": 14, "spaceBefore": 3, "spaceAfter": 3},
    OPENING: {**_INDENTED, "size": 14, "spaceBefore": 3, "spaceAfter": 3},
    "heading 1": {**_INDENTED, "size": 14, "is_bold": True, "spaceBefore": 8, "spaceAfter": 3},
    "heading 2": {**_INDENTED, "size": 14, "is_bold": True, "spaceBefore": 6, "spaceAfter": 3},
    "heading 3": {**_INDENTED, "size": 14, "spaceBefore": 6, "spaceAfter": 3},
    PARENT: {**_CENTERED, "size": 12},
    ISSUER: {**_CENTERED, "size": 12, "is_bold": True},
    STATE: {**_CENTERED, "size": 12, "is_bold": True},
    MOTTO: {**_CENTERED, "size": 13, "is_bold": True},
    PARTY: {**_CENTERED, "size": 15, "is_bold": True},
    DATE: {**_CENTERED, "size": 13, "is_italic": True},
    NAME: {**_CENTERED, "size": 14, "is_bold": True, "spaceBefore": 18},
    SUBJECT: {**_CENTERED, "size": 14, "is_bold": True, "leftIndent": 10 * MM, "rightIndent": 10 * MM},
    ADDRESSEE: {**_CENTERED, "size": 14, "spaceBefore": 8, "spaceAfter": 8},
    ADDRESSEES: {"alignment": TA_LEFT, "size": 14, "leftIndent": 55 * MM},
    CAPTION: {**_CENTERED, "size": 13, "is_bold": True, "spaceBefore": 6, "spaceAfter": 4},
    NOTE: {"alignment": TA_JUSTIFY, "size": 11, "is_italic": True, "spaceBefore": 3, "spaceAfter": 3},
    PICTURE: {**_CENTERED, "size": 14, "spaceBefore": 6},
    PICTURE_CAPTION: {**_CENTERED, "size": 13, "is_bold": True, "spaceBefore": 3, "spaceAfter": 6},
    RECIPIENTS_LABEL: {
        "alignment": TA_LEFT,
        "size": 12,
        "is_bold": True,
        "is_italic": True,
        "spaceBefore": 14,
    },
    RECIPIENTS: {"alignment": TA_LEFT, "size": 11},
    APPENDIX: {**_CENTERED, "size": 14, "is_bold": True},
    APPENDIX_TITLE: {**_CENTERED, "size": 14, "is_bold": True},
    ATTACHED_TO: {**_CENTERED, "size": 14, "is_italic": True, "spaceAfter": 6},
    CELL: {**_CENTERED, "size": 12},
    SMALL_CELL: {**_CENTERED, "size": 11},
}


def heading(level: int) -> str:
    """Return the name of a heading's look."""
    return _HEADINGS[min(max(level, 1), len(_HEADINGS))]


@cache
def style(
    name: str, alignment: Alignment | None = None, *, is_bold: bool | None = None, scale: float = 1.0
) -> tuple[ParagraphStyle, Face]:
    """Return ReportLab's style of a look, and the face it is written in; `scale`: of letters and gaps."""
    look = dict(_LOOKS[name])
    size = look.pop("size") * scale
    bold = look.pop("is_bold", False) if is_bold is None else is_bold
    look.pop("is_bold", None)
    face = FACES[bold, look.pop("is_italic", False)]
    for gap in ("spaceBefore", "spaceAfter"):
        look[gap] = look.get(gap, 0) * scale
    if alignment is not None:
        look["alignment"] = ALIGNMENTS[alignment]
    made = ParagraphStyle(
        name,
        fontName=face.value,
        fontSize=size,
        leading=size * LEADING,
        allowWidows=0,
        allowOrphans=0,
        **look,
    )
    return made, face


def paragraph(
    name: str,
    text: str,
    alignment: Alignment | None = None,
    *,
    is_bold: bool | None = None,
    scale: float = 1.0,
) -> Paragraph:
    """Return a paragraph; whatever the text holds, it is text."""
    made, face = style(name, alignment, is_bold=is_bold, scale=scale)
    return Paragraph(marked_up(text, face), made)
