"""What a packet meets between the monitor and one address: delay, loss, cuts. Pure: no clock, no I/O.

Cuts and power are physical: an address is unreachable when any prefix around it is cut. Delay, jitter and loss are a
profile: per attribute the longest prefix that sets it wins.
"""

import ipaddress
import math
from collections.abc import Iterable
from dataclasses import dataclass

Prefix = tuple[int, int]
"""First address as a number, and length in bits: much cheaper to make and compare than an IPv4Network."""

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
        self._cuts: set[Prefix] = set()
        self._unpowered: set[Prefix] = set()
        self._profiles: dict[Prefix, dict[str, float]] = {}
        self._lengths: list[int] = []
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
        self._profiles.setdefault(_parsed(prefix), {}).update(wanted)
        self._changed()

    def cut(self, prefix: str) -> None:
        """Drop everything to and from the prefix, silently."""
        self._cuts.add(_parsed(prefix))
        self._changed()

    def restore(self, prefix: str) -> None:
        """End the cuts of the prefix and of everything in it. Inside a larger cut prefix nothing changes."""
        self._cuts = _outside(self._cuts, _parsed(prefix))
        self._changed()

    def power_off(self, prefix: str) -> None:
        """As `cut`, but ended by `power_on` only."""
        self._unpowered.add(_parsed(prefix))
        self._changed()

    def power_on(self, prefix: str) -> None:
        """End the power failures of the prefix and of everything in it."""
        self._unpowered = _outside(self._unpowered, _parsed(prefix))
        self._changed()

    def find(self, address: int) -> Link:
        """Return the link of an address (its 32 bits as a number)."""
        link = self._cache.get(address)
        if link is None:
            if len(self._cache) >= _CACHE_LIMIT:
                self._cache.clear()
            link = self._cache[address] = self._resolve(address)
        return link

    def _resolve(self, address: int) -> Link:
        profile: dict[str, float] = {}
        is_cut = False
        for length in self._lengths:
            prefix = _around(address, length)
            profile |= self._profiles.get(prefix, {})
            is_cut = is_cut or prefix in self._cuts or prefix in self._unpowered
        return Link(**profile, is_cut=is_cut)

    def _changed(self) -> None:
        self._lengths = sorted({length for _, length in (*self._cuts, *self._unpowered, *self._profiles)})
        self._cache.clear()


def network_of(prefix: str) -> ipaddress.IPv4Network:
    """Parse an IPv4 address or prefix; ValueError when it is neither or has host bits set."""
    return ipaddress.IPv4Network(prefix, strict=True)


def _checked(name: str, value: float) -> float:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} must be a number of at least 0, not {value!r}")
    if name == "loss_ratio" and value > 1:
        raise ValueError(f"loss_ratio must be between 0 and 1, not {value!r}")
    return value


def _parsed(prefix: str) -> Prefix:
    network = network_of(prefix)
    return int(network.network_address), network.prefixlen


def _around(address: int, length: int) -> Prefix:
    host_bits = _ADDRESS_BITS - length
    return address >> host_bits << host_bits, length


def _outside(prefixes: Iterable[Prefix], within: Prefix) -> set[Prefix]:
    """Return the prefixes that are not part of `within`."""
    length = within[1]
    return {prefix for prefix in prefixes if prefix[1] < length or _around(prefix[0], length) != within}
