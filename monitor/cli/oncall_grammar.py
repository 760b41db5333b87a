"""The grammar of `oncall`. Runs nothing."""

from monitor.cli.grammar import Parser, Subparsers, common, with_socket


def add_oncall(commands: "Subparsers[Parser]") -> None:
    """Add `oncall`."""
    oncall = commands.add_parser(
        "oncall",
        help="ai đang trực, lịch trực, đổi ca",
        description="Ai đang trực, lịch trực những ngày tới, đổi ca.",
    )
    actions = oncall.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    now = actions.add_parser(
        "now", help="ai đang trực, đến khi nào", epilog="ví dụ: tslcd-monitor oncall now"
    )
    week = actions.add_parser(
        "week", help="các ca trực sắp tới", epilog="ví dụ: tslcd-monitor oncall week --days 14"
    )
    week.add_argument("--days", type=int, default=7, metavar="SỐ", help="bao nhiêu ngày tới (mặc định 7)")
    swap = actions.add_parser(
        "swap",
        help="người khác trực thay",
        description=(
            "Trong khoảng giờ này người ấy trực, bất kể đến lượt ai; có hiệu lực ngay, giữ qua khởi động lại. Nghỉ dài "
            "ngày thì ghi leave trong tệp người trực."
        ),
        epilog=(
            "ví dụ: tslcd-monitor oncall swap csht an --from '2026-11-23 07:30' --until '2026-11-23 19:30' "
            "--comment 'Ngọc bận họp'"
        ),
    )
    swap.add_argument("rota", metavar="BẢNG_TRỰC", help="mã bảng trực, như trong tệp người trực")
    swap.add_argument("person", metavar="NGƯỜI", help="mã người trực thay")
    swap.add_argument("--from", dest="from_at", required=True, metavar="LÚC", help="2026-11-23 07:30")
    swap.add_argument("--until", dest="until_at", required=True, metavar="LÚC", help="2026-11-23 19:30")
    swap.add_argument("--comment", default="", metavar="LÝ_DO", help="lý do, một dòng")
    swap.add_argument("--who", metavar="TÊN", help="ai sắp xếp (mặc định: tên đăng nhập)")
    for parser in (now, week, swap):
        with_socket(parser)
        common(parser)
