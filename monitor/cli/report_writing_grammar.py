"""The grammar of what writers do to a report: `report edit | add | field`. Runs nothing."""

from argparse import ArgumentTypeError
from typing import Final

from monitor.cli.grammar import Parser, Subparsers, common, with_socket
from monitor.cli.report_period_grammar import with_period

SECTIONS: Final = ("results", "difficulties", "causes", "measures", "proposals")


def add_writing(actions: "Subparsers[Parser]") -> None:
    """Add the actions."""
    _edit(actions)
    _add(actions)
    _field(actions)


def _edit(actions: "Subparsers[Parser]") -> None:
    edit = actions.add_parser(
        "edit",
        help="sửa, dùng, bỏ, chuyển chỗ một câu",
        description="Sửa một câu của dự thảo. Chỗ sửa còn lại khi số liệu tính lại; --restore trở về câu tự động.",
        epilog=(
            "ví dụ:\n  tslcd-monitor report edit H9 --use --period 2026-11\n"
            "  tslcd-monitor report edit H1 --text 'Đường truyền tại một số xã còn gián đoạn.'"
        ),
    )
    edit.add_argument("id", metavar="MÃ", help="mã câu như trong report draft")
    edit.add_argument("--text", metavar="CÂU", help="thay bằng câu này")
    ticked = edit.add_mutually_exclusive_group()
    ticked.add_argument("--use", dest="is_used", action="store_const", const=True, help="dùng câu này")
    ticked.add_argument("--drop", dest="is_used", action="store_const", const=False, help="bỏ câu này")
    edit.add_argument(
        "--move", dest="position", type=_place, metavar="SỐ", help="đưa đến chỗ thứ mấy trong phần của nó"
    )
    edit.add_argument("--restore", action="store_true", help="trở về câu tự động; câu thêm tay thì xóa")
    _writing(edit, "edit")


def _add(actions: "Subparsers[Parser]") -> None:
    add = actions.add_parser(
        "add",
        help="thêm một câu",
        description="Thêm một câu do người viết đặt, vào một phần của báo cáo.",
        epilog="ví dụ: tslcd-monitor report add --section difficulties --text 'Nhân lực cấp xã còn kiêm nhiệm.'",
    )
    add.add_argument("--section", required=True, choices=SECTIONS, help="phần nào của báo cáo")
    add.add_argument(
        "--group",
        default="",
        metavar="NHÓM",
        help="trong causes: phía nào (central, enterprise, local, objective)",
    )
    add.add_argument("--text", required=True, metavar="CÂU", help="câu cần thêm, không có gạch đầu dòng")
    _writing(add, "add")


def _field(actions: "Subparsers[Parser]") -> None:
    field = actions.add_parser(
        "field",
        help="phần ghi tay: căn cứ, nơi nhận, người ký, ngày mưa bão ...",
        description="Xem (không ghi gì) hoặc đặt một phần ghi tay của kỳ; phần chưa đặt lấy của kỳ trước.",
        epilog="ví dụ: tslcd-monitor report field storm_days 'từ ngày 05/11 đến ngày 08/11' --period 2026-11",
    )
    field.add_argument("key", nargs="?", metavar="KHÓA", help="tên phần; không ghi: liệt kê tất cả")
    field.add_argument(
        "value", nargs="?", metavar="GIÁ_TRỊ", help="nội dung; để trống (''): không ghi gì ở phần ấy"
    )
    field.add_argument("--clear", action="store_true", help="thôi đặt riêng cho kỳ này")
    _writing(field, "field")


def _writing(parser: Parser, module: str) -> None:
    parser.set_defaults(module=module)
    parser.add_argument("--who", metavar="TÊN", help="ai sửa (mặc định: tên đăng nhập)")
    with_period(parser)
    with_socket(parser)
    common(parser)


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 1_000:  # noqa: PLR2004 (no section has more)
        raise ArgumentTypeError(f"'{text}' không phải chỗ từ 1 đến 1000")
    return int(text)
