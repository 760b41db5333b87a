"""What our own side adds to aiomqtt, against brokers that do exactly what a test wants."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from monitor.inputs.beat_client import (
    PACKET_BYTES,
    QUEUE,
    QUEUE_MOST,
    BeatClient,
    Inbox,
    open_client,
)
from monitor.inputs.beat_socket import open_socket
from probes.dial import StreamError
from tests.probes.certificates import make_authority
from tests.probes.places.mqtt import CONNACK
from tests.probes.servers import mute, saying, serving
from tests.probes.test_contract import descriptors

Broker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
RECEIVE_MAXIMUM_20 = bytes([0x21, 0, 20])
TOPIC = b"tslcd/beats/kiosk-01"


def publish(packet_id: int, *, qos: int = 1, payload: bytes = b"{}") -> bytes:
    number = packet_id.to_bytes(2) if qos else b""
    body = len(TOPIC).to_bytes(2) + TOPIC + number + b"\0" + payload
    length, sized = len(body), bytearray()
    while True:
        length, low = divmod(length, 128)
        sized.append(low | (128 if length else 0))
        if not length:
            return bytes([0x30 | qos << 1, *sized]) + body


def sending(packets: bytes, heard: bytearray) -> Broker:
    """Let the client in, send these packets, keep what it says from then on."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(1_000))
        writer.write(CONNACK + packets)
        while said := await reader.read(1_000):
            heard.extend(said)

    return script


@asynccontextmanager
async def client_of(
    port: int, *, answer_s: float = 5.0, overflowed: Callable[[], object] = lambda: None
) -> AsyncIterator[BeatClient]:
    ends_at = asyncio.get_running_loop().time() + 5
    async with (
        open_socket("127.0.0.1", "127.0.0.1", port, tls=None, ends_at=ends_at) as sock,
        open_client(
            sock,
            username=None,
            password=None,
            keep_alive_s=20,
            answer_s=answer_s,
            overflowed=overflowed,
            logger=logging.getLogger("test"),
        ) as client,
    ):
        yield client


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_message_is_acknowledged_when_we_say_so_and_not_before() -> None:
    heard = bytearray()
    async with serving(sending(publish(7), heard)) as port, client_of(port) as client:
        message = await anext(aiter(client.messages))
        assert RECEIVE_MAXIMUM_20 in heard  # in CONNECT
        heard.clear()
        await asyncio.sleep(0.1)
        assert heard == b""
        client.acknowledge(message)
        await until(lambda: heard)

    assert heard.startswith(bytes([0x40, 2, 0, 7]))


async def test_qos_0_beyond_the_queue_is_counted_and_not_kept() -> None:
    lost: list[None] = []
    flood = publish(0, qos=0) * (QUEUE + 100)
    async with (
        serving(sending(flood, bytearray())) as port,
        client_of(port, overflowed=lambda: lost.append(None)) as client,
    ):
        await until(lambda: len(lost) == 100)

        assert client.inbox.qsize() == QUEUE


async def test_qos_1_beyond_what_we_allowed_waits_at_the_broker_and_is_not_lost() -> None:
    lost: list[None] = []
    most, count = 0, QUEUE_MOST + 300
    flood = b"".join(publish(number) for number in range(1, count + 1))
    async with (
        serving(sending(flood, bytearray())) as port,
        client_of(port, overflowed=lambda: lost.append(None)) as client,
    ):
        await until(lambda: client.inbox.qsize() >= QUEUE_MOST)
        await asyncio.sleep(0.2)
        most = client.inbox.qsize()
        judged = 0
        while judged < count:
            judged += len(client.inbox.take_nowait(100))
            await asyncio.sleep(0.01)

    assert most <= QUEUE_MOST + 20
    assert lost == []


@pytest.mark.parametrize(
    "packets",
    [
        publish(1, payload=bytes(100 * PACKET_BYTES)),
        b"\x32\xff\xff\xff\x7f" + bytes(1_000),  # 256 MB are announced
        publish(1, qos=2),
    ],
    ids=["too large", "endless", "qos 2"],
)
async def test_what_would_fill_the_memory_ends_the_connection(packets: bytes) -> None:
    async with serving(sending(packets, bytearray())) as port:
        with pytest.raises(aiomqtt.MqttError):
            await hear(port)


async def hear(port: int) -> None:
    async with asyncio.timeout(5), client_of(port) as client:
        async for _ in client.messages:
            pass


@pytest.mark.parametrize("broker", [saying(b""), saying(bytes.fromhex("2003008700"))])
async def test_a_connection_that_ends_before_its_answer_is_told_at_once(broker: Broker) -> None:
    async with serving(broker) as port, asyncio.timeout(2):
        with pytest.raises(aiomqtt.MqttError):
            async with client_of(port, answer_s=30):
                pass


async def test_a_connection_that_ends_instead_of_a_suback_is_told_at_once() -> None:
    async def leaving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.write(CONNACK)
        await reader.read(1_000)

    async with serving(leaving) as port, asyncio.timeout(2):
        with pytest.raises(aiomqtt.MqttError):
            async with client_of(port, answer_s=30) as client:
                await client.subscribe("tslcd/beats/+")


async def test_no_connack_leaves_no_socket_reader_timer_or_task_behind() -> None:
    async with serving(mute) as port:
        await fail(port)  # what is loaded at the first time
        await asyncio.sleep(0.05)
        before, tasks = descriptors(), len(asyncio.all_tasks())
        selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
        readers = len(selector.get_map())
        for _ in range(20):
            await fail(port)
        await asyncio.sleep(0.05)  # the broker's side notices

        assert descriptors() == before
        assert len(asyncio.all_tasks()) == tasks
        assert len(selector.get_map()) == readers
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "beats:keep_alive"]


async def fail(port: int) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with client_of(port, answer_s=0.02):
            pass


async def test_a_cancelled_log_in_leaves_nothing_behind_either() -> None:
    async with serving(mute) as port:
        await fail(port)
        await asyncio.sleep(0.05)
        before, tasks = descriptors(), len(asyncio.all_tasks())
        for turns in range(12):
            trying = asyncio.create_task(fail(port))
            for _ in range(turns):
                await asyncio.sleep(0)
            trying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await trying
        await asyncio.sleep(0.05)

        assert descriptors() == before
        assert len(asyncio.all_tasks()) == tasks


async def test_a_cancellation_that_comes_with_the_answer_is_not_lost() -> None:
    """On Python 3.11 asyncio.wait_for, which aiomqtt uses, forgets it: a stop would wait for ever."""
    ends_at = asyncio.get_running_loop().time() + 5
    async with (
        serving(mute) as port,
        open_socket("127.0.0.1", "127.0.0.1", port, tls=None, ends_at=ends_at) as sock,
    ):
        client = BeatClient(
            sock,
            Inbox(lambda: None),
            username=None,
            password=None,
            keep_alive_s=20,
            answer_s=5.0,
            logger=logging.getLogger("test"),
        )
        entering = asyncio.create_task(client.__aenter__())
        await asyncio.sleep(0.05)
        client._connected.set_result(None)
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
        await client.close()


async def test_a_broker_that_reads_no_more_does_not_hold_up_the_end() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
        writer.write(CONNACK)
        await asyncio.sleep(60)

    async with serving(deaf) as port:
        async with client_of(port, answer_s=30) as client:
            for number in range(20_000):
                client._client.ack(number % 60_000 + 1, 1)  # fills the way to the broker
            await asyncio.sleep(0.1)
            started_at = asyncio.get_running_loop().time()

        assert asyncio.get_running_loop().time() - started_at < 1


async def test_tls_asks_for_the_name_and_says_what_is_wrong_with_the_certificate(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    wrong = authority.server("wrong", names=("khac.test",))
    trusting = ssl.create_default_context(cafile=str(authority.file))
    ends_at = asyncio.get_running_loop().time() + 5
    async with serving(mute, tls=wrong) as port:
        with pytest.raises(StreamError, match="không đúng tên"):
            async with open_socket("broker.test", "127.0.0.1", port, tls=trusting, ends_at=ends_at):
                pass
        async with open_socket("khac.test", "127.0.0.1", port, tls=trusting, ends_at=ends_at) as sock:
            assert isinstance(sock, ssl.SSLSocket)
        stranger = ssl.create_default_context()
        with pytest.raises(StreamError, match="tin cậy"):
            async with open_socket("khac.test", "127.0.0.1", port, tls=stranger, ends_at=ends_at):
                pass


async def test_a_handshake_without_an_answer_blocks_nobody_and_leaves_no_socket() -> None:
    loop = asyncio.get_running_loop()
    before = descriptors()
    async with serving(mute) as port:
        with pytest.raises(TimeoutError):
            async with (
                asyncio.timeout(0.1),
                open_socket(
                    "broker.test",
                    "127.0.0.1",
                    port,
                    tls=ssl.create_default_context(),
                    ends_at=loop.time() + 5,
                ),
            ):
                pass
        await asyncio.sleep(0.05)
    assert descriptors() <= before
