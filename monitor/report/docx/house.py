"""The built-in template: page, styles, page number, and the marks at which a document is filled in. Pure."""

import io
from functools import cache
from typing import Final

import docx
from docx.document import Document as DocxDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from monitor.report.docx import styles
from monitor.report.docx.packing import packed
from monitor.report.docx.wordml import element, paragraph, run, twips

HEAD_MARK: Final = "[[DAU_VAN_BAN]]"
CONTENT_MARK: Final = "[[NOI_DUNG]]"
RECIPIENTS_MARK: Final = "[[NOI_NHAN]]"
APPENDICES_MARK: Final = "[[PHU_LUC]]"
MARKS: Final = (HEAD_MARK, CONTENT_MARK, RECIPIENTS_MARK, APPENDICES_MARK)
"""In the order in which they stand, each in a paragraph of its own."""

_PAGE_MM: Final = (210.0, 297.0)
_TOP_MM, _BOTTOM_MM, _LEFT_MM, _RIGHT_MM = 20.0, 20.0, 30.0, 15.0
_HEADER_MM: Final = 10.0
_KEPT_STYLES: Final = frozenset({"Normal", "Default Paragraph Font", "Normal Table", "No List"})
_DROPPED_PARTS: Final = frozenset(
    {
        RELATIONSHIP_TYPE.THUMBNAIL,
        RELATIONSHIP_TYPE.CUSTOM_XML,
        RELATIONSHIP_TYPE.NUMBERING,
        RELATIONSHIP_TYPE.EXTENDED_PROPERTIES,
    }
    | {"http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects"}
)
"""What the library's own empty document brings and nobody needs."""


@cache
def house_template() -> bytes:
    """Return the built-in template as a DOCX, to be changed in Word and named in `report.template`."""
    return packed(_made())


def house_document() -> DocxDocument:
    """Return the built-in template as an open document, on which one may write."""
    return opened(house_template())


def _made() -> DocxDocument:
    document = docx.Document()
    for holder in (document.part.package, document.part):
        for key in [key for key, link in holder.rels.items() if link.reltype in _DROPPED_PARTS]:
            del holder.rels[key]
    _restyle(document)
    _set_language(document)
    _set_page(document)
    body = document.element.body
    for mark in MARKS:
        body.insert(len(body) - 1, paragraph(styles.id_of(styles.BODY), [run(mark)]))
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "Mẫu báo cáo", "", ""
    properties.language = styles.LANGUAGE
    return document


def page_number() -> tuple[BaseOxmlElement, ...]:
    """Return the runs of the field that shows the page's number."""
    instruction = element("instrText")
    instruction.text = "PAGE"
    return (
        element("r", element("fldChar", fldCharType="begin")),
        element("r", instruction),
        element("r", element("fldChar", fldCharType="separate")),
        run("2"),
        element("r", element("fldChar", fldCharType="end")),
    )


def _restyle(document: DocxDocument) -> None:
    root = document.styles.element
    for style in list(document.styles):
        if style.name not in _KEPT_STYLES:
            root.remove(style.element)
    latent = root.find(qn("w:latentStyles"))
    if latent is not None:
        root.remove(latent)
    defaults = root.find(qn("w:docDefaults"))
    letters = styles.run_properties(14)
    letters.append(element("lang", val=styles.LANGUAGE, eastAsia=styles.LANGUAGE, bidi="ar-SA"))
    spacing = element("spacing", before=0, after=0, line=240, lineRule="auto")
    fresh = element(
        "docDefaults",
        element("rPrDefault", letters),
        element("pPrDefault", element("pPr", element("widowControl"), spacing)),
    )
    root.replace(defaults, fresh)
    root.extend(styles.style_elements())


def _set_language(document: DocxDocument) -> None:
    settings = document.settings.element
    for tag in ("w:rsids", "w:proofState", "w:savePreviewPicture", "w:compat/w:useFELayout"):
        for found in settings.xpath(tag):
            found.getparent().remove(found)
    zoom = settings.find(qn("w:zoom"))
    zoom.set(qn("w:percent"), "100")
    language = settings.find(qn("w:themeFontLang"))
    language.attrib.clear()
    language.set(qn("w:val"), styles.LANGUAGE)
    settings.find(qn("w:decimalSymbol")).set(qn("w:val"), ",")
    settings.find(qn("w:listSeparator")).set(qn("w:val"), ";")
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
    tab = settings.find(qn("w:defaultTabStop"))
    tab.set(qn("w:val"), str(twips(12.7)))


def _set_page(document: DocxDocument) -> None:
    section = document.sections[0]
    width, height = _PAGE_MM
    properties = section._sectPr  # noqa: SLF001 - the library has no name for page size in whole twips
    properties.attrib.clear()
    properties.find(qn("w:pgSz")).set(qn("w:w"), str(twips(width)))
    properties.find(qn("w:pgSz")).set(qn("w:h"), str(twips(height)))
    margins = properties.find(qn("w:pgMar"))
    for side, length in (("top", _TOP_MM), ("bottom", _BOTTOM_MM), ("left", _LEFT_MM), ("right", _RIGHT_MM)):
        margins.set(qn(f"w:{side}"), str(twips(length)))
    for edge in ("header", "footer"):
        margins.set(qn(f"w:{edge}"), str(twips(_HEADER_MM)))
    section.different_first_page_header_footer = True
    header_id, footer_id = styles.id_of(styles.HEADER), styles.id_of(styles.FOOTER)
    for holder, style_id, runs in (
        (section.header, header_id, page_number()),
        (section.first_page_header, header_id, ()),
        (section.footer, footer_id, ()),
        (section.first_page_footer, footer_id, ()),
    ):
        holder.is_linked_to_previous = False
        root = holder._element  # noqa: SLF001 - the part's only paragraph is replaced
        for child in list(root):
            root.remove(child)
        root.append(paragraph(style_id, runs))


def opened(content: bytes) -> DocxDocument:
    """Open a DOCX. Errors are the library's own."""
    return docx.Document(io.BytesIO(content))
