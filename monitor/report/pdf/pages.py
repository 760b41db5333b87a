"""Pages: numbers that begin anew in every appendix, small print, the mark of a draft, the outline."""

from datetime import UTC, datetime
from typing import Any, Final

from reportlab.platypus import BaseDocTemplate, Flowable, PageTemplate
from reportlab.platypus import Frame as PageFrame

from monitor.report.document.model import Document
from monitor.report.fonts.faces import Face
from monitor.report.pdf.frame import frame_of
from monitor.report.pdf.letters import MM, plain, width

NUMBER_MM: Final = 10.0
"""From the upper edge to the number's line."""
FOOTER_MM: Final = 12.0
NUMBER_SIZE: Final = 14
FOOTER_SIZE: Final = 9
MARK_GREY: Final = 0.91
FIRST: Final = "first"
"""Ends the name of the template of a part's first page, which shows no number."""


def template_name(*, is_landscape: bool, is_first: bool) -> str:
    """Return the name of a page's template."""
    return ("landscape" if is_landscape else "portrait") + (f" {FIRST}" if is_first else "")


class Pages(BaseDocTemplate):  # type: ignore[misc]  # ReportLab has no types
    """Lays the flowables of a document onto pages."""

    def __init__(self, target: Any, document: Document, **more: Any) -> None:
        super().__init__(target, **more)
        self._document = document
        self._mark = plain(document.mark, Face.BOLD)
        # Once more in the foot: what is written across a page cannot be read aloud.
        self._footer = tuple(line for line in (document.mark, document.footer) if line)
        self._made_at = f"{datetime.fromtimestamp(document.made_at, UTC):D:%Y%m%d%H%M%S}+00'00'"
        self._number = 0
        self._outline_level = -1
        self._outlined = 0
        self.addPageTemplates(
            [
                self._template(is_landscape=turned, is_first=first)
                for turned in (False, True)
                for first in (True, False)
            ]
        )

    def beforeDocument(self) -> None:  # noqa: N802 (ReportLab calls it)
        """Write the document's own moment into the file's properties, whenever this runs."""
        self.canv.setDateFormatter(lambda *_parts: self._made_at)

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 (ReportLab calls it)
        """Put what has a title into the outline."""
        title = getattr(flowable, "outline_title", "")
        if not title:
            return
        # Readers refuse an outline that leaves a level out.
        self._outline_level = min(flowable.outline_level, self._outline_level + 1)
        self._outlined += 1
        key = f"muc-{self._outlined}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(title, key, self._outline_level)

    def _template(self, *, is_landscape: bool, is_first: bool) -> PageTemplate:
        room = frame_of(self._document, is_landscape=is_landscape)
        frame = PageFrame(
            room.left,
            room.bottom,
            room.width,
            room.height,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        return PageTemplate(
            id=template_name(is_landscape=is_landscape, is_first=is_first),
            frames=[frame],
            pagesize=room.paper,
            onPage=self._around,
            autoNextPageTemplate=template_name(is_landscape=is_landscape, is_first=False),
        )

    def _around(self, canvas: Any, _: BaseDocTemplate) -> None:
        # Counted here: ReportLab draws what is around a page before it calls beforePage.
        self._number = 1 if self.pageTemplate.id.endswith(FIRST) else self._number + 1
        wide, high = self.pageTemplate.pagesize
        room = frame_of(self._document, is_landscape=wide > high)
        middle = room.left + room.width / 2
        canvas.saveState()
        if self._mark:
            self._across(canvas, wide, high)
        canvas.setFillGray(0)
        if self._number > 1:
            canvas.setFont(Face.REGULAR.value, NUMBER_SIZE)
            canvas.drawCentredString(middle, high - NUMBER_MM * MM - NUMBER_SIZE * 0.7, str(self._number))
        canvas.setFillGray(0.25)
        for place, line in enumerate(self._footer):
            shown = plain(line, Face.ITALIC)
            size = min(FOOTER_SIZE, FOOTER_SIZE * room.width / max(width(shown, Face.ITALIC, FOOTER_SIZE), 1))
            canvas.setFont(Face.ITALIC.value, size)
            canvas.drawCentredString(middle, FOOTER_MM * MM - place * FOOTER_SIZE * 1.2, shown)
        canvas.restoreState()

    def _across(self, canvas: Any, wide: float, high: float) -> None:
        canvas.setFillGray(MARK_GREY)
        canvas.translate(wide / 2, high / 2)
        canvas.rotate(45)
        size = min(90.0, 90.0 * 0.85 * min(wide, high) / max(width(self._mark, Face.BOLD, 90), 1))
        canvas.setFont(Face.BOLD.value, size)
        canvas.drawCentredString(0, -size / 3, self._mark)
        canvas.rotate(-45)
        canvas.translate(-wide / 2, -high / 2)
