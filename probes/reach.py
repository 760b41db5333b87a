"""Where HTTP checks may go: how private an address is, and which networks and names the settings declare. No I/O.

A check asks for what somebody wrote into the inventory, and the server's name, its DNS and its redirects are others' to
set: none of them may turn the monitor into a way to the services of this machine or of the cloud it runs in.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_IPV4_WITHIN = (  # the last four octets are an IPv4 address
    ipaddress.IPv6Network("64:ff9b::/96"),  # RFC 6052 2.1
    ipaddress.IPv6Network("::ffff:0:0:0/96"),  # RFC 2765 2.1
    ipaddress.IPv6Network("::/96"),  # RFC 4291 2.5.5.1
)
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")  # RFC 8215
_METADATA = frozenset(
    {
        ipaddress.IPv6Address("fd00:ec2::254"),  # AWS, beside 169.254.169.254
        ipaddress.IPv4Address("100.100.100.200"),  # Alibaba Cloud
    }
)


class Reach(IntEnum):
    """How private an address is; greater is more private."""

    PUBLIC = 0
    PRIVATE = 1
    LOOPBACK = 2
    FORBIDDEN = 3


def reach(address: str) -> Reach:
    """Classify an IP address; IPv4 inside IPv6 counts as the IPv4 address, whatever translates it."""
    parsed = _plain(address)
    if parsed.is_link_local or parsed.is_multicast or parsed in _METADATA:
        return Reach.FORBIDDEN
    if parsed.is_loopback or parsed.is_unspecified:
        return Reach.LOOPBACK
    return Reach.PUBLIC if parsed.is_global and not _is_of_a_site(parsed) else Reach.PRIVATE


def _is_of_a_site(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is private, which ipaddress does not know."""
    return isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address in _LOCAL_NAT64)


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or parsed.sixtofour
        if not parsed.is_loopback and any(parsed in network for network in _IPV4_WITHIN):
            embedded = ipaddress.IPv4Address(parsed.packed[12:])
        if embedded is not None:
            return embedded
    return parsed


@dataclass(frozen=True, slots=True)
class DeclaredWeb:
    """What HTTP checks may connect to. Without `is_exhaustive`, addresses out of `networks` are fine unless special.

    Special are link-local addresses (169.254.0.0/16 with the clouds' metadata service, fe80::/10), the other addresses
    of such services, multicast, and loopback unless the check's URL itself says so: they are asked only when a network here covers them.
    """

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()
    """Host names in ASCII, lower case; `*.example.vn` stands for every name under it."""
    is_exhaustive: bool = False
    """Whether nothing else may be asked."""

    def refused(self, host: str, addresses: Sequence[str], *, may_loop: bool) -> str | None:
        """Return the first of a host's addresses that must not be connected to, or None.

        `may_loop`: whether loopback addresses are meant.
        """
        is_named = self._has_name(host)
        allowed = (self._may(address, is_named=is_named, may_loop=may_loop) for address in addresses)
        return next((address for address, may in zip(addresses, allowed, strict=True) if not may), None)

    def has(self, host: str) -> bool:
        """Whether a host may be asked whose address somebody else looks up, such as a proxy."""
        try:
            is_covered, how = self._covers(_plain(host)), reach(host)
        except ValueError:
            return not self.is_exhaustive or self._has_name(host)
        return is_covered or not (self.is_exhaustive or how is Reach.FORBIDDEN)

    def _may(self, address: str, *, is_named: bool, may_loop: bool) -> bool:
        plain = _plain(address)
        if self._covers(plain):
            return True
        how = reach(address)
        if how is Reach.FORBIDDEN or (how is Reach.LOOPBACK and (self.is_exhaustive or not may_loop)):
            return False
        return is_named or not self.is_exhaustive

    def _covers(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(address in network for network in self.networks)

    def _has_name(self, host: str) -> bool:
        name = host.removesuffix(".").lower()
        if name in self.names:
            return True
        return any(f"*.{above}" in self.names for above in _above(name))


def _above(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]


def says_loopback(host: str) -> bool:
    """Whether a host as written in a URL means this machine: a loopback address, or `localhost` (RFC 6761 6.3)."""
    name = host.removesuffix(".").lower()
    try:
        return reach(name) is Reach.LOOPBACK
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


ANY_WEB = DeclaredWeb()
"""Nothing is declared: everything but special addresses."""
