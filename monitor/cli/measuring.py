"""The grammar of the commands that measure or count: `probe`, `snmp`, `load`. Loads nothing but argparse."""

from typing import Final

from monitor.cli.grammar import Parser, Subparsers, common, seconds, with_ask, with_config


def add_probe(commands: "Subparsers[Parser]") -> None:
    """Add `probe`."""
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
        "--timeout", type=seconds, default=5.0, metavar="GIÂY", help="hạn chờ cho --address (mặc định 5)"
    )
    probe.add_argument("--path", action="store_true", help="dò thêm đường đi (traceroute)")
    probe.add_argument(
        "--trace", action="store_true", help="in thêm các giai đoạn, ghi nhận và mọi tùy chọn đang dùng"
    )
    probe.add_argument(
        "--again",
        type=seconds,
        metavar="GIÂY",
        help="đo thêm lần nữa sau bấy nhiêu giây, chỉ in lần sau (lưu lượng cần hai lần)",
    )
    with_ask(probe)
    with_config(probe)
    common(probe)


KINDS: Final = (
    *("icmp", "http", "tls", "tcp", "dns", "ntp", "sip", "h323", "videoos"),
    *("snmp", "interfaces", "heartbeat", "mqtt", "self"),
)


def add_snmp(commands: "Subparsers[Parser]") -> None:
    """Add `snmp walk` and `snmp identify`."""
    snmp = commands.add_parser(
        "snmp",
        help="hỏi thử một thiết bị SNMP: nó là gì, có những gì",
        description="Hỏi một thiết bị bằng SNMP để chọn hồ sơ (profile) cho nó. Chỉ đọc.",
    )
    actions = snmp.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    walk = actions.add_parser(
        "walk",
        help="đọc lần lượt một nhánh",
        epilog="ví dụ: tslcd-monitor snmp walk 127.0.0.1 1.3.6.1.2.1.2.2.1.2 --ask --set port=1161",
    )
    identify = actions.add_parser(
        "identify",
        help="thiết bị là loại nào, dùng dữ liệu OID nào",
        epilog="ví dụ: tslcd-monitor snmp identify 127.0.0.1 --ask --set version=3 --set user=giamsat",
    )
    for parser in (walk, identify):
        parser.add_argument("address", metavar="ĐỊA_CHỈ", help="địa chỉ IP hoặc tên máy")
    walk.add_argument("oid", nargs="?", default="1.3.6.1.2.1", metavar="OID", help="mặc định 1.3.6.1.2.1")
    walk.add_argument(
        "--rows", type=int, default=500, metavar="SỐ", help="nhiều nhất bấy nhiêu dòng (mặc định 500)"
    )
    for parser in (walk, identify):
        parser.add_argument(
            "--set",
            dest="options",
            action="append",
            default=[],
            metavar="KHÓA=GIÁ_TRỊ",
            help="như tùy chọn SNMP trong danh mục: version, port, user, auth, priv ...",
        )
        parser.add_argument(
            "--timeout", type=seconds, default=10.0, metavar="GIÂY", help="hạn chờ (mặc định 10)"
        )
        with_ask(parser)
        with_config(parser)
        common(parser)


def add_load(commands: "Subparsers[Parser]") -> None:
    """Add `load`."""
    load = commands.add_parser(
        "load", help="tải của một đường truyền so với hợp đồng", epilog="ví dụ: tslcd-monitor load 21484.cpe"
    )
    load.add_argument("target", metavar="ĐỐI_TƯỢNG", help="mã hoặc tên đối tượng, hoặc tên xã")
    load.add_argument("--days", type=int, default=7, metavar="SỐ", help="số ngày (mặc định 7, như quy định)")
    load.add_argument(
        "--until", metavar="LÚC", help="đến lúc nào, ví dụ 2026-11-22T07:00 (mặc định: bây giờ)"
    )
    with_config(load)
    common(load)
