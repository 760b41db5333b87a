"""Places of `tls`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from probes.reading import FailureReason
from probes.tls import TlsOptions
from tests.probes.certificates import make_authority
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

TRANSPORT = Transport.TLS
UNROUTED = "192.0.2.1:443"
OPTIONS = TlsOptions()
_SERVER_HELLO = bytes.fromhex("160303007a020000760303") + bytes(range(64))
STARTS = (b"\x16\x03\x03\x00\x40", _SERVER_HELLO)


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    in_tls: list[tuple[Fault, Script, FailureReason | None]] = [
        (Fault.MUTE, mute, FailureReason.TIMEOUT),
        (Fault.RESET, resetting(_SERVER_HELLO[:20], after_request=False), FailureReason.TLS),
        (Fault.TRUNCATED, saying(_SERVER_HELLO), FailureReason.TLS),
        (Fault.MALFORMED, saying(bytes(range(256))), FailureReason.TLS),
        (Fault.HUGE, endless(b"x" * 65_536, after_request=False), FailureReason.TLS),
        (Fault.DRIP, dripping(_SERVER_HELLO, after_request=False), FailureReason.TIMEOUT),
    ]
    in_smtp: list[tuple[Fault, Script, FailureReason | None]] = [
        (Fault.MUTE, mute, FailureReason.TIMEOUT),
        (Fault.TRUNCATED, saying(b"220 mail"), FailureReason.PROTOCOL),
        (Fault.MALFORMED, saying(bytes(range(256))), FailureReason.PROTOCOL),
        (Fault.HUGE, endless(b"220-x\r\n" * 9_000, after_request=False), FailureReason.PROTOCOL),
        (Fault.DRIP, dripping(b"220 mail.test ready\r\n", after_request=False), FailureReason.TIMEOUT),
    ]
    async with AsyncExitStack() as stack:
        authority = make_authority(Path(stack.enter_context(TemporaryDirectory())))
        trusting = TlsOptions(ca_file=authority.file)
        good = await stack.enter_async_context(serving(mute, tls=authority.server("good")))
        expired = await stack.enter_async_context(
            serving(mute, tls=authority.server("expired", starts=-9, ends=-1))
        )
        hole = stack.enter_context(black_hole())
        yield [
            *[
                Place(fault, f"127.0.0.1:{await stack.enter_async_context(serving(script))}", options, reason)
                for options, faults in ((TlsOptions(), in_tls), (TlsOptions(starttls="smtp"), in_smtp))
                for fault, script, reason in faults
            ],
            Place(Fault.NONE, f"127.0.0.1:{good}", trusting, None),
            Place(Fault.WRONG_CERTIFICATE, f"127.0.0.1:{good}", TlsOptions(), FailureReason.TLS),
            Place(Fault.WRONG_CERTIFICATE, f"127.0.0.1:{expired}", trusting, FailureReason.TLS),
            Place(Fault.REFUSED, f"127.0.0.1:{refused_port()}", TlsOptions(), FailureReason.REFUSED),
            Place(Fault.SILENT, f"127.0.0.1:{hole}", TlsOptions(), FailureReason.TIMEOUT),
            Place(Fault.NO_NAME, "bad name:443", TlsOptions(), FailureReason.DNS),
            Place(Fault.UNUSABLE, "127.0.0.1", TlsOptions(), FailureReason.LOCAL),
            Place(
                Fault.UNUSABLE, "127.0.0.1:443", TlsOptions(ca_file=Path("/nonexistent")), FailureReason.LOCAL
            ),
        ]


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with serving(saying(data)) as port:
        yield Place(Fault.MALFORMED, f"127.0.0.1:{port}", TlsOptions(), FailureReason.TLS)
