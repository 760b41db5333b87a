"""How tests read a document: its texts, its tables, its headings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.report.document.model import (
    Block,
    Document,
    Heading,
    Paragraph,
    Picture,
    RowLevel,
    Table,
    TableRow,
)
from monitor.report.document.report import report_document
from monitor.report.editions.model import Changes
from monitor.report.figures.model import Figures
from monitor.report.sentences.model import Section, Sentence
from monitor.settings.report import ReportSettings
from tests.monitor.report.small_figures import small_figures


def made(
    figures: Figures | None = None,
    sentences: Sequence[Sentence] = (),
    *,
    fields: Mapping[str, str] | None = None,
    revision: int | None = 1,
    **settings: Any,
) -> Document:
    """Return the report of these, or of the small November."""
    return report_document(
        small_figures() if figures is None else figures,
        sentences,
        Changes(fields or {}),
        ReportSettings(**settings),
        revision=revision,
        made_at=1.0,
        digest="ab" * 32,
    )


def sentence(id_: str, section: Section, text: str = "", **fields: Any) -> Sentence:
    """Return a sentence of the rule of its id."""
    known: dict[str, Any] = {"rule_id": id_.partition(":")[0], "text": text or f"Câu {id_}."}
    return Sentence(id_, section=section, auto_text=f"Câu {id_}.", **known | fields)


def blocks_of(document: Document) -> Iterator[Block]:
    """Yield all blocks, of the appendices too."""
    yield from document.blocks
    for appendix in document.appendices:
        yield from appendix.blocks


def tables_of(document: Document) -> list[Table]:
    """Return all tables: of the body, of the appendices, of the workbook."""
    return [*(block for block in blocks_of(document) if isinstance(block, Table)), *document.sheets]


def table(document: Document, table_id: str) -> Table:
    """Return the table of this id."""
    return next(each for each in tables_of(document) if each.id == table_id)


def rows(of: Table, level: RowLevel = RowLevel.DATA) -> list[TableRow]:
    """Return the rows of one level."""
    return [row for row in of.rows if row.level is level]


def column(of: Table, column_id: str, level: RowLevel = RowLevel.DATA) -> list[Any]:
    """Return the values of a column."""
    place = [each.id for each in of.columns].index(column_id)
    return [row.cells[place].value for row in rows(of, level)]


def texts(of: Table, column_id: str, level: RowLevel = RowLevel.DATA) -> list[str]:
    """Return a column as it is printed."""
    place = [each.id for each in of.columns].index(column_id)
    return [row.cells[place].text for row in rows(of, level)]


def outline(document: Document) -> list[str]:
    """Return the headings of the body and where its tables, pictures and sentences are."""
    said = []
    for block in document.blocks:
        match block:
            case Heading():
                said.append(block.text)
            case Paragraph():
                said.append(block.sentence_id or "text")
            case _:
                said.append(block.id)
    return said


def all_texts(document: Document) -> Iterator[str]:
    """Yield every text that somebody reads."""
    head, signature = document.head, document.signature
    yield from (document.name, document.subject, document.opening, document.closing, document.attached_to)
    yield from (*document.addressees, *document.recipients, document.footer, document.mark)
    if head is not None:
        yield from (head.parent, head.issuer, head.number, head.place_and_date)
    yield from () if signature is None else (*signature.lines, signature.name)
    yield from (appendix.title for appendix in document.appendices)
    for block in blocks_of(document):
        match block:
            case Picture():
                yield from (block.caption, block.alt)
            case Heading() | Paragraph():
                yield block.text
    for each in tables_of(document):
        yield from (each.caption, each.sheet, *each.notes, *(item.title for item in each.columns))
        yield from (cell.text for row in each.rows for cell in row.cells)
