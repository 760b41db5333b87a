"""The grammar of `meeting`. Runs nothing."""

from argparse import ArgumentTypeError

from monitor.cli.grammar import Parser, Subparsers, common, with_config, with_socket
from monitor.cli.uptime_grammar import DEFAULT_PERIOD


def add_meeting(commands: "Subparsers[Parser]") -> None:
    """Add `meeting`."""
    meeting = commands.add_parser(
        "meeting",
        help="cuộc họp trực tuyến: nhập, xem điểm cầu sẵn sàng hay chưa",
        description="Những cuộc họp qua hệ thống hội nghị truyền hình; báo cáo tháng tính điểm cầu sẵn sàng từ đây.",
    )
    actions = meeting.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    _add(actions)
    _list(actions)
    _show(actions)
    _withdraw(actions)


def _add(actions: "Subparsers[Parser]") -> None:
    add = actions.add_parser(
        "add",
        help="nhập một cuộc họp",
        description="Nhập một cuộc họp, sắp tới hoặc đã qua. Không nêu đơn vị: mọi nơi có điểm cầu đều dự.",
        epilog=(
            "ví dụ: tslcd-monitor meeting add 'Giao ban tháng 11' --from '2026-11-23 08:00' --to '2026-11-23 10:00' "
            "--unit 'dak ro wa' --unit 21484 --registered 128"
        ),
    )
    add.add_argument("title", metavar="TÊN", help="tên cuộc họp")
    add.add_argument(
        "--from", dest="begins_at", required=True, metavar="LÚC", help="giờ khai mạc, '2026-11-23 08:00'"
    )
    add.add_argument("--to", dest="ends_at", required=True, metavar="LÚC", help="giờ kết thúc")
    add.add_argument(
        "--unit",
        dest="units",
        action="append",
        default=[],
        metavar="NƠI",
        help="tên hoặc mã đơn vị dự, nhiều lần được",
    )
    add.add_argument(
        "--registered",
        type=_count,
        metavar="SỐ",
        help="số điểm cầu đăng ký, cả phần mềm họp (mặc định: số điểm cầu dự)",
    )
    add.add_argument("--note", default="", metavar="GHI_CHÚ", help="ghi chú, một dòng")
    add.add_argument("--who", metavar="TÊN", help="ai nhập (mặc định: tên đăng nhập)")
    with_socket(add)
    common(add)


def _list(actions: "Subparsers[Parser]") -> None:
    listing = actions.add_parser(
        "list",
        help="những cuộc họp của một kỳ",
        description="Những cuộc họp khai mạc trong một kỳ và số điểm cầu sẵn sàng; đọc thẳng từ đĩa.",
        epilog="ví dụ: tslcd-monitor meeting list --period 2026-11",
    )
    listing.add_argument(
        "--period",
        default=DEFAULT_PERIOD,
        metavar="KỲ",
        help="2026-11, hc-2026-11, 2026-w47, 2026-11-22, ... (mặc định: this-month)",
    )
    with_config(listing)
    common(listing)


def _show(actions: "Subparsers[Parser]") -> None:
    show = actions.add_parser(
        "show",
        help="một cuộc họp, từng điểm cầu",
        description="Từng điểm cầu: trước giờ họp 30 phút, lúc khai mạc, mất kết nối trong lúc họp; đọc thẳng từ đĩa.",
        epilog="ví dụ: tslcd-monitor meeting show HOP-2026-0007",
    )
    show.add_argument("id", metavar="MÃ", help="mã như trong meeting list")
    show.add_argument(
        "--all", dest="is_all", action="store_true", help="cả những điểm cầu không có gì đáng nói"
    )
    with_config(show)
    common(show)


def _withdraw(actions: "Subparsers[Parser]") -> None:
    withdraw = actions.add_parser(
        "withdraw",
        help="hủy một cuộc họp đã nhập",
        description="Cuộc họp không diễn ra, hoặc nhập nhầm: báo cáo không tính nữa, sổ vẫn còn.",
        epilog="ví dụ: tslcd-monitor meeting withdraw HOP-2026-0007",
    )
    withdraw.add_argument("id", metavar="MÃ", help="mã như trong meeting list")
    withdraw.add_argument("--who", metavar="TÊN", help="ai hủy (mặc định: tên đăng nhập)")
    with_socket(withdraw)
    common(withdraw)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 100_000:  # noqa: PLR2004 (no such meeting)
        raise ArgumentTypeError(f"'{text}' không phải số điểm cầu")
    return int(text)
