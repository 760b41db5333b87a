"""The grammar of `inventory init` and `inventory generate`. Runs nothing."""

from pathlib import Path
from typing import TypeAlias

from monitor.cli.grammar import Parser, Subparsers, common

Actions: TypeAlias = "Subparsers[Parser]"


def add_init(actions: Actions) -> None:
    """Add `init`."""
    init = actions.add_parser(
        "init",
        help="thư mục ban đầu của một tỉnh: các xã, lõi mạng mẫu, cấu hình",
        description=(
            "Ghi cấu hình và danh mục ban đầu của một tỉnh vào THƯ_MỤC: mọi xã, phường, đặc khu, lõi mạng mẫu chờ địa chỉ. "
            "Không ghi đè tệp nào."
        ),
        epilog='ví dụ: tslcd-monitor inventory init giam-sat --province "Quảng Ngãi"',
    )
    init.add_argument("folder", type=Path, metavar="THƯ_MỤC", help="thư mục mới, hoặc . cho thư mục này")
    init.add_argument(
        "--province", metavar="TỈNH", help="tên (không dấu cũng được) hoặc mã; không ghi thì hỏi"
    )
    init.add_argument("--departments", action="store_true", help="thêm 13 sở, ban ngành thường gặp")
    init.add_argument(
        "--service",
        action="store_true",
        help="cấu hình cho dịch vụ systemd: dữ liệu ở /var/lib/tslcd-monitor, bí mật trong credentials",
    )
    common(init)


def add_generate(actions: Actions) -> None:
    """Add `generate`."""
    generate = actions.add_parser(
        "generate",
        help="một tỉnh giả lập để thử và đo",
        description=(
            "Ghi một tỉnh giả lập: đơn vị là thật, thiết bị là ước lượng. Tỉnh có 96 xã: small 806, medium 2.732, "
            "large 11.920 đối tượng. Không ghi đè tệp nào."
        ),
        epilog="ví dụ: tslcd-monitor inventory generate thu --profile medium",
    )
    generate.add_argument("folder", type=Path, metavar="THƯ_MỤC", help="thư mục mới")
    generate.add_argument("--profile", choices=("small", "medium", "large"), required=True, help="bao nhiêu")
    generate.add_argument("--province", metavar="TỈNH", help="tên hoặc mã (mặc định 51, Quảng Ngãi)")
    generate.add_argument(
        "--addresses",
        choices=("loopback", "example"),
        default="loopback",
        help="loopback: địa chỉ 127.x của máy này; example: địa chỉ 10.x của mạng mô phỏng",
    )
    common(generate)
