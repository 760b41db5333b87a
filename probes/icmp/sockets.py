"""Kernel ICMP sockets: one non-blocking socket of a family, with receive timestamps. Knows no probe.

Two kinds serve us (icmp(7), raw(7)): a datagram ICMP socket, which needs no capability but a group inside
net.ipv4.ping_group_range, and a raw socket, which needs CAP_NET_RAW. The first allowed one is taken.
"""

import contextlib
import errno
import socket
import struct
from dataclasses import dataclass

RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024
SO_TIMESTAMPNS = 35
IP_RECVERR = 11
IPV6_RECVERR = 25
_ICMP_FILTER = 1  # linux/icmp.h; level SOL_RAW
_SOL_RAW = 255
_ICMP6_FILTER = 1  # linux/icmpv6.h; level IPPROTO_ICMPV6
_SO_RCVBUFFORCE = 33
_IP_PMTUDISC_DONT = 0
_IP_MTU_DISCOVER = 10

_WANTED_V4 = (0, 3, 11, 12)  # echo reply, unreachable, time exceeded, parameter problem
_WANTED_V6 = (129, 1, 2, 3, 4)  # the same, with "packet too big" as a type of its own

REMEDY = (
    "máy giám sát không có quyền gửi ICMP: thêm nhóm của dịch vụ vào net.ipv4.ping_group_range (sysctl) "
    "hoặc cấp CAP_NET_RAW (systemd: AmbientCapabilities=CAP_NET_RAW)"
)


class IcmpRightsError(PermissionError):
    """This process may open neither kind of ICMP socket."""


@dataclass(frozen=True, slots=True)
class IcmpSocket:
    """An open socket. `fd` is kept because a socket that died no longer knows its number."""

    kernel: socket.socket
    fd: int
    family: socket.AddressFamily
    is_raw: bool
    identifier: int | None
    """The ICMP identifier the kernel puts into every request; None: ours to choose (raw)."""

    def close(self) -> None:
        """Close it; closing twice is fine."""
        self.kernel.close()


def open_icmp(family: socket.AddressFamily) -> IcmpSocket:
    """Open a socket of the family; IcmpRightsError when neither kind is allowed, OSError when we are out of means."""
    protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
    try:
        sock, is_raw = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, protocol), False
    except PermissionError:
        try:
            sock, is_raw = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol), True
        except PermissionError as error:
            raise IcmpRightsError(error.errno, REMEDY) from error
    try:
        _configure(sock, family, is_raw=is_raw)
        identifier = None if is_raw else _bind(sock, family)
    except BaseException:
        sock.close()
        raise
    return IcmpSocket(sock, sock.fileno(), family, is_raw, identifier)


def rights() -> str | None:
    """Tell what this process lacks to send ICMP, in words for people; None: nothing."""
    try:
        open_icmp(socket.AF_INET).close()
    except IcmpRightsError:
        return REMEDY
    except OSError as error:
        return f"không mở được ổ cắm ICMP: {errno.errorcode.get(error.errno or 0, 'lỗi không rõ')}"
    return None


def _configure(sock: socket.socket, family: socket.AddressFamily, *, is_raw: bool) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
    except PermissionError:
        # Without CAP_NET_ADMIN net.core.rmem_max is the limit.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    if family == socket.AF_INET:
        # Large payloads are fragmented like any traffic of that size would be.
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DONT)
    if not is_raw:
        # Only so does a datagram socket see ICMP errors; the kernel has checked their quotes.
        level, option = (
            (socket.IPPROTO_IP, IP_RECVERR)
            if family == socket.AF_INET
            else (socket.IPPROTO_IPV6, IPV6_RECVERR)
        )
        sock.setsockopt(level, option, 1)
    elif family == socket.AF_INET:
        blocked = 0xFFFFFFFF & ~sum(1 << kind for kind in _WANTED_V4)
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", blocked))
    else:
        words = [0xFFFFFFFF] * 8
        for kind in _WANTED_V6:
            words[kind >> 5] &= ~(1 << (kind & 31))
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *words))


def _bind(sock: socket.socket, family: socket.AddressFamily) -> int:
    """Have the kernel choose the identifier now, so that replies can be computed beforehand."""
    any_address = "0.0.0.0" if family == socket.AF_INET else "::"  # noqa: S104 (an ICMP socket accepts no connections)
    with contextlib.suppress(OSError):
        sock.bind((any_address, 0))
    return int(sock.getsockname()[1])
