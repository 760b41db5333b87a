"""What a packet meets between the monitor and one address: delay, loss, cuts. Pure: no clock, no I/O.

Cuts and power are physical: an address is unreachable when any prefix around it is cut. Delay, jitter and loss are a
profile: per attribute the longest prefix that sets it wins.
"""

import ipaddress
import math
from collections.abc import Iterator
from dataclasses import dataclass

_ADDRESS_BITS = 32
_CACHE_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Link:
    """The way to one address and back.

    `latency_s` is added to a round trip, half in each direction. `jitter_s`: up to this much more per round trip,
    uniformly; packets keep their order. `loss_ratio` is what a ping loses, shared evenly by the directions.
    """

    latency_s: float = 0.0
    jitter_s: float = 0.0
    loss_ratio: float = 0.0
    is_cut: bool = False

    @property
    def loss_ratio_one_way(self) -> float:
        """Share of packets lost in one direction, so that both together lose `loss_ratio`."""
        return 1.0 - math.sqrt(1.0 - self.loss_ratio)


class LinkTable:
    """Links by address. Prefixes are texts like "10.51.3.0/24" or "10.51.3.7"; ValueError for anything else."""

    def __init__(self) -> None:
        self._cuts: set[ipaddress.IPv4Network] = set()
        self._unpowered: set[ipaddress.IPv4Network] = set()
        self._profiles: dict[ipaddress.IPv4Network, dict[str, float]] = {}
        self._cache: dict[int, Link] = {}

    def set_link(
        self,
        prefix: str,
        *,
        latency_s: float | None = None,
        jitter_s: float | None = None,
        loss_ratio: float | None = None,
    ) -> None:
        """Set attributes of a prefix; those that are None stay."""
        change = {"latency_s": latency_s, "jitter_s": jitter_s, "loss_ratio": loss_ratio}
        wanted = {name: _checked(name, value) for name, value in change.items() if value is not None}
        self._profiles.setdefault(network_of(prefix), {}).update(wanted)
        self._cache.clear()

    def cut(self, prefix: str) -> None:
        """Drop everything to and from the prefix, silently."""
        self._cuts.add(network_of(prefix))
        self._cache.clear()

    def restore(self, prefix: str) -> None:
        """End the cuts of the prefix and of everything in it. Inside a larger cut prefix nothing changes."""
        self._cuts = set(_outside(self._cuts, network_of(prefix)))
        self._cache.clear()

    def power_off(self, prefix: str) -> None:
        """As `cut`, but ended by `power_on` only."""
        self._unpowered.add(network_of(prefix))
        self._cache.clear()

    def power_on(self, prefix: str) -> None:
        """End the power failures of the prefix and of everything in it."""
        self._unpowered = set(_outside(self._unpowered, network_of(prefix)))
        self._cache.clear()

    def find(self, address: int) -> Link:
        """Return the link of an address (its 32 bits as a number)."""
        link = self._cache.get(address)
        if link is None:
            if len(self._cache) >= _CACHE_LIMIT:
                self._cache.clear()
            link = self._cache[address] = self._resolve(address)
        return link

    def _resolve(self, address: int) -> Link:
        around = list(_prefixes_around(address))
        profile: dict[str, float] = {}
        for network in around:
            profile |= self._profiles.get(network, {})
        return Link(
            **profile, is_cut=any(network in self._cuts or network in self._unpowered for network in around)
        )


def network_of(prefix: str) -> ipaddress.IPv4Network:
    """Parse an IPv4 address or prefix; ValueError when it is neither or has host bits set."""
    return ipaddress.IPv4Network(prefix, strict=True)


def _checked(name: str, value: float) -> float:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} must be a number of at least 0, not {value!r}")
    if name == "loss_ratio" and value > 1:
        raise ValueError(f"loss_ratio must be between 0 and 1, not {value!r}")
    return value


def _outside(
    networks: set[ipaddress.IPv4Network], within: ipaddress.IPv4Network
) -> Iterator[ipaddress.IPv4Network]:
    return (network for network in networks if not network.subnet_of(within))


def _prefixes_around(address: int) -> Iterator[ipaddress.IPv4Network]:
    """Yield the 33 prefixes that contain the address, shortest first."""
    for length in range(_ADDRESS_BITS + 1):
        host_bits = _ADDRESS_BITS - length
        yield ipaddress.IPv4Network((address >> host_bits << host_bits, length))
