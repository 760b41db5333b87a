"""Places of `sip`: over UDP, TCP and TLS."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from probes.reading import FailureReason
from probes.sip.probe import SipOptions
from tests.probes.certificates import make_authority
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import (
    Respond,
    Script,
    black_hole,
    dripping,
    endless,
    mute,
    refused_port,
    refused_udp_port,
    resetting,
    responding,
    saying,
    serving,
    silent_udp_port,
    stranger,
)
from tests.probes.sip_device import answer, saying_status, stream

TRANSPORT = Transport.UDP
UNROUTED = "192.0.2.1"
OPTIONS = SipOptions()
STARTS = (
    b"SIP/2.0 200 OK\r\n",
    b"SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nVia: SIP/2.0/UDP x;branch=y\r\n",
)
_CUT = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/"


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    async with AsyncExitStack() as stack:
        yield [
            Place(Fault.NO_NAME, "bad name", SipOptions(), FailureReason.DNS),
            Place(Fault.UNUSABLE, "127.0.0.1:0", SipOptions(), FailureReason.LOCAL),
            *await _datagram_places(stack),
            *await _stream_places(stack),
            *await _tls_places(stack),
        ]


async def _datagram_places(stack: AsyncExitStack) -> list[Place]:
    healthy = saying_status("200 OK")
    told: list[tuple[Fault, Respond, FailureReason | None]] = [
        (Fault.NONE, healthy, None),
        (Fault.NONE, saying_status("100 Trying", "486 Busy Here"), None),
        (Fault.OTHER, saying_status("100 Trying"), FailureReason.TIMEOUT),
        (Fault.OTHER, saying_status("503 Service Unavailable"), FailureReason.UNEXPECTED_ANSWER),
        (Fault.TRUNCATED, lambda _: [_CUT], FailureReason.PROTOCOL),
        (Fault.MALFORMED, lambda _: [bytes(range(256))], FailureReason.PROTOCOL),
        (Fault.WRONG_ID, lambda asked: [answer(asked, call_id="other")], FailureReason.TIMEOUT),
        (
            Fault.WRONG_ID,
            lambda asked: [answer(asked, via="SIP/2.0/UDP x;branch=z9hG4bKx")],
            FailureReason.TIMEOUT,
        ),
        (Fault.WRONG_ID, lambda asked: [answer(asked, cseq="2 OPTIONS")], FailureReason.TIMEOUT),
        (Fault.WRONG_ID, lambda asked: [asked], FailureReason.TIMEOUT),
    ]
    servers = [await stack.enter_async_context(responding(respond)) for _, respond, _ in told]
    late = await stack.enter_async_context(responding(healthy, delay_s=0.4))
    other = stack.enter_context(stranger())
    spoofed = await stack.enter_async_context(responding(healthy, other_source=other))
    silent = stack.enter_context(silent_udp_port())
    return [
        *(
            Place(fault, f"127.0.0.1:{server.port}", SipOptions(), reason)
            for (fault, _, reason), server in zip(told, servers, strict=True)
        ),
        Place(Fault.LATE, f"127.0.0.1:{late.port}", SipOptions(), FailureReason.TIMEOUT),
        Place(Fault.SPOOFED, f"127.0.0.1:{spoofed.port}", SipOptions(), FailureReason.TIMEOUT),
        Place(Fault.SILENT, f"127.0.0.1:{silent}", SipOptions(), FailureReason.TIMEOUT),
        Place(Fault.REFUSED, f"127.0.0.1:{refused_udp_port()}", SipOptions(), FailureReason.REFUSED),
    ]


async def _stream_places(stack: AsyncExitStack) -> list[Place]:
    tcp = SipOptions(transport="tcp")
    told: list[tuple[Fault, Script, FailureReason | None]] = [
        (Fault.NONE, stream(saying_status("404 Not Found")), None),
        (Fault.MUTE, mute, FailureReason.TIMEOUT),
        (Fault.RESET, resetting(_CUT), FailureReason.PROTOCOL),
        (Fault.TRUNCATED, saying(_CUT), FailureReason.PROTOCOL),
        (Fault.MALFORMED, saying(bytes(range(256)), stay_s=1), FailureReason.PROTOCOL),
        (Fault.WRONG_ID, stream(lambda asked: [answer(asked, call_id="other")]), FailureReason.TIMEOUT),
        (Fault.HUGE, endless(b"X: y\r\n" * 1_000, start=b"SIP/2.0 200 OK\r\n"), FailureReason.PROTOCOL),
        (Fault.DRIP, dripping(b"SIP/2.0 200 OK\r\n\r\n"), FailureReason.TIMEOUT),
    ]
    ports = [await stack.enter_async_context(serving(script)) for _, script, _ in told]
    hole = stack.enter_context(black_hole())
    return [
        *(
            Place(fault, f"127.0.0.1:{port}", tcp, reason)
            for (fault, _, reason), port in zip(told, ports, strict=True)
        ),
        Place(Fault.REFUSED, f"127.0.0.1:{refused_port()}", tcp, FailureReason.REFUSED),
        Place(Fault.SILENT, f"127.0.0.1:{hole}", tcp, FailureReason.TIMEOUT),
    ]


async def _tls_places(stack: AsyncExitStack) -> list[Place]:
    authority = make_authority(Path(stack.enter_context(TemporaryDirectory())))
    healthy = stream(saying_status("200 OK"))
    good = await stack.enter_async_context(serving(healthy, tls=authority.server("good")))
    expired = await stack.enter_async_context(
        serving(healthy, tls=authority.server("expired", starts=-9, ends=-1))
    )
    plain = await stack.enter_async_context(serving(mute))
    trusting = SipOptions(transport="tls", ca_file=authority.file)
    pinned = SipOptions(transport="tls", fingerprint="00" * 32)
    return [
        Place(Fault.NONE, f"127.0.0.1:{good}", trusting, None),
        Place(Fault.NONE, f"127.0.0.1:{expired}", SipOptions(transport="tls", verify_tls=False), None),
        Place(Fault.WRONG_CERTIFICATE, f"127.0.0.1:{good}", SipOptions(transport="tls"), FailureReason.TLS),
        Place(Fault.WRONG_CERTIFICATE, f"127.0.0.1:{expired}", trusting, FailureReason.TLS),
        Place(Fault.WRONG_CERTIFICATE, f"127.0.0.1:{good}", pinned, FailureReason.TLS),
        Place(Fault.MUTE, f"127.0.0.1:{plain}", trusting, FailureReason.TIMEOUT),
    ]


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with responding(lambda _: [data]) as server:
        yield Place(Fault.MALFORMED, f"127.0.0.1:{server.port}", SipOptions(), FailureReason.PROTOCOL)
