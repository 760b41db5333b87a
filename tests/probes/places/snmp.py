"""Places of `snmp`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from probes.reading import FailureReason
from probes.snmp.scalars import SnmpOptions
from tests.probes.agent import integer, running_agent
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import refused_udp_port, responding, silent_udp_port, stranger

TRANSPORT = Transport.UDP
UNROUTED = "192.0.2.1"
OPTIONS = SnmpOptions()


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    async with AsyncExitStack() as stack:
        silent = stack.enter_context(silent_udp_port())
        other_source = stack.enter_context(stranger())
        healthy = await stack.enter_async_context(running_agent(lambda get: [get.answer(integer(1))]))
        cut = await stack.enter_async_context(running_agent(lambda get: [get.answer(integer(1))[:-3]]))
        liar = await stack.enter_async_context(running_agent(lambda _: [b"\x30\x03abc"]))
        other = await stack.enter_async_context(
            running_agent(lambda get: [get.reply([(get.oids[0], integer(1))], request_id=b"\x01")])
        )
        spoofed = await stack.enter_async_context(
            running_agent(lambda get: [get.answer(integer(1))], other_source=other_source)
        )
        late = await stack.enter_async_context(
            running_agent(lambda get: [get.answer(integer(1))], delay_s=0.4)
        )
        yield [
            Place(fault, "127.0.0.1", SnmpOptions(port=port), reason)
            for fault, port, reason in (
                (Fault.NONE, healthy.port, None),
                (Fault.REFUSED, refused_udp_port(), FailureReason.REFUSED),
                (Fault.SILENT, silent, FailureReason.TIMEOUT),
                (Fault.TRUNCATED, cut.port, FailureReason.PROTOCOL),
                (Fault.MALFORMED, liar.port, FailureReason.PROTOCOL),
                (Fault.WRONG_ID, other.port, FailureReason.TIMEOUT),
                (Fault.SPOOFED, spoofed.port, FailureReason.TIMEOUT),
                (Fault.LATE, late.port, FailureReason.TIMEOUT),
            )
        ] + [
            Place(Fault.NO_NAME, "bad name", SnmpOptions(), FailureReason.DNS),
            Place(Fault.UNUSABLE, "127.0.0.1", SnmpOptions(community_secret="unknown"), FailureReason.LOCAL),
        ]


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with responding(lambda _: [data]) as server:
        yield Place(Fault.MALFORMED, "127.0.0.1", SnmpOptions(port=server.port), FailureReason.PROTOCOL)
