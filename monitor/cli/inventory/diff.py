"""`inventory diff`: what the folders, or a stored version, would change in what runs."""

from argparse import Namespace

from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.inventory.showing import examine, show_changes, show_in_force, show_problems
from monitor.cli.output import Output


def run(arguments: Namespace, out: Output) -> int:
    """Print the difference; 0 also when there is one, 1 when what was read cannot be used."""
    examined = examine(open_client(arguments), arguments.version)
    code = Exit.FINDINGS if examined["problems"] else Exit.OK
    if out.is_json:
        out.json(examined)
        return code
    show_problems(examined, out)
    if not examined["problems"]:
        show_changes(examined, out)
    show_in_force({**examined["running"], "asOf": examined["asOf"]}, out)
    return code
