"""The grammar of `report ledger`. Runs nothing."""

from collections.abc import Callable
from pathlib import Path

from monitor.cli.grammar import Parser, Subparsers, common, with_config
from monitor.cli.report_period_grammar import with_period


def add_ledger(actions: "Subparsers[Parser]", formats: Callable[[str], tuple[str, ...]]) -> None:
    """Add `report ledger`; `formats` reads the list of formats."""
    ledger = actions.add_parser(
        "ledger",
        help="đối soát đường truyền với nhà mạng: từng lượt, phút vượt hợp đồng",
        description=(
            "Từng lượt gián đoạn của mỗi kênh thuê: sự cố nào, phiếu nào, báo và xong lúc nào, nguyên nhân đã xác nhận, có tính "
            "cho doanh nghiệp không; thời gian cho phép theo hợp đồng và thời gian vượt. Nguyên nhân chưa xác nhận không tính "
            "cho ai. Đọc thẳng từ đĩa."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor report ledger --period 2026-11 --provider VNPT\n"
            "  tslcd-monitor report ledger --period 2026-11 --format docx,xlsx --to /tmp/doi-soat"
        ),
    )
    which = ledger.add_mutually_exclusive_group()
    which.add_argument("--circuit", metavar="KÊNH", help="chỉ một kênh: mã trong danh mục, hoặc mã hợp đồng")
    which.add_argument("--provider", metavar="TÊN", help="chỉ một doanh nghiệp")
    ledger.add_argument(
        "--format",
        dest="formats",
        type=formats,
        metavar="DẠNG",
        help="ghi tệp docx,xlsx,pdf,csv,html vào --to thay vì in bảng (mặc định khi có --to: docx,xlsx)",
    )
    ledger.add_argument("--to", type=Path, metavar="THƯ_MỤC", help="nơi ghi tệp; chưa có thì tạo")
    ledger.add_argument("--yes", action="store_true", help="ghi đè tệp đã có, không hỏi")
    ledger.set_defaults(module="ledger")
    with_period(ledger)
    with_config(ledger)
    common(ledger)
