"""Places of `dns`."""

import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from probes.dns import DnsOptions
from probes.reading import FailureReason
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import refused_udp_port, responding, silent_udp_port, stranger

TRANSPORT = Transport.UDP
UNROUTED = "192.0.2.1"
OPTIONS = DnsOptions(name="portal.example.test")
_ADDRESS = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([127, 0, 0, 1])


def answer(query: bytes, records: bytes = _ADDRESS, *, count: int = 1, flags: int = 0x8180) -> bytes:
    """Return the answer to a query of one question."""
    return query[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0) + query[12:] + records


def to_another(query: bytes) -> bytes:
    """Return a right answer with an id that nobody asked with."""
    whole = answer(query)
    return bytes([whole[0] ^ 0xFF]) + whole[1:]


_ANSWERS: list[tuple[Fault, Callable[[bytes], bytes], FailureReason | None]] = [
    (Fault.NONE, answer, None),
    (Fault.TRUNCATED, lambda query: answer(query)[:-3], FailureReason.PROTOCOL),
    (Fault.TRUNCATED, lambda query: query[:1], FailureReason.PROTOCOL),
    (Fault.MALFORMED, lambda _: bytes(255 - number for number in range(255)), FailureReason.PROTOCOL),
    (Fault.MALFORMED, lambda query: answer(query, b"\xc0\x21", count=9), FailureReason.PROTOCOL),
    (Fault.WRONG_ID, to_another, FailureReason.TIMEOUT),
    (Fault.WRONG_ID, lambda query: answer(query).replace(b"portal", b"mortal"), FailureReason.TIMEOUT),
    (Fault.WRONG_ID, lambda query: query, FailureReason.TIMEOUT),
    # Truncated, says the server, and nobody listens on TCP.
    (Fault.OTHER, lambda query: answer(query, b"", count=0, flags=0x8380), FailureReason.REFUSED),
    (Fault.OTHER, lambda query: answer(query, b"", count=0), FailureReason.UNEXPECTED_ANSWER),
    *(
        (
            Fault.OTHER,
            lambda query, rcode=rcode: answer(query, b"", count=0, flags=0x8180 | rcode),
            FailureReason.UNEXPECTED_ANSWER,
        )
        for rcode in (1, 2, 3, 4, 5, 15)
    ),
]


def options(port: int) -> DnsOptions:
    return DnsOptions(name="portal.example.test", port=port)


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    async with AsyncExitStack() as stack:
        other_source = stack.enter_context(stranger())
        spoofed = await stack.enter_async_context(
            responding(lambda query: [answer(query)], other_source=other_source)
        )
        late = await stack.enter_async_context(responding(lambda query: [answer(query)], delay_s=0.4))
        found = [
            Place(Fault.REFUSED, "127.0.0.1", options(refused_udp_port()), FailureReason.REFUSED),
            Place(
                Fault.SILENT,
                "127.0.0.1",
                options(stack.enter_context(silent_udp_port())),
                FailureReason.TIMEOUT,
            ),
            Place(Fault.SPOOFED, "127.0.0.1", options(spoofed.port), FailureReason.TIMEOUT),
            Place(Fault.LATE, "127.0.0.1", options(late.port), FailureReason.TIMEOUT),
            Place(Fault.NO_NAME, "bad name", OPTIONS, FailureReason.DNS),
        ]
        for fault, say, reason in _ANSWERS:
            server = await stack.enter_async_context(responding(lambda query, say=say: [say(query)]))
            found.append(Place(fault, "127.0.0.1", options(server.port), reason))
        yield found


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with responding(lambda _: [data]) as server:
        yield Place(Fault.MALFORMED, "127.0.0.1", options(server.port), FailureReason.PROTOCOL)
