"""Places of `videoos`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from probes.reading import FailureReason
from probes.videoos.probe import VideoosOptions
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
from tests.probes.videoos_device import Room, running

TRANSPORT = Transport.TLS
UNROUTED = "192.0.2.1"
OPTIONS = VideoosOptions()
STARTS = (
    b"HTTP/1.1 ",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    page(b'{"success"')[:-2],
)
_HEAD = b"HTTP/1.1 200 OK\r\nSet-Cookie: session_id=a; Path=/\r\n"


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    login = page(b'{"success": true}', headers="Set-Cookie: session_id=a\r\n")
    told: list[tuple[Fault, Script, FailureReason | None]] = [
        (Fault.MUTE, mute, FailureReason.TIMEOUT),
        (Fault.RESET, resetting(login[:60]), FailureReason.PROTOCOL),
        (Fault.TRUNCATED, answering(login[:60]), FailureReason.PROTOCOL),
        (Fault.MALFORMED, answering(bytes(range(256))), FailureReason.PROTOCOL),
        (Fault.MALFORMED, answering(page(b"<html>")), FailureReason.PROTOCOL),
        (Fault.HUGE, endless(b" " * 65_536, start=_HEAD + b"\r\n"), FailureReason.UNEXPECTED_ANSWER),
        (Fault.DRIP, dripping(login), FailureReason.TIMEOUT),
        (Fault.OTHER, answering(page(b"", status="503 Full")), FailureReason.UNEXPECTED_ANSWER),
        (Fault.OTHER, answering(page(b'{"success": false}')), FailureReason.AUTH),
    ]
    async with AsyncExitStack() as stack:
        authority = make_authority(Path(stack.enter_context(TemporaryDirectory())))
        tls = authority.server("good")
        trusting = VideoosOptions(ca_file=authority.file)
        room = await stack.enter_async_context(running(Room(), tls))
        expired_tls = authority.server("expired", starts=-9, ends=-1)
        expired = await stack.enter_async_context(running(Room(), expired_tls))
        strange = await stack.enter_async_context(running(Room(most_sessions=9), authority.server("other")))
        hole = stack.enter_context(black_hole())
        plain = await stack.enter_async_context(serving(mute))
        ports = [await stack.enter_async_context(serving(script, tls=tls)) for _, script, _ in told]
        nobody = VideoosOptions(ca_file=authority.file, password_secret="unknown")
        yield [
            *(
                Place(fault, f"127.0.0.1:{port}", trusting, reason)
                for (fault, _, reason), port in zip(told, ports, strict=True)
            ),
            Place(Fault.NONE, f"127.0.0.1:{room.port}", trusting, None),
            Place(Fault.REFUSED, f"127.0.0.1:{refused_port()}", trusting, FailureReason.REFUSED),
            Place(Fault.SILENT, f"127.0.0.1:{hole}", trusting, FailureReason.TIMEOUT),
            Place(Fault.MUTE, f"127.0.0.1:{plain}", trusting, FailureReason.TIMEOUT),
            Place(Fault.NO_NAME, "bad name", trusting, FailureReason.DNS),
            Place(Fault.UNUSABLE, "127.0.0.1:0", trusting, FailureReason.LOCAL),
            Place(Fault.UNUSABLE, "127.0.0.1", nobody, FailureReason.LOCAL),
            Place(Fault.WRONG_CERTIFICATE, f"127.0.0.1:{expired.port}", trusting, FailureReason.TLS),
            Place(Fault.WRONG_CERTIFICATE, f"127.0.0.1:{strange.port}", OPTIONS, FailureReason.TLS),
        ]


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    with TemporaryDirectory() as folder:
        tls = make_authority(Path(folder)).server("noise")
        async with serving(answering(data), tls=tls) as port:
            options = VideoosOptions(verify_tls=False)
            yield Place(Fault.MALFORMED, f"127.0.0.1:{port}", options, FailureReason.PROTOCOL)
