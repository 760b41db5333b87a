"""What can go wrong on the wire, and which of it every kind of probe is tried against.

`tests/probes/places/KIND.py` says where, for each kind (`PlacesModule`); test_contract.py tries them all.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from probes.kind import Options
from probes.reading import FailureReason


class Fault(StrEnum):
    """A way for the other side to be, by the name of the place where it is so."""

    NONE = "none"
    """Healthy: the only place whose reading is ok."""
    REFUSED = "refused"
    SILENT = "silent"
    """Black hole: nothing ever answers."""
    MUTE = "mute"
    """The connection is accepted and nothing is ever said."""
    RESET = "reset"
    """RST in mid-answer."""
    TRUNCATED = "truncated"
    """The answer ends in its middle."""
    MALFORMED = "malformed"
    """Bytes that are not of the protocol."""
    WRONG_ID = "wrong_id"
    """A right answer to another question."""
    SPOOFED = "spoofed"
    """A right answer from another address or port than the one asked."""
    LATE = "late"
    """A right answer after the deadline."""
    WRONG_CERTIFICATE = "wrong_certificate"
    HUGE = "huge"
    """An answer without end."""
    DRIP = "drip"
    """An answer a byte at a time, slower than the deadline."""
    NO_NAME = "no_name"
    """A host name that cannot be."""
    UNUSABLE = "unusable"
    """An address, option or secret of ours that cannot be used: nothing is sent."""
    OTHER = "other"
    """What only this protocol can do wrong."""


class Transport(StrEnum):
    """How a kind reaches its target."""

    ICMP = "icmp"
    UDP = "udp"
    CONNECT = "connect"
    """TCP without a word."""
    STREAM = "stream"
    """TCP with a dialogue."""
    TLS = "tls"
    """TCP with TLS and a dialogue."""
    PASSIVE = "passive"
    """Nothing is sent."""


_STREAM = frozenset(
    {
        *(Fault.NONE, Fault.REFUSED, Fault.SILENT, Fault.MUTE, Fault.RESET, Fault.TRUNCATED),
        *(Fault.MALFORMED, Fault.HUGE, Fault.DRIP, Fault.NO_NAME),
    }
)

NEEDED: Mapping[Transport, frozenset[Fault]] = {
    Transport.ICMP: frozenset(
        {Fault.NONE, Fault.NO_NAME}
    ),  # the rest needs a network of its own: test_icmp_*
    Transport.UDP: frozenset(
        {
            *(Fault.NONE, Fault.REFUSED, Fault.SILENT, Fault.TRUNCATED, Fault.MALFORMED),
            *(Fault.WRONG_ID, Fault.SPOOFED, Fault.LATE, Fault.NO_NAME),
        }
    ),
    Transport.CONNECT: frozenset({Fault.NONE, Fault.REFUSED, Fault.SILENT, Fault.NO_NAME}),
    Transport.STREAM: _STREAM,
    Transport.TLS: _STREAM | {Fault.WRONG_CERTIFICATE},
    Transport.PASSIVE: frozenset({Fault.NONE, Fault.SILENT}),
}
"""What a kind's places must include at least."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to probe, what is wrong there, and the one reason that a reading must give (None: it is ok)."""

    fault: Fault
    address: str
    options: Options
    reason: FailureReason | None


class PlacesModule(Protocol):
    """What tests/probes/places/KIND.py has.

    Besides these it may have `noise(data)`, an async context manager that yields a place whose server answers
    anything with exactly `data`, and `STARTS: tuple[bytes, ...]`, beginnings that let such noise come further. Noise
    is never ok.
    """

    TRANSPORT: Transport
    UNROUTED: str
    """An address off this machine. It is probed only where no packet can leave: in a namespace, or without sockets."""
    OPTIONS: Options
    """Options for UNROUTED."""
    places: Callable[[], AbstractAsyncContextManager[list[Place]]]
    """Opens at least the places that NEEDED says; they are probed with a deadline of 0.25 s."""
