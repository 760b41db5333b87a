"""The command line's grammar and its Vietnamese help. Runs nothing, and loads nothing but argparse."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from monitor.cli.audit_grammar import add_audit_log
from monitor.cli.db_grammar import add_db
from monitor.cli.diag_grammar import add_diag
from monitor.cli.grammar import PROGRAM, Parser, Subparsers, common, month, seconds, with_config, with_socket
from monitor.cli.incident_grammar import add_incident
from monitor.cli.influx_grammar import add_influx
from monitor.cli.inventory_grammar import add_inventory
from monitor.cli.measuring import add_load, add_probe, add_snmp
from monitor.cli.meeting_grammar import add_meeting
from monitor.cli.muting_grammar import add_maintenance, add_silence
from monitor.cli.notify_grammar import add_notify
from monitor.cli.oncall_grammar import add_oncall
from monitor.cli.report_grammar import add_report
from monitor.cli.series_grammar import add_series
from monitor.cli.uptime_grammar import add_uptime
from monitor.cli.user_grammar import add_user
from monitor.cli.zalo_grammar import add_zalo_bot, add_zalo_oa


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
            "          4 không gặp được tiến trình giám sát; 5 không được phép; 6 chỉ xong một phần; 70 lỗi phần mềm"
        ),
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="LỆNH", title="các lệnh", parser_class=Parser
    )
    for add in (
        *(_add_daemon, _add_check_config, _add_status, add_probe, add_snmp),
        *(
            add_inventory,
            add_load,
            add_series,
            _add_heartbeat,
            add_incident,
            add_silence,
            add_maintenance,
            add_uptime,
            add_meeting,
            add_report,
            add_notify,
            add_oncall,
            add_user,
            add_audit_log,
            add_zalo_oa,
            add_zalo_bot,
            add_influx,
            add_db,
            _add_demo,
            _add_doctor,
            add_diag,
            _add_version,
        ),
    ):
        add(commands)
    return parser


def _add_daemon(commands: "Subparsers[Parser]") -> None:
    daemon = commands.add_parser(
        "daemon",
        help="chạy tiến trình giám sát",
        description="Chạy tiến trình giám sát cho tới khi nhận SIGTERM. SIGHUP: nạp lại danh mục, lỗi thì giữ bản cũ.",
        epilog="ví dụ: tslcd-monitor daemon --config /etc/tslcd-monitor/tslcd-monitor.yaml",
    )
    with_config(daemon)
    daemon.add_argument("-C", dest="check_only", action="store_true", help="chỉ kiểm tra cấu hình rồi thoát")
    daemon.add_argument(
        "--listen-fd", type=int, metavar="SỐ", help="ổ cắm web đã mở sẵn, nhận từ tiến trình cha"
    )
    common(daemon)


def _add_check_config(commands: "Subparsers[Parser]") -> None:
    check = commands.add_parser(
        "check-config",
        help="kiểm tra cấu hình, danh mục, bí mật, mẫu tin",
        description="Kiểm tra mọi thứ mà tiến trình giám sát sẽ đọc; in tất cả lỗi một lần. Không chạm tới mạng.",
        epilog="ví dụ: tslcd-monitor check-config cau-hinh.yaml",
    )
    check.add_argument("file", nargs="?", type=Path, metavar="TỆP", help="tệp cấu hình")
    with_config(check)
    common(check)


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
        "--area", metavar="ĐỊA_BÀN", help="chỉ một địa bàn (areas) của danh mục; province: cấp tỉnh"
    )
    status.add_argument(
        "--exit-code",
        action="store_true",
        help="thoát mã 1 nếu có nơi mất kết nối, bị ảnh hưởng hoặc chưa rõ",
    )
    with_socket(status)
    common(status)


LAYERS: Final = ("tslcd", "conference", "kiosk", "pc", "shared", "central", "infra")


def _add_heartbeat(commands: "Subparsers[Parser]") -> None:
    heartbeat = commands.add_parser(
        "heartbeat",
        help="nhịp của kiosk và máy tính: mã (token) của từng máy",
        description="Nhịp của kiosk và máy tính.",
    )
    actions = heartbeat.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    listing = actions.add_parser(
        "list",
        help="những tài sản phải gửi nhịp",
        description="Những tài sản phải gửi nhịp, theo danh mục.",
        epilog="ví dụ: tslcd-monitor heartbeat list",
    )
    token = actions.add_parser(
        "token",
        help="in mã (token) của một tài sản và cách gửi thử",
        description="In mã (token) mà tài sản gửi kèm nhịp. Mã suy ra từ khóa bí mật, không lưu ở đâu cả.",
        epilog="ví dụ: tslcd-monitor heartbeat token kiosk-21484-01",
    )
    token.add_argument("asset", metavar="TÀI_SẢN", help="mã tài sản như trong danh mục")
    for parser in (listing, token):
        with_config(parser)
        common(parser)


def _add_demo(commands: "Subparsers[Parser]") -> None:
    demo = commands.add_parser(
        "demo",
        help="cả một tỉnh trong máy này",
        description="Dựng một tỉnh thu nhỏ ngay trong máy này, cắt rồi nối lại đường truyền, để xem phần mềm làm việc.",
        epilog=(
            "ví dụ:\n  tslcd-monitor demo --duration 120\n"
            "  tslcd-monitor demo --year nam-gia-dinh    viết một năm số liệu giả định vào thư mục này, để xem báo cáo"
        ),
    )
    demo.add_argument(
        "--year",
        type=Path,
        metavar="THƯ_MỤC",
        help="không chạy gì; viết một năm số liệu giả định vào thư mục trống này, để thử các báo cáo",
    )
    demo.add_argument(
        "--until",
        type=month,
        metavar="THÁNG",
        help="với --year: tháng cuối, như 2026-11 (mặc định: tháng vừa qua)",
    )
    demo.add_argument("--port", type=int, default=8080, metavar="CỔNG", help="cổng trang web (mặc định 8080)")
    demo.add_argument(
        "--duration", type=seconds, metavar="GIÂY", help="tự dừng sau bấy nhiêu giây (mặc định: đến Ctrl-C)"
    )
    demo.add_argument("--timeline", type=Path, metavar="TỆP", help="kịch bản sự cố (YAML)")
    demo.add_argument(
        "--state-dir", type=Path, metavar="THƯ_MỤC", help="nơi giữ dữ liệu (mặc định: thư mục tạm)"
    )
    common(demo)


def _add_doctor(commands: "Subparsers[Parser]") -> None:
    doctor = commands.add_parser(
        "doctor",
        help="máy này còn thiếu gì",
        description="Kiểm tra máy này có đủ điều kiện giám sát không: quyền, đồng hồ, đĩa, mạng ra ngoài.",
        epilog="ví dụ: tslcd-monitor doctor --config cau-hinh.yaml",
    )
    with_config(doctor)
    common(doctor)


def _add_version(commands: "Subparsers[Parser]") -> None:
    version = commands.add_parser(
        "version", help="phiên bản", description="In phiên bản.", epilog="ví dụ: tslcd-monitor version --json"
    )
    common(version)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line; leaves with code 2 when it is wrong, with 0 after help."""
    return build_parser().parse_args(arguments)
