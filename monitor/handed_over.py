"""Sockets that whoever started us has opened already: systemd's socket units (sd_listen_fds(3)), or --listen-fd.

They stay open over our restarts: who connects meanwhile waits instead of being refused.
"""

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

log = logging.getLogger(__name__)

FIRST: Final = 3
"""SD_LISTEN_FDS_START."""
WEB: Final = "web"
TRAPS: Final = "traps"


class HandedOverError(Exception):
    """A socket that was handed over cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was handed over: listening sockets for the pages, in place of the settings' address, and one for traps."""

    web: tuple[socket.socket, ...] = ()
    traps: socket.socket | None = None


def handed_over(
    listen_fd: int | None = None, environment: Mapping[str, str] = os.environ, *, first: int = FIRST
) -> HandedOver:
    """Take what was handed over; `listen_fd`: a listening socket for the pages. Raises HandedOverError.

    `first`: the descriptor of the first of systemd's sockets.
    """
    by_name: dict[str, list[socket.socket]] = {WEB: [], TRAPS: []}
    if listen_fd is not None:
        by_name[WEB].append(_opened(listen_fd, WEB, socket.SOCK_STREAM))
    for number, name in enumerate(_names(environment)):
        if name not in by_name:
            log.warning("socket_unknown name=%s", name)
            continue
        kind = socket.SOCK_STREAM if name == WEB else socket.SOCK_DGRAM
        by_name[name].append(_opened(first + number, name, kind))
    if len(by_name[TRAPS]) > 1:
        raise HandedOverError(
            "tslcd-monitor-traps.socket mở nhiều địa chỉ; chỉ giữ một dòng ListenDatagram= "
            "(ListenDatagram=162 nhận cả IPv4 lẫn IPv6)"
        )
    return HandedOver(tuple(by_name[WEB]), next(iter(by_name[TRAPS]), None))


def _names(environment: Mapping[str, str]) -> list[str]:
    count = environment.get("LISTEN_FDS", "")
    # They are for the process that systemd started, not for those that inherit its environment.
    if environment.get("LISTEN_PID") != str(os.getpid()) or not count.isdecimal():
        return []
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    return [*names, *[""] * int(count)][: int(count)]


def _opened(descriptor: int, name: str, kind: socket.SocketKind) -> socket.socket:
    try:
        sock = socket.socket(fileno=descriptor)
    except OSError as error:
        raise HandedOverError(f"ổ cắm {name} (số {descriptor}) không dùng được: {error.strerror}") from error
    if sock.type != kind or sock.family not in {socket.AF_INET, socket.AF_INET6}:
        wanted = "ListenStream=" if kind == socket.SOCK_STREAM else "ListenDatagram="
        raise HandedOverError(
            f"ổ cắm {name} không đúng loại; trong tslcd-monitor-{name}.socket dùng {wanted} với địa chỉ IP hoặc số cổng"
        )
    sock.setblocking(False)
    sock.set_inheritable(False)
    return sock
