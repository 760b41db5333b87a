"""Places for echo requests. What a network may answer besides is tried in one of its own: tests/probes/test_icmp_*."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probes.icmp.probe import IcmpOptions
from probes.reading import FailureReason
from tests.probes.faults import Fault, Place, Transport

TRANSPORT = Transport.ICMP
UNROUTED = "192.0.2.1"
OPTIONS = IcmpOptions(count=2, spacing_s=0.01)


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    """Yield loopback, and names and addresses that cannot be asked."""
    yield [
        Place(Fault.NONE, "127.0.0.1", OPTIONS, None),
        Place(Fault.NONE, "::1", OPTIONS, None),
        Place(Fault.NO_NAME, "bad name", OPTIONS, FailureReason.DNS),
        Place(Fault.NO_NAME, "224.0.0.1", OPTIONS, FailureReason.LOCAL),
    ]
