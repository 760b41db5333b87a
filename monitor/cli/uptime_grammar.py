"""The grammar of `uptime`. Runs nothing."""

from argparse import ArgumentTypeError
from typing import Final

from monitor.cli.grammar import Parser, Subparsers, common, with_config, with_socket
from monitor.cli.muting_grammar import SELECTING

GROUPS: Final = (
    "check",
    "target",
    "unit",
    "layer",
    "circuit",
    "provider",
    "area",
    "former_district",
    "former_province",
    "province",
)
PARTS: Final = ("maintenance", "unknown", "up", "degraded", "down")
DEFAULT_PERIOD: Final = "this-month"
_PERIOD_HELP: Final = (
    "2026-11, 2026-q4, 2026, hc-2026-11 (tháng hành chính), 2026-w47, 2026-11-22, 2026-11-01..2026-11-15, today, "
    "yesterday, this-month, last-month (mặc định: this-month)"
)


def add_uptime(commands: "Subparsers[Parser]") -> None:
    """Add `uptime`."""
    uptime = commands.add_parser(
        "uptime",
        help="độ khả dụng của một kỳ; tính lại một khoảng thời gian",
        description=(
            "Độ khả dụng tính từ những lần đổi trạng thái, trong giờ phục vụ, ngoài bảo trì. Thời gian không có dữ liệu không "
            "tính là kết nối cũng không tính là mất: độ phủ luôn đứng cạnh con số."
        ),
    )
    actions = uptime.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    _show(actions)
    _days(actions)
    _correct(actions)
    _withdraw(actions)
    _corrections(actions)


def _show(actions: "Subparsers[Parser]") -> None:
    show = actions.add_parser(
        "show",
        help="độ khả dụng của một kỳ",
        description="Độ khả dụng của một kỳ, đọc thẳng từ đĩa: chạy được cả khi tiến trình giám sát đã dừng.",
        epilog=(
            "ví dụ:\n  tslcd-monitor uptime show --period hc-2026-11 --by layer\n"
            "  tslcd-monitor uptime show --layer tslcd --lowest 10\n"
            "  tslcd-monitor uptime show --unit 'dak ro wa' --by check --outages"
        ),
    )
    _with_period(show)
    show.add_argument("--by", choices=GROUPS, help="mỗi dòng là gì (mặc định: unit; có --unit thì target)")
    for option, field, placeholder, text in SELECTING:
        show.add_argument(
            option, dest=field, action="append", default=[], metavar=placeholder, help=f"chỉ {text}"
        )
    show.add_argument("--lowest", type=_count, metavar="SỐ", help="chỉ bấy nhiêu dòng thấp nhất")
    show.add_argument(
        "--below", type=_percentage, metavar="PHẦN_TRĂM", help="chỉ những dòng dưới mức này, ví dụ 99.5"
    )
    show.add_argument(
        "--outages",
        action="store_true",
        help="số lượt mất kết nối, MTTR, MTBF, MTTA thay cho các khoảng thời gian",
    )
    show.add_argument("--compare", action="store_true", help="thêm con số của kỳ trước và mức thay đổi")
    with_config(show)
    common(show)


def _days(actions: "Subparsers[Parser]") -> None:
    days = actions.add_parser(
        "days",
        help="một đối tượng hoặc phép đo, từng ngày của một kỳ",
        description="Từng ngày của một kỳ được tính là gì: ngày nào mất kết nối, bao lâu, có đủ dữ liệu không.",
        epilog="ví dụ: tslcd-monitor uptime days 21484.cpe --period hc-2026-11",
    )
    days.add_argument(
        "name", metavar="NƠI", help="mã phép đo; mã hoặc tên đối tượng; tên xã (đường truyền của xã)"
    )
    _with_period(days)
    with_config(days)
    common(days)


def _correct(actions: "Subparsers[Parser]") -> None:
    correct = actions.add_parser(
        "correct",
        help="tính lại một khoảng thời gian đã qua",
        description=(
            "Tính một khoảng thời gian đã qua là loại khác, ví dụ bảo trì đã thông báo mà quên khai. Số đo giữ nguyên; lần tính "
            "lại nằm bên trên, ghi ai làm, ai duyệt, vì sao, và hủy được. Cho xem con số trước và sau rồi mới hỏi."
        ),
        epilog=(
            "ví dụ: tslcd-monitor uptime correct 21484.cpe --from '2026-11-20 22:00' --to '2026-11-21 02:00' --as maintenance "
            "--was down --reason 'VNPT nâng cấp nút' --approver 'Nguyễn Văn An' --document '123/TB-VNPT'"
        ),
    )
    correct.add_argument(
        "names",
        nargs="+",
        metavar="NƠI",
        help="mã phép đo; mã hoặc tên đối tượng; tên hoặc mã xã (mọi phép đo ở đó)",
    )
    correct.add_argument(
        "--from", dest="from_at", required=True, metavar="LÚC", help="từ lúc, '2026-11-20 22:00'"
    )
    correct.add_argument(
        "--to", dest="until_at", required=True, metavar="LÚC", help="đến lúc, không sau bây giờ"
    )
    correct.add_argument("--as", dest="counts_as", required=True, choices=PARTS, help="tính là gì")
    correct.add_argument(
        "--was", choices=PARTS, help="chỉ phần thời gian đang tính là loại này (mặc định: tất cả)"
    )
    correct.add_argument("--document", default="", metavar="VĂN_BẢN", help="số văn bản làm căn cứ")
    correct.add_argument("--dry-run", action="store_true", help="chỉ cho xem, không ghi")
    _deciding(correct)


def _withdraw(actions: "Subparsers[Parser]") -> None:
    withdraw = actions.add_parser(
        "withdraw",
        help="hủy một lần tính lại",
        description="Hủy một lần tính lại: con số trở về như cũ. Cả hai lần đều còn trong sổ.",
        epilog="ví dụ: tslcd-monitor uptime withdraw 7 --reason 'nhầm xã' --approver 'Nguyễn Văn An'",
    )
    withdraw.add_argument("id", type=_count, metavar="MÃ", help="mã như trong uptime corrections")
    _deciding(withdraw)


def _corrections(actions: "Subparsers[Parser]") -> None:
    corrections = actions.add_parser(
        "corrections",
        help="những lần tính lại của một kỳ",
        description="Những lần tính lại chạm vào một kỳ, cả những lần đã hủy; đọc thẳng từ đĩa.",
        epilog="ví dụ: tslcd-monitor uptime corrections --period 2026-11",
    )
    _with_period(corrections)
    with_config(corrections)
    common(corrections)


def _deciding(parser: Parser) -> None:
    parser.add_argument("--reason", required=True, metavar="LÝ_DO", help="vì sao, một dòng")
    parser.add_argument("--approver", required=True, metavar="TÊN", help="ai duyệt, khác người làm")
    parser.add_argument("--who", metavar="TÊN", help="ai làm (mặc định: tên đăng nhập)")
    parser.add_argument("--yes", action="store_true", help="không hỏi lại")
    with_socket(parser)
    common(parser)


def _with_period(parser: Parser) -> None:
    parser.add_argument("--period", default=DEFAULT_PERIOD, metavar="KỲ", help=_PERIOD_HELP)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 2**31:
        raise ArgumentTypeError(f"'{text}' không phải số nguyên dương")
    return int(text)


def _percentage(text: str) -> float:
    try:
        value = float(text.strip().rstrip("%").replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 < value <= 100:  # noqa: PLR2004 (per cent)
        raise ArgumentTypeError(f"'{text}' không phải phần trăm từ 0 đến 100; viết như 99.5")
    return value / 100
