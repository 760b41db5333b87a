"""The grammar of `notify`. Runs nothing."""

from argparse import ArgumentTypeError
from typing import Final

from monitor.cli.grammar import Parser, Subparsers, common, with_socket


def add_notify(commands: "Subparsers[Parser]") -> None:
    """Add `notify`."""
    notify = commands.add_parser(
        "notify",
        help="tin đang chờ, gửi lại, gửi thử, ai sẽ được báo",
        description="Tin nhắn: hàng chờ, gửi lại, bỏ, gửi thử, thử xem ai sẽ được báo.",
    )
    actions = notify.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    for add in (_add_queue, _add_retry, _add_drop, _add_test, _add_route_test, _add_render):
        parser = add(actions)
        with_socket(parser)
        common(parser)


def _add_queue(actions: "Subparsers[Parser]") -> Parser:
    queue = actions.add_parser(
        "queue",
        help="tin đang chờ gửi, hoặc không gửi được",
        description="Tin đang chờ gửi: chờ từ bao giờ, đã thử mấy lần, lỗi gì. --dead: tin không gửi được, cần người xem.",
        epilog="ví dụ: tslcd-monitor notify queue --dead",
    )
    queue.add_argument("--channel", metavar="KÊNH", help="chỉ một kênh, ví dụ zalo_bot, email")
    queue.add_argument("--dead", action="store_true", help="tin đã thôi gửi vì lỗi")
    return queue


def _add_retry(actions: "Subparsers[Parser]") -> Parser:
    retry = actions.add_parser(
        "retry",
        help="gửi lại ngay",
        description="Gửi lại ngay các tin này, hoặc mọi tin không gửi được (--all). Kênh đang nghỉ cũng thử lại ngay.",
        epilog="ví dụ: tslcd-monitor notify retry 17\n       tslcd-monitor notify retry --all",
    )
    retry.add_argument(
        "ids", nargs="*", type=row_number, metavar="SỐ", help="số của tin, xem bằng notify queue"
    )
    retry.add_argument("--all", action="store_true", help="mọi tin không gửi được")
    retry.add_argument("--who", metavar="TÊN", help="ai làm (mặc định: tên đăng nhập)")
    return retry


def _add_drop(actions: "Subparsers[Parser]") -> Parser:
    drop = actions.add_parser(
        "drop",
        help="bỏ hẳn, không gửi nữa",
        description="Bỏ hẳn các tin này. Ai bỏ và vì sao được ghi vào nhật ký.",
        epilog="ví dụ: tslcd-monitor notify drop 17 --comment 'đã báo qua điện thoại'",
    )
    drop.add_argument(
        "ids", nargs="+", type=row_number, metavar="SỐ", help="số của tin, xem bằng notify queue"
    )
    drop.add_argument("--comment", required=True, metavar="LÝ_DO", help="vì sao bỏ, một dòng")
    drop.add_argument("--who", metavar="TÊN", help="ai làm (mặc định: tên đăng nhập)")
    return drop


def _add_test(actions: "Subparsers[Parser]") -> Parser:
    test = actions.add_parser(
        "test",
        help="gửi thử một tin",
        description=(
            "Gửi thử một tin đúng như gửi tin thật, rồi chờ kết quả: tới mọi địa chỉ của một người hay nhóm, tới một "
            "kênh:địa_chỉ, hoặc tới người đầu tiên có kênh ấy trong tệp người trực. Thoát mã 1 nếu không gửi được."
        ),
        epilog="ví dụ: tslcd-monitor notify test ngoc\n       tslcd-monitor notify test email:truc@tinh.example",
    )
    test.add_argument("to", metavar="NƠI", help="người, nhóm, kênh, hoặc kênh:địa_chỉ")
    test.add_argument("--who", metavar="TÊN", help="ai gửi thử (mặc định: tên đăng nhập)")
    return test


def _add_route_test(actions: "Subparsers[Parser]") -> Parser:
    route = actions.add_parser(
        "route-test",
        help="nếu nơi này hỏng thì ai được báo, lúc nào, kênh nào",
        description=(
            "Thử xem ai được báo ở bước nào, lúc nào, qua kênh nào, và điều gì giữ tin lại. Không gửi gì cả."
        ),
        epilog="ví dụ: tslcd-monitor notify route-test --target 21484.cpe --at 03:00",
    )
    route.add_argument("--target", required=True, metavar="ĐỐI_TƯỢNG", help="mã đối tượng trong danh mục")
    route.add_argument(
        "--at", default="", metavar="LÚC", help="03:00 hoặc '2026-11-23 03:00' (mặc định: lúc này)"
    )
    route.add_argument(
        "--severity", choices=("1", "2", "3"), default="", help="mức khẩn (mặc định: của đối tượng)"
    )
    return route


RENDERED: Final = (
    *(
        "down",
        "again",
        "service",
        "central",
        "degraded",
        "group",
        "mass",
        "update",
        "escalate",
        "remind",
        "flap",
    ),
    *("up", "group_up", "closed", "removed", "late"),
    *("self", "brief", "shift", "maintenance", "silences", "reply", "test", "preflight", "report", "letter"),
)
"""Kinds of messages; those of `alerts.messages.samples`, which take longer to load."""


def _add_render(actions: "Subparsers[Parser]") -> Parser:
    render = actions.add_parser(
        "render",
        help="xem một tin được viết thế nào",
        description=(
            "In một tin như sẽ viết ra, không gửi gì. Mặc định dùng số liệu mẫu, không cần tiến trình giám sát; "
            "--incident: viết về một sự cố thật, hỏi tiến trình giám sát. Thoát mã 1 nếu mẫu hỏng."
        ),
        epilog=(
            "ví dụ: tslcd-monitor notify render down\n"
            "       tslcd-monitor notify render group --sample longest --channel email\n"
            "       tslcd-monitor notify render up --incident SC-2026-0001 --lang en"
        ),
    )
    render.add_argument("kind", choices=RENDERED, metavar="LOẠI", help=", ".join(RENDERED))
    render.add_argument(
        "--sample",
        choices=("typical", "longest", "empty"),
        default="typical",
        help="số liệu mẫu: thường gặp, dài nhất, thiếu mọi thứ tùy chọn",
    )
    render.add_argument("--incident", default="", metavar="MÃ", help="một sự cố thật, thay cho số liệu mẫu")
    render.add_argument("--channel", default="zalo_bot", metavar="KÊNH", help="kênh gửi (mặc định zalo_bot)")
    render.add_argument("--lang", choices=("vi", "en"), default="vi", help="ngôn ngữ của tin")
    return render


def row_number(text: str) -> int:
    """Read the number of a message."""
    if not text.isascii() or not text.isdecimal() or len(text) > 15:  # noqa: PLR2004 (fits SQLite's integers)
        raise ArgumentTypeError(f"'{text}' không phải số của tin; xem: tslcd-monitor notify queue")
    return int(text)
