"""Where blocks are put: how wide the page is, what the template calls its styles. Values only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from docx.oxml.xmlchemy import BaseOxmlElement

from monitor.report.docx.wordml import paragraph, run

Draw = Callable[[bytes, float, float], BaseOxmlElement]
"""(PNG, most width in mm, most height in mm) -> `wp:inline`; ValueError when it is no picture."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One page's room. `style_ids`: name of a style -> its id in this template."""

    style_ids: Mapping[str, str]
    width_mm: float
    height_mm: float
    is_appendix: bool = False

    def line(
        self,
        style: str,
        text: str,
        *,
        keep_next: bool = False,
        indent_mm: float | None = None,
    ) -> BaseOxmlElement:
        """Return a paragraph of one run."""
        return paragraph(self.style_ids[style], [run(text)], keep_next=keep_next, indent_mm=indent_mm)

    def rule(
        self, style: str, room_mm: float, length_mm: float, *, keep_next: bool = False
    ) -> BaseOxmlElement:
        """Return a line of a length in the middle of a room."""
        side = max(0.0, (room_mm - length_mm) / 2)
        return paragraph(self.style_ids[style], keep_next=keep_next, indent_mm=side)
