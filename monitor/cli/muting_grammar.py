"""The grammar of `silence` and `maintenance`. Runs nothing."""

import re
from argparse import ArgumentTypeError
from typing import Final, TypeAlias

from monitor.cli.grammar import Parser, Subparsers, common, with_socket

Actions: TypeAlias = "Subparsers[Parser]"
_LENGTH: Final = re.compile(r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?")
_UNITS_S: Final = (86_400, 3_600, 60)
MOST_DAYS: Final = 400

SELECTING: Final = (
    ("--target", "targets", "MÃ", "mã đối tượng"),
    ("--unit", "units", "NƠI", "tên hoặc mã xã, gõ không dấu cũng được"),
    ("--area", "areas", "ĐỊA_BÀN", "địa bàn (areas) của danh mục; province: cấp tỉnh"),
    ("--district", "former_districts", "HUYỆN", "huyện (cũ)"),
    ("--layer", "layers", "LỚP", "lớp: tslcd, conference, kiosk, pc, shared, central, infra"),
    ("--provider", "providers", "NHÀ_MẠNG", "nhà mạng"),
    ("--circuit", "circuits", "KÊNH", "mã kênh hoặc mã hợp đồng"),
    ("--tag", "tags", "NHÃN", "nhãn"),
)
"""Option, field of Selector, placeholder, help. Each may be given several times: any of its values, all conditions."""


def add_silence(commands: "Subparsers[Parser]") -> None:
    """Add `silence`."""
    silence = commands.add_parser(
        "silence",
        help="tạm ngưng thông báo: khai, xem, gia hạn, kết thúc",
        description=(
            "Tạm ngưng thông báo của một số đối tượng trong một thời gian. Vẫn đo, vẫn ghi sự cố, vẫn tính vào độ khả dụng; "
            "hết hạn mà còn hỏng thì báo ngay. Luôn phải có lý do và giờ kết thúc, dài nhất 30 ngày."
        ),
    )
    actions = silence.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    add = actions.add_parser(
        "add",
        help="tạm ngưng thông báo",
        description="Tạm ngưng thông báo. Cho xem trước trúng những gì; trúng hơn 30 xã thì hỏi lại.",
        epilog=(
            "ví dụ:\n  tslcd-monitor silence add 'dak ro wa' -d 1h30m --comment 'sửa điện'\n"
            "  tslcd-monitor silence add --provider VNPT --district 'ba to' --until '2026-11-23 06:00' --comment 'đứt cáp'"
        ),
    )
    _declaring(add)
    _list(actions, "tạm ngưng thông báo", "silence")
    _one(actions, "show", "một lần tạm ngưng thông báo", "silence show IM-2026-0001")
    _update(actions, "silence update IM-2026-0001 -d 2h --comment 'thợ đến muộn'")
    _ending(actions, "expire", "kết thúc ngay: còn hỏng thì báo ngay", "silence expire IM-2026-0001")
    importing = actions.add_parser(
        "import",
        help="khai lại từ bản đã xuất",
        description="Khai lại những lần còn hạn trong bản mà 'silence list -o json' đã in; lần đã có thì bỏ qua.",
        epilog="ví dụ: tslcd-monitor silence list -o json > im.json; tslcd-monitor silence import im.json",
    )
    importing.add_argument("source", metavar="TỆP", help="tệp JSON; -: đọc từ đầu vào")
    _writing(importing)


def add_maintenance(commands: "Subparsers[Parser]") -> None:
    """Add `maintenance`."""
    maintenance = commands.add_parser(
        "maintenance",
        help="bảo trì: khai đợt đột xuất, xem mọi lúc không báo, kết thúc",
        description=(
            "Bảo trì ngoài những đợt đã khai trong danh mục. Vẫn đo, không báo; thời gian này tính là bảo trì. Quá giờ mà "
            "còn hỏng thì từ lúc ấy là sự cố."
        ),
    )
    actions = maintenance.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    add = actions.add_parser(
        "add",
        help="khai một đợt bảo trì",
        description="Khai một đợt bảo trì. Cho xem trước trúng những gì; trúng hơn 30 xã thì hỏi lại.",
        epilog=(
            "ví dụ: tslcd-monitor maintenance add 'dak to' --from '2026-11-23 22:00' -d 2h --title 'Thay thiết bị nút' "
            "--worker VNPT --comment 'theo thông báo của VNPT'"
        ),
    )
    add.add_argument("--title", default="", metavar="TÊN", help="tên đợt bảo trì (mặc định: lý do)")
    _maintaining(add)
    _declaring(add)
    listing = _list(actions, "bảo trì, cả trong danh mục, và tạm ngưng thông báo", "maintenance")
    listing.add_argument(
        "--days", type=days, default=30, metavar="SỐ", help="nhìn trước bấy nhiêu ngày (mặc định 30)"
    )
    _one(actions, "show", "một đợt bảo trì đã khai", "maintenance show BT-2026-0001")
    _update(actions, "maintenance update BT-2026-0001 --until '2026-11-24 02:00' --comment 'xin thêm giờ'")
    _ending(actions, "end", "kết thúc ngay, hoặc hủy nếu chưa bắt đầu", "maintenance end BT-2026-0001")
    importing = actions.add_parser(
        "import-ics",
        help="khai các đợt từ một tệp lịch (.ics)",
        description=(
            "Khai mỗi sự kiện sắp tới của tệp lịch thành một đợt bảo trì. Nơi bảo trì: các lựa chọn của lệnh; không có thì "
            "địa điểm (LOCATION) của sự kiện. Sự kiện lặp lại thì khai trong danh mục. Đợt đã có thì bỏ qua."
        ),
        epilog="ví dụ: tslcd-monitor maintenance import-ics lich-vnpt.ics --provider VNPT --worker VNPT",
    )
    importing.add_argument("source", metavar="TỆP", help="tệp .ics; -: đọc từ đầu vào")
    _selecting(importing)
    _maintaining(importing)
    importing.add_argument("--comment", default="", metavar="LÝ_DO", help="lý do (mặc định: tên sự kiện)")
    _writing(importing)


def length(text: str) -> float:
    """Read "1h30m", "2d", "45m" as seconds."""
    found = _LENGTH.fullmatch(text.strip().casefold())
    if not found or not any(found.groups()):
        raise ArgumentTypeError(f"'{text}' không phải thời lượng; viết như 1h30m, 45m, 2d")
    found_s = sum(int(part or 0) * unit for part, unit in zip(found.groups(), _UNITS_S, strict=True))
    if found_s <= 0:
        raise ArgumentTypeError("thời lượng phải lớn hơn 0")
    return float(found_s)


def days(text: str) -> int:
    """Read a number of days."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise ArgumentTypeError(f"'{text}' không phải số ngày từ 1 đến {MOST_DAYS}")
    return int(text)


def _declaring(parser: Parser) -> None:
    parser.add_argument("places", nargs="*", metavar="NƠI", help="tên hoặc mã xã, như --unit")
    _selecting(parser)
    _ending_at(parser)
    parser.add_argument(
        "--from",
        dest="from_at",
        metavar="LÚC",
        help="bắt đầu, '2026-11-23 22:00' hoặc 22:00 (mặc định: ngay)",
    )
    parser.add_argument("--comment", required=True, metavar="LÝ_DO", help="lý do, một dòng")
    _writing(parser)


def _selecting(parser: Parser) -> None:
    for option, field, placeholder, text in SELECTING:
        parser.add_argument(option, dest=field, action="append", default=[], metavar=placeholder, help=text)


def _ending_at(parser: Parser) -> None:
    until = parser.add_mutually_exclusive_group(required=True)
    until.add_argument("-d", "--duration", type=length, metavar="BAO_LÂU", help="1h30m, 45m, 2d")
    until.add_argument("--until", metavar="LÚC", help="kết thúc, '2026-11-23 06:00' hoặc 06:00")


def _maintaining(parser: Parser) -> None:
    parser.add_argument("--worker", default="", metavar="ĐƠN_VỊ", help="đơn vị thực hiện")
    parser.add_argument(
        "--until-up",
        action="store_true",
        help="đối tượng nào có lại kết nối thì hết bảo trì với đối tượng ấy",
    )


def _writing(parser: Parser) -> None:
    parser.add_argument("--who", metavar="TÊN", help="ai khai (mặc định: tên đăng nhập)")
    parser.add_argument("--dry-run", action="store_true", help="chỉ cho xem, không khai")
    _sure(parser)
    with_socket(parser)
    common(parser)


def _sure(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help="không hỏi lại")


def _list(actions: Actions, what: str, command: str) -> Parser:
    listing = actions.add_parser(
        "list",
        help=f"danh sách {what}",
        description=f"Danh sách {what}: đang có hiệu lực và sắp tới.",
        epilog=f"ví dụ: tslcd-monitor {command} list --past 7",
    )
    listing.add_argument(
        "--past", type=days, default=0, metavar="SỐ", help="cả những lần đã hết trong bấy nhiêu ngày qua"
    )
    with_socket(listing)
    common(listing)
    return listing


def _one(actions: Actions, name: str, what: str, example: str) -> None:
    parser = actions.add_parser(name, help=f"xem {what}", epilog=f"ví dụ: tslcd-monitor {example}")
    parser.add_argument("id", metavar="MÃ")
    with_socket(parser)
    common(parser)


def _update(actions: Actions, example: str) -> None:
    parser = actions.add_parser("update", help="đổi giờ kết thúc", epilog=f"ví dụ: tslcd-monitor {example}")
    parser.add_argument("id", metavar="MÃ")
    _ending_at(parser)
    parser.add_argument("--comment", required=True, metavar="LÝ_DO", help="lý do, một dòng")
    parser.add_argument("--who", metavar="TÊN", help="ai đổi (mặc định: tên đăng nhập)")
    with_socket(parser)
    common(parser)


def _ending(actions: Actions, name: str, what: str, example: str) -> None:
    parser = actions.add_parser(name, help=what, epilog=f"ví dụ: tslcd-monitor {example}")
    parser.add_argument("ids", nargs="+", metavar="MÃ")
    parser.add_argument("--who", metavar="TÊN", help="ai kết thúc (mặc định: tên đăng nhập)")
    with_socket(parser)
    common(parser)
