"""Every channel beside a receiver on loopback that behaves as told, so that one set of cases can be run against all."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from aiohttp import web

from alerts.channels import CHANNELS
from alerts.channels.apprise import AppriseConfig
from alerts.channels.base import Channel
from alerts.channels.email import EmailConfig
from alerts.channels.file import FileConfig
from alerts.channels.mqtt import MqttConfig
from alerts.channels.webhook import SIGNATURE, TIMESTAMP, Hook, WebhookConfig
from probes import mqtt_packet as packet
from tests.alerts.zalo_samples import CHAT, NOON, PHONE, USER, Hand, Office, open_for_business
from tests.servers.fake_zalo import Fault, open_zalo
from tests.servers.smtp import make_certificate, scripted_server, smtp_server

SECRET = "b1-mat-9f3kQx7T2w"
WITHIN_S = 0.4


class Behaviour(StrEnum):
    TAKES = "takes"
    LATER = "later"
    """Says: try again later."""
    NEVER = "never"
    """Says: never."""
    SILENT = "silent"
    """Takes the connection and says nothing, before the message."""
    HANGS = "hangs"
    """Takes the message and says nothing."""
    DROPS = "drops"
    """Takes the message and cuts the connection."""
    REFUSES = "refuses"
    """Nobody listens."""


@dataclass
class Rig:
    """`seen` is what arrived: (message id or "" where the channel has none, text)."""

    channel: Channel
    recipient: str
    seen: Callable[[], list[tuple[str, str]]]
    secret: str = SECRET


Make = Callable[[Path, Behaviour], AbstractAsyncContextManager[Rig]]


async def unused_port() -> int:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


@asynccontextmanager
async def email(folder: Path, behaviour: Behaviour) -> AsyncIterator[Rig]:
    certificate = make_certificate(folder)

    def rig(port: int, seen: Callable[[], list[tuple[str, str]]]) -> Rig:
        config = EmailConfig(
            host="127.0.0.1",
            port=port,
            security="starttls",
            sender="giamsat@quangngai.example",
            timeout_s=WITHIN_S,
            username="giamsat",
            password=SECRET,
            ca_file=certificate.certificate_file,
        )
        return Rig(CHANNELS["email"](config), "truc@quangngai.example", seen)

    if behaviour is Behaviour.REFUSES:
        yield rig(await unused_port(), list)
    elif behaviour is Behaviour.SILENT:
        async with scripted_server(b"") as port:
            yield rig(port, list)
    else:
        async with smtp_server("starttls", certificate=certificate, users={"giamsat": SECRET}) as mailbox:
            if behaviour is Behaviour.LATER:
                mailbox.rcpt_answer = "450 4.2.0 mailbox busy"
            elif behaviour is Behaviour.NEVER:
                mailbox.rcpt_answer = "550 5.1.1 no such user"
            elif behaviour is not Behaviour.TAKES:
                mailbox.after_data = "hang" if behaviour is Behaviour.HANGS else "drop"

            def seen() -> list[tuple[str, str]]:
                found = []
                for each in mailbox.mails:
                    text = each.mail.get_body(("plain",))
                    assert text is not None
                    found.append((str(each.mail["Message-ID"]), text.get_content().replace("\r\n", "\n")))
                return found

            yield rig(mailbox.port, seen)


@asynccontextmanager
async def file(folder: Path, behaviour: Behaviour) -> AsyncIterator[Rig]:
    path = folder / ("missing" if behaviour is Behaviour.LATER else ".") / "messages.jsonl"

    def seen() -> list[tuple[str, str]]:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [(each["message_id"], each["text"]) for each in map(json.loads, lines)]

    yield Rig(CHANNELS["file"](FileConfig(path)), "trực ban", seen)


@asynccontextmanager
async def http_server(
    behaviour: Behaviour, record: Callable[[web.Request, bytes], None]
) -> AsyncIterator[int]:
    """Answer POST as told, after `record` has seen it."""

    async def answer(request: web.Request) -> web.Response:
        record(request, await request.read())
        match behaviour:
            case Behaviour.LATER:
                return web.Response(status=503, headers={"Retry-After": "7"})
            case Behaviour.NEVER:
                return web.Response(status=400)
            case Behaviour.HANGS:
                await asyncio.sleep(5)
            case Behaviour.DROPS:
                assert request.transport is not None
                request.transport.abort()
        return web.Response(status=200)

    if behaviour is Behaviour.REFUSES:
        yield await unused_port()
        return
    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def webhook(_folder: Path, behaviour: Behaviour) -> AsyncIterator[Rig]:
    found: list[tuple[str, str]] = []

    def record(request: web.Request, body: bytes) -> None:
        signed = request.headers[TIMESTAMP].encode() + b"." + body
        right = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert request.headers[SIGNATURE] == f"v1={right}"
        facts = json.loads(body)
        assert request.headers["Idempotency-Key"] == facts["message_id"]
        found.append((facts["message_id"], facts["text"]))

    async with http_server(behaviour, record) as port:
        hook = Hook(f"http://127.0.0.1:{port}/nhan?khoa={SECRET}", SECRET, WITHIN_S)
        channel = CHANNELS["webhook"](WebhookConfig({"so": hook}, lambda: NOON))
        try:
            yield Rig(channel, "so", lambda: found)
        finally:
            await channel.aclose()  # type: ignore[attr-defined]


@asynccontextmanager
async def mqtt(_folder: Path, behaviour: Behaviour) -> AsyncIterator[Rig]:
    found: list[tuple[str, str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _mqtt_packet(reader)
            if behaviour is Behaviour.SILENT:
                await reader.read()
                return
            writer.write(b"\x20\x03\x00\x00\x00")
            body = await _mqtt_packet(reader)
            topic_end = 2 + int.from_bytes(body[:2], "big")
            facts = json.loads(body[topic_end + 3 :])
            found.append((facts["message_id"], facts["text"]))
            if behaviour is Behaviour.DROPS:
                return
            if behaviour is Behaviour.HANGS:
                await reader.read()
            code = {Behaviour.LATER: b"\x97", Behaviour.NEVER: b"\x99"}.get(behaviour, b"\x00")
            writer.write(b"\x40\x04" + body[topic_end : topic_end + 2] + code + b"\x00")
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if behaviour is Behaviour.REFUSES:
        server.close()
        await server.wait_closed()
    config = MqttConfig("127.0.0.1", port, "tslcd/alerts", None, "giamsat", SECRET, WITHIN_S)
    try:
        yield Rig(CHANNELS["mqtt"](config), "truc/khu-vuc", lambda: found)
    finally:
        server.close()
        await server.wait_closed()


async def _mqtt_packet(reader: asyncio.StreamReader) -> bytes:
    first = await reader.readexactly(1)
    assert packet.Kind(first[0] >> 4) in {packet.Kind.CONNECT, packet.Kind.PUBLISH}
    length, shift = 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return await reader.readexactly(length)


@asynccontextmanager
async def apprise(_folder: Path, behaviour: Behaviour) -> AsyncIterator[Rig]:
    found: list[tuple[str, str]] = []

    def record(_request: web.Request, body: bytes) -> None:
        found.append(("", json.loads(body)["message"]))

    async with http_server(behaviour, record) as port:
        url = f"json://nguoi:{SECRET}@127.0.0.1:{port}/{SECRET}?rto=1&cto=1"
        channel = CHANNELS["apprise"](AppriseConfig({"so": url}, WITHIN_S))
        try:
            yield Rig(channel, "so", lambda: found)
        finally:
            await channel.aclose()  # type: ignore[attr-defined]


def _zalo(route: str, recipient: str, pick: Callable[[Office], Channel]) -> Make:
    @asynccontextmanager
    async def make(folder: Path, behaviour: Behaviour) -> AsyncIterator[Rig]:
        hand = Hand()
        async with open_zalo(hand.now) as zalo:
            open_for_business(zalo)
            zalo.bot.token = f"123456789:{SECRET}"
            faults = {
                Behaviour.LATER: Fault(status=502, body="<html>"),
                Behaviour.DROPS: Fault(drop=True, accept=True),
            }
            if behaviour in faults:
                zalo.fail(route, faults[behaviour])
            if behaviour is Behaviour.NEVER:
                zalo.oa.users[USER]["state"] = "blocked"
                zalo.zbs.states[PHONE] = -114
                zalo.bot.chats.clear()
            if behaviour is Behaviour.REFUSES:
                port = await unused_port()
                zalo.url = f"http://127.0.0.1:{port}"
            office = Office(zalo, hand, folder)
            await office.log_in()
            try:
                yield Rig(pick(office), recipient, lambda: [("", each.text) for each in zalo.sent])
            finally:
                await office.oa.aclose()
                await office.client.aclose()

    return make


RIGS: dict[str, Make] = {
    "email": email,
    "file": file,
    "webhook": webhook,
    "mqtt": mqtt,
    "apprise": apprise,
    "zalo_oa": _zalo("cs", f"user:{USER}", lambda office: office.oa),
    "zalo_bot": _zalo("sendMessage", CHAT, lambda office: office.bot),
    "zbs": _zalo("phone", PHONE, lambda office: office.zbs),
}
