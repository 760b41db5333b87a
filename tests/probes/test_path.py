"""Tracing the way, on loopback."""

import asyncio

import pytest

from probes.path import PathError, trace


@pytest.mark.alone
async def test_this_machine_is_one_hop_away() -> None:
    (hop,) = await trace("127.0.0.1")

    assert (hop.distance, hop.address) == (1, "127.0.0.1")
    assert 0 < hop.rtt_s < 1


async def test_a_name_is_refused_because_looking_it_up_would_block() -> None:
    with pytest.raises(PathError, match="không phải địa chỉ IP"):
        await trace("localhost")


async def test_whoever_stops_waiting_is_let_go_at_once() -> None:
    tracing = asyncio.create_task(trace("127.0.0.1"))
    await asyncio.sleep(0)

    tracing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await tracing
