"""The top of page 1: whose document it is, its number and date, its name and to whom it goes. Pure.

Layout of NĐ 30/2020/NĐ-CP, Appendix I, part II, and of Guidance 36-HD/VPTW for documents of the Party. The right corner
above the state's name stays free for the note of a digital signature.
"""

from typing import Final

from docx.oxml.xmlchemy import BaseOxmlElement

from monitor.report.document import wording
from monitor.report.document.model import Document, Head, HeadStyle
from monitor.report.docx import styles
from monitor.report.docx.frame import Frame
from monitor.report.docx.tables import borderless
from monitor.report.docx.wordml import spaced

_MOTTO_MM: Final = 56.3
"""Its length in 13 points bold: the rule below is as long."""
_PARTY_MM: Final = 72.7
"""The same of the Party's name in 15 points."""
_ISSUER_RULE_SHARE: Final = 0.4
"""A third to a half of the line above."""
_ISSUER_LINE_MM: Final = 64.5
_SUBJECT_RULE_MM: Final = 55.0
_PARTY_DASHES: Final = "-----"
_GAP: Final = 240
"""Twips between the head and the body."""


def head_blocks(document: Document, frame: Frame) -> list[BaseOxmlElement]:
    """Return everything above the opening sentence."""
    made: list[BaseOxmlElement] = []
    if document.head is not None:
        made.append(_issuer_and_state(document.head, frame))
    made.append(frame.line(styles.NAME, document.name))
    if document.subject:
        made.append(frame.line(styles.SUBJECT, document.subject))
    if document.head is not None and document.head.style is HeadStyle.PARTY:
        made.append(frame.line(styles.SUBJECT, _PARTY_DASHES))
    else:
        made.append(frame.rule(styles.RULE, frame.width_mm, _SUBJECT_RULE_MM, keep_next=True))
    return made + _addressees(document, frame)


def _issuer_and_state(head: Head, frame: Frame) -> BaseOxmlElement:
    left_mm, right_mm = _parted(frame, head.style)
    issuer = [frame.line(styles.PARENT, head.parent), frame.line(styles.ISSUER, head.issuer)]
    lines = wording.owner_lines(head.style)
    if head.style is HeadStyle.PARTY:
        issuer.append(frame.line(styles.PARENT, "*"))
        owner = [frame.line(styles.PARTY, lines[0]), frame.rule(styles.RULE, right_mm, _PARTY_MM)]
    else:
        issuer.append(frame.rule(styles.RULE, left_mm, _ISSUER_LINE_MM * _ISSUER_RULE_SHARE))
        owner = [
            frame.line(styles.STATE, lines[0]),
            frame.line(styles.MOTTO, lines[1]),
            frame.rule(styles.RULE, right_mm, _MOTTO_MM),
        ]
    number = [frame.line(styles.NUMBER, head.number)]
    date = [frame.line(styles.DATE, head.place_and_date)]
    left_of_date, right_of_date = _parted(frame, HeadStyle.STATE)
    return borderless(((left_mm, issuer), (right_mm, owner)), ((left_of_date, number), (right_of_date, date)))


def _parted(frame: Frame, style: HeadStyle) -> tuple[float, float]:
    left_mm = frame.width_mm * wording.ISSUER_SHARES[style]
    return left_mm, frame.width_mm - left_mm


def _addressees(document: Document, frame: Frame) -> list[BaseOxmlElement]:
    lines = wording.addressee_lines(document)
    if not lines:
        return [spaced(frame.line(styles.END, ""), before=_GAP)]
    if len(lines) == 1:
        return [frame.line(styles.ADDRESSEE, lines[0])]
    label, *names = lines
    made = [frame.line(styles.ADDRESSEES, name) for name in names]
    spaced(made[-1], after=_GAP)
    return [frame.line(styles.ADDRESSEES_LABEL, label, keep_next=True), *made]
