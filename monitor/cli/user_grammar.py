"""The grammar of `user`. Runs nothing."""

from typing import Final, TypeAlias

from monitor.cli.grammar import Parser, Subparsers, common, with_socket

_ROLES: Final = ("admin", "duty", "reporter", "leader", "screen", "commune")
_Actions: TypeAlias = "Subparsers[Parser]"


def add_user(commands: "Subparsers[Parser]") -> None:
    """Add `user`."""
    user = commands.add_parser(
        "user",
        help="tài khoản: thêm, vai trò, khóa, liên kết đặt mật khẩu, mã truy cập API",
        description=(
            "Tài khoản của trang web và API. Người quản trị đầu tiên được thêm bằng lệnh này, trên máy giám sát:\n"
            "không có mật khẩu mặc định."
        ),
    )
    actions = user.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    parsers = [
        *(_add(actions), _list(actions), _role(actions), _unit(actions), _disable(actions)),
        *(_enable(actions), _invite(actions), _passwd(actions), _factor(actions), *_tokens(actions)),
    ]
    for parser in parsers:
        with_socket(parser)
        common(parser)


def _add(actions: _Actions) -> Parser:
    add = actions.add_parser(
        "add",
        help="thêm tài khoản; in liên kết để người ấy tự đặt mật khẩu",
        epilog=(
            "ví dụ:\n  tslcd-monitor user add an --name 'Nguyễn Văn An' --role admin\n"
            "  tslcd-monitor user add bato --name 'UBND xã Ba Tơ' --role commune --unit 21484"
        ),
    )
    _named(add)
    add.add_argument("--name", dest="display_name", required=True, metavar="HỌ_TÊN", help="họ tên, chức danh")
    add.add_argument("--role", required=True, choices=_ROLES, help=_ROLE_HELP)
    add.add_argument("--unit", default="", metavar="MÃ", help="mã đơn vị, chỉ với vai trò commune")
    _password(add)
    _who(add)
    return add


def _list(actions: _Actions) -> Parser:
    return actions.add_parser(
        "list",
        help="các tài khoản, vai trò, lần dùng gần nhất",
        epilog="ví dụ: tslcd-monitor user list -o json",
    )


def _role(actions: _Actions) -> Parser:
    role = actions.add_parser(
        "role",
        help="đổi vai trò; người ấy phải đăng nhập lại",
        epilog="ví dụ: tslcd-monitor user role an duty",
    )
    _named(role)
    role.add_argument("role", choices=_ROLES, metavar="VAI_TRÒ", help=_ROLE_HELP)
    role.add_argument("--unit", default="", metavar="MÃ", help="mã đơn vị, chỉ với vai trò commune")
    _who(role)
    return role


def _unit(actions: _Actions) -> Parser:
    unit = actions.add_parser(
        "unit",
        help="đổi đơn vị của tài khoản cấp xã",
        epilog="ví dụ: tslcd-monitor user unit bato 21484",
    )
    _named(unit)
    unit.add_argument("unit", metavar="MÃ", help="mã đơn vị trong danh mục")
    _who(unit)
    return unit


def _disable(actions: _Actions) -> Parser:
    disable = actions.add_parser(
        "disable",
        help="khóa tài khoản: mọi phiên đăng nhập kết thúc ngay",
        epilog="ví dụ: tslcd-monitor user disable an --why 'đã chuyển công tác'",
    )
    _named(disable)
    disable.add_argument("--why", default="", metavar="LÝ_DO", help="lý do, một dòng")
    _who(disable)
    return disable


def _enable(actions: _Actions) -> Parser:
    enable = actions.add_parser(
        "enable", help="mở lại tài khoản đã khóa", epilog="ví dụ: tslcd-monitor user enable an"
    )
    _named(enable)
    _who(enable)
    return enable


def _invite(actions: _Actions) -> Parser:
    invite = actions.add_parser(
        "invite",
        help="in liên kết dùng một lần để đặt mật khẩu",
        description="Liên kết trước đó hết hiệu lực. Gửi cho đúng người: ai có liên kết thì đặt được mật khẩu.",
        epilog="ví dụ: tslcd-monitor user invite an",
    )
    _named(invite)
    _who(invite)
    return invite


def _passwd(actions: _Actions) -> Parser:
    passwd = actions.add_parser(
        "passwd",
        help="đặt mật khẩu ngay tại máy giám sát",
        epilog="ví dụ: tslcd-monitor user passwd an",
    )
    _named(passwd)
    _password(passwd)
    _who(passwd)
    return passwd


def _factor(actions: _Actions) -> Parser:
    factor = actions.add_parser(
        "second-factor",
        help="gỡ xác thực lớp hai khi mất điện thoại",
        description="Lần đăng nhập sau người ấy cài lại trên điện thoại mới.",
        epilog="ví dụ: tslcd-monitor user second-factor reset an",
    )
    factor.add_argument("what", choices=("reset",), metavar="reset", help="gỡ")
    _named(factor)
    _who(factor)
    return factor


def _tokens(actions: _Actions) -> tuple[Parser, ...]:
    token = actions.add_parser("token", help="mã truy cập API: tạo, liệt kê, thu hồi")
    kinds = token.add_subparsers(
        dest="token_action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    add = kinds.add_parser(
        "add",
        help="tạo mã; bí mật chỉ in một lần",
        epilog="ví dụ: tslcd-monitor user token add prometheus --scope metrics --days 365 --label máy-chủ-số-liệu",
    )
    _named(add)
    add.add_argument(
        "--scope",
        dest="scopes",
        action="append",
        required=True,
        metavar="QUYỀN",
        help="quyền; ghi nhiều lần được",
    )
    add.add_argument("--days", type=int, default=90, metavar="SỐ", help="hiệu lực mấy ngày (mặc định 90)")
    add.add_argument("--label", default="", metavar="TÊN", help="dùng ở đâu, một dòng")
    _who(add)
    listed = kinds.add_parser(
        "list", help="các mã của một tài khoản", epilog="ví dụ: tslcd-monitor user token list an"
    )
    _named(listed)
    revoke = kinds.add_parser(
        "revoke", help="thu hồi một mã", epilog="ví dụ: tslcd-monitor user token revoke an 1a2b3c4d"
    )
    _named(revoke)
    revoke.add_argument("token_id", metavar="MÃ", help="như trong user token list")
    _who(revoke)
    return add, listed, revoke


_ROLE_HELP: Final = "admin: quản trị; duty: trực; reporter: báo cáo; leader: lãnh đạo; screen: màn hình treo tường; commune: cấp xã"


def _named(parser: Parser) -> None:
    parser.add_argument("account", metavar="TÀI_KHOẢN", help="tên đăng nhập")


def _password(parser: Parser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="đọc mật khẩu từ dòng đầu của đầu vào chuẩn"
    )


def _who(parser: Parser) -> None:
    parser.add_argument("--who", metavar="TÊN", help="người làm (mặc định: tên đăng nhập)")
