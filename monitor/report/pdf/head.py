"""The top of page 1, without number: whose document it is, its name, to whom it goes."""

from typing import Final

from reportlab.lib import colors
from reportlab.platypus import Flowable, HRFlowable
from reportlab.platypus import Table as Grid

from monitor.report.document import wording
from monitor.report.document.model import Document, Head, HeadStyle
from monitor.report.fonts.faces import Face
from monitor.report.pdf import looks
from monitor.report.pdf.frame import Frame
from monitor.report.pdf.letters import MM

_ISSUER_RULE_MM: Final = 26.0
_MOTTO_RULE_MM: Final = 56.3
_PARTY_RULE_MM: Final = 72.7
_SUBJECT_RULE_MM: Final = 55.0


def head_flowables(document: Document, frame: Frame) -> list[Flowable]:
    """Return everything above the opening sentence."""
    made: list[Flowable] = []
    if document.head is not None:
        made += _owners(document.head, frame)
    made.append(frame.line(looks.NAME, document.name))
    if document.subject:
        made.append(frame.line(looks.SUBJECT, document.subject))
    if document.head is not None and document.head.style is HeadStyle.PARTY:
        made.append(frame.line(looks.SUBJECT, "-----"))
    else:
        made.append(_rule(_SUBJECT_RULE_MM))
    lines = wording.addressee_lines(document)
    look = looks.ADDRESSEE if len(lines) == 1 else looks.ADDRESSEES
    return made + [frame.line(look, line) for line in lines]


def _owners(head: Head, frame: Frame) -> list[Flowable]:
    issuer: list[Flowable] = [
        frame.line(looks.PARENT, head.parent),
        frame.line(looks.ISSUER, head.issuer),
    ]
    lines = wording.owner_lines(head.style)
    if head.style is HeadStyle.PARTY:
        issuer.append(frame.line(looks.PARENT, "*"))
        owner: list[Flowable] = [frame.line(looks.PARTY, lines[0]), _rule(_PARTY_RULE_MM)]
    else:
        issuer.append(_rule(_ISSUER_RULE_MM))
        owner = [
            frame.line(looks.STATE, lines[0]),
            frame.line(looks.MOTTO, lines[1]),
            _rule(_MOTTO_RULE_MM),
        ]
    date: Flowable = frame.line(looks.DATE, head.place_and_date)
    return [
        _beside(issuer, owner, frame, wording.ISSUER_SHARES[head.style]),
        _beside([], [date], frame, wording.ISSUER_SHARES[HeadStyle.STATE]),
    ]


def _beside(left: list[Flowable], right: list[Flowable], frame: Frame, share: float) -> Grid:
    return Grid(
        [[left, right]],
        colWidths=[frame.width * share, frame.width * (1 - share)],
        style=[
            ("FONTNAME", (0, 0), (-1, -1), Face.REGULAR.value),
            ("ALIGN", (0, 0), (-1, -1), "CENTER"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ],
    )


def _rule(length_mm: float) -> HRFlowable:
    return HRFlowable(
        width=length_mm * MM,
        thickness=0.7,
        color=colors.black,
        spaceBefore=5,
        spaceAfter=5,
        hAlign="CENTER",
    )
