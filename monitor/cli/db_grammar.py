"""The grammar of `db`. Loads nothing but argparse."""

import argparse
from pathlib import Path

from monitor.cli.grammar import Parser, Subparsers, common, with_config


def add_db(commands: "Subparsers[Parser]") -> None:
    """Add `db`."""
    database = commands.add_parser(
        "db",
        help="sao lưu, kiểm tra, khôi phục, số liệu của state.db và results.db",
        description=(
            "Hai cơ sở dữ liệu trong state_dir: state.db (trạng thái, sự cố, tin nhắn) và results.db (kết quả đo). Các "
            "lệnh đọc thẳng tệp trên máy này, bằng tài khoản của dịch vụ hoặc root."
        ),
    )
    actions = database.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    for add in (_add_backup, _add_verify, _add_restore, _add_migrate, _add_stats):
        parser = add(actions)
        with_config(parser)
        common(parser)


def _add_backup(actions: "Subparsers[Parser]") -> argparse.ArgumentParser:
    parser = actions.add_parser(
        "backup",
        help="sao lưu ngay, khi dịch vụ đang chạy cũng được",
        description=(
            "Chép state.db và các bản danh mục đã lưu thành một thư mục, kiểm tra xong mới đặt tên. Không có bí mật nào "
            "trong đó (secrets_dir, mã Zalo, khóa ký liên kết), cũng không có tệp cấu hình, thư mục danh mục và tệp người "
            "trực: các tệp ấy sao lưu riêng."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor db backup\n"
            "  tslcd-monitor db backup --to /mnt/usb/truoc-nang-cap --with-results"
        ),
    )
    parser.add_argument(
        "--to", type=Path, metavar="THƯ_MỤC", help="thư mục mới cho bản này (mặc định: trong backup.folder)"
    )
    parser.add_argument("--with-results", action="store_true", help="chép cả results.db (lớn)")
    return parser


def _add_verify(actions: "Subparsers[Parser]") -> argparse.ArgumentParser:
    parser = actions.add_parser(
        "verify",
        help="đọc hết một cơ sở dữ liệu hoặc bản sao lưu xem có hỏng không",
        description=(
            "Đọc mọi trang, mọi khóa, so với manifest.json của bản sao lưu. Không ghi gì. Mã thoát 0: nguyên vẹn, 1: hỏng."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor db verify\n"
            "  tslcd-monitor db verify /var/lib/tslcd-monitor/backups/backup-20261122T184000Z"
        ),
    )
    parser.add_argument(
        "path",
        nargs="?",
        type=Path,
        metavar="TỆP",
        help="tệp .db hoặc thư mục sao lưu (mặc định: state.db và results.db đang dùng)",
    )
    return parser


def _add_restore(actions: "Subparsers[Parser]") -> argparse.ArgumentParser:
    parser = actions.add_parser(
        "restore",
        help="đưa một bản sao lưu về làm dữ liệu đang dùng (phải dừng dịch vụ)",
        description=(
            "Kiểm tra bản sao lưu, cất dữ liệu hiện có sang tên khác (không xóa), rồi thay. Tin nhắn đã gửi sau lúc sao lưu "
            "không gửi lại; tin đã chờ quá một giờ bị hủy và được liệt kê. Khoảng từ lúc sao lưu đến lúc chạy lại được tính "
            "là không rõ."
        ),
        epilog=(
            "ví dụ:\n  systemctl stop tslcd-monitor\n"
            "  tslcd-monitor db restore /var/lib/tslcd-monitor/backups/backup-20261122T184000Z\n"
            "  systemctl start tslcd-monitor"
        ),
    )
    parser.add_argument("path", type=Path, metavar="TỆP", help="thư mục sao lưu, hoặc một tệp .db")
    parser.add_argument("--yes", action="store_true", help="không hỏi lại")
    parser.add_argument("--dry-run", action="store_true", help="chỉ kiểm tra và nói sẽ làm gì")
    return parser


def _add_migrate(actions: "Subparsers[Parser]") -> argparse.ArgumentParser:
    parser = actions.add_parser(
        "migrate",
        help="nâng lược đồ lên phiên bản của chương trình này (phải dừng dịch vụ)",
        description=(
            "Dịch vụ tự làm việc này khi khởi động; lệnh này để làm trước và xem tiến độ. Một bản sao được chép và kiểm tra "
            "trước khi đổi. Bị ngắt giữa chừng thì chạy lại, nó làm tiếp."
        ),
        epilog="ví dụ: tslcd-monitor db migrate --dry-run",
    )
    parser.add_argument("--dry-run", action="store_true", help="chỉ nói sẽ làm gì")
    return parser


def _add_stats(actions: "Subparsers[Parser]") -> argparse.ArgumentParser:
    return actions.add_parser(
        "stats",
        help="dung lượng, số dòng, dự báo, các bản sao lưu",
        description="Dung lượng và số dòng của từng cơ sở dữ liệu, dự báo ngày đầy ổ đĩa, thời gian lưu, các bản sao lưu.",
        epilog="ví dụ: tslcd-monitor db stats -o json",
    )
