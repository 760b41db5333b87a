"""The command line's grammar and its Vietnamese help. Runs nothing, and loads nothing but argparse."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from monitor.cli.exits import Exit

PROGRAM: Final = "tslcd-monitor"
CONFIG_VARIABLE: Final = "TSLCD_MONITOR_CONFIG"
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


def build_parser() -> Parser:
    """Return the whole grammar; `command` names the module of monitor.cli that runs it."""
    parser = Parser(
        prog=PROGRAM,
        description="Giám sát mạng truyền số liệu chuyên dùng và hệ thống dùng chung của một tỉnh.",
        epilog=(
            "ví dụ:\n"
            f"  {PROGRAM} demo                         xem thử cả một tỉnh trong máy này\n"
            f"  {PROGRAM} check-config cau-hinh.yaml   kiểm tra trước khi nạp\n"
            f"  {PROGRAM} status                       nơi nào đang có việc\n"
            f"  {PROGRAM} probe 21484.cpe              đo một lần từ máy này\n\n"
            "mã thoát: 0 xong; 1 có lỗi hoặc có nơi mất kết nối; 2 dùng sai; 3 chỉ có cảnh báo;\n"
            "          4 không gặp được tiến trình giám sát; 5 không được phép; 70 lỗi phần mềm"
        ),
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="LỆNH", title="các lệnh", parser_class=Parser
    )
    _add_daemon(commands)
    _add_check_config(commands)
    _add_status(commands)
    _add_probe(commands)
    _add_incident(commands)
    _add_demo(commands)
    _add_doctor(commands)
    _add_version(commands)
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        choices=("simple", "extended", "json"),
        default="simple",
        help="simple: gọn; extended: đầy đủ; json: cho chương trình khác đọc",
    )
    parser.add_argument("--json", dest="output", action="store_const", const="json", help="như -o json")
    parser.add_argument("--debug", action="store_true", help="in vết lỗi đầy đủ khi phần mềm hỏng")


def _with_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="TỆP",
        help=f"tệp cấu hình (mặc định: ${CONFIG_VARIABLE}, rồi {DEFAULT_CONFIG})",
    )


def _with_socket(parser: argparse.ArgumentParser) -> None:
    _with_config(parser)
    parser.add_argument("--socket", type=Path, metavar="TỆP", help="ổ cắm api.sock của tiến trình giám sát")


def _add_daemon(commands: "Subparsers[Parser]") -> None:
    daemon = commands.add_parser(
        "daemon",
        help="chạy tiến trình giám sát",
        description="Chạy tiến trình giám sát cho tới khi nhận SIGTERM. SIGHUP: nạp lại danh mục, lỗi thì giữ bản cũ.",
        epilog="ví dụ: tslcd-monitor daemon --config /etc/tslcd-monitor/tslcd-monitor.yaml",
    )
    _with_config(daemon)
    daemon.add_argument("-C", dest="check_only", action="store_true", help="chỉ kiểm tra cấu hình rồi thoát")
    daemon.add_argument(
        "--listen-fd", type=int, metavar="SỐ", help="ổ cắm web đã mở sẵn, nhận từ tiến trình cha"
    )
    _common(daemon)


def _add_check_config(commands: "Subparsers[Parser]") -> None:
    check = commands.add_parser(
        "check-config",
        help="kiểm tra cấu hình, danh mục, bí mật, mẫu tin",
        description="Kiểm tra mọi thứ mà tiến trình giám sát sẽ đọc; in tất cả lỗi một lần. Không chạm tới mạng.",
        epilog="ví dụ: tslcd-monitor check-config cau-hinh.yaml",
    )
    check.add_argument("file", nargs="?", type=Path, metavar="TỆP", help="tệp cấu hình")
    _with_config(check)
    _common(check)


def _add_status(commands: "Subparsers[Parser]") -> None:
    status = commands.add_parser(
        "status",
        help="tình hình các xã và hệ thống",
        description="Bảng tóm tắt, nơi cần xử lý trước. Tên xã gõ không dấu cũng được.",
        epilog="ví dụ:\n  tslcd-monitor status --area kt --layer tslcd\n  tslcd-monitor status 'dak ro wa'",
    )
    status.add_argument("name", nargs="?", metavar="XÃ", help="tên hoặc mã một xã")
    status.add_argument("--layer", choices=LAYERS, help="chỉ một lớp")
    status.add_argument(
        "--area", choices=AREAS, help="kt: Kon Tum (cũ); qn: Quảng Ngãi (cũ); province: cấp tỉnh"
    )
    status.add_argument(
        "--exit-code",
        action="store_true",
        help="thoát mã 1 nếu có nơi mất kết nối, bị ảnh hưởng hoặc chưa rõ",
    )
    _with_socket(status)
    _common(status)


LAYERS: Final = ("tslcd", "conference", "kiosk", "pc", "shared", "central", "infra")
AREAS: Final = ("kt", "qn", "province")


def _add_probe(commands: "Subparsers[Parser]") -> None:
    probe = commands.add_parser(
        "probe",
        help="đo một lần từ máy này, không ghi lại",
        description="Đo một lần mọi phép đo của một đối tượng, hoặc một địa chỉ bất kỳ. Không cần tiến trình giám sát.",
        epilog=(
            "ví dụ:\n  tslcd-monitor probe 21484.cpe --path\n"
            "  tslcd-monitor probe --address 127.0.0.1 --kind tcp --set port=22"
        ),
    )
    probe.add_argument(
        "target", nargs="?", metavar="ĐỐI_TƯỢNG", help="mã đối tượng, hoặc tên xã (đo đường truyền)"
    )
    probe.add_argument("--address", metavar="ĐỊA_CHỈ", help="địa chỉ hoặc URL, thay cho một đối tượng")
    probe.add_argument(
        "--kind", choices=KINDS, default="icmp", help="loại phép đo cho --address (mặc định icmp)"
    )
    probe.add_argument(
        "--set",
        dest="options",
        action="append",
        default=[],
        metavar="KHÓA=GIÁ_TRỊ",
        help="tùy chọn của phép đo",
    )
    probe.add_argument(
        "--timeout", type=_seconds, default=5.0, metavar="GIÂY", help="hạn chờ cho --address (mặc định 5)"
    )
    probe.add_argument("--path", action="store_true", help="dò thêm đường đi (traceroute)")
    _with_config(probe)
    _common(probe)


KINDS: Final = ("icmp", "http", "tcp", "snmp", "heartbeat", "mqtt")


def _add_incident(commands: "Subparsers[Parser]") -> None:
    incident = commands.add_parser(
        "incident", help="xem và nhận xử lý sự cố", description="Xem và nhận xử lý sự cố."
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
    ack = actions.add_parser(
        "ack",
        help="nhận xử lý một sự cố",
        description="Nhận xử lý: dừng nhắc; vẫn tiếp tục đo và vẫn báo khi khôi phục.",
        epilog="ví dụ: tslcd-monitor incident ack SC-2026-0001 --comment 'đang gọi VNPT'",
    )
    ack.add_argument("id", metavar="MÃ")
    ack.add_argument("--comment", default="", metavar="GHI_CHÚ", help="ghi chú, một dòng")
    ack.add_argument("--who", metavar="TÊN", help="người nhận (mặc định: tên đăng nhập)")
    for parser in (listing, show, ack):
        _with_socket(parser)
        _common(parser)


def _add_demo(commands: "Subparsers[Parser]") -> None:
    demo = commands.add_parser(
        "demo",
        help="cả một tỉnh trong máy này",
        description="Dựng một tỉnh thu nhỏ ngay trong máy này, cắt rồi nối lại đường truyền, để xem phần mềm làm việc.",
        epilog="ví dụ: tslcd-monitor demo --duration 120",
    )
    demo.add_argument("--port", type=int, default=8080, metavar="CỔNG", help="cổng trang web (mặc định 8080)")
    demo.add_argument(
        "--duration", type=_seconds, metavar="GIÂY", help="tự dừng sau bấy nhiêu giây (mặc định: đến Ctrl-C)"
    )
    demo.add_argument("--timeline", type=Path, metavar="TỆP", help="kịch bản sự cố (YAML)")
    demo.add_argument(
        "--state-dir", type=Path, metavar="THƯ_MỤC", help="nơi giữ dữ liệu (mặc định: thư mục tạm)"
    )
    _common(demo)


def _add_doctor(commands: "Subparsers[Parser]") -> None:
    doctor = commands.add_parser(
        "doctor",
        help="máy này còn thiếu gì",
        description="Kiểm tra máy này có đủ điều kiện giám sát không: quyền, đồng hồ, đĩa, mạng ra ngoài.",
        epilog="ví dụ: tslcd-monitor doctor --config cau-hinh.yaml",
    )
    _with_config(doctor)
    _common(doctor)


def _add_version(commands: "Subparsers[Parser]") -> None:
    version = commands.add_parser(
        "version", help="phiên bản", description="In phiên bản.", epilog="ví dụ: tslcd-monitor version --json"
    )
    _common(version)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; leaves with code 2 when it is wrong, with 0 after help."""
    return build_parser().parse_args(arguments)
