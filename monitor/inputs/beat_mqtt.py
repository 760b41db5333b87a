"""Beats over MQTT: one long-lived subscription (aiomqtt, MQTT 5, QoS 1) that comes back whenever the broker does.

What the broker kept is not taken: nobody knows how old it is. While there is no connection the way is closed, so that
no asset is blamed for what cannot reach us. Messages are judged at a bounded pace, and acknowledged once they are: more
of QoS 1 waits at the broker, more of QoS 0 is counted and dropped.
`mosquitto_pub -V 5 -q 1 -t tslcd/beats/kiosk-01 -m '{"asset":"kiosk-01","token":"..."}'` produces the traffic.
"""

import asyncio
import logging
import random
import ssl
from dataclasses import dataclass, field
from typing import Final

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from monitor.clock import Clock
from monitor.inputs.beat_client import BeatClient, open_client
from monitor.inputs.beat_intake import LOG_EVERY_S, BeatIntake
from monitor.inputs.beat_socket import open_socket
from monitor.inputs.heartbeats import Outcome
from probes.dial import StreamError
from probes.mqtt_packet import Answer, Kind
from probes.mqtt_session import refusal, require
from probes.reach import EVERYWHERE
from probes.reading import FailureReason
from probes.resolve import ResolveError, open_resolver

log = logging.getLogger(__name__)

WAY: Final = "mqtt"
KEEP_ALIVE_S: Final = 20
"""A broker that says nothing for two of these is gone, whatever TCP thinks."""
ANSWER_S: Final = 10.0
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
# MQTT 5.0, 2.4; paho says the first of a connection that was cut
_UNSPECIFIED: Final = 0x80
_KEEP_ALIVE_TIMEOUT: Final = 0x8D
_AT_ONCE: Final = 20
_PAUSE_S: Final = 0.04
"""After so many messages: at most 500 a second."""


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
        keep_alive_s: int = KEEP_ALIVE_S,
    ) -> None:
        self._intake = intake
        self._broker = broker
        self._clock = clock
        self._answer_s = answer_s
        self._keep_alive_s = keep_alive_s
        self._library_log = _library_log(clock)
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
        """Log in, subscribe and judge until the connection fails: StreamError, ResolveError or TimeoutError."""
        broker, loop = self._broker, asyncio.get_running_loop()
        ends_at = loop.time() + self._answer_s
        async with open_resolver(EVERYWHERE) as resolver:
            ip = await resolver.first(broker.host, within_s=self._answer_s)
        async with (
            asyncio.timeout_at(ends_at) as deadline,
            open_socket(broker.host, ip, broker.port, tls=broker.tls, ends_at=ends_at) as sock,
        ):
            try:
                async with open_client(
                    sock,
                    username=broker.username,
                    password=broker.password,
                    keep_alive_s=self._keep_alive_s,
                    answer_s=self._answer_s,
                    overflowed=lambda: self._intake.refuse(Outcome.OVERFLOW, way=WAY),
                    logger=self._library_log,
                ) as client:
                    await _subscribe(client, broker.topic)
                    deadline.reschedule(None)
                    self._connected()
                    await self._judge(client)
            except aiomqtt.MqttError as error:
                raise _in_our_words(error) from error

    async def _judge(self, client: BeatClient) -> None:
        async for message in client.messages:
            for each in (message, *client.inbox.take_nowait(_AT_ONCE - 1)):
                self._take(each)
                client.acknowledge(each)
            await asyncio.sleep(_PAUSE_S)

    def _take(self, message: aiomqtt.Message) -> None:
        if message.retain:
            self._intake.refuse(Outcome.RETAINED, way=WAY)
            return
        asset = message.topic.value.rpartition("/")[2]
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


async def _subscribe(client: BeatClient, topic: str) -> None:
    options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
    for code in await client.subscribe(topic, options=options):
        require(Answer(Kind.SUBACK, code.value if isinstance(code, ReasonCode) else code), Kind.SUBACK)


def _in_our_words(error: aiomqtt.MqttError) -> StreamError | TimeoutError:
    why = error.__cause__ or error
    code = why.rc.value if isinstance(why, aiomqtt.MqttCodeError) and isinstance(why.rc, ReasonCode) else None
    if code == _KEEP_ALIVE_TIMEOUT or (why is error and not isinstance(error, aiomqtt.MqttCodeError)):
        return TimeoutError()
    if code is None and not isinstance(why, aiomqtt.MqttError):  # told by our own reader
        return StreamError(FailureReason.PROTOCOL, "câu trả lời không đúng giao thức MQTT 5")
    if code is None or code == _UNSPECIFIED:
        return StreamError(FailureReason.PROTOCOL, "kết nối bị cắt giữa chừng")
    return refusal(Kind.CONNACK if isinstance(why, MqttConnectError) else Kind.PINGRESP, code)


def _library_log(clock: Clock) -> logging.Logger:
    """Return the logger that aiomqtt writes to: what it says of a broker's doings could be a line a message."""
    logger = logging.Logger(f"{__name__}.aiomqtt", logging.WARNING)  # noqa: LOG001 (its own filter, nobody else's)
    logger.parent = log
    said_mono = float("-inf")

    def is_news(_record: logging.LogRecord) -> bool:
        nonlocal said_mono
        now_mono = clock.monotonic()
        if now_mono - said_mono < LOG_EVERY_S:
            return False
        said_mono = now_mono
        return True

    logger.addFilter(is_news)
    return logger
