"""The grammar of `incident`. Runs nothing."""

from typing import Final

from alerts.model.incident import CauseKind, Side
from monitor.cli.grammar import Parser, Subparsers, common, with_socket
from monitor.cli.muting_grammar import length

_CAUSE_HELP: Final = (
    "line đường truyền, power nguồn điện, device thiết bị, software phần mềm, central hệ thống Trung ương, "
    "maintenance bảo trì, disaster thiên tai, other khác"
)
_SIDE_HELP: Final = (
    "central Trung ương, enterprise doanh nghiệp, local địa phương, objective khách quan (mặc định: theo nguyên nhân và "
    "chủ của thiết bị)"
)
_MOMENT: Final = "2026-11-23 06:00, 06:00 hoặc ISO 8601"


def add_incident(commands: "Subparsers[Parser]") -> None:
    """Add `incident`."""
    incident = commands.add_parser(
        "incident",
        help="xem, nhận, ghi chú, phân loại, đóng, gộp, xuất sự cố",
        description="Xem, nhận xử lý, ghi chú, chọn nguyên nhân, đóng, gộp và xuất sự cố.",
    )
    actions = incident.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    listing = actions.add_parser(
        "list", help="danh sách sự cố", epilog="ví dụ: tslcd-monitor incident list --all"
    )
    listing.add_argument("--all", action="store_true", help="cả sự cố đã đóng")
    listing.add_argument(
        "--limit", type=int, default=50, metavar="SỐ", help="nhiều nhất bấy nhiêu (mặc định 50)"
    )
    show = actions.add_parser(
        "show", help="diễn biến một sự cố", epilog="ví dụ: tslcd-monitor incident show SC-2026-0001"
    )
    show.add_argument("id", metavar="MÃ")
    for parser in (listing, show):
        with_socket(parser)
        common(parser)
    _add_taking(actions)
    _add_judging(actions)
    _add_ending(actions)
    _add_export(actions)


def _add_taking(actions: "Subparsers[Parser]") -> None:
    ack = _one(
        actions,
        "ack",
        "nhận xử lý một sự cố",
        "Nhận xử lý: dừng nhắc và chuyển cấp; vẫn tiếp tục đo và vẫn báo khi khôi phục. Người khác nhận thì thay người trước.",
        "incident ack SC-2026-0001 --comment 'đang gọi VNPT' -d 2h",
    )
    _comment(ack)
    end = ack.add_mutually_exclusive_group()
    end.add_argument(
        "-d",
        "--duration",
        type=length,
        metavar="DÀI",
        help="hết bấy lâu thì nhắc tiếp (1h30m; mặc định: cho đến khi hết)",
    )
    end.add_argument("--until", metavar="LÚC", help=f"đến lúc ấy thì nhắc tiếp ({_MOMENT})")
    unack = _one(
        actions,
        "unack",
        "trả lại: không nhận xử lý nữa",
        "Trả lại sự cố đã nhận: việc nhắc và chuyển cấp tiếp tục ngay.",
        "incident unack SC-2026-0001",
    )
    _comment(unack)


def _add_judging(actions: "Subparsers[Parser]") -> None:
    note = _one(
        actions,
        "note",
        "ghi chú vào sự cố",
        "Ghi một dòng vào diễn biến, kể cả khi sự cố đã đóng.",
        "incident note SC-2026-0001 'thợ đang đến'",
    )
    note.add_argument("text", metavar="GHI_CHÚ", help="một dòng")
    cause = _one(
        actions,
        "cause",
        "chọn nguyên nhân",
        "Chọn nguyên nhân để đưa vào báo cáo, kể cả khi sự cố đã đóng.",
        "incident cause SC-2026-0001 line --comment 'đứt cáp'",
    )
    cause.add_argument(
        "kind", choices=[kind.value for kind in CauseKind], metavar="NGUYÊN_NHÂN", help=_CAUSE_HELP
    )
    cause.add_argument("--side", choices=[side.value for side in Side], metavar="PHÍA", help=_SIDE_HELP)
    _comment(cause)
    ticket = _one(
        actions,
        "ticket",
        "ghi số phiếu của nhà mạng",
        "Ghi số phiếu của nhà mạng, lúc báo và lúc nhà mạng báo xong, kể cả khi sự cố đã đóng.",
        "incident ticket SC-2026-0001 VNPT-123456 --reported 02:55",
    )
    ticket.add_argument("number", metavar="SỐ_PHIẾU", help="số phiếu như nhà mạng cho")
    ticket.add_argument(
        "--reported", default="", metavar="LÚC", help=f"lúc báo nhà mạng ({_MOMENT}; mặc định: bây giờ)"
    )
    ticket.add_argument("--closed", default="", metavar="LÚC", help="lúc nhà mạng báo đã xong")


def _add_ending(actions: "Subparsers[Parser]") -> None:
    close = _one(
        actions,
        "close",
        "đóng bằng tay",
        "Đóng sự cố dù có thể vẫn còn hỏng: người đã được báo nhận tin đóng; chưa tốt lại thì không báo nữa.",
        "incident close SC-2026-0001 --comment 'thiết bị đã thu hồi'",
    )
    _comment(close)
    close.add_argument("-y", "--yes", action="store_true", help="không hỏi lại")
    merge = _one(
        actions,
        "merge",
        "gộp vào sự cố khác",
        "Gộp một sự cố đang mở vào sự cố đang mở khác: từ đó chỉ báo một, cho cả hai.",
        "incident merge SC-2026-0002 --into SC-2026-0001",
    )
    merge.add_argument("--into", required=True, metavar="MÃ", help="mã sự cố nhận phần gộp")


def _add_export(actions: "Subparsers[Parser]") -> None:
    export = actions.add_parser(
        "export",
        help="xuất hồ sơ chứng cứ một sự cố (ZIP), hoặc các sự cố của một kỳ (JSONL, CSV)",
        description=(
            "Có MÃ: gom mọi chứng cứ của sự cố vào một tệp ZIP để làm việc với nhà mạng: kết quả đo từ 30 phút trước đến 30 "
            "phút sau, diễn biến và dò đường, các mốc và đường truyền khác lúc ấy, tin đã gửi (người nhận được che), phiếu, "
            "bảo trì, hợp đồng, kèm mã băm. Đọc thẳng từ đĩa của máy này: chạy được cả khi tiến trình giám sát đã dừng. "
            "Không có MÃ: in các sự cố có lúc nằm trong kỳ, cũ trước; CSV mở được bằng bảng tính."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor incident export SC-2026-1187 --to goi.zip\n"
            "  tslcd-monitor incident export --from '2026-11-01 00:00' --format csv > su-co.csv"
        ),
    )
    export.add_argument("id", metavar="MÃ", nargs="?", help="mã sự cố cần hồ sơ chứng cứ")
    export.add_argument("--from", dest="since", default="", metavar="LÚC", help=f"từ lúc ({_MOMENT})")
    export.add_argument(
        "--to",
        default="",
        metavar="LÚC|TỆP",
        help="không có MÃ: đến trước lúc (mặc định: bây giờ); có MÃ: tệp ZIP (mặc định: MÃ.zip trong thư mục này)",
    )
    export.add_argument(
        "--format", choices=("jsonl", "csv"), metavar="DẠNG", help="jsonl (mặc định) hoặc csv"
    )
    export.add_argument("-y", "--yes", action="store_true", help="ghi đè tệp ZIP đã có")
    with_socket(export)
    common(export)


def _one(actions: "Subparsers[Parser]", name: str, text: str, description: str, example: str) -> Parser:
    parser = actions.add_parser(
        name, help=text, description=description, epilog=f"ví dụ: tslcd-monitor {example}"
    )
    parser.add_argument("id", metavar="MÃ")
    parser.add_argument("--who", metavar="TÊN", help="người làm (mặc định: tên đăng nhập)")
    with_socket(parser)
    common(parser)
    return parser


def _comment(parser: Parser) -> None:
    parser.add_argument("--comment", default="", metavar="GHI_CHÚ", help="ghi chú, một dòng")
