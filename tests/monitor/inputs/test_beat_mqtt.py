"""Beats through a real mosquitto with the configuration that we ship, sent with mosquitto_pub."""

import asyncio
import contextlib
import gc
import logging
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.inputs.beat_intake import BeatIntake
from monitor.inputs.beat_mqtt import BeatSubscriber, Broker
from probes.beats import Way
from tests.monitor.inputs.beats import assets, beat, intake_of, token
from tests.probes.places.mqtt import CONNACK, SUBACK
from tests.probes.servers import mute, refused_port, saying, serving
from tests.probes.test_contract import descriptors
from tests.servers.mosquitto import KIOSK, MONITOR, PASSWORDS, Mosquitto, running_mosquitto

GOOD = beat(token=token("kiosk-01"))
TOPIC = "tslcd/beats/+"


class HurriedClock(SystemClock):
    """Waits a hundredth of what it is asked to."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 100)


def broker_of(mosquitto: Mosquitto, *, tls: ssl.SSLContext | None = None, user: str = MONITOR) -> Broker:
    port = mosquitto.port if tls is None else mosquitto.tls_port
    return Broker("127.0.0.1", port, TOPIC, tls, user, PASSWORDS[user])


@asynccontextmanager
async def subscribed(
    broker: Broker, *, answer_s: float = 10.0, keep_alive_s: int = 20
) -> AsyncIterator[BeatIntake]:
    intake = intake_of(assets(kiosk_01=1, kiosk_02=1))
    subscriber = BeatSubscriber(
        intake, broker, clock=HurriedClock(), answer_s=answer_s, keep_alive_s=keep_alive_s
    )
    task = asyncio.create_task(subscriber.run())
    try:
        yield intake
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.02)


def way(intake: BeatIntake) -> Way:
    return intake.beats.ways["mqtt"]


async def open_way(intake: BeatIntake) -> None:
    await until(lambda: way(intake).open_since_mono is not None)


@pytest.mark.parametrize("is_tls", [False, True])
async def test_a_beat_sent_with_mosquitto_pub_is_kept(mosquitto: Mosquitto, is_tls: bool) -> None:  # noqa: FBT001 (pytest's way)
    tls = ssl.create_default_context(cafile=str(mosquitto.authority.file)) if is_tls else None
    async with subscribed(broker_of(mosquitto, tls=tls)) as intake:
        await open_way(intake)
        told = await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-01", GOOD)
        await until(lambda: intake.beats.last("kiosk-01"))

    assert told.returncode == 0, told.stderr
    assert intake.counts == {("mqtt", "accepted"): 1}


async def test_what_is_no_beat_is_counted_and_the_next_is_taken(mosquitto: Mosquitto) -> None:
    wrong = {
        b"{": "malformed",
        beat(): "bad_token",
        beat(token="A" * 52): "bad_token",
        beat("kiosk-02", token=token("kiosk-02")): "wrong_topic",
        beat(token=token("kiosk-01"), user="an"): "unknown_key",
        b"[" * 3_000: "malformed",
    }
    async with subscribed(broker_of(mosquitto)) as intake:
        await open_way(intake)
        for message in (*wrong, GOOD):
            await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-01", message)
        await until(lambda: intake.beats.last("kiosk-01"))

    assert sum(intake.counts.values()) == len(wrong) + 1
    assert {result for _, result in intake.counts} == {*wrong.values(), "accepted"}


async def test_an_asset_cannot_send_for_another(mosquitto: Mosquitto) -> None:
    """The broker's ACL refuses the topic (M-01), and says so in MQTT 5."""
    async with subscribed(broker_of(mosquitto)) as intake:
        await open_way(intake)
        told = await asyncio.to_thread(
            mosquitto.publish, "tslcd/beats/kiosk-02", beat("kiosk-02", token=token("kiosk-02"))
        )
        await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-01", GOOD)
        await until(lambda: intake.beats.last("kiosk-01"))

    assert "Not authorized" in told.stderr
    assert intake.beats.last("kiosk-02") is None


async def test_what_is_larger_than_a_beat_does_not_come_through(mosquitto: Mosquitto) -> None:
    async with subscribed(broker_of(mosquitto)) as intake:
        await open_way(intake)
        await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-01", b"x" * 200_000)
        await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-01", GOOD)
        await until(lambda: intake.beats.last("kiosk-01"))

    assert intake.counts == {("mqtt", "accepted"): 1}


def test_the_shipped_broker_keeps_nothing(mosquitto: Mosquitto) -> None:
    mosquitto.publish("tslcd/beats/kiosk-01", GOOD, retain=True)
    heard = subprocess.run(
        [
            *("mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(mosquitto.port), "-W", "1"),
            *("-u", MONITOR, "-P", PASSWORDS[MONITOR], "-t", TOPIC, "-C", "1"),
        ],
        capture_output=True,
        timeout=20,
        check=False,
    )

    assert heard.stdout == b""


async def test_what_a_broker_kept_is_no_beat(tmp_path: Path) -> None:
    with running_mosquitto(tmp_path, extra="retain_available true") as mosquitto:
        kept = await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-01", GOOD, retain=True)
        async with subscribed(broker_of(mosquitto)) as intake:
            await open_way(intake)
            live = beat("kiosk-02", token=token("kiosk-02"))
            await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-02", live, user="kiosk-02")
            await until(lambda: intake.beats.last("kiosk-02"))

    assert kept.returncode == 0, kept.stderr
    assert intake.beats.last("kiosk-01") is None


async def test_a_broker_that_ignores_our_wish_sends_kept_messages_in_vain() -> None:
    topic = b"tslcd/beats/kiosk-01"
    publish = len(topic).to_bytes(2) + topic + b"\0" + GOOD
    packet = bytes([0x31, 0x80 | len(publish) % 128, len(publish) // 128]) + publish

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.write(CONNACK)
        subscribe = await reader.read(1_000)
        writer.write(b"\x90\x04" + subscribe[2:4] + b"\x00\x01" + packet)
        await mute(reader, writer)

    async with serving(broker) as port, subscribed(Broker("127.0.0.1", port, TOPIC)) as intake:
        await until(lambda: intake.counts)

    assert intake.counts == {("mqtt", "retained"): 1}
    assert intake.beats.last("kiosk-01") is None


async def test_comes_back_when_the_broker_does(tmp_path: Path) -> None:
    with running_mosquitto(tmp_path) as mosquitto:
        async with subscribed(broker_of(mosquitto)) as intake:
            await open_way(intake)
            mosquitto.stop()
            await until(lambda: way(intake).open_since_mono is None)
            assert f"mất kết nối tới MQTT broker 127.0.0.1:{mosquitto.port}" in way(intake).trouble
            mosquitto.start_again()
            await open_way(intake)
            await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-01", GOOD)
            await until(lambda: intake.beats.last("kiosk-01"))


async def test_a_user_that_may_not_subscribe_closes_the_way(mosquitto: Mosquitto) -> None:
    wrong = Broker("127.0.0.1", mosquitto.port, TOPIC, None, MONITOR, "sai-mat-khau")
    async with subscribed(wrong) as intake:
        await until(lambda: "không được phép" in way(intake).trouble)


async def test_failing_again_and_again_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    connections = 0

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        kinds = (mute, saying(b""), saying(bytes.fromhex("2003008700")))
        await kinds[connections % 3](reader, writer)

    with caplog.at_level(logging.WARNING):
        async with (
            serving(broker) as port,
            subscribed(Broker("127.0.0.1", port, TOPIC), answer_s=0.2) as intake,
        ):
            await until(lambda: connections >= 3)
            before = descriptors()
            tasks = len(asyncio.all_tasks())
            await until(lambda: connections >= 9)

            # One connection may be under way, another one's end not yet noticed by the broker.
            await until(lambda: descriptors() <= before + 2)
            await until(lambda: len(asyncio.all_tasks()) <= tasks + 2)
            assert way(intake).open_since_mono is None
    assert "never retrieved" not in caplog.text


async def test_a_refused_connection_is_told_once() -> None:
    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("monitor.inputs.beat_mqtt")
    logger.addHandler(handler)
    try:
        async with subscribed(Broker("127.0.0.1", refused_port(), TOPIC)) as intake:
            await until(lambda: "mất kết nối" in way(intake).trouble)
            await asyncio.sleep(0.3)
    finally:
        logger.removeHandler(handler)

    assert len(logged) == 1
    assert "từ chối kết nối" in logged[0]


async def test_a_broker_that_falls_silent_is_left(mosquitto: Mosquitto) -> None:
    async with (
        serving(silent_after_suback) as port,
        subscribed(Broker("127.0.0.1", port, TOPIC), keep_alive_s=1) as intake,
    ):
        await open_way(intake)
        await until(lambda: "không trả lời" in way(intake).trouble)


async def silent_after_suback(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1_000)
    writer.write(CONNACK)
    await reader.read(1_000)
    writer.write(SUBACK)
    await mute(reader, writer)


async def test_pings_keep_a_quiet_connection(mosquitto: Mosquitto) -> None:
    async with subscribed(broker_of(mosquitto), keep_alive_s=1) as intake:
        await open_way(intake)
        opened = way(intake)
        await asyncio.sleep(1.0)

        assert way(intake) == opened


@asynccontextmanager
async def turns() -> AsyncIterator[list[float]]:
    """Watch how much the loop computes between two chances for others, every 10 ms.

    In seconds of its thread's processor: other processes of a busy machine do not count, nor does looking through what
    the test run itself holds (65 ms).
    """
    took_s = [0.0]

    async def watch() -> None:
        while True:
            before_s = time.thread_time()
            await asyncio.sleep(0.01)
            took_s.append(time.thread_time() - before_s)

    gc.collect()  # the next full round is a quarter of all objects away
    watching = asyncio.create_task(watch())
    try:
        yield took_s
    finally:
        watching.cancel()


def flooding(mosquitto: Mosquitto, *, qos: int) -> Awaitable[asyncio.subprocess.Process]:
    """Start an asset that sends each line of its input as a message."""
    return asyncio.create_subprocess_exec(
        *("mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(mosquitto.port), "-l"),
        *("-u", KIOSK, "-P", PASSWORDS[KIOSK], "-q", str(qos), "-t", "tslcd/beats/kiosk-01"),
        stdin=asyncio.subprocess.PIPE,
    )


@pytest.mark.alone
async def test_one_assets_flood_holds_up_neither_the_loop_nor_the_others(mosquitto: Mosquitto) -> None:
    """Every message of QoS 1 is judged, at a pace of ours; the broker keeps the others back."""
    count = 2_000
    async with subscribed(broker_of(mosquitto)) as intake:
        await open_way(intake)
        used_s, began_s = time.process_time(), time.monotonic()
        async with turns() as longest:
            sender = await flooding(mosquitto, qos=1)
            sending = asyncio.create_task(sender.communicate((GOOD + b"\n") * count))
            await until(lambda: intake.counts["mqtt", "too_fast"] > 100)
            other = beat("kiosk-02", token=token("kiosk-02"))
            await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-02", other, user="kiosk-02")
            await until(lambda: intake.beats.last("kiosk-02"))
            await sending
            await until(lambda: sum(intake.counts.values()) == count + 1)
        used_s, lasted_s = time.process_time() - used_s, time.monotonic() - began_s

    assert {result for _, result in intake.counts} == {"accepted", "too_fast"}
    assert max(longest) < 0.05
    assert used_s / lasted_s < 0.5  # alone on a machine 0.13; a publisher and a broker share the two cores


async def test_a_flood_that_nobody_can_hold_back_is_counted(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    count = 2_500
    with caplog.at_level(logging.WARNING):
        async with subscribed(broker_of(mosquitto)) as intake, turns() as longest:
            await open_way(intake)
            sender = await flooding(mosquitto, qos=0)
            await sender.communicate((GOOD + b"\n") * count)
            await until(lambda: intake.counts["mqtt", "overflow"])
            live = beat("kiosk-02", token=token("kiosk-02"))
            await asyncio.to_thread(mosquitto.publish, "tslcd/beats/kiosk-02", live, user="kiosk-02")
            await until(lambda: intake.beats.last("kiosk-02"))

    assert max(longest) < 0.05
    assert len([line for line in caplog.messages if "overflow" in line]) == 1
    assert "queue is full" not in caplog.text


def test_no_password_is_in_what_a_broker_shows(mosquitto: Mosquitto) -> None:
    assert PASSWORDS[MONITOR] not in repr(broker_of(mosquitto))
