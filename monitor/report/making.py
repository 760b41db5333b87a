"""A document as files, in every format asked for. The libraries that draw are loaded here, when something is drawn."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from monitor.report.document.model import Document

log = logging.getLogger(__name__)

FORMATS: Final = ("docx", "xlsx", "pdf", "csv", "html")
"""In this order they are made and named."""
SUFFIXES: Final[Mapping[str, str]] = {
    "docx": ".docx",
    "xlsx": ".xlsx",
    "pdf": ".pdf",
    "csv": ".csv.zip",
    "html": ".html",
}


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it: format -> content, and format -> why it could not be made; the charts by id, if asked for."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)


Progress = Callable[[str], None]
"""Told each format that is begun."""


def files(
    document: Document,
    formats: Sequence[str],
    template: Path | None = None,
    *,
    progress: Progress = lambda _format: None,
    with_pictures: bool = False,
) -> Made:
    """Draw a document in these formats; charts once. One that fails takes none of the others with it."""
    drawing = _Drawing(document, template)
    made: dict[str, bytes] = {}
    failures: dict[str, str] = {}
    for each in [name for name in FORMATS if name in formats]:
        progress(each)
        try:
            made[each] = drawing.draw(each)
        except Exception as error:  # whatever a library does: the others are still made
            log.exception("report_not_drawn format=%s document=%s", each, document.id)
            failures[each] = f"{type(error).__name__}: {error}"
    charts = drawing.pictures if with_pictures else {}
    return Made(made, failures, {name: png for name, png in charts.items() if png is not None})


def file_name(document: Document, made_format: str) -> str:
    """Return what the file of a format is called."""
    return f"{document.id}{SUFFIXES[made_format]}"


class _Drawing:
    def __init__(self, document: Document, template: Path | None) -> None:
        self._document = document
        self._template = template

    def draw(self, made_format: str) -> bytes:
        match made_format:
            case "docx":
                return self._docx()
            case "xlsx":
                from monitor.report.sheets.workbook import xlsx_bytes  # noqa: PLC0415 (heavy)

                return xlsx_bytes(self._document)
            case "pdf":
                from monitor.report.pdf.writing import pdf_bytes  # noqa: PLC0415 (heavy)

                return pdf_bytes(self._document, self.pictures)
            case "csv":
                from monitor.report.sheets.csv_files import csv_zip  # noqa: PLC0415

                return csv_zip(self._document)
            case _:
                from monitor.report.html.writing import html_text  # noqa: PLC0415

                return html_text(self._document, self.pictures).encode()

    def _docx(self) -> bytes:
        from monitor.report.docx.writing import docx_bytes  # noqa: PLC0415 (heavy)

        return docx_bytes(self._document, self.pictures, self._template)

    @cached_property
    def pictures(self) -> Mapping[str, bytes | None]:
        """Return PNG by id; None: it could not be drawn."""
        from monitor.report.charts.pictures import pictures  # noqa: PLC0415 (matplotlib)

        return pictures(self._document)
