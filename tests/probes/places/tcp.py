"""Places of `tcp`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from probes.reading import FailureReason
from probes.tcp import TcpOptions
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import black_hole, mute, refused_port, serving

TRANSPORT = Transport.CONNECT
UNROUTED = "192.0.2.1:1720"
OPTIONS = TcpOptions()


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    async with AsyncExitStack() as stack:
        hole = stack.enter_context(black_hole())
        healthy = await stack.enter_async_context(serving(mute))
        yield [
            Place(Fault.NONE, f"127.0.0.1:{healthy}", TcpOptions(), None),
            Place(Fault.REFUSED, f"127.0.0.1:{refused_port()}", TcpOptions(), FailureReason.REFUSED),
            Place(Fault.SILENT, f"127.0.0.1:{hole}", TcpOptions(), FailureReason.TIMEOUT),
            Place(Fault.NO_NAME, "bad name:80", TcpOptions(), FailureReason.DNS),
            Place(Fault.UNUSABLE, "127.0.0.1", TcpOptions(), FailureReason.LOCAL),
            Place(Fault.UNUSABLE, "::::", TcpOptions(), FailureReason.LOCAL),
        ]
