"""Beats over MQTT: one long-lived subscription (MQTT 5, QoS 1) that comes back whenever the broker does.

What the broker kept is not taken: nobody knows how old it is. While there is no connection the way is closed, so that
no asset is blamed for what cannot reach us. Messages are read one by one and at a bounded pace: what is more waits at
the broker. A beat is acknowledged once it is judged.
`mosquitto_pub -V 5 -q 1 -t tslcd/beats/kiosk-01 -m '{"asset":"kiosk-01","token":"..."}'` produces the traffic.
"""

import asyncio
import logging
import random
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from monitor.clock import Clock
from monitor.inputs.beat_intake import BeatIntake
from monitor.inputs.heartbeats import Outcome
from probes.dial import StreamError
from probes.mqtt_packet import Answer, Kind, Publish, ping
from probes.mqtt_session import MqttStream, open_stream, require
from probes.resolve import ResolveError, open_resolver

log = logging.getLogger(__name__)

WAY: Final = "mqtt"
PING_S: Final = 20.0
"""A broker that says nothing for two of these is gone, whatever TCP thinks."""
ANSWER_S: Final = 10.0
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
_AT_ONCE: Final = 20
_PAUSE_S: Final = 0.01
"""After so many messages: at most 2,000 a second, a tenth of the loop."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where beats are subscribed to, and as whom."""

    host: str
    port: int
    topic: str
    tls: ssl.SSLContext | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class BeatSubscriber:
    """Takes beats from a broker."""

    def __init__(
        self,
        intake: BeatIntake,
        broker: Broker,
        *,
        clock: Clock,
        answer_s: float = ANSWER_S,
        ping_s: float = PING_S,
    ) -> None:
        self._intake = intake
        self._broker = broker
        self._clock = clock
        self._answer_s = answer_s
        self._ping_s = ping_s
        self._said = ""
        intake.beats.close_way(WAY, f"chưa kết nối được MQTT broker {broker.host}:{broker.port}")

    async def run(self) -> None:
        """Subscribe, and subscribe again after every failure, until cancelled."""
        wait_s = FIRST_WAIT_S
        while True:
            tried_mono = self._clock.monotonic()
            try:
                await self._listen()
            except (ResolveError, StreamError) as error:
                self._lost(error.detail)
            except TimeoutError:
                self._lost("không trả lời")
            # Whoever stayed for long is welcome again at once; a broker that throws us out is not asked in a hurry.
            if self._clock.monotonic() - tried_mono > LONGEST_WAIT_S:
                wait_s = FIRST_WAIT_S
            await self._clock.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 (spreads reconnections)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _listen(self) -> None:
        """Log in, subscribe and read until the connection fails: StreamError, ResolveError or TimeoutError."""
        broker, loop = self._broker, asyncio.get_running_loop()
        ends_at = loop.time() + self._answer_s
        async with open_resolver() as resolver:
            ip = await resolver.first(broker.host, within_s=self._answer_s)
        async with (
            asyncio.timeout_at(ends_at) as deadline,
            open_stream(broker.host, ip, broker.port, tls=broker.tls, ends_at=ends_at) as stream,
        ):
            await stream.log_in(username=broker.username, password=broker.password)
            await stream.subscribe(broker.topic)
            deadline.reschedule(None)
            self._connected()
            pinging = asyncio.create_task(self._keep_alive(stream), name="beats:ping")
            try:
                await self._read(stream)
            finally:
                pinging.cancel()
                await asyncio.gather(pinging, return_exceptions=True)

    async def _read(self, stream: MqttStream) -> None:
        while True:
            for _ in range(_AT_ONCE):
                seen = await stream.receive()
                if isinstance(seen, Publish):
                    self._take(seen)
                    stream.acknowledge(seen)
                elif seen != Answer(Kind.PINGRESP, 0):
                    require(seen, Kind.PINGRESP)
            await asyncio.sleep(_PAUSE_S)

    async def _keep_alive(self, stream: MqttStream) -> None:
        loop = asyncio.get_running_loop()
        with suppress(StreamError):
            while loop.time() - stream.heard_at < 2 * self._ping_s:
                stream.send(ping())
                await asyncio.sleep(self._ping_s)
        stream.abort()

    def _take(self, message: Publish) -> None:
        if message.is_retained:
            self._intake.refuse(Outcome.RETAINED, way=WAY)
            return
        asset = message.topic.rpartition(b"/")[2].decode(errors="replace")
        self._intake.take(message.payload, way=WAY, topic_asset=asset)

    def _connected(self) -> None:
        self._said = ""
        self._intake.beats.open_way(WAY, now_mono=self._clock.monotonic())
        log.info("beats_connected broker=%s:%d", self._broker.host, self._broker.port)

    def _lost(self, why: str) -> None:
        where = f"{self._broker.host}:{self._broker.port}"
        self._intake.beats.close_way(WAY, f"mất kết nối tới MQTT broker {where}: {why}")
        if why != self._said:
            self._said = why
            log.warning("beats_disconnected broker=%s error=%s", where, why)
