"""The kernel's own view of echo requests and replies: a packet socket on loopback with receive timestamps."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

_ETH_P_ALL = 3  # only such a socket sees what leaves
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_TIMESPEC = struct.Struct("=qq")
_ECHO_REPLY, _ECHO_REQUEST = 0, 8


class Seen(NamedTuple):
    """One echo message of IPv4 as it passed."""

    is_request: bool
    target: str
    echo: bytes
    """From the identifier on: the same in a request and its reply."""
    at_ns: int
    """Wall clock."""


@contextmanager
def capture() -> Iterator[socket.socket]:
    """Yield a socket that gathers what passes the loopback device of this network namespace."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL)) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 * 1024 * 1024)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.bind(("lo", 0))
        yield sock


def seen(sock: socket.socket) -> Iterator[Seen]:
    """Yield requests when they left and replies when they arrived, as far as gathered."""
    while True:
        try:
            data, ancillary, _, (_, _, direction, _, _) = sock.recvmsg(2048, 64)
        except BlockingIOError:
            return
        if data[0] >> 4 != 4 or data[9] != socket.IPPROTO_ICMP:
            continue
        seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
        at_ns = seconds * 1_000_000_000 + nanoseconds
        message = data[(data[0] & 15) * 4 :]
        if message[0] == _ECHO_REQUEST and direction == socket.PACKET_OUTGOING:
            yield Seen(is_request=True, target=socket.inet_ntoa(data[16:20]), echo=message[4:], at_ns=at_ns)
        elif message[0] == _ECHO_REPLY and direction == socket.PACKET_HOST:
            yield Seen(is_request=False, target=socket.inet_ntoa(data[12:16]), echo=message[4:], at_ns=at_ns)


def round_trips(sock: socket.socket) -> Iterator[tuple[str, float]]:
    """Yield target and seconds between its request leaving and its reply arriving."""
    left: dict[tuple[str, bytes], int] = {}
    for message in seen(sock):
        key = message.target, message.echo
        if message.is_request:
            left[key] = message.at_ns
        elif key in left:
            yield message.target, (message.at_ns - left.pop(key)) / 1e9
