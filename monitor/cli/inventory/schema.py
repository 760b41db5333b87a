"""`inventory schema`: print the JSON Schema of the inventory or of the settings."""

from argparse import Namespace

from inventory.json_schema import form_schema, inventory_schema
from monitor.cli.exits import Exit
from monitor.cli.output import Output
from monitor.settings.settings import Settings
from probes.kinds import KINDS


def run(arguments: Namespace, out: Output) -> int:
    """Print it; the same whatever -o says."""
    if arguments.settings:
        out.json(form_schema(Settings, "tslcd-monitor: cấu hình"))
    else:
        out.json(inventory_schema(KINDS))
    return Exit.OK
