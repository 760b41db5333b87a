"""One question and one answer over UDP, for probes with a protocol of their own. Knows no protocol.

The socket is new for each exchange, so the kernel draws its port, and connected, so that answers from any other address
or port never arrive and ICMP errors do. `dig @127.0.0.1 -p 5353 example.vn` produces such traffic.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from probes.connection import connect_failure
from probes.reading import FailureReason, ProbeError
from probes.wording import errno_words, seconds

Answer = TypeVar("Answer")

_DATAGRAM_BYTES = 65_535
_SO_TIMESTAMPNS = 35  # also the type of its control message (asm-generic/socket.h)
_TIMESPEC = struct.Struct("@ll")


class UnreadableError(ValueError):
    """Bytes that are not of the protocol; the text says in Vietnamese what is wrong with them."""


class ExchangeError(ProbeError):
    """A question without a usable answer."""


@dataclass(frozen=True, slots=True)
class Received:
    """A datagram from whom we asked. `wall_ns` is the kernel's time of arrival (CLOCK_REALTIME)."""

    data: bytes
    wall_ns: int | None


async def ask(
    ip: str,
    port: int,
    question: Callable[[], bytes],
    read: Callable[[Received], Answer | None],
    *,
    ends_at: float,
) -> Answer:
    """Send one datagram and return the first answer that `read` takes; it returns None for what answers something else.

    `question` is called at the moment of sending. Bytes that `read` cannot read (UnreadableError) do not end the wait:
    the right answer may follow; without one they make the failure `protocol` instead of `timeout`. ExchangeError says
    why there is no answer. `ends_at` is loop time.
    """
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    unreadable = ""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        raise ExchangeError(FailureReason.LOCAL, errno_words(error.errno)) from error
    with sock:
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            sock.connect((ip, port))
            sock.send(question())
            async with asyncio.timeout_at(ends_at):
                while True:
                    try:
                        answer = read(await _receive(sock))
                    except UnreadableError as error:
                        unreadable = str(error)
                    else:
                        if answer is not None:
                            return answer
                    # A flood must not keep the loop from its other work, nor this probe from its deadline.
                    await asyncio.sleep(0)
        except TimeoutError:
            if unreadable:
                raise ExchangeError(FailureReason.PROTOCOL, unreadable) from None
            detail = f"không có trả lời trong {seconds(ends_at - started_at)}"
            raise ExchangeError(FailureReason.TIMEOUT, detail) from None
        except OSError as error:
            reason, detail = connect_failure(error, ip)
            if reason is FailureReason.REFUSED:
                detail = "cổng UDP đóng (ICMP port unreachable)"
            raise ExchangeError(reason, detail) from error


async def _receive(sock: socket.socket) -> Received:
    with contextlib.suppress(BlockingIOError):
        return _take(sock)
    loop = asyncio.get_running_loop()
    while True:
        readable: asyncio.Future[None] = loop.create_future()
        loop.add_reader(sock, _wake, readable)
        try:
            await readable
        finally:
            loop.remove_reader(sock)
        # Readable yet empty: a datagram with a wrong checksum was dropped.
        with contextlib.suppress(BlockingIOError):
            return _take(sock)


def _wake(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)


def _take(sock: socket.socket) -> Received:
    data, controls, _, _ = sock.recvmsg(_DATAGRAM_BYTES, socket.CMSG_SPACE(_TIMESPEC.size))
    for level, kind, value in controls:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) == _TIMESPEC.size:
            whole_s, rest_ns = _TIMESPEC.unpack(value)
            return Received(data, whole_s * 1_000_000_000 + rest_ns)
    return Received(data, None)
