"""Servers that are as careless as can be: whatever they are told, they tell back as their reason to refuse."""

import asyncio
import base64
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.servers.smtp import Certificate


@dataclass
class Echoes:
    """Their ports, and what they were told."""

    http: int = 0
    https: int = 0
    smtp: int = 0
    tcp: int = 0
    udp: int = 0
    heard: list[str] = field(default_factory=list)

    async def web(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Refuse a request with all of it: in the body, as JSON, in a header, in the reason."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heard.append(head)
            secrets = [line.partition(": ")[2] for line in head.split("\r\n")[1:] if line]
            shown = _one_line(" ".join([head.split(" ")[1], *secrets]))
            body = json.dumps(
                {"message": shown, "error": shown, "error_description": shown, "detail": head}
            ).encode()
            writer.write(
                f'HTTP/1.1 401 {shown[:300]}\r\nX-Echo: {shown}\r\nWWW-Authenticate: Basic realm="{shown[:200]}"\r\n'
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        writer.close()

    async def mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Refuse a login with its password."""
        writer.write(b"220 echo\r\n")
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                text = line.decode("latin-1").strip()
                self.heard.append(text)
                if text.upper().startswith("EHLO"):
                    writer.write(b"250-echo\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n")
                elif text.upper().startswith("AUTH"):
                    told = _decoded(text.split(" ")[-1])
                    writer.write(f"535 5.7.8 {text} means {told}: wrong\r\n".encode())
                else:
                    writer.write(f"550 {text}\r\n".encode())
                await writer.drain()
        writer.close()

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send everything back as it came."""
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                self.heard.append(data.decode("latin-1"))
                writer.write(data)
                await writer.drain()
        writer.close()


class _Mirror(asyncio.DatagramProtocol):
    def __init__(self, echoes: Echoes) -> None:
        self._echoes = echoes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._echoes.heard.append(data.decode("latin-1"))
        self._transport.sendto(data, addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def echoing(certificate: Certificate) -> AsyncIterator[Echoes]:
    """Run them all on loopback."""
    echoes = Echoes()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate_file, certificate.key_file)
    loop = asyncio.get_running_loop()
    servers = [
        await asyncio.start_server(echoes.web, "127.0.0.1", 0),
        await asyncio.start_server(echoes.web, "127.0.0.1", 0, ssl=context),
        await asyncio.start_server(echoes.mail, "127.0.0.1", 0),
        await asyncio.start_server(echoes.back, "127.0.0.1", 0),
    ]
    echoes.http, echoes.https, echoes.smtp, echoes.tcp = (
        server.sockets[0].getsockname()[1] for server in servers
    )
    transport, _ = await loop.create_datagram_endpoint(lambda: _Mirror(echoes), local_addr=("127.0.0.1", 0))
    echoes.udp = transport.get_extra_info("sockname")[1]
    try:
        yield echoes
    finally:
        transport.close()
        for server in servers:
            server.close()


def _one_line(text: str) -> str:
    return " ".join(text.split())[:4_000]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("latin-1").replace("\0", " ")
    except ValueError:
        return text
