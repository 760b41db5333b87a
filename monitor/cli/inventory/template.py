"""`inventory template`: write the workbook that a commune's staff fill in."""

import shlex
from argparse import Namespace

from inventory.problem import ProblemsError, near_miss
from inventory.sheet.forms import template
from inventory.sheet.known import read_known
from monitor.cli.exits import CommandError, Exit
from monitor.cli.inventory.sheets import given, refuse_ending, refused, same_source, write_file
from monitor.cli.inventory.showing import confirm
from monitor.cli.output import Output


def run(arguments: Namespace, out: Output) -> int:
    """Write it; units come from the inventory, which may be a skeleton without targets."""
    refuse_ending(arguments.sheet, (".xlsx",))
    source = given(arguments)
    try:
        known = read_known(source.paths)
    except ProblemsError as error:
        raise refused(error, out) from None
    profiles = [name.strip() for name in arguments.profiles.split(",") if name.strip()]
    for name in profiles:
        if name not in known.profiles:
            hint = near_miss(name, known.profiles) or "các loại: " + ", ".join(known.profiles)
            raise CommandError(Exit.USAGE, f"không có loại thiết bị '{name}'", hint)
    content = template(
        known,
        profiles,
        created_at=source.now,
        policies=source.policies,
        by_area=arguments.by == "area",
        all_units=arguments.all_units,
    )
    if arguments.sheet.exists():
        confirm(f"Ghi đè {arguments.sheet} (những gì đã điền sẽ mất)", is_sure=arguments.yes)
    write_file(arguments.sheet, content)
    if out.is_json:
        out.json({"schema": "inventory-template/1", "file": str(arguments.sheet), "profiles": profiles})
        return Exit.OK
    out.line(f"Đã ghi {arguments.sheet}: {len(profiles)} loại thiết bị cho mỗi đơn vị.")
    sheet = shlex.quote(str(arguments.sheet))
    out.note(
        f"Điền xong thì xem thử: tslcd-monitor inventory import {sheet} --dry-run{same_source(arguments)}"
    )
    return Exit.OK
