"""Values that travel between the engine and the wires: a burst, its packets in flight, and counters. No I/O."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass, field

from probes.icmp.packet import ErrorKind

_IPV4_BYTES = 4
_FIRST_MULTICAST = 224  # first octet; beyond it there is no unicast address


@dataclass(slots=True)
class Counters:
    """What arrived and was sent since the engine was opened, each kind under its own name."""

    sent: int = 0
    send_failed: int = 0
    answered: int = 0
    duplicate: int = 0
    """A second exact reply."""
    late: int = 0
    """A reply to a request that is no longer awaited."""
    spoofed: int = 0
    """Our payload from another address than the one asked."""
    foreign: int = 0
    """An echo reply without our nonce: another program's, or a guess."""
    altered: int = 0
    """Our nonce, but not the bytes that were sent."""
    truncated: int = 0
    oversize: int = 0
    """Longer than any reply to us could be."""
    corrupt: int = 0
    """Wrong checksum."""
    error: int = 0
    """ICMP errors that quote a request of ours."""
    error_unmatched: int = 0
    """ICMP errors that quote nothing we await."""
    other: int = 0
    clock_stepped: int = 0
    """Round trips measured by the monotonic clock because the wall clock was set in between."""


@dataclass(frozen=True, slots=True)
class EchoError:
    """An ICMP error about one request: what it says and who said it."""

    kind: ErrorKind
    code: int
    reporter: str


Sockaddr = tuple[str, int] | tuple[str, int, int, int]
Destination = tuple[bytes, Sockaddr]
"""A unicast address: in network order, and as sendto() wants it (its text is canonical). Plain tuples: a sweep makes
100,000 a second."""


@dataclass(frozen=True, slots=True)
class Volley:
    """What requests sent in one go share. Times are nanoseconds."""

    burst: "Burst"
    wall_offset_ns: int
    """Wall clock minus monotonic clock when they were sent."""
    wait_ns: int
    """A reply that takes longer is late."""


Flight = tuple[bytes, bytes, Volley, int, int]
"""One request in flight: the reply expected from its identifier on, from which address, its volley, its index in the
burst, and when it was sent (wall clock, ns). A plain tuple: 100,000 are made in a second."""


@dataclass(slots=True, eq=False)
class Burst:
    """Echo requests that are awaited together. Index i of every list is the i-th request."""

    count: int
    rtts_s: list[float | None] = field(init=False)
    errors: dict[int, EchoError] = field(default_factory=dict)
    """ICMP errors by index; a reply that comes nevertheless counts too."""
    send_errors: dict[int, OSError] = field(default_factory=dict)
    """Why the kernel refused a request, by index, the last one last."""
    attempted: int = 0
    """Requests handed to the kernel, in order of index, whether it took them or not."""
    duplicates: int = 0
    reordered: int = 0
    """Replies whose request was sent before one already answered (RFC 4737 3: below the highest so far)."""
    highest: int = -1
    """Highest index answered so far."""
    outstanding: int = 0
    """Sent, neither answered nor reported undeliverable."""
    is_all_sent: bool = False
    tickets: list[range] = field(default_factory=list)
    """Where its requests are to be found; not every ticket in between is its own."""
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.rtts_s = [None] * self.count

    @property
    def sent(self) -> int:
        """How many requests left this machine."""
        return self.attempted - len(self.send_errors)

    def round_trips_s(self) -> tuple[float | None, ...]:
        """Return the round trips of the requests that left this machine, in their order; None where no answer came."""
        tried = self.rtts_s[: self.attempted]
        if not self.send_errors:
            return tuple(tried)
        return tuple(rtt for index, rtt in enumerate(tried) if index not in self.send_errors)

    def answer(self, index: int, rtt_s: float) -> None:
        """Note the first reply to a request, in the order of arrival."""
        self.rtts_s[index] = rtt_s
        if index < self.highest:
            self.reordered += 1
        else:
            self.highest = index
        # An ICMP error about it has settled it before.
        if index not in self.errors:
            self.settle_one()

    def settle_one(self) -> None:
        """Note that one request has its answer."""
        self.outstanding -= 1
        if self.outstanding == 0 and self.is_all_sent:
            self.finished.set()

    def end_sending(self) -> None:
        """Note that no further request follows."""
        self.is_all_sent = True
        if self.outstanding == 0:
            self.finished.set()


def destination(address: str) -> Destination:
    """Parse an IP address (`fe80::1%eth0` allowed); ValueError for anything that is not a unicast address."""
    if ":" in address:
        return _destination_v6(address)
    # By hand: ipaddress costs 2 us.
    try:
        packed = socket.inet_pton(socket.AF_INET, address)
    except (OSError, UnicodeError) as error:
        raise ValueError("not an IP address") from error
    if not 0 < packed[0] < _FIRST_MULTICAST:
        raise ValueError("not a unicast address")
    return packed, (address, 0)


def family_of(to: Destination) -> socket.AddressFamily:
    """Tell an address's family."""
    return socket.AF_INET if len(to[0]) == _IPV4_BYTES else socket.AF_INET6


def _destination_v6(address: str) -> Destination:
    parsed = ipaddress.IPv6Address(address)
    if parsed.is_multicast or parsed.is_unspecified or parsed.ipv4_mapped:
        raise ValueError("not a unicast address")
    scope = 0
    if parsed.scope_id:
        try:
            scope = (
                int(parsed.scope_id) if parsed.scope_id.isdigit() else socket.if_nametoindex(parsed.scope_id)
            )
        except OSError as error:
            raise ValueError("no such interface") from error
    return parsed.packed, (socket.inet_ntop(socket.AF_INET6, parsed.packed), 0, 0, scope)
