"""Places of `tcp`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from probes.reading import FailureReason
from probes.tcp import TcpOptions
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import (
    Script,
    black_hole,
    dripping,
    endless,
    mute,
    refused_port,
    resetting,
    saying,
    serving,
)

TRANSPORT = Transport.CONNECT
UNROUTED = "192.0.2.1:1720"
OPTIONS = TcpOptions()
STARTS = (b"220-mail\r\n", b"554 ")
_SMTP = TcpOptions(greeting="smtp")
_GREETED: list[tuple[Fault, Script, FailureReason | None]] = [
    (Fault.NONE, saying(b"220-mail\r\n220 ready\r\n", stay_s=1), None),
    (Fault.MUTE, mute, FailureReason.TIMEOUT),
    (Fault.RESET, resetting(b"220-ma", after_request=False), FailureReason.PROTOCOL),
    (Fault.TRUNCATED, saying(b"220 mail"), FailureReason.PROTOCOL),
    (Fault.MALFORMED, saying(b"HTTP/1.1 400 Bad Request\r\n"), FailureReason.PROTOCOL),
    (Fault.HUGE, endless(b"220-mail" * 1_000, after_request=False), FailureReason.PROTOCOL),
    (Fault.HUGE, endless(b"220-mail\r\n" * 100, after_request=False), FailureReason.PROTOCOL),
    (Fault.DRIP, dripping(b"220 mail\r\n", after_request=False), FailureReason.TIMEOUT),
    (Fault.OTHER, saying(b"554 no\r\n"), FailureReason.UNEXPECTED_ANSWER),
]


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    async with AsyncExitStack() as stack:
        hole = stack.enter_context(black_hole())
        healthy = await stack.enter_async_context(serving(mute))
        greeting = [
            Place(fault, f"127.0.0.1:{await stack.enter_async_context(serving(script))}", _SMTP, reason)
            for fault, script, reason in _GREETED
        ]
        yield [
            *greeting,
            Place(Fault.NONE, f"127.0.0.1:{healthy}", TcpOptions(), None),
            Place(Fault.REFUSED, f"127.0.0.1:{refused_port()}", TcpOptions(), FailureReason.REFUSED),
            Place(Fault.SILENT, f"127.0.0.1:{hole}", TcpOptions(), FailureReason.TIMEOUT),
            Place(Fault.NO_NAME, "bad name:80", TcpOptions(), FailureReason.DNS),
            Place(Fault.UNUSABLE, "127.0.0.1", TcpOptions(), FailureReason.LOCAL),
            Place(Fault.UNUSABLE, "::::", TcpOptions(), FailureReason.LOCAL),
        ]


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with serving(saying(data)) as port:
        yield Place(Fault.MALFORMED, f"127.0.0.1:{port}", _SMTP, FailureReason.PROTOCOL)
