"""`version`: which program this is."""

import platform
from argparse import Namespace

from monitor.cli.exits import Exit
from monitor.cli.output import Output
from monitor.version import VERSION


def run(_arguments: Namespace, out: Output) -> int:
    """Print the version."""
    if out.is_json:
        out.json({"schema": "version/1", "version": VERSION, "python": platform.python_version()})
    else:
        out.line(f"tslcd-monitor {VERSION}")
        if out.is_extended:
            out.line(f"Python {platform.python_version()}")
    return Exit.OK
