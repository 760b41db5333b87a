"""The grammar of `inventory`: one function per action, like parser.py. Runs nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from monitor.cli.beginning_grammar import add_generate, add_init
from monitor.cli.grammar import Parser, Subparsers, common, with_ask, with_config
from monitor.cli.inventory_check_grammar import add_schema, add_validate
from monitor.cli.inventory_life_grammar import add_apply, add_audit, add_diff, add_rollback, add_versions
from monitor.cli.inventory_sheet_grammar import add_export, add_import, add_template
from monitor.cli.inventory_times_grammar import add_calendar, add_windows

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


def _add_discover(actions: Actions) -> None:
    discover = actions.add_parser(
        "discover",
        help="dò một dải địa chỉ của mình, đề xuất đối tượng mới",
        description=(
            "Hỏi từng địa chỉ trong dải (ping, SNMP, vài cổng TCP) rồi đề xuất những gì danh mục chưa có. Chỉ dò dải đã "
            "khai báo ở address_plan.ranges. Chỉ đọc; không tự ghi gì vào danh mục. Ctrl-C: dừng và in phần đã có."
        ),
        epilog="ví dụ: tslcd-monitor inventory discover 10.51.7.0/24 --ask --out de-xuat.yaml",
    )
    discover.add_argument("range", metavar="DẢI", help="ví dụ 10.51.7.0/24")
    discover.add_argument(
        "--community-secret", metavar="TÊN", help="tên bí mật chứa community (mặc định snmp-community)"
    )
    discover.add_argument(
        "--set",
        dest="options",
        action="append",
        default=[],
        metavar="KHÓA=GIÁ_TRỊ",
        help="tùy chọn SNMP như trong danh mục: version, port, user, auth, priv ...",
    )
    discover.add_argument(
        "--rate",
        type=packets,
        default=50,
        metavar="SỐ",
        help="nhiều nhất bấy nhiêu gói mỗi giây (mặc định 50, tối đa 200)",
    )
    discover.add_argument("--no-tcp", action="store_true", help="không thử các cổng TCP")
    discover.add_argument("--out", type=Path, metavar="TỆP", help="ghi đề xuất thành tệp YAML để xem và chép")
    with_ask(discover)
    with_config(discover)
    common(discover)


_FASTEST: Final = 200


def packets(text: str) -> int:
    """Read a number of packets a second."""
    value = int(text)
    if not 1 <= value <= _FASTEST:
        raise ValueError(text)
    return value


def _add_show(actions: Actions) -> None:
    show = actions.add_parser(
        "show",
        help="xem một đối tượng hoặc một xã như danh mục nói",
        description=(
            "Một đối tượng: thuộc đâu, đi qua đâu, sau nó có gì, đo những gì. Một xã: hai bản đồ hành chính và các đối "
            "tượng ở đó. Tên gõ không dấu cũng được; tên mà nhiều nơi có thì in ra hết, không đoán."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor inventory show 'dak ro wa'\n"
            "  tslcd-monitor inventory show 21484.cpe --resolved"
        ),
    )
    show.add_argument("name", metavar="MÃ_HOẶC_TÊN", help="mã hoặc địa chỉ của đối tượng, mã hoặc tên xã")
    show.add_argument(
        "--resolved", action="store_true", help="từng giá trị: do mức nào nói, ở tệp nào, dòng nào"
    )
    with_config(show)
    common(show)


_ACTIONS: Final[tuple[Callable[[Actions], None], ...]] = (
    add_init,
    add_template,
    add_import,
    add_export,
    add_validate,
    add_schema,
    _add_discover,
    _add_show,
    _add_coverage,
    add_calendar,
    add_windows,
    add_diff,
    add_apply,
    add_versions,
    add_rollback,
    add_audit,
    add_generate,
)
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
