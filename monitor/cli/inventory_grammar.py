"""The grammar of `inventory`: one function per action, like parser.py. Runs nothing."""

from collections.abc import Callable
from typing import Final, TypeAlias

from monitor.cli.grammar import Parser, Subparsers, common, with_config

Actions: TypeAlias = "Subparsers[Parser]"


def _add_coverage(actions: Actions) -> None:
    coverage = actions.add_parser(
        "coverage",
        help="bao nhiêu xã có từng loại thiết bị, cạnh số đã báo cáo",
        description=(
            "Đếm theo danh mục, như báo cáo: bao nhiêu xã, phường, đặc khu có, chưa có, chưa rõ; cạnh số báo cáo gần nhất. "
            "Chỗ báo cáo mâu thuẫn thì nói rõ."
        ),
        epilog="ví dụ: tslcd-monitor inventory coverage --class may-lay-so",
    )
    coverage.add_argument(
        "--class", dest="class_id", metavar="LOẠI", help="chỉ một loại, mã như trong phần reported"
    )
    with_config(coverage)
    common(coverage)


_ACTIONS: Final[tuple[Callable[[Actions], None], ...]] = (_add_coverage,)
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
