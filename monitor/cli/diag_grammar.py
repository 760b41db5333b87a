"""The grammar of `diag`. Loads nothing but argparse."""

import argparse
from pathlib import Path

from monitor.cli.grammar import Parser, Subparsers, common, with_config

_MOST_LINES = 20_000


def add_diag(commands: "Subparsers[Parser]") -> None:
    """Add `diag`."""
    diag = commands.add_parser(
        "diag",
        help="gói tình trạng thành một tệp để nhờ hỗ trợ, không có bí mật",
        description=(
            "Ghi một tệp .tar.gz: phiên bản, cấu hình, tình trạng, kích thước tệp, những dòng cuối của nhật ký, số lượng "
            "trong danh mục. Bí mật luôn được bỏ; địa chỉ, tên máy, thư điện tử được thay bằng tên giả."
        ),
        epilog="ví dụ:\n  tslcd-monitor diag\n  tslcd-monitor diag --out /tmp/gui-ho-tro.tar.gz --lines 2000",
    )
    diag.add_argument("--out", type=Path, metavar="TỆP", help="tệp mới (mặc định: trong thư mục đang đứng)")
    diag.add_argument(
        "--lines", type=_lines, default=1_000, metavar="SỐ", help="số dòng cuối của nhật ký (mặc định 1000)"
    )
    diag.add_argument("--with-addresses", action="store_true", help="để nguyên địa chỉ và tên máy")
    with_config(diag)
    common(diag)


def _lines(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _MOST_LINES:
        raise argparse.ArgumentTypeError(f"cần số từ 0 đến {_MOST_LINES}")
    return int(text)
