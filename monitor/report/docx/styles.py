"""The styles of a document, by the names under which a writer finds and changes them in Word.

Sizes are those of Decree 30/2020/NĐ-CP, Appendix I, part I (13 to 14 points for the body, 12 to 13 for the head) and of
Guidance 36-HD/VPTW for documents of the Party.
"""

from dataclasses import dataclass
from typing import Final

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from monitor.report.docx.wordml import element, twips

FONT: Final = "Times New Roman"
LANGUAGE: Final = "vi-VN"

BODY: Final = "BC Nội dung"
HEADINGS: Final = ("heading 1", "heading 2", "heading 3")
PARENT: Final = "BC Cơ quan chủ quản"
ISSUER: Final = "BC Cơ quan ban hành"
STATE: Final = "BC Quốc hiệu"
MOTTO: Final = "BC Tiêu ngữ"
PARTY: Final = "BC Tiêu đề Đảng"
RULE: Final = "BC Đường kẻ"
NUMBER: Final = "BC Số ký hiệu"
DATE: Final = "BC Địa danh ngày tháng"
NAME: Final = "BC Tên loại"
SUBJECT: Final = "BC Trích yếu"
ADDRESSEE: Final = "BC Kính gửi"
ADDRESSEES: Final = "BC Danh sách kính gửi"
ADDRESSEES_LABEL: Final = "BC Kính gửi nhiều nơi"
CAPTION: Final = "BC Tên bảng"
CELL: Final = "BC Ô bảng"
SMALL_CELL: Final = "BC Ô bảng phụ lục"
NOTE: Final = "BC Ghi chú bảng"
PICTURE: Final = "BC Hình"
PICTURE_CAPTION: Final = "BC Tên hình"
RECIPIENTS_LABEL: Final = "BC Nơi nhận"
RECIPIENTS: Final = "BC Danh sách nơi nhận"
SIGNATURE: Final = "BC Chữ ký"
APPENDIX: Final = "BC Phụ lục"
APPENDIX_TITLE: Final = "BC Tên phụ lục"
ATTACHED_TO: Final = "BC Kèm theo"
END: Final = "BC Hết phần"
HEADER: Final = "header"
FOOTER: Final = "footer"
TABLE: Final = "BC Bảng"

_FIRST_LINE_MM: Final = 12.7


@dataclass(frozen=True, slots=True)
class Look:
    """How a paragraph looks. Sizes and gaps are points, indents millimetres; `gap` is above and below, unless said."""

    name: str
    size: float = 14
    is_bold: bool = False
    is_italic: bool = False
    alignment: str = "center"
    first_line_mm: float = 0
    left_mm: float = 0
    right_mm: float = 0
    before: float = 0
    after: float = 0
    exact_line: float = 0
    keeps_next: bool = False
    outline: int | None = None
    is_ruled: bool = False


LOOKS: Final = (
    Look(BODY, alignment="both", first_line_mm=_FIRST_LINE_MM, before=3, after=3),
    *(
        Look(
            name,
            is_bold=level < 2,  # noqa: PLR2004 - "a)" is upright, as the decree writes points
            alignment="both",
            first_line_mm=_FIRST_LINE_MM,
            before=6,
            after=3,
            keeps_next=True,
            outline=level,
        )
        for level, name in enumerate(HEADINGS)
    ),
    Look(PARENT, 12),
    Look(ISSUER, 12, is_bold=True),
    Look(STATE, 12, is_bold=True),
    Look(MOTTO, 13, is_bold=True),
    Look(PARTY, 15, is_bold=True),
    Look(RULE, 1, before=2, exact_line=3, is_ruled=True),
    Look(NUMBER, 13, before=6),
    Look(DATE, 13, is_italic=True, before=6),
    Look(NAME, is_bold=True, before=18, keeps_next=True),
    Look(SUBJECT, is_bold=True, left_mm=10, right_mm=10, keeps_next=True),
    Look(ADDRESSEE, before=12, after=12),
    Look(ADDRESSEES_LABEL, alignment="left", left_mm=30, before=12),
    Look(ADDRESSEES, alignment="left", left_mm=49),
    Look(CAPTION, 13, is_bold=True, before=6, after=4, keeps_next=True),
    Look(CELL, 12),
    Look(SMALL_CELL, 11),
    Look(NOTE, 11, is_italic=True, alignment="both", before=3, after=3),
    Look(PICTURE, before=6, keeps_next=True),
    Look(PICTURE_CAPTION, 13, is_bold=True, before=3, after=6),
    Look(RECIPIENTS_LABEL, 12, is_bold=True, is_italic=True, alignment="left"),
    Look(RECIPIENTS, 11, alignment="left"),
    Look(SIGNATURE, is_bold=True),
    Look(APPENDIX, is_bold=True, keeps_next=True, outline=0),
    Look(APPENDIX_TITLE, is_bold=True, keeps_next=True),
    Look(ATTACHED_TO, is_italic=True, after=6, keeps_next=True),
    Look(END, 1, exact_line=1),
    Look(HEADER),
    Look(FOOTER, 10),
)
NAMES: Final = (*(look.name for look in LOOKS), TABLE)
"""What every template needs."""
_CELL_MARGIN_MM: Final = 1.0


def id_of(name: str) -> str:
    """Return the id of a built-in style; Word gives its own when it saves, so that files are read by names."""
    known = {"header": "Header", "footer": "Footer", "heading 1": "Heading1", "heading 2": "Heading2"}
    if name == TABLE:
        return "BCTable"
    return known.get(name) or ("Heading3" if name == HEADINGS[2] else f"BC{NAMES.index(name):02d}")


def style_elements() -> tuple[BaseOxmlElement, ...]:
    """Return the styles as elements, the table's last."""
    return (*(_paragraph_style(look) for look in LOOKS), _table_style())


def run_properties(size: float, *, is_bold: bool = False, is_italic: bool = False) -> BaseOxmlElement:
    """Return how letters look: the font of the decree, black."""
    made = element("rPr", element("rFonts", ascii=FONT, hAnsi=FONT, eastAsia=FONT, cs=FONT))
    for tag in ("b", "bCs") * is_bold + ("i", "iCs") * is_italic:
        made.append(element(tag))
    half_points = round(size * 2)
    made.extend(
        (element("color", val="000000"), element("sz", val=half_points), element("szCs", val=half_points))
    )
    return made


def _paragraph_style(look: Look) -> BaseOxmlElement:
    properties = element("pPr")
    if look.keeps_next:
        properties.append(element("keepNext"))
    properties.append(element("widowControl"))
    if look.is_ruled:
        line = element("top", val="single", sz=6, space=0, color="000000")
        properties.append(element("pBdr", line))
    spacing = element("spacing", before=round(look.before * 20), after=round(look.after * 20))
    if look.exact_line:
        spacing.set(qn("w:line"), str(round(look.exact_line * 20)))
        spacing.set(qn("w:lineRule"), "exact")
    properties.append(spacing)
    properties.append(
        element(
            "ind",
            left=twips(look.left_mm),
            right=twips(look.right_mm),
            firstLine=twips(look.first_line_mm),
        )
    )
    properties.append(element("jc", val=look.alignment))
    if look.outline is not None:
        properties.append(element("outlineLvl", val=look.outline))
    made = element("style", type="paragraph", styleId=id_of(look.name))
    if look.name.startswith("BC "):
        made = element("style", type="paragraph", customStyle=1, styleId=id_of(look.name))
    made.extend(
        (
            element("name", val=look.name),
            element("basedOn", val="Normal"),
            element("qFormat"),
            properties,
            run_properties(look.size, is_bold=look.is_bold, is_italic=look.is_italic),
        )
    )
    return made


def _table_style() -> BaseOxmlElement:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = element(
        "tblBorders", *(element(side, val="single", sz=4, space=0, color="000000") for side in sides)
    )
    margin = twips(_CELL_MARGIN_MM)
    margins = element(
        "tblCellMar",
        element("top", w=20, type="dxa"),
        element("left", w=margin, type="dxa"),
        element("bottom", w=20, type="dxa"),
        element("right", w=margin, type="dxa"),
    )
    return element(
        "style",
        element("name", val=TABLE),
        element("basedOn", val="TableNormal"),
        element("qFormat"),
        element("tblPr", borders, margins),
        type="table",
        customStyle=1,
        styleId=id_of(TABLE),
    )
