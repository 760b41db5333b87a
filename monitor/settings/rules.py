"""What is wrong between settings that are right alone. No I/O but the list of time zones."""

import ipaddress
import re
import zoneinfo
from collections.abc import Iterator
from typing import TYPE_CHECKING

from alerts.channels import CHANNELS
from alerts.channels.address import is_plain_address
from inventory.files.source import YamlMap, problem_at
from inventory.problem import Problem, near_miss
from monitor.settings.addresses import SECTION_OF, address_fault, unconfigured
from monitor.settings.channels import EmailSettings
from monitor.settings.influx import InfluxSettings
from monitor.settings.inputs import HeartbeatSettings
from monitor.settings.ways import way_contradictions
from monitor.settings.web import web_contradictions
from monitor.settings.zalo import zalo_contradictions

if TYPE_CHECKING:
    from monitor.settings.settings import Settings

_BARE_ADDRESS = "chỉ viết địa chỉ, không kèm tên người, ví dụ truc@example.gov.vn"
_BOTH = "thêm cái còn thiếu, hoặc bỏ cả hai"


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: only there may a connection go without TLS."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def contradictions(settings: "Settings", data: YamlMap) -> list[Problem]:
    """Return what is wrong between fields that are right alone; `data` is the file, of which parts may be wrong."""
    found = []
    if data.get("inventory") == []:
        hint = "ghi thư mục danh mục, ví dụ [danh-muc]"
        found.append(problem_at(data, ("inventory",), "chưa có thư mục danh mục nào", hint=hint))
    if not _is_zone(settings.timezone):
        message = f"không có múi giờ '{settings.timezone}'"
        found.append(problem_at(data, ("timezone",), message, hint="Việt Nam dùng Asia/Ho_Chi_Minh"))
    found += _mail_contradictions(settings.email, data)
    found += _beat_contradictions(settings.heartbeats, data)
    found += _influx_contradictions(settings.influx, data)
    found += way_contradictions(settings, data, is_loopback=is_loopback)
    found += zalo_contradictions(settings, data)
    found += web_contradictions(settings.web, data, is_loopback=is_loopback)
    found += _policy_contradictions(settings, data)
    for i, name in enumerate(settings.report.writers):
        found += _name_contradictions(settings, data, ("report", "writers", i), name)
    return found


def _policy_contradictions(settings: "Settings", data: YamlMap) -> Iterator[Problem]:
    """Yield bare addresses on channels that are not there; names are checked when the on-call file is known."""
    for policy, ladder in settings.alerting.policies.items():
        for i, step in enumerate(ladder.steps):
            for j, name in enumerate(step.to):
                here = ("alerting", "policies", policy, "steps", i, "to", j)
                yield from _name_contradictions(settings, data, here, name)


def _name_contradictions(
    settings: "Settings", data: YamlMap, here: tuple[str | int, ...], name: str
) -> Iterator[Problem]:
    """Yield what is wrong with one of those who are told."""
    channel, colon, address = name.partition(":")
    if not colon or channel == "rota":
        if settings.oncall is None:
            hint = "thêm oncall: <tệp người trực>, hoặc viết kênh:địa chỉ như email:truc@example.gov.vn"
            yield problem_at(data, here, f"'{name}' cần tệp người trực", hint=hint)
    elif channel not in CHANNELS:
        hint = near_miss(channel, CHANNELS) or "các kênh: " + ", ".join(sorted(CHANNELS))
        yield problem_at(data, here, f"không có kênh '{channel}'", hint=hint)
    elif not (getattr(settings, section := SECTION_OF.get(channel, channel)) or data.get(section)):
        message, hint = unconfigured(channel)
        yield problem_at(data, here, message, hint=hint)
    elif channel == "email" and not is_plain_address(address):
        yield _no_address(data, here, address)
    elif getattr(settings, section) and (fault := address_fault(settings, channel, address)):
        message, hint = fault
        yield problem_at(data, here, f"'{name}' {message}", hint=hint)


def _mail_contradictions(email: EmailSettings | None, data: YamlMap) -> list[Problem]:
    found: list[Problem] = []
    if email is None:
        return found
    if email.security == "none" and not is_loopback(email.host):
        message = "không mã hóa chỉ được dùng với máy chủ thư trên chính máy này"
        found.append(problem_at(data, ("email", "security"), message, hint="dùng starttls hoặc tls"))
    if (email.username is None) != (email.password_secret is None):
        message = "username và password_secret phải đi cùng nhau"
        found.append(problem_at(data, ("email",), message, hint=_BOTH))
    if not is_plain_address(email.sender):
        found.append(_no_address(data, ("email", "sender"), email.sender))
    return found


def _beat_contradictions(beats: HeartbeatSettings | None, data: YamlMap) -> list[Problem]:
    if beats is None:
        return []
    http, mqtt = beats.http, beats.mqtt
    wrong: list[tuple[tuple[str, ...], str, str]] = []
    if http is None and mqtt is None:
        wrong.append(((), "cần http, mqtt hoặc cả hai", "ví dụ http: {host: 127.0.0.1, port: 8443}"))
    if http is not None and (http.tls_cert is None) != (http.tls_key is None):
        wrong.append((("http", "tls_cert"), "tls_cert và tls_key phải đi cùng nhau", _BOTH))
    elif http is not None and http.tls_cert is None and not is_loopback(http.host):
        message = "không mã hóa chỉ được nghe trên chính máy này"
        wrong.append((("http", "host"), message, "thêm tls_cert và tls_key, hoặc ghi host: 127.0.0.1"))
    if mqtt is not None and not mqtt.tls and not is_loopback(mqtt.host):
        message = "không mã hóa chỉ được dùng với broker trên chính máy này"
        wrong.append((("mqtt", "tls"), message, "đặt tls: true"))
    if mqtt is not None and (mqtt.username is None) != (mqtt.password_secret is None):
        wrong.append((("mqtt", "username"), "username và password_secret phải đi cùng nhau", _BOTH))
    return [problem_at(data, ("heartbeats", *place), message, hint=hint) for place, message, hint in wrong]


def _influx_contradictions(influx: InfluxSettings | None, data: YamlMap) -> Iterator[Problem]:
    if influx is not None and influx.api == "v1" and not re.fullmatch(r"[^/]+(/[^/]+)?", influx.bucket):
        message = f"với api v1 cần tên cơ sở dữ liệu, đang là '{influx.bucket}'"
        hint = "ví dụ tslcd, hoặc tslcd/nam để ghi vào retention policy tên nam"
        yield problem_at(data, ("influx", "bucket"), message, hint=hint)


def _no_address(data: YamlMap, place: tuple[str | int, ...], text: str) -> Problem:
    return problem_at(data, place, f"'{text}' không phải địa chỉ thư điện tử", hint=_BARE_ADDRESS)


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
