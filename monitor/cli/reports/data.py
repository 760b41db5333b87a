"""`report data`: the figures of a period."""

from argparse import Namespace

from monitor.cli.exits import Exit
from monitor.cli.output import Cell, Output
from monitor.cli.output import Row as OutputRow
from monitor.cli.reports.reading import asked
from monitor.report.document.model import Block, RowLevel, Table
from monitor.report.editions.codec import as_data


def run(arguments: Namespace, out: Output) -> int:
    """Print the tables of the report; as JSON all figures."""
    with asked(arguments) as found:
        draft = found.draft()
    if out.is_json:
        out.json({"schema": "report-data/1", "period": found.period.id, "figures": as_data(draft.figures)})
        return Exit.OK
    document = draft.document
    blocks: list[Block] = list(document.blocks)
    if out.is_extended:
        blocks += [block for each in document.appendices for block in each.blocks]
    for block in blocks:
        if isinstance(block, Table):
            show_table(block, out)
    out.note(f"Kỳ {found.period.id}; mọi con số: -o json, cả các phụ lục: -o extended")
    return Exit.OK


def show_table(table: Table, out: Output) -> None:
    """Print a table of a document as it stands there."""
    rows: list[OutputRow] = [
        [Cell(row.cells[0].text), *[""] * (len(table.columns) - 1)]
        if row.level is RowLevel.GROUP
        else [Cell(cell.text) for cell in row.cells]
        for row in table.rows
    ]
    out.note(table.caption)
    out.table([column.title.upper() for column in table.columns], rows)
    for note in table.notes:
        out.note(note)
