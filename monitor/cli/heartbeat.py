"""`heartbeat`: which assets must beat, and the token that one of them sends with its beats. Asks no daemon."""

import ipaddress
import shlex
from argparse import Namespace
from typing import Final

from inventory.names import hint
from inventory.problem import ProblemsError
from monitor.cli.config import config_path
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output
from monitor.inputs.beat_http import PATH
from monitor.inputs.beat_input import BeatInputError, read_key
from monitor.inputs.beat_intake import known_assets
from monitor.inputs.heartbeats import make_token
from monitor.plan import Plan, open_secrets
from monitor.settings.inputs import HeartbeatSettings
from probes.heartbeat import HeartbeatOptions

_HERE: Final = "MAY-GIAM-SAT"
"""Stands for the monitor's name where the settings do not tell it."""


def run(arguments: Namespace, out: Output) -> int:
    """Run one of the actions."""
    path = config_path(arguments)
    try:
        plan = Plan.read(path)
    except ProblemsError as error:
        raise CommandError(
            Exit.FINDINGS, str(error.problems[0]), f"xem hết các lỗi: tslcd-monitor check-config {path}"
        ) from None
    return _list(plan, out) if arguments.action == "list" else _token(plan, arguments.asset, out)


def _list(plan: Plan, out: Output) -> int:
    targets = plan.inventory.targets
    beats = [
        (check, check.options, targets[check.target_id].name)
        for check in plan.inventory.checks.values()
        if isinstance(check.options, HeartbeatOptions)
    ]
    if out.is_json:
        items = [
            {
                "asset": check.address,
                "check": check.id,
                "name": name,
                "maxAgeS": options.max_age_s,
                "tokenSerial": options.token_serial,
            }
            for check, options, name in beats
        ]
        out.json({"schema": "heartbeat-assets/1", "items": items})
        return Exit.OK
    out.table(
        ("TÀI SẢN", "ĐỐI TƯỢNG", "CHỜ NHỊP", "LẦN CẤP MÃ"),
        [
            [check.address, name, f"{options.max_age_s:g} giây", str(options.token_serial)]
            for check, options, name in beats
        ],
    )
    out.note(f"{len(beats)} tài sản")
    return Exit.OK


def _token(plan: Plan, asset: str, out: Output) -> int:
    settings = plan.settings.heartbeats
    if settings is None:
        raise CommandError(
            Exit.FINDINGS, "cấu hình chưa có phần heartbeats", "thêm heartbeats: {http: {...}} hoặc mqtt"
        )
    known = known_assets(plan.inventory)
    if asset not in known:
        near = hint(asset, known)
        remedy = near or "thêm phép đo kind: heartbeat cho máy đó; xem tslcd-monitor heartbeat list"
        raise CommandError(Exit.USAGE, f"danh mục không có tài sản '{asset}'", remedy)
    try:
        key = read_key(settings, open_secrets(plan.settings))
    except BeatInputError as error:
        raise CommandError(
            Exit.FINDINGS, str(error), "tạo khóa: openssl rand -base64 32, quyền 0600"
        ) from None
    token = make_token(key, asset, known[asset])
    lines = _lines(settings, asset, token)
    if out.is_json:
        out.json(
            {
                "schema": "heartbeat-token/1",
                "asset": asset,
                "serial": known[asset],
                "token": token,
                "examples": lines,
            }
        )
        return Exit.OK
    out.line(token)
    out.note("Gửi thử một nhịp (mã này là bí mật của riêng máy đó):")
    for line in lines:
        out.note(f"  {line}")
    if settings.mqtt is not None:
        out.note("Mật khẩu MQTT của máy đó: dòng '-P MẬT_KHẨU' trong ~/.config/mosquitto_pub, quyền 0600.")
    out.note("Thu hồi: tăng token_serial của phép đo heartbeat, nạp lại danh mục rồi cấp mã mới.")
    return Exit.OK


def _lines(settings: HeartbeatSettings, asset: str, token: str) -> list[str]:
    """Return a command line that sends a beat, for each way that is open.

    The token is typed into it, not given to it: everybody on a machine sees the arguments of its processes.
    """
    lines = []
    if settings.http is not None:
        scheme = "http" if settings.http.tls_cert is None else "https"
        url = f"{scheme}://{_reached(settings.http.host)}:{settings.http.port}{PATH}"
        body = f'{{"asset":"{asset}","app_alive":true}}'
        header = f"Authorization: Bearer {token}"
        lines.append(f"printf '%s' {shlex.quote(header)} | curl -f -H @- -d {shlex.quote(body)} {url}")
    if settings.mqtt is not None:
        topic = settings.mqtt.topic.removesuffix("+") + asset
        body = f'{{"asset":"{asset}","token":"{token}","app_alive":true}}'
        tls = " --tls-use-os-certs" if settings.mqtt.tls else ""
        lines.append(
            f"printf '%s' {shlex.quote(body)} | mosquitto_pub -V 5 -q 1 -h {settings.mqtt.host} "
            f"-p {settings.mqtt.port}{tls} -u {asset} -t {shlex.quote(topic)} -s"
        )
    return lines


def _reached(host: str) -> str:
    """Return the host as an asset would write it."""
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        return _HERE
    return f"[{host}]" if address.version == 6 else host  # noqa: PLR2004 (IPv6)
