"""The grammar of `zalo-oa` and `zalo-bot`. Runs nothing."""

from monitor.cli.grammar import Parser, Subparsers, common, with_config, with_socket


def add_zalo_oa(commands: "Subparsers[Parser]") -> None:
    """Add `zalo-oa`."""
    account = commands.add_parser(
        "zalo-oa",
        help="đăng nhập và xem Zalo Official Account",
        description="Đăng nhập Zalo Official Account và xem mã truy cập, gói dịch vụ.",
    )
    actions = account.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    login = actions.add_parser(
        "login",
        help="đăng nhập bằng refresh token",
        description=(
            "Đổi refresh token lấy mã truy cập ngay và lưu vào state_dir. Lấy refresh token: developers.zalo.me, Công cụ, "
            "API Explorer, chọn OA access token, bấm cho phép. Mỗi refresh token chỉ dùng được một lần."
        ),
        epilog="ví dụ: tslcd-monitor zalo-oa login --refresh-token-stdin < refresh-token.txt",
    )
    login.add_argument(
        "--refresh-token-stdin",
        action="store_true",
        required=True,
        help="đọc refresh token từ đầu vào, một dòng: không ai thấy nó trong danh sách tiến trình",
    )
    status = actions.add_parser(
        "status",
        help="mã truy cập còn bao lâu, gói dịch vụ đến ngày nào",
        description="Hỏi Zalo tên Official Account, gói dịch vụ; mã truy cập còn bao lâu.",
        epilog="ví dụ: tslcd-monitor zalo-oa status",
    )
    for parser in (login, status):
        with_config(parser)
        common(parser)


def add_zalo_bot(commands: "Subparsers[Parser]") -> None:
    """Add `zalo-bot`."""
    bot = commands.add_parser(
        "zalo-bot", help="ai đã nhắn cho bot Zalo", description="Bot Zalo: ai đã nhắn cho bot."
    )
    actions = bot.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    chats = actions.add_parser(
        "chats",
        help="mã chat của những ai vừa nhắn cho bot, để ghi vào tệp người trực",
        description=(
            "Người hoặc nhóm phải nhắn cho bot trước thì bot mới gửi được. Hỏi tiến trình giám sát đang chạy; nếu nó "
            "không chạy thì tự hỏi Zalo một lần."
        ),
        epilog="ví dụ: tslcd-monitor zalo-bot chats",
    )
    with_socket(chats)
    common(chats)
