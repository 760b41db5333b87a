"""What an incident took down with it. Pure."""

from dataclasses import dataclass

from alerts.model.incident import Incident
from inventory.model import Inventory


@dataclass(frozen=True, slots=True)
class Reach:
    """What is down because of an incident, besides its root: targets, and the units other than the root's own."""

    targets: int = 0
    units: int = 0


def reach(incident: Incident, inventory: Inventory) -> Reach:
    """Count what `incident` took down with it (whatever has left the inventory is not counted)."""
    root = inventory.checks.get(incident.root_check_id)
    root_target_id = "" if root is None else root.target_id
    hit = {
        inventory.checks[check_id].target_id for check_id in incident.affected if check_id in inventory.checks
    } - {root_target_id}
    units = {inventory.targets[target_id].unit_code for target_id in hit}
    if root is not None:
        units.discard(inventory.targets[root_target_id].unit_code)
    return Reach(len(hit), len(units))
