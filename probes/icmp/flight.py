"""Values that travel between the engine and the wires: a burst, its packets in flight, and counters. No I/O."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass, field
from typing import NamedTuple

from probes.icmp.packet import ErrorKind

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


class Destination(NamedTuple):
    """A unicast address in canonical text, and as sendto() wants it."""

    family: socket.AddressFamily
    host: str
    sockaddr: tuple[str, int] | tuple[str, int, int, int]


class Flight(NamedTuple):
    """One request in flight. Times are nanoseconds."""

    expected: bytes
    """The reply, from the ICMP type on (IPv4) or from the identifier on (IPv6)."""
    host: str
    burst: "Burst"
    position: int
    sent_wall_ns: int
    wall_offset_ns: int
    """Wall clock minus monotonic clock when it was sent."""
    wait_ns: int
    """A reply that takes longer is late."""


@dataclass(slots=True, eq=False)
class Burst:
    """Echo requests that are awaited together. Index i of every list is the i-th request."""

    count: int
    rtts_s: list[float | None] = field(init=False)
    errors: dict[int, EchoError] = field(default_factory=dict)
    """ICMP errors by index; a reply that comes nevertheless counts too."""
    send_errors: list[OSError] = field(default_factory=list)
    attempted: int = 0
    """Requests handed to the kernel, in order of index, whether it took them or not."""
    duplicates: int = 0
    outstanding: int = 0
    """Sent, neither answered nor reported undeliverable."""
    is_all_sent: bool = False
    keys: list[bytes] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.rtts_s = [None] * self.count

    @property
    def sent(self) -> int:
        """How many requests left this machine."""
        return self.attempted - len(self.send_errors)

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
    if ":" not in address:
        # By hand: a sweep does this 100,000 times a second, and ipaddress costs 2 us.
        try:
            packed = socket.inet_pton(socket.AF_INET, address)
        except (OSError, UnicodeError) as error:
            raise ValueError("not an IP address") from error
        if not 0 < packed[0] < _FIRST_MULTICAST:
            raise ValueError("not a unicast address")
        return Destination(socket.AF_INET, address, (address, 0))
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
    host = socket.inet_ntop(socket.AF_INET6, parsed.packed)
    return Destination(socket.AF_INET6, host, (host, 0, 0, scope))
