"""Names to addresses for all probes: aiodns, one look-up for many waiters, a small cache with clamped lifetimes.

No name, or none of a usable kind, is the target's fault (`dns`); a resolver that is silent, refuses or fails is ours
(`local`). aiodns, because the default resolver blocks the loop's shared threads when DNS is dead.

Here every kind is held to where checks may go (probes.reach): the addresses judged are those handed out to connect to.
"""

import asyncio
import ipaddress
import socket
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

import aiodns
import pycares

from probes.reach import DeclaredPlaces, Refused
from probes.reading import FailureReason, ProbeError
from probes.wording import one_line

TTL_MIN_S = 5.0
TTL_MAX_S = 300.0
CACHE_NAMES = 4_096
ADDRESSES_MAX = 16
_JUDGED_MAX = 65_536
"""Judging an address takes ten times as long as handing it out: the checks' own are judged once."""
_NAME_BYTES = 253  # RFC 1035 3.1, without the root's dot
_LABEL_BYTES = 63

_NO_NAME = frozenset(
    {
        pycares.errno.ARES_ENOTFOUND,
        pycares.errno.ARES_ENODATA,
        pycares.errno.ARES_EBADNAME,
        pycares.errno.ARES_ENONAME,
    }
)


class ResolveError(ProbeError):
    """A name that gave no address."""


class NotAllowedError(ResolveError):
    """An address that checks must not ask: what may be asked is ours to declare, so the fault is `local`."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(FailureReason.LOCAL, refused.detail)
        self.refused = refused


class Resolver:
    """Looks names up. Made by `open_resolver`."""

    def __init__(self, resolver: aiodns.DNSResolver, places: DeclaredPlaces) -> None:
        self._resolver = resolver
        self._places = places
        self._judge = lru_cache(_JUDGED_MAX)(self._refused)
        self._cache: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def addresses(self, name: str) -> tuple[str, ...]:
        """Return the IP addresses of a host name (an IP address is its own), IPv4 first, whether allowed or not.

        The leased network speaks IPv4: an AAAA record beside it must not turn a broken IPv6 path into a fault of the
        target. Whoever means IPv6 writes the address.

        ResolveError says why there are none. The caller owns the deadline; a look-up that others wait for too
        survives the cancellation of one of them.
        """
        literal = ip_literal(name)
        if literal is not None:
            return (literal,)
        key = ascii_name(name)
        cached = self._cache.get(key)
        if cached is not None and cached[0] > time.monotonic():
            return cached[1]
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._look_up(key), name=f"resolve:{key}")
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._finish(key, done))
        return await asyncio.shield(task)

    async def timed_addresses(
        self, name: str, *, may_loop: bool = False
    ) -> tuple[tuple[str, ...], dict[str, float]]:
        """Return the addresses as above and how long the look-up took as `dns_s`; nothing was for an IP address.

        NotAllowedError when one of them must not be asked. `may_loop`: loopback is meant, whatever the name says.
        """
        literal = ip_literal(name)
        if literal is not None:
            self._refuse(name, (literal,), may_loop=may_loop)
            return (literal,), {}
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        addresses = await self.addresses(name)
        took_s = loop.time() - started_at
        self._refuse(ascii_name(name), addresses, may_loop=may_loop)
        return addresses, {"dns_s": took_s}

    async def first(self, name: str, *, within_s: float) -> str:
        """Return the preferred address; a resolver silent for `within_s` is a ResolveError too.

        NotAllowedError when it must not be asked.
        """
        literal = ip_literal(name)
        if literal is not None:
            self._refuse(name, (literal,), may_loop=False)
            return literal
        try:
            async with asyncio.timeout(within_s):
                address = (await self.addresses(name))[0]
        except TimeoutError:
            words = "máy chủ phân giải tên (DNS) không trả lời"
            raise ResolveError(FailureReason.LOCAL, words) from None
        self._refuse(ascii_name(name), (address,), may_loop=False)
        return address

    def _refuse(self, name: str, addresses: tuple[str, ...], *, may_loop: bool) -> None:
        refused = self._judge(name, addresses, may_loop=may_loop)
        if refused is not None:
            raise NotAllowedError(refused)

    def _refused(self, name: str, addresses: tuple[str, ...], *, may_loop: bool) -> Refused | None:
        return self._places.refused(name, addresses, may_loop=may_loop)

    async def close(self) -> None:
        """Cancel what is under way and close the sockets."""
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        await self._resolver.close()

    def _finish(self, key: str, task: asyncio.Task[tuple[str, ...]]) -> None:
        self._under_way.pop(key, None)
        if not task.cancelled():
            task.exception()  # every waiter may have been cancelled: the error is then nobody's

    async def _look_up(self, key: str) -> tuple[str, ...]:
        try:
            result = await self._resolver.getaddrinfo(key, socket.AF_UNSPEC, type=socket.SOCK_STREAM)
        except aiodns.error.DNSError as error:
            raise _failure(error) from error
        nodes = sorted(result.nodes, key=lambda node: node.family != socket.AF_INET)
        addresses = tuple(dict.fromkeys(_text(node) for node in nodes[:ADDRESSES_MAX]))
        if not addresses:
            raise ResolveError(FailureReason.DNS, "tên miền không có địa chỉ")
        ttl_s = min(max(TTL_MIN_S, float(min(node.ttl for node in result.nodes))), TTL_MAX_S)
        self._cache[key] = (time.monotonic() + ttl_s, addresses)
        if len(self._cache) > CACHE_NAMES:
            self._cache.popitem(last=False)
        return addresses


@asynccontextmanager
async def open_resolver(
    places: DeclaredPlaces, *, nameservers: tuple[str, ...] = ()
) -> AsyncIterator[Resolver]:
    """Yield a resolver that hands out what `places` allows.

    Without `nameservers` (`address` or `address:port`) it asks those of the system.
    """
    dns = aiodns.DNSResolver(nameservers=nameservers or None, timeout=2.0, tries=2)
    resolver = Resolver(dns, places)
    try:
        yield resolver
    finally:
        await resolver.close()


def ip_literal(text: str) -> str | None:
    """Return the canonical IP address (scope kept), or None when `text` is not one."""
    if ":" not in text:
        # Twenty times cheaper than ipaddress, for what nearly every probe asks.
        try:
            socket.inet_pton(socket.AF_INET, text)
        except (OSError, UnicodeError, ValueError):
            return None
        return text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def ascii_name(name: str) -> str:
    """Return a domain name in ASCII, lower case, without its last dot; ResolveError when it cannot be one."""
    plain = name.removesuffix(".").lower()
    try:
        ascii_name = plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_name = ""
    labels = ascii_name.split(".")
    is_valid = all(
        0 < len(label) <= _LABEL_BYTES and label.isprintable() and " " not in label for label in labels
    )
    if not is_valid or len(ascii_name) > _NAME_BYTES:
        raise ResolveError(FailureReason.DNS, f"tên miền không hợp lệ: {one_line(name, 80)}")
    return ascii_name


def _failure(error: aiodns.error.DNSError) -> ResolveError:
    code = error.args[0] if error.args else None
    if code in _NO_NAME:
        return ResolveError(FailureReason.DNS, "tên miền không tồn tại hoặc không có địa chỉ")
    if code == pycares.errno.ARES_ESERVFAIL:
        return ResolveError(FailureReason.LOCAL, "máy chủ phân giải tên (DNS) báo lỗi SERVFAIL")
    name = pycares.errno.errorcode.get(code, "không rõ") if isinstance(code, int) else "không rõ"
    return ResolveError(FailureReason.LOCAL, f"máy chủ phân giải tên (DNS) không trả lời ({name})")


def _text(node: pycares.AddrInfoNode) -> str:
    address = node.addr[0]
    return address.decode("ascii") if isinstance(address, bytes) else str(address)
