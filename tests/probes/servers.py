"""Servers on loopback that do exactly what a test wants, byte by byte, and ports that misbehave."""

import asyncio
import contextlib
import secrets
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

_LOWEST_PORT = 20_000
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(script: Script, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run `script` for each connection on a free port; yield the port. What still runs at the end is cancelled."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            await script(reader, writer)
        writer.transport.abort() if writer.is_closing() else writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answering(answer: bytes, *, stay_s: float = 0.0) -> Script:
    """Read a request, send `answer`, wait a while for the client to close, close."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reader.read(), stay_s)

    return script


async def mute(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take everything, say nothing."""
    while await reader.read(65_536):
        pass


def saying(words: bytes, *, stay_s: float = 0.0) -> Script:
    """Say `words` at once, wait a while for the client to close, close."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(mute(reader, writer), stay_s)

    return script


def resetting(words: bytes = b"", *, after_request: bool = True) -> Script:
    """Take some request, say `words`, then end the connection with RST."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if after_request:
            await reader.read(65_536)
        writer.write(words)
        await writer.drain()
        await asyncio.sleep(0.02)  # so that the words are read before the reset
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    return script


def dripping(words: bytes, *, every_s: float = 0.1, after_request: bool = True) -> Script:
    """Take some request, then say a byte at a time."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if after_request:
            await reader.read(65_536)
        for byte in words:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(every_s)

    return script


def endless(words: bytes, *, start: bytes = b"", after_request: bool = True) -> Script:
    """Take some request, say `start`, then `words` again and again until the client goes."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if after_request:
            await reader.read(65_536)
        writer.write(start)
        while not writer.is_closing():
            writer.write(words)
            await writer.drain()
            await asyncio.sleep(0)

    return script


Respond = Callable[[bytes], Iterable[bytes]]


class Responder(asyncio.DatagramProtocol):
    """Answers each datagram after `delay_s` with what `respond` returns; remembers who asked and what."""

    def __init__(self, respond: Respond, *, delay_s: float, other_source: socket.socket | None) -> None:
        self.port = 0
        self.heard: list[tuple[bytes, tuple[str, int]]] = []
        self._respond = respond
        self._delay_s = delay_s
        self._other_source = other_source

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append((data, addr))
        asyncio.get_running_loop().call_later(self._delay_s, self._answer, data, addr)

    def _answer(self, data: bytes, addr: tuple[str, int]) -> None:
        for datagram in self._respond(data):
            if self._other_source is not None:
                self._other_source.sendto(datagram, addr)
            else:
                self._transport.sendto(datagram, addr)


@asynccontextmanager
async def responding(
    respond: Respond, *, delay_s: float = 0.0, other_source: socket.socket | None = None, port: int = 0
) -> AsyncIterator[Responder]:
    """Run it on a free UDP port of 127.0.0.1, or this one; answers leave from `other_source` if there is one."""
    transport, responder = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Responder(respond, delay_s=delay_s, other_source=other_source), local_addr=("127.0.0.1", port)
    )
    responder.port = transport.get_extra_info("sockname")[1]
    try:
        yield responder
    finally:
        transport.close()


@contextmanager
def stranger(address: str = "127.0.0.2") -> Iterator[socket.socket]:
    """Yield a UDP socket of another address than any server's: for answers that nobody asked for."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 0))
        yield sock


@dataclass
class Lateness:
    """How late the event loop was at most, in seconds."""

    most_s: float = 0.0
    held_s: float = 0.0
    """The same without what other programs of a busy machine did meanwhile: processor time of the loop's thread."""


@asynccontextmanager
async def lateness() -> AsyncIterator[Lateness]:
    """Watch how long the event loop is held up while the block runs."""
    late = Lateness()

    async def watch() -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_at, worked_s = loop.time() + 0.01, time.thread_time()
            await asyncio.sleep(0.01)
            late_s = loop.time() - due_at
            late.most_s = max(late.most_s, late_s)
            late.held_s = max(late.held_s, min(late_s, time.thread_time() - worked_s))

    task = asyncio.create_task(watch())
    try:
        yield late
        await asyncio.sleep(0.02)
    finally:
        task.cancel()


def page(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """Return an HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def refused_port() -> int:
    """Return a port of 127.0.0.1 where nobody listens."""
    return _unused_port(socket.SOCK_STREAM)


def _unused_port(kind: socket.SocketKind) -> int:
    """Return a free port that the kernel gives to nobody who asks for any: it stays free beside other tests."""
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    while True:
        port = _LOWEST_PORT + secrets.randbelow(first_given - _LOWEST_PORT)
        with socket.socket(socket.AF_INET, kind) as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


@contextmanager
def black_hole() -> Iterator[int]:
    """Yield a TCP port that drops every SYN: its queue of connections is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        yield listener.getsockname()[1]


@contextmanager
def silent_udp_port() -> Iterator[int]:
    """Yield a UDP port that takes everything and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def refused_udp_port() -> int:
    """Return a UDP port of 127.0.0.1 where nobody listens."""
    return _unused_port(socket.SOCK_DGRAM)
