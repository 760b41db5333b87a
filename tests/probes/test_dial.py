import asyncio

import pytest

from probes.dial import StreamError, dial
from probes.reading import FailureReason
from tests.probes.namespace import in_namespace
from tests.probes.servers import black_hole, mute, refused_port

UNROUTED = "2001:db8::1"


def test_an_address_that_we_cannot_route_does_not_hide_what_the_others_say() -> None:
    async def story() -> FailureReason:
        with pytest.raises(StreamError) as refused:
            await dial(("127.0.0.1", UNROUTED), refused_port(), ends_at=asyncio.get_running_loop().time() + 1)
        return refused.value.reason

    assert in_namespace(story) is FailureReason.REFUSED


def test_an_address_that_we_cannot_route_takes_no_time_from_the_others() -> None:
    async def story() -> float:
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        with black_hole() as port, pytest.raises(TimeoutError):
            async with asyncio.timeout_at(started_at + 0.4):
                await dial(("127.0.0.1", UNROUTED), port, ends_at=started_at + 0.4)
        return loop.time() - started_at

    assert in_namespace(story) >= 0.39


def test_without_any_route_it_is_our_fault() -> None:
    async def story() -> FailureReason:
        with pytest.raises(StreamError) as unrouted:
            await dial(("192.0.2.1", UNROUTED), 80, ends_at=asyncio.get_running_loop().time() + 1)
        return unrouted.value.reason

    assert in_namespace(story) is FailureReason.LOCAL


@pytest.mark.alone
async def test_a_silent_address_leaves_time_for_the_next() -> None:
    ends_at = asyncio.get_running_loop().time() + 0.6
    with black_hole() as port:
        async with await asyncio.start_server(mute, "127.0.0.2", port):
            dialled = await dial(("127.0.0.1", "127.0.0.2"), port, ends_at=ends_at)
    with dialled.sock:
        assert dialled.ip == "127.0.0.2"
        assert dialled.connect_s < 0.3
