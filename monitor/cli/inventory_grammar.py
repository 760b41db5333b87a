"""The grammar of `inventory`: one function per action, like parser.py. Runs nothing."""

from collections.abc import Callable
from typing import Final

from monitor.cli.grammar import Parser, Subparsers

Actions = Subparsers[Parser]

_ACTIONS: Final[tuple[Callable[[Actions], None], ...]] = ()
"""In the order of the help: what one begins with first."""


def add_inventory(commands: Actions) -> None:
    """Add the command with all its actions."""
    inventory = commands.add_parser(
        "inventory",
        help="danh mục: bắt đầu, nhập từ Excel, xem, so sánh, áp dụng, hoàn tác",
        description="Danh mục những gì được giám sát.",
    )
    actions = inventory.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    for add in _ACTIONS:
        add(actions)
