"""Places of `mqtt`."""

from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from probes.mqtt import MqttOptions
from probes.reading import FailureReason
from tests.probes.certificates import make_authority
from tests.probes.faults import Fault, Place, Transport
from tests.probes.servers import Script, black_hole, dripping, endless, mute, refused_port, resetting, serving

TRANSPORT = Transport.TLS
UNROUTED = "192.0.2.1"
OPTIONS = MqttOptions()
CONNACK, SUBACK = bytes.fromhex("2003000000"), bytes.fromhex("9004 0001 00 01")
STARTS = (b"\x20", CONNACK, CONNACK + SUBACK, CONNACK + SUBACK + b"\x30")


def broker(*, connack: bytes = CONNACK, suback: bytes = SUBACK, echo: bool = True) -> Script:
    """A broker that knows one client: what it publishes comes back."""

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        for answer in (connack, suback):
            await _packet(reader)
            writer.write(answer)
        publish = await _packet(reader)
        if echo:
            writer.write(publish)
        await mute(reader, writer)

    return script


def saying_after_connect(words: bytes) -> Script:
    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await _packet(reader)
        writer.write(words)

    return script


async def _packet(reader: StreamReader) -> bytes:
    header = await reader.readexactly(2)
    return header + await reader.readexactly(header[1])


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    stranger = bytes.fromhex("3005 0001 61 00 62")
    scripts: list[tuple[Fault, Script, FailureReason | None]] = [
        (Fault.NONE, broker(), None),
        (Fault.MUTE, mute, FailureReason.TIMEOUT),
        (Fault.MUTE, broker(echo=False), FailureReason.TIMEOUT),
        (Fault.RESET, resetting(CONNACK[:3]), FailureReason.PROTOCOL),
        (Fault.TRUNCATED, saying_after_connect(CONNACK[:3]), FailureReason.PROTOCOL),
        (Fault.MALFORMED, saying_after_connect(bytes(range(256))), FailureReason.PROTOCOL),
        (Fault.MALFORMED, saying_after_connect(bytes.fromhex("20020001")), FailureReason.PROTOCOL),
        (Fault.WRONG_ID, saying_after_connect(CONNACK + CONNACK), FailureReason.PROTOCOL),
        (Fault.HUGE, saying_after_connect(b"\x20\xff\xff\xff\x7f"), FailureReason.PROTOCOL),
        (Fault.HUGE, endless(stranger, start=CONNACK + SUBACK), FailureReason.UNEXPECTED_ANSWER),
        (Fault.DRIP, dripping(CONNACK), FailureReason.TIMEOUT),
    ]
    async with AsyncExitStack() as stack:
        authority = make_authority(Path(stack.enter_context(TemporaryDirectory())))
        trusting = MqttOptions(tls=True, ca_file=authority.file)
        good = await stack.enter_async_context(serving(broker(), tls=authority.server("good")))
        garbage = await stack.enter_async_context(serving(saying_after_connect(bytes(range(256)))))
        hole = stack.enter_context(black_hole())
        ports = [await stack.enter_async_context(serving(script)) for _, script, _ in scripts]

        def place(fault: Fault, port: int, options: MqttOptions, reason: FailureReason | None) -> Place:
            return Place(fault, "127.0.0.1", options.model_copy(update={"port": port}), reason)

        yield [
            *(
                place(fault, port, OPTIONS, reason)
                for (fault, _, reason), port in zip(scripts, ports, strict=True)
            ),
            place(Fault.REFUSED, refused_port(), OPTIONS, FailureReason.REFUSED),
            place(Fault.SILENT, hole, OPTIONS, FailureReason.TIMEOUT),
            place(Fault.NONE, good, trusting, None),
            place(Fault.WRONG_CERTIFICATE, good, MqttOptions(tls=True), FailureReason.TLS),
            place(Fault.MALFORMED, garbage, trusting, FailureReason.TLS),
            Place(Fault.NO_NAME, "bad name", OPTIONS, FailureReason.DNS),
            Place(Fault.UNUSABLE, "127.0.0.1", MqttOptions(password_secret="unknown"), FailureReason.LOCAL),
        ]


@asynccontextmanager
async def noise(data: bytes) -> AsyncIterator[Place]:
    async with serving(saying_after_connect(data)) as port:
        yield Place(Fault.MALFORMED, "127.0.0.1", MqttOptions(port=port), FailureReason.PROTOCOL)
