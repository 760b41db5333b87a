"""The grammar of `inventory template|import|export`: spreadsheets. Runs nothing."""

from pathlib import Path
from typing import TypeAlias

from monitor.cli.grammar import Parser, Subparsers, common, with_config

Actions: TypeAlias = "Subparsers[Parser]"


def _with_source(parser: Parser) -> None:
    with_config(parser)
    parser.add_argument(
        "--inventory",
        nargs="+",
        action="extend",
        type=Path,
        metavar="ĐƯỜNG_DẪN",
        help="thư mục danh mục, thay cho khóa inventory của tệp cấu hình",
    )
    common(parser)


def add_template(actions: Actions) -> None:
    """Add `inventory template`."""
    template = actions.add_parser(
        "template",
        help="bảng Excel để điền thiết bị, đường truyền của các xã",
        description=(
            "Ghi một tệp Excel để điền: mỗi xã và loại thiết bị một dòng, có danh sách thả xuống. "
            "Danh mục chưa có đối tượng nào cũng được."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor inventory template danh-sach.xlsx --inventory danh-muc\n"
            "  tslcd-monitor inventory template mot-cua.xlsx --profiles kiosk,queue-machine --by area"
        ),
    )
    template.add_argument("sheet", type=Path, metavar="TỆP.xlsx", help="tệp sẽ ghi")
    template.add_argument(
        "--profiles",
        default="tslcd-cpe,switch,vcs-endpoint",
        metavar="LOẠI",
        help="các loại thiết bị, cách nhau bằng dấu phẩy (mặc định: tslcd-cpe,switch,vcs-endpoint)",
    )
    template.add_argument(
        "--by",
        choices=("name", "area"),
        default="name",
        help="thứ tự: name theo vần (mặc định), area theo khu vực rồi theo vần",
    )
    template.add_argument(
        "--all-units", action="store_true", help="mọi đơn vị, không chỉ xã, phường, đặc khu"
    )
    template.add_argument("--yes", action="store_true", help="ghi đè tệp đã có, không hỏi")
    _with_source(template)


def add_import(actions: Actions) -> None:
    """Add `inventory import`."""
    importing = actions.add_parser(
        "import",
        help="nhập bảng Excel hoặc CSV; chỗ chưa rõ thì hỏi, không đoán",
        description=(
            "Dòng rõ ràng vào danh mục, dòng chưa rõ vào danh sách câu hỏi (<tên tệp>-can-xem.csv). "
            "Ô trống giữ nguyên giá trị đang có. Ô công thức không được nhận."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor inventory import danh-sach.xlsx --dry-run\n"
            "  tslcd-monitor inventory import danh-sach.xlsx --into danh-muc\n\n"
            "mã thoát: 0 nhập hết; 1 còn dòng chờ trả lời, hoặc danh mục sẽ có lỗi (khi đó không ghi gì)"
        ),
    )
    importing.add_argument("sheet", type=Path, metavar="TỆP", help=".xlsx hoặc .csv")
    importing.add_argument(
        "--into",
        type=Path,
        metavar="THƯ_MỤC",
        help="thư mục danh mục sẽ ghi vào (mặc định: thư mục cuối của danh mục)",
    )
    importing.add_argument(
        "--as",
        dest="as_name",
        default="60-nhap-excel.yaml",
        metavar="TÊN",
        help="tên tệp sẽ ghi (mặc định: 60-nhap-excel.yaml)",
    )
    importing.add_argument("--dry-run", action="store_true", help="chỉ xem, không ghi gì")
    importing.add_argument("--yes", action="store_true", help="thay giá trị đang có, không hỏi")
    importing.set_defaults(action="import_sheet")
    _with_source(importing)


def add_export(actions: Actions) -> None:
    """Add `inventory export`."""
    export = actions.add_parser(
        "export",
        help="ghi mọi đối tượng ra Excel hoặc CSV",
        description="Ghi mọi đối tượng và đường truyền; sửa rồi nhập lại được. CSV chỉ có đối tượng.",
        epilog="ví dụ: tslcd-monitor inventory export danh-muc.xlsx",
    )
    export.add_argument("sheet", type=Path, metavar="TỆP", help=".xlsx hoặc .csv")
    export.add_argument("--yes", action="store_true", help="ghi đè tệp đã có, không hỏi")
    _with_source(export)
