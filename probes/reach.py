"""Where checks may go: how private an address is, and which networks and names the settings declare. No I/O.

A check asks for what somebody wrote into the inventory, and the server's name, its DNS and its redirects are others' to
set: none of them may turn the monitor into a way to the services of this machine or of the cloud it runs in. Every kind
is held to it where names become addresses (probes.resolve), so what is judged is what is connected to.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

from probes.wording import one_line

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
    # Without its zone: with one it equals no address that is written without.
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or parsed.sixtofour
        if not parsed.is_loopback and any(parsed in network for network in _IPV4_WITHIN):
            embedded = ipaddress.IPv4Address(parsed.packed[12:])
        if embedded is not None:
            return embedded
    return parsed


class Refusal(StrEnum):
    """Why an address is not asked."""

    SPECIAL = "special"
    """Link-local, multicast, or of a cloud's metadata service."""
    LOOPBACK = "loopback"
    """This machine, which the check does not name itself, or which is not declared."""
    UNDECLARED = "undeclared"
    """The settings declare places, and this is none of them."""


_WORDS = {
    Refusal.SPECIAL: "địa chỉ đặc biệt (link-local, multicast, metadata của đám mây)",
    Refusal.LOOPBACK: "địa chỉ của chính máy giám sát",
    Refusal.UNDECLARED: "nơi chưa khai",
}


class Refused(NamedTuple):
    """An address, or the name of a host, that is not asked."""

    where: str
    why: Refusal

    @property
    def detail(self) -> str:
        """What a reading says of it."""
        return (
            f"không hỏi {one_line(self.where, 80)}: {_WORDS[self.why]}, không được phép; "
            "nếu đúng là nơi cần đo, khai trong probes.allowed"
        )


@dataclass(frozen=True, slots=True)
class DeclaredPlaces:
    """What checks may connect to. Without `is_exhaustive`, addresses out of `networks` are fine unless special.

    Special are link-local addresses (169.254.0.0/16 with the clouds' metadata service, fe80::/10), the other addresses
    of such services, multicast, and loopback unless the check itself says so: they are asked only when a network here
    covers them.
    """

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()
    """Host names in ASCII, lower case; `*.example.vn` stands for every name under it."""
    is_exhaustive: bool = False
    """Whether nothing else may be asked."""

    def refused(self, host: str, addresses: Sequence[str], *, may_loop: bool) -> Refused | None:
        """Return the first of a host's addresses that must not be connected to, or None.

        `may_loop`: whether loopback addresses are meant, though the host does not say so itself.
        """
        is_named, is_meant = self._has_name(host), may_loop or says_loopback(host)
        for address in addresses:
            why = self._why_not(address, is_named=is_named, may_loop=is_meant)
            if why is not None:
                return Refused(address, why)
        return None

    def refused_unseen(self, host: str) -> Refused | None:
        """Say the same of a host whose address somebody else looks up, such as a proxy; its own loopback is not ours."""
        try:
            address, how = _plain(host), reach(host)
        except ValueError:
            is_fine = not self.is_exhaustive or self._has_name(host)
            return None if is_fine else Refused(host, Refusal.UNDECLARED)
        if self._covers(address):
            return None
        if how is Reach.FORBIDDEN:
            return Refused(host, Refusal.SPECIAL)
        return Refused(host, Refusal.UNDECLARED) if self.is_exhaustive else None

    def _why_not(self, address: str, *, is_named: bool, may_loop: bool) -> Refusal | None:
        if self._covers(_plain(address)):
            return None
        match reach(address):
            case Reach.FORBIDDEN:
                return Refusal.SPECIAL
            case Reach.LOOPBACK if self.is_exhaustive or not may_loop:
                return Refusal.LOOPBACK
        return None if is_named or not self.is_exhaustive else Refusal.UNDECLARED

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
    """Whether a host as written means this machine: a loopback address, or `localhost` (RFC 6761 6.3)."""
    name = host.removesuffix(".").lower()
    try:
        return reach(name) is Reach.LOOPBACK
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


ANY_PLACE = DeclaredPlaces()
"""Nothing is declared: everything but special addresses."""
EVERYWHERE = DeclaredPlaces((ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0")))
"""For addresses that come from the settings or from the command line, whose writer has this machine anyway."""
