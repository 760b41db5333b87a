"""The grammar of what `inventory` does to the running daemon: diff, apply, versions, rollback, audit. Runs nothing."""

from typing import TypeAlias

from monitor.cli.grammar import Parser, Subparsers, common, with_socket

Actions: TypeAlias = "Subparsers[Parser]"


def add_diff(actions: Actions) -> None:
    """Add `inventory diff`."""
    diff = actions.add_parser(
        "diff",
        help="thư mục danh mục khác gì bản đang dùng",
        description="Tiến trình giám sát đọc thư mục danh mục, kiểm tra, so với bản đang dùng; không thay đổi gì.",
        epilog="ví dụ:\n  tslcd-monitor inventory diff\n  tslcd-monitor inventory diff --version 7",
    )
    diff.add_argument(
        "--version", type=int, metavar="SỐ", help="hoàn tác về bản này thì khác gì bản đang dùng"
    )
    with_socket(diff)
    common(diff)


def add_apply(actions: Actions) -> None:
    """Add `inventory apply`."""
    apply = actions.add_parser(
        "apply",
        help="kiểm tra rồi dùng thư mục danh mục",
        description=(
            "In lỗi, hoặc in các thay đổi rồi nạp. Trạng thái, nhận xử lý và sự cố đang mở giữ nguyên; "
            "bản đang ghim (sau rollback) được bỏ ghim."
        ),
        epilog="ví dụ: tslcd-monitor inventory apply --comment 'thêm 5 xã phía tây'",
    )
    apply.add_argument("--comment", default="", metavar="GHI_CHÚ", help="ghi chú cho nhật ký, một dòng")
    _sure(apply)
    with_socket(apply)
    common(apply)


def add_versions(actions: Actions) -> None:
    """Add `inventory versions`."""
    versions = actions.add_parser(
        "versions",
        help="các bản đã dùng (giữ 20 bản)",
        description="Các bản danh mục đã dùng, mới nhất trước.",
        epilog="ví dụ: tslcd-monitor inventory versions",
    )
    with_socket(versions)
    common(versions)


def add_rollback(actions: Actions) -> None:
    """Add `inventory rollback`."""
    rollback = actions.add_parser(
        "rollback",
        help="quay về một bản đã dùng và ở lại bản đó",
        description=(
            "Dùng lại một bản đã lưu, cả sau khi khởi động lại, cho tới lần 'inventory apply' (hoặc SIGHUP) sau. "
            "Thư mục danh mục không bị sửa."
        ),
        epilog="ví dụ: tslcd-monitor inventory rollback 7",
    )
    rollback.add_argument("version", type=int, metavar="SỐ", help="số của bản, xem 'inventory versions'")
    _sure(rollback)
    with_socket(rollback)
    common(rollback)


def add_audit(actions: Actions) -> None:
    """Add `inventory audit`."""
    audit = actions.add_parser(
        "audit",
        help="ai đã đổi danh mục, lúc nào",
        description="Nhật ký: ai đã áp dụng, hoàn tác; lần nạp nào bị từ chối; các lần khởi động.",
        epilog="ví dụ: tslcd-monitor inventory audit --limit 20",
    )
    audit.add_argument(
        "--limit", type=int, default=50, metavar="SỐ", help="nhiều nhất bấy nhiêu (mặc định 50)"
    )
    with_socket(audit)
    common(audit)


def _sure(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help="không hỏi lại")
    parser.add_argument("--who", metavar="TÊN", help="người làm (mặc định: tên đăng nhập)")
