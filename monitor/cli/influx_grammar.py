"""The grammar of `influx`. Runs nothing."""

from monitor.cli.grammar import Parser, Subparsers, common, with_config


def add_influx(commands: "Subparsers[Parser]") -> None:
    """Add `influx`."""
    influx = commands.add_parser(
        "influx",
        help="số liệu gửi sang InfluxDB: còn chậm bao nhiêu, dòng nào bị từ chối",
        description="Số liệu gửi sang InfluxDB hoặc VictoriaMetrics. Đọc từ results.db, không cần tiến trình giám sát.",
    )
    actions = influx.add_subparsers(
        dest="action", required=True, metavar="VIỆC", title="các việc", parser_class=Parser
    )
    status = actions.add_parser(
        "status",
        help="còn bao nhiêu số liệu chưa gửi, cũ nhất từ lúc nào",
        description="Còn bao nhiêu số liệu chưa gửi, cũ nhất từ lúc nào, bao nhiêu dòng bị từ chối.",
        epilog="ví dụ: tslcd-monitor influx status",
    )
    letters = actions.add_parser(
        "dead-letters",
        help="các dòng bị máy chủ từ chối hẳn, và lý do",
        description=(
            "Các dòng bị máy chủ từ chối hẳn, mới nhất trước. Thường vì một trường đã có kiểu khác (field type conflict): "
            "xóa hoặc đổi tên trường đó ở máy chủ; số liệu gốc vẫn còn trong results.db."
        ),
        epilog="ví dụ: tslcd-monitor influx dead-letters --limit 20",
    )
    letters.add_argument(
        "--limit", type=int, default=50, metavar="SỐ", help="nhiều nhất bấy nhiêu dòng (mặc định 50)"
    )
    for parser in (status, letters):
        with_config(parser)
        common(parser)
