"""Places of `icmp`; what else can go wrong needs a network of its own: test_icmp_*."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probes.icmp.probe import IcmpOptions
from probes.reading import FailureReason
from tests.probes.faults import Fault, Place, Transport

TRANSPORT = Transport.ICMP
UNROUTED = "192.0.2.1"
OPTIONS = IcmpOptions(count=2)


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    yield [
        Place(Fault.NONE, "127.0.0.1", IcmpOptions(count=2, spacing_s=0.01), None),
        Place(Fault.UNUSABLE, "224.0.0.1", IcmpOptions(), FailureReason.LOCAL),
        Place(Fault.NO_NAME, "bad name", IcmpOptions(), FailureReason.DNS),
    ]
