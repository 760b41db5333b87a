"""`inventory`: one module per action, loaded when it is asked for."""

import importlib
from argparse import Namespace

from monitor.cli.output import Output


def run(arguments: Namespace, out: Output) -> int:
    """Run one of the actions."""
    module = importlib.import_module(f"monitor.cli.inventory.{arguments.action.replace('-', '_')}")
    return int(module.run(arguments, out))
