"""The channel `mqtt`: each message as JSON to a topic, with QoS 1; PUBACK means taken (OASIS MQTT 5.0, 4.3.2).

`mosquitto_sub -V 5 -t 'tslcd/alerts/#'` shows what comes. One connection a message: alerts are rare, and a connection
that was kept may be dead without anybody knowing. Not aiomqtt, which connects in the shared executor and leaves sockets
behind (see probes/mqtt_session.py). A repetition has the same `message_id`.
"""

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from typing import Final

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.connect import Opener
from alerts.channels.record import json_line
from alerts.messages.message import Message
from probes import mqtt_packet as packet
from probes.dial import StreamError
from probes.mqtt_session import MqttStream, open_stream
from probes.reading import FailureReason

_PACKET_ID: Final = 1
_FAILURE: Final = 0x80
_SUB_TOPIC: Final = re.compile(r"[^+#/\x00-\x1f\x7f]{1,60}(?:/[^+#/\x00-\x1f\x7f]{1,60}){0,5}")
# MQTT 5.0, 2.4
_ADDRESS_CODES: Final = frozenset({0x90})
_MESSAGE_CODES: Final = frozenset({0x95, 0x99})
_RIGHT_CODES: Final = frozenset({0x83, 0x87})


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The broker. An address is what follows `topic` and a slash; "" is `topic` itself."""

    host: str
    port: int
    topic: str
    tls: ssl.SSLContext | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 10.0


class MqttChannel:
    """Publishes to one broker."""

    knows_repeats = True

    def __init__(self, config: MqttConfig) -> None:
        self._config = config
        self._opener = Opener()

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        """Publish the message and wait until the broker has it."""
        if recipient and not is_sub_topic(recipient):
            text = "the address is no topic: no +, #, empty level or control character"
            raise DeliveryError(text, DeliveryFailure.RECIPIENT, permanent=True)
        await self.publish(
            recipient, json_line(message, recipient, message_id=message_id, thread_id=thread_id)
        )
        return "PUBACK"

    async def publish(self, sub_topic: str, body: bytes) -> None:
        """Publish `body` and wait until the broker has it. Raises DeliveryError."""
        topic = f"{self._config.topic}/{sub_topic}" if sub_topic else self._config.topic
        progress = _Progress()
        try:
            async with asyncio.timeout(self._config.timeout_s):
                await self._publish(packet.publish(topic, body, packet_id=_PACKET_ID), progress)
        except TimeoutError:
            if progress.sent:
                raise DeliveryError("no answer in time", DeliveryFailure.TIMEOUT, in_doubt=True) from None
            raise DeliveryError("no connection in time", DeliveryFailure.CONNECT) from None
        except StreamError as error:
            raise _failure(error, progress) from None
        except OSError as error:
            cause = error.strerror or str(error)
            raise DeliveryError(f"no connection: {cause}", DeliveryFailure.CONNECT) from None

    async def _publish(self, publication: bytes, progress: "_Progress") -> None:
        config, loop = self._config, asyncio.get_running_loop()
        ends_at = loop.time() + config.timeout_s
        found = await self._opener.addresses(config.host, config.port, config.timeout_s / 2)
        ip = str(found[0][1][0])
        async with open_stream(config.host, ip, config.port, tls=config.tls, ends_at=ends_at) as stream:
            progress.connected = True
            await stream.log_in(username=config.username, password=config.password)
            progress.sent = True
            stream.send(publication)
            await _taken(stream)


@dataclass(slots=True)
class _Progress:
    """How far one attempt came."""

    connected: bool = False
    sent: bool = False


def is_sub_topic(address: str) -> bool:
    """Whether a message can be published there: levels without wildcards, at most six."""
    return _SUB_TOPIC.fullmatch(address) is not None


async def _taken(stream: MqttStream) -> None:
    """Wait for the PUBACK of our message; raise DeliveryError when the broker refuses it."""
    answer = await stream.receive()
    if isinstance(answer, packet.Publish) or answer.kind not in {packet.Kind.PUBACK, packet.Kind.DISCONNECT}:
        raise StreamError(FailureReason.PROTOCOL, "unexpected packet")
    if answer.kind is packet.Kind.PUBACK and answer.code < _FAILURE:
        return
    text = f"refused: code 0x{answer.code:02X}"
    if answer.code in _ADDRESS_CODES:
        raise DeliveryError(text, DeliveryFailure.RECIPIENT, permanent=True)
    if answer.code in _MESSAGE_CODES:
        raise DeliveryError(text, DeliveryFailure.REJECTED, permanent=True)
    if answer.code in _RIGHT_CODES:  # an ACL to be mended
        raise DeliveryError(f"{text}: we may not publish there", DeliveryFailure.SENDER)
    raise DeliveryError(text, DeliveryFailure.DEFERRED)


def _failure(error: StreamError, progress: _Progress) -> DeliveryError:
    if progress.sent:
        return DeliveryError("connection broke", DeliveryFailure.DISCONNECTED, in_doubt=True)
    if error.reason is FailureReason.AUTH:
        return DeliveryError("authentication failed", DeliveryFailure.AUTH)
    if error.reason is FailureReason.TLS:
        return DeliveryError(f"no secure connection: {error.detail}", DeliveryFailure.TLS)
    what = "session refused" if progress.connected else "no connection"
    return DeliveryError(f"{what}: {error.detail}", DeliveryFailure.CONNECT)
