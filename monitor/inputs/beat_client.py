"""aiomqtt as a guest of our event loop: what it does not offer itself is added here, and nowhere else.

aiomqtt 2.5.1 over paho-mqtt 2.2.0 resolves, connects and shakes hands in a thread of the shared executor (up to 10 s),
leaves socket, reader and task behind when no CONNACK comes, has no manual acknowledgement, reads as fast as the broker
sends, buffers packets of any size, and logs a line for each message its queue has no room for. So we connect ourselves,
close everything ourselves, and read at a bounded pace. The private names that this takes are pinned by the tests.
"""

import asyncio
import logging
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Self, TypeVar

import aiomqtt
from paho.mqtt.client import Client, DisconnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

T = TypeVar("T")

PACKET_BYTES: Final = 8_192
"""Of one packet that we take (we tell the broker so)."""
UNACKNOWLEDGED: Final = 20
"""QoS 1 messages that the broker may hand over before the first is judged (some hand over more: mosquitto 2.0.11)."""
QUEUE: Final = 500
"""Messages that wait to be judged. More of QoS 0 is dropped: nothing holds its sender back."""
QUEUE_MOST: Final = QUEUE + UNACKNOWLEDGED
"""Of QoS 1 nothing is dropped: with so many waiting nothing more is read, and the broker has to wait."""
READ_AT_ONCE: Final = 20
READ_PAUSE_S: Final = 0.025
"""After so many packets. Faster than messages are judged, so that what is too much is soon behind us."""


class Inbox(asyncio.Queue[aiomqtt.Message]):
    """Messages to be judged. QoS 0 beyond `QUEUE` is told to `overflowed` and dropped."""

    def __init__(self, overflowed: Callable[[], object]) -> None:
        super().__init__()
        self._overflowed = overflowed

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """Add a message, or count it as lost. Never raises QueueFull, which aiomqtt would log each time.

        ValueError, which ends the connection: a message larger than we allowed the broker to hand over.
        """
        if len(item.payload) > PACKET_BYTES:
            raise ValueError("message too large")
        if item.qos == 0 and self.qsize() >= QUEUE:
            self._overflowed()
        else:
            super().put_nowait(item)

    def take_nowait(self, most: int) -> list[aiomqtt.Message]:
        """Return the next messages, as many as there are."""
        return [self.get_nowait() for _ in range(min(most, self.qsize()))]


class BeatClient(aiomqtt.Client):
    """A client over a socket that is connected already. Made by `open_client`."""

    def __init__(
        self,
        sock: socket.socket,
        inbox: Inbox,
        *,
        username: str | None,
        password: str | None,
        keep_alive_s: int,
        answer_s: float,
        logger: logging.Logger,
    ) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = PACKET_BYTES
        properties.ReceiveMaximum = UNACKNOWLEDGED
        host, port = sock.getpeername()[:2]
        super().__init__(
            host,
            port,
            # Of at most 23 letters and digits: every broker must take that (MQTT 5.0, 3.1.3.1).
            identifier=f"tslcd{secrets.token_hex(8)}",
            username=username,
            password=password,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,
            properties=properties,
            timeout=answer_s,
            keepalive=keep_alive_s,
            logger=logger,
            queue_type=lambda maxsize: inbox,  # type: ignore[arg-type] # noqa: ARG005 (the inbox bounds itself)
        )
        self.inbox = inbox
        self._paused: asyncio.TimerHandle | None = None
        self._read_since_pause = 0
        self._client.manual_ack_set(True)
        self._client._create_socket = lambda: sock  # type: ignore[method-assign] # noqa: SLF001 (see the module)

    async def __aenter__(self) -> Self:
        """Send CONNECT and wait for CONNACK. Raises aiomqtt.MqttError.

        Not as aiomqtt does, in a thread of the shared executor, which may be full: the socket is connected, so nothing
        blocks.
        """
        self._client_connect()
        await self._wait_for(self._connected, timeout=None)
        return self

    def acknowledge(self, message: aiomqtt.Message) -> None:
        """Tell the broker that this message was judged; it then hands over the next."""
        self._client.ack(message.mid, message.qos)

    async def __aexit__(self, *_: object) -> None:
        """Say good-bye without waiting for anybody: a broker that reads no more must not hold up the end."""
        with suppress(OSError, ValueError):
            self._client.disconnect()
            self._client.loop_write()

    async def close(self) -> None:
        """Leave no socket, reader, timer or task behind, however far it came."""
        if self._paused is not None:
            self._paused.cancel()
        self._client._sock_close()  # noqa: SLF001 (see the module)
        for end in (self._connected, self._disconnected):
            if end.done() and not end.cancelled():
                end.exception()  # or asyncio complains that nobody asked
        if self._misc_task is not None:
            self._misc_task.cancel()
            await asyncio.gather(self._misc_task, return_exceptions=True)

    async def _wait_for(self, fut: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 (as aiomqtt has it)
        # Not asyncio.wait_for: on Python 3.11 it forgets a cancellation that comes together with the answer.
        try:
            async with asyncio.timeout(self.timeout if timeout is None else timeout):
                return await fut
        except TimeoutError:
            raise aiomqtt.MqttError("Operation timed out") from None

    def _on_socket_open(self, _client: Client, _userdata: object, sock: Any) -> None:
        self._loop.add_reader(sock.fileno(), self._read)
        self._misc_task = self._loop.create_task(self._misc_loop(), name="beats:keep_alive")

    def _on_socket_register_write(self, _client: Client, _userdata: object, sock: Any) -> None:
        # At once: aiomqtt does so in the loop's next turn, when the number may be another socket's.
        self._loop.add_writer(sock.fileno(), self._write)

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except Exception as error:  # noqa: BLE001 (as aiomqtt does: whatever it is, it ends the connection)
            self._fail(error)

    def _read(self) -> None:
        """Read what there is, at most READ_AT_ONCE packets; then let others run for a while."""
        sock = self._client.socket()
        if sock is None:
            return
        try:
            while self._read_since_pause < READ_AT_ONCE:
                self._read_since_pause += 1
                self._client.loop_read()
                self._require_bounds()
                # Over TLS more may be decrypted already: the socket would not tell.
                if self._client.socket() is None or not (isinstance(sock, ssl.SSLSocket) and sock.pending()):
                    break
        except Exception as error:  # noqa: BLE001 (as aiomqtt does: whatever it is, it ends the connection)
            self._fail(error)
            return
        if self._client.socket() is None:
            return
        if self._read_since_pause >= READ_AT_ONCE:
            self._loop.remove_reader(sock.fileno())
        if self._paused is None:
            self._paused = self._loop.call_later(READ_PAUSE_S, self._resume)

    def _resume(self) -> None:
        self._paused = None
        sock = self._client.socket()
        if sock is None:
            return
        if self.inbox.qsize() >= QUEUE_MOST:
            self._paused = self._loop.call_later(READ_PAUSE_S, self._resume)
            return
        was_full, self._read_since_pause = self._read_since_pause >= READ_AT_ONCE, 0
        if was_full:
            self._loop.add_reader(sock.fileno(), self._read)
            self._read()

    def _require_bounds(self) -> None:
        """Raise ValueError when the broker sends what we did not allow: paho would keep all of it in memory."""
        client: Any = self._client
        if client._in_packet["remaining_length"] > PACKET_BYTES or client._in_messages:  # noqa: SLF001 (see the module)
            raise ValueError("packet too large, or QoS 2")

    def _on_disconnect(
        self,
        client: Client,
        userdata: Any,
        flags: DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self._give_up(aiomqtt.MqttCodeError(reason_code))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _fail(self, error: Exception) -> None:
        self._client._sock_close()  # noqa: SLF001 (see the module)
        self._give_up(error)
        if not self._disconnected.done():
            self._disconnected.set_exception(error)

    def _give_up(self, error: Exception) -> None:
        """Tell those who wait for an answer: aiomqtt lets them wait until their time is up."""
        waits: list[asyncio.Future[Any]] = [self._connected, *self._pending_subscribes.values()]
        for waiting in waits:
            if not waiting.done():
                waiting.set_exception(error)


@asynccontextmanager
async def open_client(
    sock: socket.socket,
    *,
    username: str | None,
    password: str | None,
    keep_alive_s: int,
    answer_s: float,
    overflowed: Callable[[], object],
    logger: logging.Logger,
) -> AsyncIterator[BeatClient]:
    """Log in over a connected socket. Raises aiomqtt.MqttError; nothing is left behind, whatever happens."""
    client = BeatClient(
        sock,
        Inbox(overflowed),
        username=username,
        password=password,
        keep_alive_s=keep_alive_s,
        answer_s=answer_s,
        logger=logger,
    )
    try:
        async with client:
            yield client
    finally:
        await client.close()
