"""A network namespace of a test's own, and a TUN device in it whose other end is the test: no packet leaves.

The namespace belongs to one thread and ends with it and its sockets, so nothing has to be cleaned up.
"""

import asyncio
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from tests.probes.datagrams import icmp_error, ipv4

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000

OUR_ADDRESS, OUR_ADDRESS_V6 = "10.66.0.1", "fd66::1"
TARGET, TARGET_V6 = "10.66.0.2", "fd66::2"
STRANGER, STRANGER_V6 = "10.66.0.99", "fd66::99"

Mode = Literal["datagram", "raw"]
Result = TypeVar("Result")


def in_namespace(story: Callable[[], Awaitable[Result]], *, mode: Mode = "raw") -> Result:
    """Run a story in an event loop inside a new network namespace; `mode` says which ICMP sockets it allows."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_run, story, mode).result(60)


def _run(story: Callable[[], Awaitable[Result]], mode: Mode) -> Result:
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "these tests need root: a network namespace of their own")
    ip("link", "set", "lo", "up")
    allowed = "0 2147483647" if mode == "datagram" else "1 0"
    Path("/proc/sys/net/ipv4/ping_group_range").write_text(allowed, encoding="ascii")

    async def told() -> Result:
        return await story()

    return asyncio.run(told())


def ip(*arguments: str) -> None:
    """Run iproute2 in the namespace of the calling thread."""
    subprocess.run(["ip", *arguments], check=True)


@dataclass(frozen=True, slots=True)
class Request:
    """An echo request as it left: the whole datagram and its ICMP message."""

    datagram: bytes
    message: bytes

    def reply(self) -> bytes:
        """Return the message of the right reply, without its checksum."""
        return bytes([0 if self.message[0] == 8 else 129]) + self.message[1:]


class Tun:
    """The network: takes what the kernel sends, says whatever the test wants."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._requests: asyncio.Queue[Request] = asyncio.Queue()
        self._errors: dict[int, Callable[[bytes], bytes]] = {}

    async def request(self) -> Request:
        """Wait for the next echo request."""
        async with asyncio.timeout(5):
            return await self._requests.get()

    def inject(self, datagram: bytes) -> None:
        """Let a datagram arrive."""
        os.write(self._fd, datagram)

    def answer_tcp_with_error(self, router: str, to: str, code: int) -> None:
        """From now on answer every TCP segment with ICMP "destination unreachable" of this code."""
        self._errors[socket.IPPROTO_TCP] = lambda segment: ipv4(router, to, icmp_error(3, code, segment[:28]))

    def answer_udp_with_error(self, router: str, to: str, code: int) -> None:
        """From now on answer every UDP datagram with ICMP "destination unreachable" of this code."""
        self._errors[socket.IPPROTO_UDP] = lambda sent: ipv4(router, to, icmp_error(3, code, sent[:28]))

    def take(self) -> None:
        """Read one datagram; only echo requests are kept."""
        datagram = os.read(self._fd, 2048)
        is_v4 = datagram[0] >> 4 == 4
        if is_v4 and datagram[9] in {socket.IPPROTO_TCP, socket.IPPROTO_UDP}:
            if datagram[9] in self._errors:
                self.inject(self._errors[datagram[9]](datagram))
            return
        message = datagram[20:] if is_v4 else datagram[40:]
        if message[0] == (8 if is_v4 else 128) and (is_v4 or datagram[6] == 58):
            self._requests.put_nowait(Request(datagram, message))


def _wait_for_local_route(address: str) -> None:
    """The kernel adds the route of an IPv6 address from a work queue; before that it drops what arrives."""
    deadline = time.monotonic() + 5
    command = ["ip", "-6", "route", "show", "table", "local", address]
    while not subprocess.run(command, check=True, capture_output=True).stdout:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no local route to {address}")


@contextmanager
def open_tun() -> Iterator[Tun]:
    """Make a TUN device with our addresses in the current namespace."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", b"t0", _IFF_TUN | _IFF_NO_PI))
        ip("addr", "add", f"{OUR_ADDRESS}/24", "dev", "t0")
        ip("addr", "add", f"{OUR_ADDRESS_V6}/64", "dev", "t0", "nodad")
        ip("link", "set", "t0", "up")
        _wait_for_local_route(OUR_ADDRESS_V6)
        tun = Tun(fd)
        loop = asyncio.get_running_loop()
        loop.add_reader(fd, tun.take)
        try:
            yield tun
        finally:
            loop.remove_reader(fd)
    finally:
        os.close(fd)
