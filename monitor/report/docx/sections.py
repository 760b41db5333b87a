"""Sections: the main part, appendices with numbers of their own, the mark of a draft on every page. Changes a document."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Final
from xml.sax.saxutils import quoteattr

from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import _Footer, _Header

from monitor.report.docx import styles
from monitor.report.docx.frame import Frame
from monitor.report.docx.wordml import TWIPS_PER_MM, clean, element, paragraph, run, twips

Part = tuple[list[BaseOxmlElement], BaseOxmlElement, Frame]
"""What a section holds, its properties, its room."""

_LANDSCAPE_RIGHT_MM: Final = 20.0
"""The page is turned: what was its lower margin is at the right."""
_BEHIND_NUMBERING: Final = (
    "cols", "formProt", "vAlign", "noEndnote", "titlePg", "textDirection", "bidi", "rtlGutter", "docGrid",
    "printerSettings", "sectPrChange",
)  # fmt: skip
"""ECMA-376 part 1, 17.6.17: what follows pgNumType in a section's properties."""
_BEHIND_FIRST_PAGE: Final = _BEHIND_NUMBERING[5:]
_WATERMARK: Final = """\
<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:o="urn:schemas-microsoft-com:office:office"><w:rPr><w:noProof/></w:rPr><w:pict>
<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" path="m@7,l@8,m@5,21600l@6,21600e">
<v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/>
<v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/>
<v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/><v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/>
<v:f eqn="sum @6 0 @5"/></v:formulas>
<v:path textpathok="t" o:connecttype="custom" o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800"
 o:connectangles="270,180,90,0"/><v:textpath on="t" fitshape="t"/><o:lock v:ext="edit" text="t" shapetype="t"/>
</v:shapetype><v:shape id="{id}" o:spid="_x0000_s{number}" type="#_x0000_t136" alt={text} o:allowincell="f"
 fillcolor="#d9d9d9" stroked="f" style="position:absolute;margin-left:0;margin-top:0;width:400pt;height:100pt;\
rotation:315;z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;\
mso-position-vertical:center;mso-position-vertical-relative:margin"><v:fill opacity=".5"/>
<v:textpath style="font-family:&quot;Times New Roman&quot;;font-size:1pt" string={text}/></v:shape></w:pict></w:r>"""
"""The shape that Word itself draws for a watermark."""


def frame_of(
    properties: BaseOxmlElement, style_ids: Mapping[str, str], *, is_appendix: bool = False
) -> Frame:
    """Return the room between the margins of a section."""
    size, margins = properties.find(qn("w:pgSz")), properties.find(qn("w:pgMar"))
    width = _length(size, "w") - _length(margins, "left") - _length(margins, "right")
    height = _length(size, "h") - _length(margins, "top") - _length(margins, "bottom")
    return Frame(style_ids, width / TWIPS_PER_MM, height / TWIPS_PER_MM, is_appendix)


def numbered(properties: BaseOxmlElement) -> BaseOxmlElement:
    """Return a copy of a section whose pages count from 1, the number of the first being hidden."""
    made = deepcopy(properties)
    for tag in ("pgNumType", "titlePg"):
        for found in made.findall(qn(f"w:{tag}")):
            made.remove(found)
    _insert(made, element("pgNumType", start=1), _BEHIND_NUMBERING)
    _insert(made, element("titlePg"), _BEHIND_FIRST_PAGE)
    return made


def appendix(properties: BaseOxmlElement, *, is_landscape: bool) -> BaseOxmlElement:
    """Return the section of an appendix: on a new page, with the head lines of the section before."""
    made = numbered(properties)
    for tag in ("headerReference", "footerReference", "type"):
        for found in made.findall(qn(f"w:{tag}")):
            made.remove(found)
    size, margins = made.find(qn("w:pgSz")), made.find(qn("w:pgMar"))
    size.addprevious(element("type", val="nextPage"))
    if is_landscape:
        short, long = sorted((_length(size, "w"), _length(size, "h")))
        size.set(qn("w:w"), str(long))
        size.set(qn("w:h"), str(short))
        size.set(qn("w:orient"), "landscape")
        margins.set(qn("w:right"), str(max(twips(_LANDSCAPE_RIGHT_MM), _length(margins, "right"))))
    return made


def joined(parts: Sequence[Part]) -> list[BaseOxmlElement]:
    """Return the elements of sections one after another; the last one's properties are the body's, and not among them."""
    made: list[BaseOxmlElement] = []
    for number, (elements, properties, frame) in enumerate(parts, 1):
        made.extend(elements)
        if number == len(parts):
            break
        # Some paragraph has to carry a section's end: the last one, but never one of another section.
        if not elements or elements[-1].tag != qn("w:p"):
            made.append(paragraph(frame.style_ids[styles.END]))
        made[-1].find(qn("w:pPr")).append(properties)
    return made


def finish(body: BaseOxmlElement, frame: Frame) -> None:
    """Drop empty lines at the end, which might come on a page of their own; behind a table there is one, the smallest."""
    while len(body) > 1 and body[-2].tag == qn("w:p") and not body[-2].xpath("./w:r | ./w:pPr/w:sectPr"):
        body.remove(body[-2])
    if len(body) == 1 or body[-2].tag == qn("w:tbl"):
        body[-1].addprevious(paragraph(frame.style_ids[styles.END]))


def mark_pages(document: DocxDocument, mark: str, style_ids: Mapping[str, str]) -> None:
    """Write a mark across every page, in the background, and in the foot for whoever has the page read aloud."""
    section = document.sections[0]
    parts: tuple[tuple[_Header | _Footer, str], ...] = (
        (section.header, styles.HEADER),
        (section.first_page_header, styles.HEADER),
        (section.footer, styles.FOOTER),
        (section.first_page_footer, styles.FOOTER),
    )
    for number, (part, style) in enumerate(parts, 1):
        part.is_linked_to_previous = False
        if style == styles.FOOTER:
            part._element.append(paragraph(style_ids[style], [run(mark)]))  # noqa: SLF001 - as the library's own
            continue
        text = quoteattr(" ".join(clean(mark).split()))
        shape = parse_xml(_WATERMARK.format(id=f"Watermark{number}", number=2048 + number, text=text))
        line = part.paragraphs[0] if part.paragraphs else part.add_paragraph()
        line._p.append(shape)  # noqa: SLF001 - the library draws no shapes


def _insert(properties: BaseOxmlElement, made: BaseOxmlElement, behind: tuple[str, ...]) -> None:
    following = {qn(f"w:{tag}") for tag in behind}
    for child in properties:
        if child.tag in following:
            child.addprevious(made)
            return
    properties.append(made)


def _length(holder: BaseOxmlElement, name: str) -> int:
    return int(float(holder.get(qn(f"w:{name}"), "0")))
