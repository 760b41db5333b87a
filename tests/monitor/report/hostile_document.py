"""A document whose texts try to break what draws it."""

from dataclasses import replace
from typing import Final

from monitor.report.document.model import (
    Appendix,
    Cell,
    Column,
    Document,
    Heading,
    Paragraph,
    Picture,
    RowLevel,
    Table,
    TableRow,
)
from tests.monitor.report.rich_document import cause_picture, rich_document

MEAN: Final = (
    "</td></table><script>alert(1)</script><b>&amp;&lt; <font size=99> {{ 7 * 7 }} \"'` <!-- ]]> $x^2$ %s"
)
UNSEEN: Final = "a\x00b\x08c\x1b[31md"
LONG_WORD: Final = "dài" * 200
LONG_TEXT: Final = "rất dài " * 900


def _table() -> Table:
    columns = (Column("a", MEAN, 20), Column("b", UNSEEN, 10), Column("c", "C", 1))
    rows = (
        TableRow((Cell(MEAN),), RowLevel.GROUP),
        TableRow((Cell(LONG_TEXT), Cell(LONG_WORD), Cell("=1+1"))),
        TableRow((Cell(UNSEEN), Cell(MEAN), Cell("")), RowLevel.TOTAL),
        TableRow((), RowLevel.GROUP),
    )
    return Table("muc", MEAN, columns, rows, (MEAN,))


def hostile_document() -> Document:
    """Return a document of which everything is text and nothing markup."""
    picture = replace(cause_picture(), caption=MEAN, alt=MEAN)
    return replace(
        rich_document(),
        name=MEAN,
        subject=MEAN,
        addressees=(MEAN, UNSEEN),
        opening=f"{MEAN}\nhai dòng",
        blocks=(
            Heading(7, MEAN),
            Heading(0, UNSEEN),
            Paragraph(f"{MEAN} {LONG_WORD}", 'H1"><script>'),
            _table(),
            picture,
        ),
        recipients=(MEAN,),
        appendices=(Appendix(MEAN, UNSEEN, (_table(), Picture("khong-co", picture.chart, "Hình", ""))),),
        footer=MEAN * 3,
        mark=MEAN,
        properties=(("title", MEAN), ("author", UNSEEN)),
    )
