"""Places of `ntp`."""

import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from probes.ntp import NtpOptions, timestamp
from probes.reading import FailureReason
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import refused_udp_port, responding, silent_udp_port, stranger

TRANSPORT = Transport.UDP
UNROUTED = "192.0.2.1"
OPTIONS = NtpOptions()


def answer(  # every field of a server's packet that the probe judges
    question: bytes,
    *,
    leap: int = 0,
    mode: int = 4,
    stratum: int = 2,
    reference: bytes = b"\x7f\x7f\x01\x01",
    ahead_s: float = 0.0,
    inside_s: float = 0.0,
) -> bytes:
    """Return a server's answer; its clock is `ahead_s` before ours and it takes `inside_s` (says it)."""
    came_ns = time.time_ns() + round(ahead_s * 1e9)
    came, left = timestamp(came_ns), timestamp(came_ns + round(inside_s * 1e9))
    head = struct.pack("!BBbbII", leap << 6 | 4 << 3 | mode, stratum, 6, -20, 0, 1 << 10) + reference
    return head + struct.pack("!Q", came) + question[40:48] + struct.pack("!QQ", came, left)


_ANSWERS: list[tuple[Fault, Callable[[bytes], bytes], FailureReason | None]] = [
    (Fault.NONE, answer, None),
    (Fault.TRUNCATED, lambda question: answer(question)[:40], FailureReason.PROTOCOL),
    (Fault.MALFORMED, lambda _: b"HTTP/1.1 400 Bad Request\r\n", FailureReason.PROTOCOL),
    (Fault.MALFORMED, lambda question: answer(question, mode=3), FailureReason.PROTOCOL),
    (Fault.WRONG_ID, lambda _: answer(bytes(48)), FailureReason.TIMEOUT),
    (Fault.OTHER, lambda question: answer(question, leap=3), FailureReason.UNEXPECTED_ANSWER),
    (Fault.OTHER, lambda question: answer(question, stratum=16), FailureReason.UNEXPECTED_ANSWER),
    (
        Fault.OTHER,
        lambda question: answer(question, stratum=0, reference=b"RATE"),
        FailureReason.UNEXPECTED_ANSWER,
    ),
    (
        Fault.OTHER,
        lambda question: answer(question, stratum=0, reference=b"\n\xff\x00\x9b"),
        FailureReason.UNEXPECTED_ANSWER,
    ),
    (Fault.OTHER, lambda question: answer(question, inside_s=-5), FailureReason.PROTOCOL),
]


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    async with AsyncExitStack() as stack:
        other_source = stack.enter_context(stranger())
        spoofed = await stack.enter_async_context(
            responding(lambda question: [answer(question)], other_source=other_source)
        )
        late = await stack.enter_async_context(responding(lambda question: [answer(question)], delay_s=0.4))
        silent = stack.enter_context(silent_udp_port())
        found = [
            Place(Fault.REFUSED, "127.0.0.1", NtpOptions(port=refused_udp_port()), FailureReason.REFUSED),
            Place(Fault.SILENT, "127.0.0.1", NtpOptions(port=silent), FailureReason.TIMEOUT),
            Place(Fault.SPOOFED, "127.0.0.1", NtpOptions(port=spoofed.port), FailureReason.TIMEOUT),
            Place(Fault.LATE, "127.0.0.1", NtpOptions(port=late.port), FailureReason.TIMEOUT),
            Place(Fault.NO_NAME, "bad name", NtpOptions(), FailureReason.DNS),
        ]
        for fault, say, reason in _ANSWERS:
            server = await stack.enter_async_context(responding(lambda question, say=say: [say(question)]))
            found.append(Place(fault, "127.0.0.1", NtpOptions(port=server.port), reason))
        yield found


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with responding(lambda _: [data]) as server:
        yield Place(Fault.MALFORMED, "127.0.0.1", NtpOptions(port=server.port), FailureReason.PROTOCOL)
