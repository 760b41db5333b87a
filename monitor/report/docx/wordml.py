"""Elements of WordprocessingML: runs, paragraphs, and text that XML can hold. Pure; lengths are millimetres."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

from docx.oxml.ns import nsmap, qn
from docx.oxml.parser import oxml_parser
from docx.oxml.xmlchemy import BaseOxmlElement

TWIPS_PER_MM: Final = 1440 / 25.4
EMU_PER_MM: Final = 36_000
_NAMESPACE: Final = {"w": nsmap["w"]}
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""What XML 1.0 (2.2) forbids or discourages, and marks that turn the direction of writing: nobody sees them."""


def clean(text: str) -> str:
    """Return text as a document may hold it: NFC, without what cannot be seen; tabs are blanks, lines may break."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", lines))


def twips(length_mm: float) -> int:
    """Return a length in twentieths of a point."""
    return round(length_mm * TWIPS_PER_MM)


def element(tag: str, *children: BaseOxmlElement, **attributes: str | int) -> BaseOxmlElement:
    """Return an element of the `w` namespace, say `element("tcW", w=567, type="dxa")`."""
    made: BaseOxmlElement = oxml_parser.makeelement(_name(tag), nsmap=_NAMESPACE)
    for name, value in attributes.items():
        made.set(_name(name), str(value))
    made.extend(children)
    return made


@cache
def _name(tag: str) -> str:
    return qn(f"w:{tag}")


def run(text: str, *, is_bold: bool = False) -> BaseOxmlElement:
    """Return a run; lines of the text stay lines."""
    made = element("r")
    if is_bold:
        made.append(element("rPr", element("b"), element("bCs")))
    for number, line in enumerate(clean(text).split("\n")):
        if number:
            made.append(element("br"))
        if line:
            words = element("t")
            words.text = line
            words.set(qn("xml:space"), "preserve")
            made.append(words)
    return made


def paragraph(
    style_id: str,
    runs: Iterable[BaseOxmlElement] = (),
    *,
    keep_next: bool = False,
    alignment: str = "",
    indent_mm: float | None = None,
) -> BaseOxmlElement:
    """Return a paragraph.

    Args:
        style_id: Id of its style.
        runs: What it holds.
        keep_next: It stays on the page of the one below.
        alignment: "left", "center", "right", "both"; "": as the style says.
        indent_mm: From both sides, with no indent of the first line; None: as the style says.
    """
    properties = element("pPr", element("pStyle", val=style_id))
    if keep_next:
        properties.append(element("keepNext"))
    if indent_mm is not None:
        side = twips(indent_mm)
        properties.append(element("ind", left=side, right=side, firstLine=0))
    if alignment:
        properties.append(element("jc", val=alignment))
    return element("p", properties, *runs)


def spaced(made: BaseOxmlElement, **spacing: str | int) -> BaseOxmlElement:
    """Give a paragraph gaps or lines of its own (attributes of `w:spacing`, twips), and return it."""
    properties = made.find(qn("w:pPr"))
    place = 1 + (properties.find(qn("w:keepNext")) is not None)
    properties.insert(place, element("spacing", **spacing))
    return made
