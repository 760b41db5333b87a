"""Make deploy/grafana/dashboards/*.json: `python3 deploy/grafana/make_dashboards.py`. A test fails when they are stale.

InfluxQL as InfluxDB 1.x speaks it; 2.x and 3 understand it through their compatible /query. What is where: docs/influx.md.
"""  # noqa: INP001 (a script, not a package)
# ruff: noqa: S608 (InfluxQL of constants; nothing runs here)

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from panels import Json, Variable, bars, dashboard, lines, number, table, timeline

FOLDER: Final = Path(__file__).parent / "dashboards"
UNIT: Final = '"unit" =~ /^${unit:regex}$/ AND $timeFilter'
LAYER: Final = '"layer" =~ /^${layer:regex}$/ AND $timeFilter'
CHECK: Final = '"check" =~ /^${check:regex}$/ AND $timeFilter'
PROVIDER: Final = '"provider" =~ /^${provider:regex}$/ AND $timeFilter'
EVERY: Final = "GROUP BY time($__interval)"
UNTIL_NOW: Final = "time <= ${__to}ms"
"""A status lasts until the next change, which may lie far back: no lower bound."""
CHANGES: Final = "time > ${__from}ms - 35d AND time <= ${__to}ms"
"""What was the status when the graph begins is seen if it changed within 35 days before."""
PLACES: Final = {"unit_name": "Nơi", "name": "Thiết bị", "cause_text": "Vì sao", "code": "Trạng thái"}


def changed(where: str) -> str:
    """Return the query of the latest status of every check, but of those that left the inventory."""
    return (
        'SELECT "unit_name", "name", "code", "cause_text" FROM (SELECT last("code") AS "code", "cause", "cause_text", '
        f'"name", "unit_name" FROM "state" WHERE {where} GROUP BY "check") WHERE "cause" != \'removed\''
    )


def counted(code: int, *, by: str = "") -> str:
    """Return the query that counts checks of a status."""
    more = f', "{by}"' if by else ""
    group = f' GROUP BY "{by}"' if by else ""
    return (
        'SELECT count("code") FROM (SELECT last("code") AS "code", "cause" FROM "state" '
        f'WHERE {UNTIL_NOW} GROUP BY "check"{more}) WHERE "code" = {code} AND "cause" != \'removed\'{group}'
    )


def over_time(field: str, kind: str, where: str, by: str, *, function: str = "mean") -> str:
    """Return the query of one field over time, a line for each value of a tag."""
    return f'SELECT {function}("{field}") FROM "{kind}" WHERE {where} {EVERY}, "{by}" fill(none)'


def latest(field: str, kind: str, where: str = "$timeFilter", by: str = "check") -> str:
    """Return the query of a field's latest value, one for each value of a tag."""
    return f'SELECT last("{field}") FROM "{kind}" WHERE {where} GROUP BY "{by}"'


def province() -> Json:
    """How the whole province is."""
    return dashboard(
        "tslcd-tinh",
        "Toàn tỉnh",
        [
            number("Phép đo mất kết nối", counted(3), color="#c4162a"),
            number("Suy giảm", counted(2), color="#e0b400"),
            number("Chưa rõ", counted(0), color="#8e8e8e"),
            number("Hoạt động", counted(1), color="#56a64b"),
            number(
                "Sự cố mới trong kỳ",
                'SELECT count("title") FROM "incident" WHERE "kind" = \'opened\' AND $timeFilter',
            ),
            number(
                "Gói mất trung bình",
                'SELECT mean("loss_ratio") FROM "icmp" WHERE $timeFilter',
                unit="percentunit",
            ),
            bars("Mất kết nối theo lớp", ("$tag_layer", counted(3, by="layer"))),
            bars("Mất kết nối theo địa bàn", ("$tag_area", counted(3, by="area"))),
            table("Đang không hoạt động", changed(UNTIL_NOW) + ' AND "code" != 1', PLACES, state="code"),
            lines(
                "Gói mất theo địa bàn",
                ("$tag_area", over_time("loss_ratio", "icmp", "$timeFilter", "area")),
                unit="percentunit",
            ),
            lines(
                "Độ trễ trung vị theo địa bàn",
                ("$tag_area", over_time("rtt_p50_s", "icmp", "$timeFilter", "area", function="median")),
            ),
            table(
                "Xã có tỷ lệ đo được thấp nhất",
                'SELECT bottom("ok", "unit", 20) AS "ok" FROM (SELECT mean("ok") AS "ok" FROM "icmp" WHERE $timeFilter GROUP BY "unit")',
                {"unit": "Mã xã", "ok": "Tỷ lệ đo được"},
                unit="percentunit",
                width=12,
            ),
            table(
                "Sự cố",
                'SELECT "title", "text", "unit" FROM "incident" WHERE $timeFilter ORDER BY time DESC LIMIT 200',
                {"title": "Việc", "text": "Chi tiết", "unit": "Mã xã"},
                width=12,
            ),
        ],
    )


def commune() -> Json:
    """Everything about one unit."""
    return dashboard(
        "tslcd-xa",
        "Một xã, một đơn vị",
        [
            table(
                "Trạng thái hiện nay",
                changed(f'"unit" =~ /^${{unit:regex}}$/ AND {UNTIL_NOW}'),
                PLACES,
                state="code",
            ),
            timeline(
                "Diễn biến trạng thái",
                (
                    "$tag_check",
                    f'SELECT "code" FROM "state" WHERE "unit" =~ /^${{unit:regex}}$/ AND {CHANGES} GROUP BY "check"',
                ),
            ),
            lines(
                "Độ trễ trung vị",
                ("$tag_check", over_time("rtt_p50_s", "icmp", UNIT, "check", function="median")),
            ),
            lines(
                "Gói mất", ("$tag_check", over_time("loss_ratio", "icmp", UNIT, "check")), unit="percentunit"
            ),
            lines(
                "Tỷ lệ lần đo đạt",
                ("$tag_check", f'SELECT mean("ok") FROM /.*/ WHERE {UNIT} {EVERY}, "check" fill(none)'),
                unit="percentunit",
            ),
            lines(
                "Tuổi của nhịp gần nhất",
                ("$tag_target", over_time("beat_age_s", "heartbeat", UNIT, "target", function="max")),
            ),
            table(
                "Sự cố",
                f'SELECT "title", "text" FROM "incident" WHERE {UNIT} ORDER BY time DESC LIMIT 100',
                {"title": "Việc", "text": "Chi tiết"},
            ),
        ],
        variables=[
            Variable("area", "Địa bàn", 'SHOW TAG VALUES WITH KEY = "area"'),
            Variable("unit", "Mã xã", 'SHOW TAG VALUES WITH KEY = "unit" WHERE "area" =~ /^${area:regex}$/'),
        ],
    )


def line_quality() -> Json:
    """How good one way is: percentiles of round trips as in a smoke graph, loss, jitter, speech."""
    ranks = ("10", "25", "50", "75", "90")
    smoke = ", ".join(f'percentile("rtt_p{rank}_s", {rank}) AS "p{rank}"' for rank in ranks)
    bands: list[Json] = [
        {
            "matcher": {"id": "byName", "options": f"p{upper}"},
            "properties": [
                {"id": "custom.fillBelowTo", "value": f"p{lower}"},
                {"id": "custom.lineWidth", "value": 0},
            ],
        }
        for lower, upper in (("10", "90"), ("25", "75"))
    ]
    return dashboard(
        "tslcd-chat-luong",
        "Chất lượng đường truyền",
        [
            lines(
                "Độ trễ: dải 10–90 %, 25–75 % và trung vị",
                ("$col", f'SELECT {smoke} FROM "icmp" WHERE {CHECK} {EVERY} fill(none)'),
                width=24,
                height=11,
                overrides=bands,
                about="Mỗi lần đo gửi một loạt gói; dải là phân vị của các loạt trong mỗi khoảng.",
            ),
            lines(
                "Gói mất", ("$tag_check", over_time("loss_ratio", "icmp", CHECK, "check")), unit="percentunit"
            ),
            lines("Biến động trễ (jitter)", ("$tag_check", over_time("jitter_s", "icmp", CHECK, "check"))),
            lines(
                "Nhỏ nhất, trung bình, lớn nhất",
                (
                    "$col",
                    f'SELECT min("rtt_min_s") AS "nhỏ nhất", mean("rtt_mean_s") AS "trung bình", max("rtt_max_s") AS "lớn nhất" FROM "icmp" WHERE {CHECK} {EVERY} fill(none)',
                ),
            ),
            lines(
                "Chất lượng tiếng nói ước tính (MOS)",
                ("$tag_check", over_time("speech_mos", "icmp", CHECK, "check")),
                unit="none",
            ),
            lines(
                "Gói đến lặp, đến lộn thứ tự",
                ("lặp $tag_check", over_time("duplicates", "icmp", CHECK, "check", function="sum")),
                ("lộn $tag_check", over_time("reordered", "icmp", CHECK, "check", function="sum")),
                unit="short",
            ),
        ],
        variables=[
            Variable("unit", "Mã xã", 'SHOW TAG VALUES FROM "icmp" WITH KEY = "unit"'),
            Variable(
                "check",
                "Phép đo",
                'SHOW TAG VALUES FROM "icmp" WITH KEY = "check" WHERE "unit" =~ /^${unit:regex}$/',
            ),
        ],
        since="now-24h",
    )


def circuits() -> Json:
    """Lines and who provides them."""
    traffic = [
        (f"{word} $tag_target", over_time(f"{way}_bps", "interfaces", PROVIDER, "target"))
        for way, word in (("in", "nhận"), ("out", "gửi"))
    ]
    use = [
        (f"{word} $tag_target", over_time(f"{way}_line_ratio", "interfaces", PROVIDER, "target"))
        for way, word in (("in", "nhận"), ("out", "gửi"))
    ]
    errors = [
        (
            f"{word} $tag_target",
            over_time(f"{way}_error_ratio", "interfaces", PROVIDER, "target", function="max"),
        )
        for way, word in (("in", "nhận"), ("out", "gửi"))
    ]
    drops = [
        (
            f"{word} $tag_target",
            over_time(f"{way}_discard_ratio", "interfaces", PROVIDER, "target", function="max"),
        )
        for way, word in (("in", "nhận"), ("out", "gửi"))
    ]
    return dashboard(
        "tslcd-kenh",
        "Kênh truyền và nhà mạng",
        [
            lines(
                "Gói mất theo nhà mạng",
                ("$tag_provider", over_time("loss_ratio", "icmp", PROVIDER, "provider")),
                unit="percentunit",
            ),
            lines(
                "Độ trễ p90 theo nhà mạng",
                (
                    "$tag_provider",
                    f'SELECT percentile("rtt_p50_s", 90) FROM "icmp" WHERE {PROVIDER} {EVERY}, "provider" fill(none)',
                ),
            ),
            bars("Phép đo mất kết nối theo nhà mạng", ("$tag_provider", counted(3, by="provider"))),
            bars(
                "Sự cố mới trong kỳ theo nhà mạng",
                (
                    "$tag_provider",
                    f'SELECT count("title") FROM "incident" WHERE "kind" = \'opened\' AND {PROVIDER} GROUP BY "provider"',
                ),
            ),
            lines("Lưu lượng", *traffic, unit="bps"),
            lines("Tải so với băng thông thuê", *use, unit="percentunit"),
            lines("Tỷ lệ khung lỗi", *errors, unit="percentunit"),
            lines("Tỷ lệ khung bị bỏ", *drops, unit="percentunit"),
            timeline(
                "Cổng nối lên hay xuống",
                (
                    "$tag_target",
                    f'SELECT min("if_up") FROM "interfaces" WHERE {PROVIDER} {EVERY}, "target" fill(none)',
                ),
            ),
        ],
        variables=[Variable("provider", "Nhà mạng", 'SHOW TAG VALUES WITH KEY = "provider"')],
    )


def systems() -> Json:
    """Shared and central systems: what each phase of a request takes, certificates, names, time."""
    phases = (
        ("dns_s", "phân giải tên"),
        ("connect_s", "kết nối"),
        ("tls_s", "bắt tay TLS"),
        ("first_byte_s", "chờ trả lời"),
        ("body_s", "tải về"),
    )
    return dashboard(
        "tslcd-he-thong",
        "Hệ thống dùng chung và trung ương",
        [
            timeline(
                "Diễn biến trạng thái",
                (
                    "$tag_check",
                    f'SELECT "code" FROM "state" WHERE "layer" =~ /^${{layer:regex}}$/ AND {CHANGES} GROUP BY "check"',
                ),
            ),
            lines(
                "Các bước của một lần truy cập HTTP",
                *(
                    (word, f'SELECT mean("{field}") FROM "http" WHERE {LAYER} {EVERY} fill(none)')
                    for field, word in phases
                ),
                custom={"stacking": {"mode": "normal"}, "fillOpacity": 40},
            ),
            lines("Tổng thời gian HTTP", ("$tag_check", over_time("total_s", "http", LAYER, "check"))),
            bars(
                "Chứng thư còn bao nhiêu ngày (HTTPS)",
                (
                    "$tag_check",
                    f'SELECT last("certificate_s") / 86400 FROM "http" WHERE {LAYER} GROUP BY "check"',
                ),
                unit="d",
            ),
            bars(
                "Chứng thư còn bao nhiêu ngày (TLS)",
                (
                    "$tag_check",
                    f'SELECT last("certificate_s") / 86400 FROM "tls" WHERE {LAYER} GROUP BY "check"',
                ),
                unit="d",
            ),
            lines("Kết nối TCP", ("$tag_check", over_time("connect_s", "tcp", LAYER, "check"))),
            lines("Trả lời DNS", ("$tag_check", over_time("answer_s", "dns", LAYER, "check"))),
            lines("Lệch giờ (NTP)", ("$tag_check", over_time("offset_s", "ntp", LAYER, "check"))),
            lines("Vòng tin MQTT", ("$tag_check", over_time("round_trip_s", "mqtt", LAYER, "check"))),
            table(
                "Mã trả lời HTTP gần nhất",
                f'SELECT last("http_status") AS "http_status", "ok" FROM "http" WHERE {LAYER} GROUP BY "check"',
                {"check": "Phép đo", "http_status": "Mã", "ok": "Đạt"},
            ),
        ],
        variables=[Variable("layer", "Lớp", 'SHOW TAG VALUES WITH KEY = "layer"')],
    )


def conference() -> Json:
    """Ports of the MCU, calls, rooms."""
    ports = (
        ("mcu_ports_used_ratio", "tất cả"),
        ("mcu_video_ports_used_ratio", "hình"),
        ("mcu_voice_ports_used_ratio", "tiếng"),
    )
    return dashboard(
        "tslcd-hoi-nghi",
        "Hội nghị truyền hình",
        [
            lines(
                "Cổng MCU đã dùng",
                *(
                    (f"{word} $tag_target", over_time(field, "snmp", "$timeFilter", "target", function="max"))
                    for field, word in ports
                ),
                unit="percentunit",
            ),
            lines(
                "Cuộc họp và người dự",
                (
                    "cuộc họp $tag_target",
                    over_time("mcu_conferences", "snmp", "$timeFilter", "target", function="max"),
                ),
                (
                    "người dự $tag_target",
                    over_time("mcu_participants", "snmp", "$timeFilter", "target", function="max"),
                ),
                unit="short",
            ),
            lines(
                "Cuộc gọi hỏng",
                (
                    "$tag_target",
                    over_time("mcu_calls_failed_ratio", "snmp", "$timeFilter", "target", function="max"),
                ),
                unit="percentunit",
            ),
            lines("Trả lời SIP", ("$tag_check", over_time("answer_s", "sip", "$timeFilter", "check"))),
            lines("Kết nối H.323", ("$tag_check", over_time("connect_s", "h323", "$timeFilter", "check"))),
            lines(
                "Phòng họp: mất gói trong cuộc gọi",
                (
                    "$tag_target",
                    over_time("call_loss_ratio", "videoos", "$timeFilter", "target", function="max"),
                ),
                unit="percentunit",
            ),
            bars("Phòng đang trong cuộc gọi", ("$tag_target", latest("in_call", "videoos", by="target"))),
            bars(
                "Phòng mất đăng ký SIP",
                ("$tag_target", latest("endpoint_sip_unregistered", "videoos", by="target")),
            ),
        ],
    )


def devices() -> Json:
    """Kiosks, computers, and what SNMP tells of everything else."""
    return dashboard(
        "tslcd-thiet-bi",
        "Kiosk, máy trạm, thiết bị",
        [
            lines(
                "Tuổi của nhịp gần nhất",
                ("$tag_target", over_time("beat_age_s", "heartbeat", LAYER, "target", function="max")),
            ),
            bars(
                "Đĩa còn trống",
                ("$tag_target", latest("disk_free_ratio", "heartbeat", LAYER, "target")),
                unit="percentunit",
            ),
            bars(
                "Phần mềm kiosk đang chạy", ("$tag_target", latest("app_alive", "heartbeat", LAYER, "target"))
            ),
            lines(
                "Nhiệt độ",
                ("$tag_target", over_time("temperature_celsius", "snmp", LAYER, "target", function="max")),
                unit="celsius",
            ),
            lines(
                "Tải bộ xử lý",
                ("$tag_target", over_time("cpu_load_ratio", "snmp", LAYER, "target", function="max")),
                unit="percentunit",
            ),
            lines(
                "Bộ nhớ đã dùng",
                ("$tag_target", over_time("memory_used_ratio", "snmp", LAYER, "target", function="max")),
                unit="percentunit",
            ),
            bars(
                "Ắc quy UPS còn",
                ("$tag_target", latest("ups_charge_ratio", "snmp", LAYER, "target")),
                unit="percentunit",
            ),
            bars(
                "Mực máy in còn",
                ("$tag_target", latest("printer_toner_ratio", "snmp", LAYER, "target")),
                unit="percentunit",
            ),
        ],
        variables=[Variable("layer", "Lớp", 'SHOW TAG VALUES WITH KEY = "layer"')],
    )


def monitor() -> Json:
    """The monitor by what it sends; what it knows of itself is at /metrics."""
    return dashboard(
        "tslcd-may-giam-sat",
        "Máy giám sát",
        [
            lines(
                "Kết quả đo mỗi khoảng, theo loại",
                (
                    "$measurement",
                    'SELECT count("ok") FROM /.*/ WHERE $timeFilter GROUP BY time($__interval) fill(0)',
                ),
                unit="short",
                custom={"stacking": {"mode": "normal"}, "fillOpacity": 40},
            ),
            lines(
                "Thời gian một lần đo (p95)",
                (
                    "$measurement",
                    'SELECT percentile("duration_s", 95) FROM /.*/ WHERE $timeFilter GROUP BY time($__interval) fill(none)',
                ),
            ),
            lines(
                "Lần đo hỏng vì chính máy giám sát",
                (
                    "$measurement",
                    'SELECT count("ok") FROM /.*/ WHERE ("reason" = \'local\' OR "reason" = \'internal\') AND $timeFilter GROUP BY time($__interval) fill(0)',
                ),
                unit="short",
                about="Thiếu quyền, cạn bộ mô tả tệp, mất đường ra mạng: không nói gì về nơi được đo.",
            ),
            lines(
                "Đĩa còn trống, bộ nhớ so với giới hạn",
                (
                    "đĩa còn trống",
                    over_time("disk_left_ratio", "self", "$timeFilter", "target", function="min"),
                ),
                ("bộ nhớ", over_time("memory_limit_ratio", "self", "$timeFilter", "target", function="max")),
                unit="percentunit",
            ),
            lines(
                "Vòng lặp trễ, tin chờ gửi",
                ("vòng lặp trễ", over_time("loop_lag_s", "self", "$timeFilter", "target", function="max")),
                ("tin chờ gửi", over_time("message_late_s", "self", "$timeFilter", "target", function="max")),
                about="Máy giám sát tự đo mình (phép đo self).",
            ),
            number("Phép đo chưa rõ", counted(0), color="#8e8e8e", width=12, height=8),
            table("Phép đo chưa rõ trạng thái", changed(UNTIL_NOW) + ' AND "code" = 0', PLACES, state="code"),
            table(
                "Thay đổi trạng thái",
                'SELECT "name", "unit_name", "code", "cause_text" FROM "state" WHERE $timeFilter ORDER BY time DESC LIMIT 300',
                PLACES,
                state="code",
            ),
        ],
    )


def dashboards() -> Iterator[tuple[str, str]]:
    """Yield file names and what is in them."""
    for make in (province, commune, line_quality, circuits, systems, conference, devices, monitor):
        made = make()
        yield f"{made['uid']}.json", json.dumps(made, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in dashboards():
        (FOLDER / name).write_text(text, encoding="utf-8")
