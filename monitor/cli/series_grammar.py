"""The grammar of `series`. Loads nothing but argparse."""

from typing import Final

from monitor.cli.grammar import Parser, Subparsers, common, with_config

RANGES: Final = ("3h", "24h", "7d", "30d", "1y")


def add_series(commands: "Subparsers[Parser]") -> None:
    """Add `series`."""
    series = commands.add_parser(
        "series",
        help="độ trễ, mất gói và mọi chỉ số của một phép đo theo thời gian",
        description=(
            "Vẽ và liệt kê một phép đo theo thời gian, đọc từ results.db trên máy này; không cần tiến trình giám sát. "
            "Chỗ không có số liệu để trống, không bao giờ là 0."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor series 21484.cpe                     24 giờ qua\n"
            "  tslcd-monitor series 'ba tơ' --range 30d\n"
            "  tslcd-monitor series 21484.cpe/wan --metric in_bps --range 7d -o json\n"
            "  tslcd-monitor series 21484.cpe --from '2026-11-22 02:00' --to '2026-11-22 04:00' --raw"
        ),
    )
    series.add_argument(
        "name", metavar="PHÉP_ĐO", help="mã phép đo (21484.cpe/icmp), mã hoặc tên đối tượng, hoặc tên xã"
    )
    series.add_argument(
        "--metric",
        default="",
        metavar="CHỈ_SỐ",
        help="mặc định: rtt_s (từng gói), hoặc duration_s (thời gian trả lời) nếu phép đo không gửi gói",
    )
    series.add_argument("--range", default="", choices=RANGES, help="tính đến lúc này (mặc định 24h)")
    series.add_argument("--from", dest="since", default="", metavar="LÚC", help="ví dụ '2026-11-22 02:00'")
    series.add_argument("--to", dest="until", default="", metavar="LÚC", help="mặc định: bây giờ")
    series.add_argument(
        "--points", default="", metavar="SỐ", help="nhiều nhất bấy nhiêu điểm, 2 đến 2100 (mặc định 2100)"
    )
    series.add_argument("--raw", action="store_true", help="từng kết quả đo, thay cho các điểm")
    with_config(series)
    common(series)
