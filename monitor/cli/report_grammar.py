"""The grammar of `report`. Runs nothing."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Final

from monitor.cli.grammar import Parser, Subparsers, common, with_config, with_socket
from monitor.cli.report_ledger_grammar import add_ledger
from monitor.cli.report_period_grammar import with_period
from monitor.cli.report_writing_grammar import add_writing

FORMATS: Final = ("docx", "xlsx", "pdf", "csv", "html")
KINDS: Final = ("report", "week", "leader")
_KIND_HELP: Final = "report: báo cáo tháng (mặc định); week: trang tuần; leader: một trang cho lãnh đạo"


def add_report(commands: "Subparsers[Parser]") -> None:
    """Add `report`."""
    report = commands.add_parser(
        "report",
        help="báo cáo tháng: số liệu, dự thảo, tệp, chốt",
        description=(
            "Báo cáo tháng theo thể thức NĐ 30/2020: số liệu tính từ sổ giám sát, câu tự động có căn cứ, người viết chọn và "
            "sửa; kỳ đã chốt in lại lúc nào cũng như cũ."
        ),
    )
    actions = report.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    for add in (_data, _draft, _sentences, add_writing, _build, _freeze, _diff, _list, _template):
        add(actions)
    add_ledger(actions, formats)


def reading(parser: Parser, module: str) -> None:
    """Add what every action takes that reads this machine's disk; `module` of monitor.cli.reports runs it."""
    parser.set_defaults(module=module)
    with_period(parser)
    with_config(parser)
    common(parser)


def _data(actions: "Subparsers[Parser]") -> None:
    data = actions.add_parser(
        "data",
        help="số liệu của một kỳ",
        description="Số liệu của một kỳ mà báo cáo viết ra, đọc thẳng từ đĩa; -o json: tất cả.",
        epilog="ví dụ: tslcd-monitor report data --period 2026-11 -o json",
    )
    reading(data, "data")


def _draft(actions: "Subparsers[Parser]") -> None:
    draft = actions.add_parser(
        "draft",
        help="dự thảo: từng câu, căn cứ, còn thiếu gì",
        description="Dự thảo của một kỳ: câu nào dùng [x] hay không [ ], mã câu, số căn cứ, câu sửa tay đã cũ, việc còn thiếu.",
        epilog="ví dụ: tslcd-monitor report draft --period 2026-11",
    )
    draft.add_argument(
        "--check",
        action="store_true",
        help="thoát mã 1 nếu có con số trong câu không khớp căn cứ khi tính lại",
    )
    reading(draft, "draft")


def _sentences(actions: "Subparsers[Parser]") -> None:
    sentences = actions.add_parser(
        "sentences",
        help="căn cứ của một câu: những sự cố, lượt gián đoạn nào",
        description="Những sự cố, lượt gián đoạn, đơn vị, cuộc họp mà một câu dựa vào.",
        epilog="ví dụ: tslcd-monitor report sentences --evidence H1 --period 2026-11",
    )
    sentences.add_argument(
        "--evidence", metavar="MÃ", help="mã câu như trong report draft (mặc định: mọi câu)"
    )
    reading(sentences, "sentences")


def _build(actions: "Subparsers[Parser]") -> None:
    build = actions.add_parser(
        "build",
        help="làm các tệp DOCX, XLSX, PDF, CSV, HTML",
        description=(
            "Làm các tệp của một kỳ vào một thư mục: bản đã chốt thì đúng bản ấy, chưa chốt thì bản nháp theo số liệu lúc này."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor report build --period 2026-11 --format docx,xlsx --to /tmp/bao-cao\n"
            "  tslcd-monitor report build --kind week --period 2026-w47 --format docx --to /tmp/bao-cao"
        ),
    )
    build.add_argument(
        "--format",
        dest="formats",
        type=formats,
        metavar="DẠNG",
        help="docx,xlsx,pdf,csv,html (mặc định: report.formats)",
    )
    build.add_argument(
        "--to", type=Path, required=True, metavar="THƯ_MỤC", help="nơi ghi tệp; chưa có thì tạo"
    )
    build.add_argument("--yes", action="store_true", help="ghi đè tệp đã có, không hỏi")
    build.add_argument("--kind", choices=KINDS, default="report", help=_KIND_HELP)
    which = build.add_mutually_exclusive_group()
    which.add_argument(
        "--revision",
        type=number,
        metavar="SỐ",
        help="bản đã chốt thứ mấy (mặc định: bản mới nhất, chưa chốt thì bản nháp)",
    )
    which.add_argument("--draft", action="store_true", help="bản nháp theo số liệu lúc này, dù kỳ đã chốt")
    reading(build, "build")


def _freeze(actions: "Subparsers[Parser]") -> None:
    freeze = actions.add_parser(
        "freeze",
        help="chốt số liệu và lời văn của một kỳ",
        description=(
            "Chốt một kỳ đã hết: từ đó in lại lúc nào cũng như cũ, tính lại hay chọn nguyên nhân sau đó không đổi bản đã chốt. "
            "Chốt lần nữa (bản 2) cần --reason và --approver, và bản ấy nói khác bản trước ở đâu."
        ),
        epilog=(
            "ví dụ:\n  tslcd-monitor report freeze --period 2026-11\n  tslcd-monitor report freeze --period 2026-11 "
            "--reason 'bổ sung nguyên nhân 03 sự cố' --approver 'Nguyễn Văn An'"
        ),
    )
    freeze.add_argument("--kind", choices=KINDS, default="report", help=_KIND_HELP)
    freeze.add_argument("--reason", default="", metavar="LÝ_DO", help="vì sao chốt lại; cần từ bản 2")
    freeze.add_argument("--approver", default="", metavar="TÊN", help="ai duyệt; cần từ bản 2")
    freeze.add_argument("--who", metavar="TÊN", help="ai chốt (mặc định: tên đăng nhập)")
    freeze.add_argument("--yes", action="store_true", help="không hỏi lại")
    freeze.add_argument("--dry-run", action="store_true", help="chỉ cho xem, không ghi")
    freeze.set_defaults(module="freeze")
    with_period(freeze)
    with_socket(freeze)
    common(freeze)


def _diff(actions: "Subparsers[Parser]") -> None:
    diff = actions.add_parser(
        "diff",
        help="bản đã chốt so với số liệu lúc này",
        description="Từ lúc chốt đến nay con số, câu nào đã đổi, và vì lần tính lại hay nguyên nhân nào.",
        epilog="ví dụ: tslcd-monitor report diff --period 2026-11",
    )
    diff.add_argument("--kind", choices=KINDS, default="report", help=_KIND_HELP)
    diff.add_argument("--exit-code", action="store_true", help="thoát mã 1 nếu có khác")
    reading(diff, "diff")


def _list(actions: "Subparsers[Parser]") -> None:
    listing = actions.add_parser(
        "list",
        help="những bản đã chốt",
        description="Những bản đã chốt: kỳ nào, lúc nào, ai chốt, ai duyệt, vì sao, mã băm.",
        epilog="ví dụ: tslcd-monitor report list",
    )
    listing.set_defaults(module="list")
    with_config(listing)
    common(listing)


def _template(actions: "Subparsers[Parser]") -> None:
    template = actions.add_parser(
        "template",
        help="ghi mẫu văn bản DOCX ra tệp, kiểm tra một mẫu",
        description="Ghi mẫu văn bản có sẵn ra tệp để sửa trong Word (kiểu chữ, đầu trang), hoặc kiểm tra mẫu đã sửa.",
        epilog=(
            "ví dụ:\n  tslcd-monitor report template --to mau-bao-cao.docx\n"
            "  tslcd-monitor report template --check mau-bao-cao.docx"
        ),
    )
    which = template.add_mutually_exclusive_group(required=True)
    which.add_argument("--to", type=Path, metavar="TỆP", help="ghi mẫu có sẵn ra tệp này")
    which.add_argument("--check", type=Path, metavar="TỆP", help="kiểm tra tệp mẫu này")
    template.set_defaults(module="template")
    with_config(template)
    common(template)


def formats(text: str) -> tuple[str, ...]:
    """Read "docx,xlsx": each once, in the order of FORMATS."""
    asked = {part.strip().casefold() for part in text.split(",") if part.strip()}
    unknown = sorted(asked - set(FORMATS))
    if unknown or not asked:
        raise ArgumentTypeError(
            f"không có dạng '{', '.join(unknown) or text}'; chọn trong {','.join(FORMATS)}"
        )
    return tuple(each for each in FORMATS if each in asked)


def number(text: str) -> int:
    """Read a number from 1 on."""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 10_000:  # noqa: PLR2004 (no report has more)
        raise ArgumentTypeError(f"'{text}' không phải số nguyên dương")
    return int(text)
