"""Places of `interfaces`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from probes.reading import FailureReason
from probes.snmp.interfaces import InterfacesOptions
from tests.probes.agent import Mib, running_agent
from tests.probes.faults import Fault, Place, Transport
from tests.probes.interface_mib import Box, Port
from tests.probes.servers import refused_udp_port, responding, silent_udp_port, stranger

TRANSPORT = Transport.UDP
UNROUTED = "192.0.2.1"
OPTIONS = InterfacesOptions(interfaces=("wan",))


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    async with AsyncExitStack() as stack:
        box = Box([Port(1, "wan"), Port(2, "lan", oper=2)])
        healthy = await stack.enter_async_context(running_agent(Mib(box.objects)))
        late = await stack.enter_async_context(running_agent(Mib(box.objects), delay_s=0.4))
        other_source = stack.enter_context(stranger())
        spoofed = await stack.enter_async_context(running_agent(Mib(box.objects), other_source=other_source))
        cut = await stack.enter_async_context(running_agent(lambda get: [get.reply([])[:-3]]))
        liar = await stack.enter_async_context(running_agent(lambda _: [b"\x30\x03abc"]))
        other = await stack.enter_async_context(
            running_agent(lambda get: [get.reply([], request_id=b"\x01")])
        )
        silent = stack.enter_context(silent_udp_port())
        yield [
            Place(fault, "127.0.0.1", InterfacesOptions(port=port, interfaces=(name,)), reason)
            for fault, port, name, reason in (
                (Fault.NONE, healthy.port, "wan", None),
                (Fault.REFUSED, refused_udp_port(), "wan", FailureReason.REFUSED),
                (Fault.SILENT, silent, "wan", FailureReason.TIMEOUT),
                (Fault.TRUNCATED, cut.port, "wan", FailureReason.PROTOCOL),
                (Fault.MALFORMED, liar.port, "wan", FailureReason.PROTOCOL),
                (Fault.WRONG_ID, other.port, "wan", FailureReason.TIMEOUT),
                (Fault.SPOOFED, spoofed.port, "wan", FailureReason.TIMEOUT),
                (Fault.LATE, late.port, "wan", FailureReason.TIMEOUT),
                (Fault.OTHER, healthy.port, "lan", FailureReason.UNEXPECTED_ANSWER),
                (Fault.OTHER, healthy.port, "dmz", FailureReason.UNEXPECTED_ANSWER),
            )
        ] + [
            Place(Fault.NO_NAME, "bad name", OPTIONS, FailureReason.DNS),
            Place(
                Fault.UNUSABLE,
                "127.0.0.1",
                InterfacesOptions(interfaces=("wan",), community_secret="unknown"),
                FailureReason.LOCAL,
            ),
        ]


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with responding(lambda _: [data]) as server:
        options = InterfacesOptions(port=server.port, interfaces=("wan",))
        yield Place(Fault.MALFORMED, "127.0.0.1", options, FailureReason.PROTOCOL)
