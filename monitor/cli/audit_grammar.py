"""The grammar of `audit`. Runs nothing."""

from monitor.cli.grammar import Parser, Subparsers, common, with_socket


def add_audit_log(commands: "Subparsers[Parser]") -> None:
    """Add `audit`."""
    audit = commands.add_parser(
        "audit",
        help="nhật ký: ai đã làm gì, lúc nào, từ đâu",
        epilog=(
            "ví dụ:\n  tslcd-monitor audit --action sign_in.failed --since 2026-11-01\n"
            "  tslcd-monitor audit --who Ngọc --limit 200 -o json"
        ),
    )
    audit.add_argument("--who", default="", metavar="TÊN", help="một phần tên người làm")
    audit.add_argument(
        "--action", default="", metavar="VIỆC", help="việc bắt đầu bằng, như account, session, sign_in"
    )
    audit.add_argument("--text", default="", metavar="CHỮ", help="chữ trong chi tiết hoặc địa chỉ")
    audit.add_argument("--since", default="", metavar="NGÀY", help="từ ngày, như 2026-11-01")
    audit.add_argument("--until", default="", metavar="NGÀY", help="đến hết ngày, như 2026-11-30")
    audit.add_argument(
        "--limit", type=int, default=50, metavar="SỐ", help="nhiều nhất bấy nhiêu dòng (mặc định 50)"
    )
    with_socket(audit)
    common(audit)
