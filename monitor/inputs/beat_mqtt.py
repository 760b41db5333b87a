"""Beats over MQTT: one long-lived subscription (MQTT 5, QoS 1) that comes back whenever the broker does.

What the broker kept is not taken: nobody knows how old it is. While there is no connection the way is closed, so that
no asset is blamed for what cannot reach us.
`mosquitto_pub -V 5 -q 1 -t tslcd/beats/kiosk-01 -m '{"asset":"kiosk-01","token":"..."}'` produces the traffic.
"""

import logging
import random
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Final

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from monitor.clock import Clock
from monitor.inputs.beat_intake import BeatIntake
from monitor.inputs.heartbeats import BEAT_BYTES, Outcome
from probes.wording import one_line

log = logging.getLogger(__name__)

WAY: Final = "mqtt"
KEEP_ALIVE_S: Final = 20
"""A broker that vanished without a word is noticed within two of these."""
ANSWER_S: Final = 10.0
QUEUE: Final = 1_000
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
_PACKET_BYTES: Final = 2 * BEAT_BYTES


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
        self, intake: BeatIntake, broker: Broker, *, clock: Clock, answer_s: float = ANSWER_S
    ) -> None:
        self._intake = intake
        self._broker = broker
        self._clock = clock
        self._answer_s = answer_s
        self._said = ""
        intake.beats.close_way(WAY, f"chưa kết nối được MQTT broker {broker.host}:{broker.port}")

    async def run(self) -> None:
        """Subscribe, and subscribe again after every failure, until cancelled."""
        wait_s = FIRST_WAIT_S
        while True:
            connected_mono = self._clock.monotonic()
            try:
                await self._listen()
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                self._lost(one_line(str(error)) or type(error).__name__)
            # Whoever stayed for long is welcome again at once; a broker that throws us out is not asked in a hurry.
            if self._clock.monotonic() - connected_mono > LONGEST_WAIT_S:
                wait_s = FIRST_WAIT_S
            await self._clock.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 (spreads reconnections)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _listen(self) -> None:
        client = self._client()
        try:
            async with client:
                options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
                codes = await client.subscribe(self._broker.topic, options=options)
                if any(isinstance(code, ReasonCode) and code.is_failure for code in codes):
                    raise aiomqtt.MqttError("not allowed to subscribe")
                self._connected()
                async for message in client.messages:
                    self._take(message)
        finally:
            # aiomqtt leaves socket, reader and task behind when CONNACK did not come in time.
            client._client._sock_close()  # noqa: SLF001 (the only way; pinned by a test)

    def _client(self) -> aiomqtt.Client:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = _PACKET_BYTES  # the broker keeps larger ones to itself
        return aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            identifier=f"tslcd-monitor-{secrets.token_hex(6)}",
            username=self._broker.username,
            password=self._broker.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,
            properties=properties,
            tls_context=self._broker.tls,
            timeout=self._answer_s,
            keepalive=KEEP_ALIVE_S,
            max_queued_incoming_messages=QUEUE,
        )

    def _take(self, message: aiomqtt.Message) -> None:
        asset = message.topic.value.rpartition("/")[2]
        if message.retain:
            self._intake.refuse(Outcome.RETAINED, way=WAY)
            return
        self._intake.take(bytes(message.payload), way=WAY, topic_asset=asset)

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
