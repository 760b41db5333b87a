"""Open a TCP connection without the default thread pool: a dead resolver must not hold up anything else."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import aiodns

_RESOLVE_TRIES = 2
_RESOLVE_SHARE = 0.5
"""The part of the time that a resolver may take: what it told last is tried in the rest."""

_KNOWN_WITHIN_S = 2.0
"""The same, for a name whose address is known from the last time: an alert does not wait for a dead resolver."""

_Addresses = Sequence[tuple[int, tuple[Any, ...]]]


async def open_socket(host: str, port: int, *, timeout_s: float) -> socket.socket:
    """Open one connection, remembering nothing; see `Opener.open`."""
    return await Opener().open(host, port, timeout_s=timeout_s)


class Opener:
    """Opens connections for one channel. What a name meant last is kept: dead DNS must not keep alerts from going out."""

    def __init__(self, nameservers: Sequence[str] | None = None) -> None:
        """`nameservers` (`address` or `address:port`) instead of the system's."""
        self._nameservers = nameservers
        self._last: dict[tuple[str, int], _Addresses] = {}

    async def open(self, host: str, port: int, *, timeout_s: float) -> socket.socket:
        """Resolve `host` (name or address) and return a connected, non-blocking socket to the first that answers.

        Raises OSError with the last cause, TimeoutError when there was no answer within `timeout_s`.
        """
        async with asyncio.timeout(timeout_s):
            trouble = OSError("the name has no address")
            for family, address in await self.addresses(host, port, timeout_s * _RESOLVE_SHARE):
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

    async def addresses(self, host: str, port: int, within_s: float) -> _Addresses:
        """Return what the name means now, or else what it meant last. Raises OSError, TimeoutError."""
        if (host, port) in self._last:
            within_s = min(within_s, _KNOWN_WITHIN_S)
        try:
            async with asyncio.timeout(within_s):
                found = await self._look_up(host, port, within_s)
        except (OSError, TimeoutError):
            if (host, port) not in self._last:
                raise
        else:
            self._last[host, port] = found
        return self._last[host, port]

    async def _look_up(self, host: str, port: int, within_s: float) -> _Addresses:
        resolver = aiodns.DNSResolver(
            nameservers=self._nameservers, timeout=within_s / _RESOLVE_TRIES, tries=_RESOLVE_TRIES
        )
        try:
            found = await resolver.getaddrinfo(host, port=port, type=socket.SOCK_STREAM)
        except aiodns.error.DNSError as error:
            raise OSError(f"the name cannot be resolved: {error.args[-1]}") from error
        finally:
            await resolver.close()
        return [(node.family, (node.addr[0].decode(), *node.addr[1:])) for node in found.nodes]
