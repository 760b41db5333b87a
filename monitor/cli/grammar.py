"""What all commands' grammars share: argparse in Vietnamese, and the arguments that many take."""

import argparse
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, NoReturn

from monitor.cli.exits import Exit

PROGRAM: Final = "tslcd-monitor"
CONFIG_VARIABLE: Final = "TSLCD_MONITOR_CONFIG"
URL_VARIABLE: Final = "TSLCD_MONITOR_URL"
TOKEN_FILE_VARIABLE: Final = "TSLCD_MONITOR_TOKEN_FILE"  # noqa: S105 (a name)
DEFAULT_CONFIG: Final = Path("/etc/tslcd-monitor/tslcd-monitor.yaml")

_TRANSLATIONS: Final = (
    (r"the following arguments are required: (.*)", r"thiếu: \1"),
    (r"argument (.*): invalid choice: (.*?) \(choose from (.*)\)", r"\1: không có \2; chọn một trong: \3"),
    (r"unrecognized arguments: (.*)", r"không hiểu: \1"),
    (r"argument (.*): expected one argument", r"\1: thiếu giá trị"),
    (r"argument (.*): expected at least one argument", r"\1: thiếu giá trị"),
    (r"argument (.*): invalid \S+ value: (.*)", r"\1: giá trị không hợp lệ \2"),
    (r"argument (.*): not allowed with argument (.*)", r"\1: không dùng cùng \2"),
    (r"argument (.*): ignored explicit argument (.*)", r"\1: không nhận giá trị \2"),
    (r"ambiguous option: (.*) could match (.*)", r"\1 chưa rõ là tùy chọn nào: \2"),
    (r"one of the arguments (.*) is required", r"cần một trong: \1"),
    (r"argument (.*?): (.*)", r"\1: \2"),  # what a type of ours says of a value
)


class Parser(argparse.ArgumentParser):
    """argparse that speaks Vietnamese."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", _Formatter)
        super().__init__(add_help=False, allow_abbrev=False, **options)  # type: ignore[arg-type]  # passed through
        self._positionals.title = "tham số"
        self._optionals.title = "tùy chọn"
        self.add_argument("-h", "--help", action="help", help="in phần trợ giúp này rồi thoát")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the usage, and leave with code 2."""
        for english, vietnamese in _TRANSLATIONS:
            if re.fullmatch(english, message):
                message = re.sub(english, vietnamese, message)
                break
        self.exit(Exit.USAGE, f"lỗi: {message}\ncách sửa: xem '{self.prog} --help'\n")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self, usage: str | None, actions: object, groups: object, prefix: str | None = None
    ) -> None:
        super().add_usage(usage, actions, groups, "cách dùng: " if prefix is None else prefix)  # type: ignore[arg-type]  # passed through


Subparsers = argparse._SubParsersAction  # noqa: SLF001 (argparse gives it no public name)


def month(text: str) -> date:
    """Return the first day of a month: "2026-11"."""
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"không có tháng '{text}'; ghi như 2026-11") from None


def seconds(text: str) -> float:
    """Read a time of more than nothing."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def common(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes."""
    parser.add_argument(
        "-o",
        "--output",
        choices=("simple", "extended", "json"),
        default="simple",
        help="simple: gọn; extended: đầy đủ; json: cho chương trình khác đọc",
    )
    parser.add_argument("--json", dest="output", action="store_const", const="json", help="như -o json")
    parser.add_argument("--debug", action="store_true", help="in vết lỗi đầy đủ khi phần mềm hỏng")


def with_config(parser: argparse.ArgumentParser) -> None:
    """Add --config."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="TỆP",
        help=f"tệp cấu hình (mặc định: ${CONFIG_VARIABLE}, rồi {DEFAULT_CONFIG})",
    )


def with_ask(parser: argparse.ArgumentParser) -> None:
    """Add --ask."""
    parser.add_argument(
        "--ask",
        action="store_true",
        help="hỏi từng bí mật tại bàn phím (hoặc mỗi dòng một bí mật từ đầu vào)",
    )


def with_socket(parser: argparse.ArgumentParser) -> None:
    """Add --config and --socket, and what leads to a daemon on another machine."""
    with_config(parser)
    parser.add_argument("--socket", type=Path, metavar="TỆP", help="ổ cắm api.sock của tiến trình giám sát")
    parser.add_argument(
        "--url",
        metavar="ĐỊA_CHỈ",
        help=f"gọi tiến trình giám sát ở máy khác, như https://giam-sat.tinh.gov.vn (mặc định: ${URL_VARIABLE})",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="TỆP",
        help=f"với --url: tệp (quyền 600) chứa mã truy cập API (mặc định: ${TOKEN_FILE_VARIABLE})",
    )
    parser.add_argument(
        "--ca-file", type=Path, metavar="TỆP", help="với --url: đơn vị cấp chứng thư nội bộ (PEM)"
    )
