"""The `mqtt` probe: does a broker hand a message on? Connect, subscribe, publish, wait for the own message, leave."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Self

from pydantic import Field, model_validator

from probes import mqtt_packet as packet
from probes.connection import own_deadline
from probes.dial import StreamError
from probes.handshake import TlsContexts
from probes.kind import Kind, Metric, Options, Probe, Secrets, Shared, no_secret
from probes.mqtt_session import PHASES, MqttStream, open_stream, require
from probes.reading import FailureReason, ProbeError, Reading, failed
from probes.resolve import Resolver, open_resolver
from probes.trust import TlsVerification
from probes.wording import seconds

_PORT, _TLS_PORT = 1883, 8883
_LOADING = "nạp chứng thư gốc"
"""The one phase in which nobody waits for the broker."""
_MOST_PACKETS = 100
"""Until our own message is back: nobody else publishes on a random topic."""

METRICS = {
    "connect_s": Metric("thời gian kết nối", "Time of the TCP handshake"),
    "round_trip_s": Metric(
        "thời gian gửi và nhận lại tin", "Time from publishing a message until it came back"
    ),
}


class MqttOptions(TlsVerification):
    """Options of `mqtt`. The address is an IP address or a host name."""

    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port. Default: 1883, with `tls` 8883."""
    topic_prefix: Annotated[str, Field(pattern=r"^[^+#\x00-\x1f]{1,200}$")] = "tslcd/probe/"
    """What stands before the random last part of the topic; our user must be allowed to read and write there."""
    username: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Our user. Default: none."""
    password_secret: str | None = None
    """Name of the secret that holds the password. Default: none."""
    tls: bool = False
    """Whether to speak TLS. The options below need it."""

    def secrets(self) -> frozenset[str]:
        """Names of the secrets these options refer to."""
        return frozenset({self.password_secret} if self.password_secret else ())

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if not self.tls:
            self.refuse_without_tls("tls: true")
        return self


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_resolver(shared.places) as resolver:
        yield _MqttProbe(resolver, shared.secrets)


@dataclass(slots=True)
class _Run:
    """How far one run came."""

    phase: str = "kết nối"
    metrics: dict[str, float] = field(default_factory=dict)


class _MqttProbe:
    def __init__(self, resolver: Resolver, secrets_: Secrets) -> None:
        self._resolver = resolver
        self._secrets = secrets_
        self._contexts = TlsContexts()

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Do one round trip; what was measured before a failure stays in the reading."""
        if not isinstance(options, MqttOptions):
            raise TypeError("mqtt needs MqttOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        try:
            password = self._secrets.get(options.password_secret) if options.password_secret else None
        except KeyError as error:
            return failed(FailureReason.LOCAL, no_secret(error))
        run = _Run()
        try:
            ip = await self._resolver.first(address, within_s=ends_at - loop.time())
            async with asyncio.timeout_at(ends_at):
                context = await self._context(options, run) if options.tls else None
                port = options.port or (_TLS_PORT if options.tls else _PORT)
                async with open_stream(address, ip, port, tls=context, ends_at=ends_at) as stream:
                    run.metrics["connect_s"] = stream.connect_s
                    await _round_trip(stream, options, password, run)
        except ProbeError as error:
            return Reading(ok=False, metrics=run.metrics, reason=error.reason, detail=error.detail)
        except TimeoutError:
            words = f"không xong bước {run.phase} trong {seconds(timeout_s)}"
            reason = FailureReason.LOCAL if run.phase == _LOADING else FailureReason.TIMEOUT
            return Reading(ok=False, metrics=run.metrics, reason=reason, detail=words)
        return Reading(ok=True, metrics=run.metrics)

    async def _context(self, options: MqttOptions, run: _Run) -> ssl.SSLContext:
        reached, run.phase = run.phase, _LOADING
        context = await self._contexts.get(options.policy())
        run.phase = reached
        return context


async def _round_trip(stream: MqttStream, options: MqttOptions, password: str | None, run: _Run) -> None:
    loop = asyncio.get_running_loop()
    run.phase = PHASES[packet.Kind.CONNACK]
    await stream.log_in(username=options.username, password=password)
    run.phase = PHASES[packet.Kind.SUBACK]
    topic, payload = options.topic_prefix + secrets.token_hex(8), secrets.token_hex(16).encode()
    await stream.subscribe(topic)

    run.phase = "nhận lại tin đã gửi"
    started_at = loop.time()
    stream.send(packet.publish(topic, payload, packet_id=2))
    ours = await _returned(stream, topic.encode(), payload)
    run.metrics["round_trip_s"] = loop.time() - started_at
    stream.acknowledge(ours)


async def _returned(stream: MqttStream, topic: bytes, payload: bytes) -> packet.Publish:
    """Return our own message; its acknowledgement may come before it."""
    for _ in range(_MOST_PACKETS):
        seen = await stream.receive()
        if not isinstance(seen, packet.Publish):
            require(seen, packet.Kind.PUBACK)
        elif seen.topic == topic and seen.payload == payload and not seen.is_retained:
            return seen
    raise StreamError(FailureReason.UNEXPECTED_ANSWER, "máy chủ gửi toàn tin không phải của phép đo")


KIND = Kind("mqtt", "Send a message through an MQTT 5 broker and wait for it.", MqttOptions, METRICS, connect)
