"""Places of `h323`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from probes.h323 import H323Options
from probes.reading import FailureReason
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import black_hole, mute, refused_port, serving

TRANSPORT = Transport.CONNECT
UNROUTED = "192.0.2.1"
OPTIONS = H323Options()


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    async with AsyncExitStack() as stack:
        hole = stack.enter_context(black_hole())
        healthy = await stack.enter_async_context(serving(mute))
        yield [
            Place(Fault.NONE, f"127.0.0.1:{healthy}", H323Options(), None),
            Place(Fault.NONE, "127.0.0.1", H323Options(port=healthy), None),
            Place(Fault.REFUSED, f"127.0.0.1:{refused_port()}", H323Options(), FailureReason.REFUSED),
            Place(Fault.SILENT, f"127.0.0.1:{hole}", H323Options(), FailureReason.TIMEOUT),
            Place(Fault.NO_NAME, "bad name", H323Options(), FailureReason.DNS),
            Place(Fault.UNUSABLE, "127.0.0.1:0", H323Options(), FailureReason.LOCAL),
        ]
