"""The end of a document: who receives it, who signs. Pure."""

from typing import Final

from docx.oxml.xmlchemy import BaseOxmlElement

from monitor.report.document import wording
from monitor.report.document.model import Document
from monitor.report.docx import styles
from monitor.report.docx.frame import Frame
from monitor.report.docx.tables import borderless
from monitor.report.docx.wordml import paragraph, spaced, twips

_LEFT_SHARE: Final = 80 / 165
_SIGNATURE_MM: Final = 36.0
"""At least 35 mm free for the signature and the stamp, or for the picture of the digital one."""


def signing_blocks(document: Document, frame: Frame) -> list[BaseOxmlElement]:
    """Return the recipients and the sign block side by side; nothing when there are neither."""
    if document.signature is None and not document.recipients:
        return []
    left_mm = frame.width_mm * _LEFT_SHARE
    return [
        borderless(
            (
                (left_mm, _recipients(document, frame)),
                (frame.width_mm - left_mm, _sign(document, frame)),
            )
        )
    ]


def _recipients(document: Document, frame: Frame) -> list[BaseOxmlElement]:
    if not document.recipients:
        return [frame.line(styles.RECIPIENTS, "")]
    lines = [frame.line(styles.RECIPIENTS, line) for line in wording.recipient_lines(document)]
    return [frame.line(styles.RECIPIENTS_LABEL, wording.RECIPIENTS), *lines]


def _sign(document: Document, frame: Frame) -> list[BaseOxmlElement]:
    if document.signature is None:
        return [frame.line(styles.SIGNATURE, "")]
    lines = [frame.line(styles.SIGNATURE, text) for text in document.signature.lines]
    room = paragraph(frame.style_ids[styles.SIGNATURE])
    spaced(room, before=0, after=0, line=twips(_SIGNATURE_MM), lineRule="exact")
    return [*lines, room, frame.line(styles.SIGNATURE, document.signature.name)]
