"""`daemon`: run the monitor, or with -C only check what it would read."""

from argparse import Namespace

from monitor.app import run_daemon
from monitor.cli.check_config import run as check_config
from monitor.cli.config import config_path
from monitor.cli.output import Output


def run(arguments: Namespace, out: Output) -> int:
    """Run until told to stop; return the daemon's exit code."""
    if arguments.check_only:
        return check_config(arguments, out)
    return run_daemon(config_path(arguments), arguments.listen_fd)
