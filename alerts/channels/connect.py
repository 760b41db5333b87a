"""Open a TCP connection without the default thread pool: a dead resolver must not hold up anything else."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import aiodns

_RESOLVE_TRIES = 2


async def open_socket(host: str, port: int, *, timeout_s: float) -> socket.socket:
    """Resolve `host` (name or address) and return a connected, non-blocking socket to the first that answers.

    Raises OSError with the last cause, TimeoutError when there was no answer within `timeout_s`.
    """
    async with asyncio.timeout(timeout_s):
        trouble = OSError("the name has no address")
        for family, address in await _addresses(host, port, timeout_s):
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.setblocking(False)
                await asyncio.get_running_loop().sock_connect(connection, address)
            except OSError as error:
                connection.close()
                trouble = error
            except BaseException:  # cancelled: the socket is still ours
                connection.close()
                raise
            else:
                return connection
        raise trouble


async def _addresses(host: str, port: int, timeout_s: float) -> Sequence[tuple[int, tuple[Any, ...]]]:
    resolver = aiodns.DNSResolver(timeout=timeout_s / _RESOLVE_TRIES, tries=_RESOLVE_TRIES)
    try:
        found = await resolver.getaddrinfo(host, port=port, type=socket.SOCK_STREAM)
    except aiodns.error.DNSError as error:
        raise OSError(f"the name cannot be resolved: {error.args[-1]}") from error
    finally:
        await resolver.close()
    return [(node.family, (node.addr[0].decode(), *node.addr[1:])) for node in found.nodes]
