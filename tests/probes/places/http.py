"""Places of `http`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from probes.http import HttpOptions
from probes.reading import FailureReason
from tests.probes.certificates import make_authority
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import (
    Script,
    answering,
    black_hole,
    dripping,
    endless,
    mute,
    page,
    refused_port,
    resetting,
    serving,
)

TRANSPORT = Transport.TLS
UNROUTED = "http://192.0.2.1/"
OPTIONS = HttpOptions()
STARTS = (b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    whole = page(b"fine" * 100)
    plain: list[tuple[Fault, Script, FailureReason | None]] = [
        (Fault.NONE, answering(whole), None),
        (Fault.MUTE, mute, FailureReason.TIMEOUT),
        (Fault.RESET, resetting(whole[:200]), FailureReason.PROTOCOL),
        (Fault.TRUNCATED, answering(whole[:200]), FailureReason.PROTOCOL),
        (Fault.MALFORMED, answering(bytes(range(256))), FailureReason.PROTOCOL),
        (
            Fault.HUGE,
            endless(b"x" * 65_536, start=b"HTTP/1.1 200 OK\r\n\r\n"),
            FailureReason.UNEXPECTED_ANSWER,
        ),
        (Fault.DRIP, dripping(whole), FailureReason.TIMEOUT),
    ]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        authority = make_authority(folder)
        trusting = HttpOptions(ca_file=authority.file)
        good = await stack.enter_async_context(serving(answering(whole), tls=authority.server("good")))
        expired = await stack.enter_async_context(
            serving(answering(whole), tls=authority.server("expired", starts=-9, ends=-1))
        )
        garbage = await stack.enter_async_context(serving(answering(bytes(range(256)))))
        hole = stack.enter_context(black_hole())
        ports = [await stack.enter_async_context(serving(script)) for _, script, _ in plain]
        yield [
            *(
                Place(fault, f"http://127.0.0.1:{port}/", HttpOptions(), reason)
                for (fault, _, reason), port in zip(plain, ports, strict=True)
            ),
            Place(Fault.REFUSED, f"http://127.0.0.1:{refused_port()}/", HttpOptions(), FailureReason.REFUSED),
            Place(Fault.SILENT, f"http://127.0.0.1:{hole}/", HttpOptions(), FailureReason.TIMEOUT),
            Place(Fault.SILENT, f"https://127.0.0.1:{hole}/", HttpOptions(), FailureReason.TIMEOUT),
            Place(Fault.NO_NAME, "http://bad name/", HttpOptions(), FailureReason.DNS),
            Place(Fault.UNUSABLE, "no url", HttpOptions(), FailureReason.LOCAL),
            Place(Fault.NONE, f"https://127.0.0.1:{good}/", trusting, None),
            Place(Fault.WRONG_CERTIFICATE, f"https://127.0.0.1:{good}/", HttpOptions(), FailureReason.TLS),
            Place(Fault.WRONG_CERTIFICATE, f"https://127.0.0.1:{expired}/", trusting, FailureReason.TLS),
            Place(Fault.MALFORMED, f"https://127.0.0.1:{garbage}/", HttpOptions(), FailureReason.TIMEOUT),
        ]


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with serving(answering(data)) as port:
        yield Place(Fault.MALFORMED, f"http://127.0.0.1:{port}/", HttpOptions(), FailureReason.PROTOCOL)
