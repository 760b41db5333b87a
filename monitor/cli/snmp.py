"""`snmp walk` and `snmp identify`: ask one device what it is and what it has, to choose a profile for it. Only reads."""

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import yaml

from alerts.messages import words
from monitor.cli.exits import CommandError, Exit
from monitor.cli.given import given_options, given_secrets
from monitor.cli.output import Output
from probes.reach import EVERYWHERE
from probes.resolve import ResolveError, open_resolver
from probes.snmp.access import SnmpAccess, credentials, dialect
from probes.snmp.ber import encode_oid
from probes.snmp.devices import device_for, devices
from probes.snmp.identify import Identity, identify
from probes.snmp.session import Credentials, Dialect, Sessions, SnmpRequestError, Value
from probes.snmp.walk import Walk, walk
from probes.wording import one_line

Answer = TypeVar("Answer")
Question = Callable[[Sessions, str, int, Credentials, Dialect, float], Awaitable[Answer]]
"""(sessions, IP address, port, credentials, dialect, loop time of the end) -> what was read."""


def run(arguments: Namespace, out: Output) -> int:
    """Ask; 0 when the device answered, 1 when it did not."""
    return _walk(arguments, out) if arguments.action == "walk" else _identify(arguments, out)


def _walk(arguments: Namespace, out: Output) -> int:
    root = _root(arguments.oid)

    async def question(
        sessions: Sessions, ip: str, port: int, who: Credentials, how: Dialect, ends_at: float
    ) -> Walk:
        return await walk(
            sessions, ip, port, who, root, dialect=how, ends_at=ends_at, most_objects=arguments.rows
        )

    found = asyncio.run(_ask(arguments, question))
    if out.is_json:
        items = [{"oid": oid, **_value_json(value)} for oid, value in found.objects.items()]
        out.json({"schema": "snmp-walk/1", "items": items, "stopped": found.stopped or None})
    else:
        out.table(("OID", "GIÁ TRỊ"), [[oid, _value_text(value)] for oid, value in found.objects.items()])
        if found.stopped:
            out.note(f"dừng sớm: {found.stopped}; đọc nhánh nhỏ hơn, hoặc tăng --rows, --timeout")
        if not found.objects:
            out.note(f"thiết bị không có gì dưới {root}")
    return Exit.OK if found.objects else Exit.FINDINGS


def _root(asked: str) -> str:
    root = asked.removeprefix(".")
    with suppress(ValueError):
        if all(part.isascii() and part.isdigit() for part in root.split(".")) and encode_oid(root):
            return root
    raise CommandError(Exit.USAGE, f"'{asked}' không phải OID bằng số", "ví dụ 1.3.6.1.2.1.2.2.1.2")


def _identify(arguments: Namespace, out: Output) -> int:
    async def question(
        sessions: Sessions, ip: str, port: int, who: Credentials, how: Dialect, ends_at: float
    ) -> Identity:
        return await identify(sessions, ip, port, who, dialect=how, ends_at=ends_at)

    seen = asyncio.run(_ask(arguments, question))
    name = None if seen.object_id is None else device_for(seen.object_id)
    if out.is_json:
        out.json(
            {
                "schema": "snmp-identify/1",
                "sysObjectId": seen.object_id,
                "sysDescr": seen.description,
                "sysName": seen.name,
                "sysUptimeS": seen.uptime_s,
                "device": name,
            }
        )
        return Exit.OK
    out.table(
        ("", ""),
        [
            ("Tự giới thiệu (sysDescr)", seen.description or "–"),
            ("Tên (sysName)", seen.name or "–"),
            ("Mã loại (sysObjectID)", seen.object_id or "–"),
            ("Đã chạy", "–" if seen.uptime_s is None else words.duration(seen.uptime_s)),
            ("Dữ liệu OID", "chưa có cho loại này" if name is None else f"{name}: {devices()[name].vi}"),
        ],
    )
    if name is None:
        out.note("dùng tùy chọn oids với OID của hãng (tìm bằng 'snmp walk'), hoặc một trong: " + _known())
    else:
        given = given_options(SnmpAccess, arguments.options).model_dump(mode="json", exclude_unset=True)
        options = yaml.safe_dump({"device": name, **given}, default_flow_style=True, sort_keys=False).strip()
        out.note(f"trong danh mục: checks: {{snmp: {{kind: snmp, options: {options}}}}}")
    return Exit.OK


async def _ask(arguments: Namespace, question: Question[Answer]) -> Answer:
    """Ask the device once; CommandError says why it did not answer and what to look at."""
    options = given_options(SnmpAccess, arguments.options)
    try:
        who = credentials(options, given_secrets(arguments))
    except KeyError as error:
        raise CommandError(
            Exit.USAGE, f"thiếu bí mật {error.args[0]!r}", "thêm --ask để gõ tại bàn phím, hoặc --config TỆP"
        ) from None
    sessions = Sessions()
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + arguments.timeout
    try:
        async with open_resolver(EVERYWHERE) as resolver:
            ip = await resolver.first(arguments.address, within_s=arguments.timeout)
        return await question(sessions, ip, options.port, who, dialect(options), ends_at)
    except (ResolveError, SnmpRequestError) as error:
        remedy = "kiểm tra địa chỉ, cổng, community hoặc tài khoản, và thiết bị có cho phép máy này hỏi không"
        raise CommandError(Exit.FINDINGS, error.detail, remedy) from None
    finally:
        sessions.close()


def _known() -> str:
    return ", ".join(sorted(devices()))


def _value_text(value: Value) -> str:
    if isinstance(value, bytes):
        text = _text(value)
        return one_line(text) if text is not None else value[:64].hex(" ")
    return "–" if value is None else str(value)


def _value_json(value: Value) -> dict[str, object]:
    if not isinstance(value, bytes):
        return {"value": value}
    text = _text(value)
    return {"hex": value.hex()} if text is None else {"value": text}


def _text(value: bytes) -> str | None:
    """Return octets as text if that is what they are."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(letter.isprintable() or letter in "\r\n\t" for letter in text) else None
