import asyncio

import pytest

from probes.h323 import KIND, H323Options
from probes.reading import FailureReason, Reading
from tests.probes.secrets import PUBLIC
from tests.probes.servers import black_hole, refused_port, saying, serving


async def probe(port: int, *, timeout_s: float = 1.0) -> Reading:
    async with KIND.connect(PUBLIC) as measure:
        return await measure("127.0.0.1", H323Options(port=port), timeout_s=timeout_s)


@pytest.mark.alone
async def test_the_device_sees_a_connection_without_a_word_that_ends_at_once() -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[tuple[bytes, float]] = loop.create_future()

    async def script(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        accepted_at = loop.time()
        ended.set_result((await reader.read(), loop.time() - accepted_at))

    async with serving(script) as port:
        seen = await probe(port)
        async with asyncio.timeout(2):
            words, took_s = await ended

    assert seen.ok
    assert seen.metrics.keys() == {"connect_s"}
    assert words == b""
    assert took_s < 0.5


async def test_words_of_the_device_do_not_matter() -> None:
    async with serving(saying(b"\x03\x00\x00\x2a\x08\x02")) as port:
        assert (await probe(port)).ok


async def test_a_stack_that_is_off_and_a_filtered_port_are_told_apart() -> None:
    off = await probe(refused_port())
    with black_hole() as port:
        filtered = await probe(port, timeout_s=0.3)

    assert off.reason is FailureReason.REFUSED
    assert "không nhận cuộc gọi H.323" in off.detail
    assert filtered.reason is FailureReason.TIMEOUT
    assert "bị chặn hoặc thiết bị đã tắt" in filtered.detail


def test_port_1720_is_meant_unless_another_is_named() -> None:
    assert H323Options().port == 1720


def test_one_device_is_asked_at_most_once_a_minute() -> None:
    assert KIND.min_gap_s == 60
