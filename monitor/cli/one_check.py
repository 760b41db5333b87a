"""From what people type to one check: by its id, by its target, by the line of a commune."""

from typing import Final

from inventory.model import Check, Inventory, Layer
from inventory.names import find, former_hint, hint, near_id
from inventory.problem import near_miss
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output

_MOST_NAMED: Final = 8


def one_check(asked: str, inventory: Inventory, out: Output) -> Check:
    """Return the check of this id, or the first one of the target of this id or name; of a commune that of its line."""
    if asked in inventory.checks:
        return inventory.checks[asked]
    names = {id_: target.name for id_, target in inventory.targets.items()}
    target_ids = [] if "/" in asked else find(asked, names)
    if not target_ids:
        target_ids = _of_unit(asked, inventory)
    if len(target_ids) > 1:
        listed = "; ".join(f"{id_} ({names[id_]})" for id_ in target_ids[:_MOST_NAMED])
        raise CommandError(Exit.USAGE, f"'{asked}' có thể là: {listed}", "dùng mã của một đối tượng")
    checks = [check for check in inventory.checks.values() if check.target_id == target_ids[0]]
    if not checks:
        raise CommandError(
            Exit.FINDINGS,
            f"đối tượng {target_ids[0]} không được đo",
            f"xem vì sao: tslcd-monitor inventory show {target_ids[0]}",
        )
    if len(checks) > 1:
        out.note(f"phép đo khác của {target_ids[0]}: {', '.join(check.id for check in checks[1:])}")
    return checks[0]


def _of_unit(asked: str, inventory: Inventory) -> list[str]:
    """Return the targets of the unit of this name, those of its line if it has any. Never empty."""
    units = {code: unit.name for code, unit in inventory.units.items()}
    codes = [] if "/" in asked else find(asked, units)
    if len(codes) > 1:
        listed = "; ".join(
            f"{units[code]} ({code}, {inventory.units[code].former_district or 'cấp tỉnh'})" for code in codes
        )
        raise CommandError(Exit.USAGE, f"'{asked}' có thể là: {listed}", "gõ có dấu, hoặc dùng mã")
    watched = {check.target_id for check in inventory.checks.values()}
    of_unit = [each for each in inventory.targets.values() if each.unit_code in codes and each.id in watched]
    lines = [each.id for each in of_unit if each.layer is Layer.TSLCD]
    found = lines or [each.id for each in of_unit]
    if found:
        return found
    if codes:
        raise CommandError(
            Exit.FINDINGS,
            f"{units[codes[0]]} chưa có đối tượng nào được đo",
            f"xem danh mục: tslcd-monitor inventory show {codes[0]}",
        )
    former = former_hint(asked, {code: unit.former_names for code, unit in inventory.units.items()}, units)
    near = near_miss(asked, inventory.checks) if "/" in asked else near_id(asked, inventory.targets)
    names = [*(target.name for target in inventory.targets.values()), *units.values()]
    remedy = former or near or hint(asked, names) or "dùng mã như trong danh mục"
    raise CommandError(Exit.USAGE, f"không có phép đo, đối tượng hay xã '{asked}'", remedy)
