"""Open a TCP connection to the first of a name's addresses that takes it, and time it."""

import asyncio
import socket
from collections.abc import Sequence
from typing import NamedTuple

from probes.connection import connect_failure, has_route
from probes.reading import FailureReason, ProbeError
from probes.wording import errno_words


class StreamError(ProbeError):
    """A connection that did not come about, or was not what it should be."""


class Dialled(NamedTuple):
    """An open connection; whoever gets it closes the socket."""

    sock: socket.socket
    ip: str
    connect_s: float
    """Time of the handshake with the address that took it."""


async def dial(addresses: Sequence[str], port: int, *, ends_at: float) -> Dialled:
    """Try the addresses in their order; one that is silent leaves an equal share of the time to those behind it.

    Those that this machine has no route to are passed over while there are others: an IPv6 address in a network without
    IPv6 must neither take the time of the others nor make their failure ours. StreamError tells why the last one
    failed. The caller owns the deadline, which is `ends_at` (loop time).
    """
    loop = asyncio.get_running_loop()
    if len(addresses) > 1:
        addresses = [ip for ip in addresses if has_route(ip)] or addresses
    for behind in range(len(addresses) - 1, 0, -1):
        ip = addresses[-behind - 1]
        try:
            async with asyncio.timeout((ends_at - loop.time()) / (behind + 1)):
                return await _connect(ip, port)
        except (StreamError, TimeoutError):
            continue
    return await _connect(addresses[-1], port)


async def _connect(ip: str, port: int) -> Dialled:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        raise StreamError(FailureReason.LOCAL, errno_words(error.errno)) from error
    try:
        started_at = loop.time()
        await loop.sock_connect(sock, (ip, port))
        return Dialled(sock, ip, loop.time() - started_at)
    except OSError as error:
        sock.close()
        raise StreamError(*connect_failure(error, ip)) from error
    except BaseException:
        sock.close()
        raise
