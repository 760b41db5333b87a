"""Servers on loopback that do exactly what a test wants, byte by byte, and ports that misbehave."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(script: Script, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run `script` for each connection on a free port; yield the port. What still runs at the end is cancelled."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
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


@dataclass
class Lateness:
    """How late the event loop was at most, in seconds."""

    most_s: float = 0.0


@asynccontextmanager
async def lateness() -> AsyncIterator[Lateness]:
    """Watch how long the event loop is held up while the block runs."""
    late = Lateness()

    async def watch() -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_at = loop.time() + 0.01
            await asyncio.sleep(0.01)
            late.most_s = max(late.most_s, loop.time() - due_at)

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
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


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
