"""`report`: the monthly report at the terminal; what each action does is in monitor/cli/reports, loaded when asked for."""

import importlib
from argparse import Namespace

from monitor.cli.output import Output


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    return int(importlib.import_module(f"monitor.cli.reports.{arguments.module}").run(arguments, out))
