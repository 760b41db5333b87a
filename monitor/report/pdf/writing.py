"""A document as a PDF: the same content as the Word file, without number and signature; the same bytes each time."""

from collections.abc import Mapping
from io import BytesIO
from typing import Final

from reportlab.platypus import Flowable, NextPageTemplate, PageBreak, Spacer

from monitor.report.document import wording
from monitor.report.document.model import Appendix, Document
from monitor.report.fonts.faces import Face
from monitor.report.pdf import looks, pages
from monitor.report.pdf.blocks import block_flowables, outlined
from monitor.report.pdf.frame import frame_of
from monitor.report.pdf.head import head_flowables
from monitor.report.pdf.letters import plain, register
from monitor.report.pdf.pages import Pages

LANGUAGE: Final = "vi-VN"


def pdf_bytes(document: Document, pictures: Mapping[str, bytes | None]) -> bytes:
    """Return the PDF. `pictures`: PNG by picture id; None: the document says in words what it would have shown."""
    register()
    known = dict(document.properties)
    buffer = BytesIO()
    template = Pages(
        buffer,
        document,
        title=plain(known.get("title") or document.subject or document.name),
        author=plain(known.get("author", "")),
        subject=plain(known.get("subject") or document.subject),
        keywords=plain(known.get("keywords", "")),
        creator="tslcd-monitor",
        producer="tslcd-monitor",
        lang=LANGUAGE,
        invariant=1,
        pageCompression=1,
        initialFontName=Face.REGULAR.value,
    )
    template.build(_story(document, pictures))
    return buffer.getvalue()


def _story(document: Document, pictures: Mapping[str, bytes | None]) -> list[Flowable]:
    frame = frame_of(document)
    story: list[Flowable] = [*head_flowables(document, frame)]
    if document.opening:
        story.append(frame.line(looks.OPENING, document.opening))
    story += block_flowables(document.blocks, pictures, frame)
    if document.closing:
        story.append(frame.line(looks.BODY, document.closing))
    if document.recipients:
        story.append(frame.line(looks.RECIPIENTS_LABEL, wording.RECIPIENTS))
        story += [frame.line(looks.RECIPIENTS, line) for line in wording.recipient_lines(document)]
    for appendix in document.appendices:
        story += _appendix(document, appendix, pictures)
    return story or [Spacer(1, 1)]


def _appendix(document: Document, appendix: Appendix, pictures: Mapping[str, bytes | None]) -> list[Flowable]:
    frame = frame_of(document, is_landscape=appendix.is_landscape, is_appendix=True)
    name = wording.appendix_name(appendix.numeral)
    title = outlined(frame, looks.APPENDIX, name, 0)
    title.outline_title = plain(f"{name}. {appendix.title}")
    made: list[Flowable] = [
        NextPageTemplate(pages.template_name(is_landscape=appendix.is_landscape, is_first=True)),
        PageBreak(),
        title,
        frame.line(looks.APPENDIX_TITLE, appendix.title.upper()),
    ]
    if document.attached_to:
        made.append(frame.line(looks.ATTACHED_TO, document.attached_to))
    return made + block_flowables(appendix.blocks, pictures, frame)
