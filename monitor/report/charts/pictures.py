"""All charts of a document."""

import logging
from collections.abc import Iterator, Mapping

from monitor.report.document.model import Document, Picture

log = logging.getLogger(__name__)


def pictures(document: Document) -> Mapping[str, bytes | None]:
    """Return each picture's PNG by its id; None: it could not be drawn (logged), and the document says so there."""
    return {picture.id: _drawn(picture) for picture in _all(document)}


def _all(document: Document) -> Iterator[Picture]:
    for blocks in (document.blocks, *(appendix.blocks for appendix in document.appendices)):
        for block in blocks:
            if isinstance(block, Picture):
                yield block


def _drawn(picture: Picture) -> bytes | None:
    try:
        from monitor.report.charts.drawing import png  # noqa: PLC0415 (matplotlib, for who has a chart)

        return png(picture.chart)
    except Exception:  # a report without a chart is better than none on the day it is due
        log.exception("chart_not_drawn picture=%s", picture.id)
        return None
