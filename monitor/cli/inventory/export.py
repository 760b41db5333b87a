"""`inventory export`: write all targets and circuits as a spreadsheet; importing it changes nothing."""

from argparse import Namespace

from inventory.problem import ProblemsError
from inventory.sheet.forms import export_csv, export_workbook
from inventory.sheet.known import read_known
from monitor.cli.exits import Exit
from monitor.cli.inventory.sheets import given, refuse_ending, refused, write_file
from monitor.cli.inventory.showing import confirm
from monitor.cli.output import Output


def run(arguments: Namespace, out: Output) -> int:
    """Write it, as a workbook or as CSV by the file's name."""
    refuse_ending(arguments.sheet, (".xlsx", ".csv"))
    source = given(arguments)
    try:
        known = read_known(source.paths)
    except ProblemsError as error:
        raise refused(error, out) from None
    is_csv = arguments.sheet.suffix.casefold() == ".csv"
    content = (
        export_csv(known)
        if is_csv
        else export_workbook(known, created_at=source.now, policies=source.policies)
    )
    if arguments.sheet.exists():
        confirm(f"Ghi đè {arguments.sheet}", is_sure=arguments.yes)
    write_file(arguments.sheet, content)
    targets, circuits = len(known.targets), 0 if is_csv else len(known.circuits)
    if out.is_json:
        out.json(
            {
                "schema": "inventory-export/1",
                "file": str(arguments.sheet),
                "targets": targets,
                "circuits": circuits,
            }
        )
        return Exit.OK
    out.line(f"Đã ghi {arguments.sheet}: {targets} đối tượng, {circuits} đường truyền.")
    if is_csv and known.circuits:
        out.note("CSV chỉ có đối tượng; muốn cả đường truyền thì xuất ra .xlsx")
    return Exit.OK
