import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.icmp.engine import open_engine
from probes.icmp.flight import destination
from probes.icmp.pacer import PER_SPAN, SPAN_S, Pacer
from tests.bench.capture import capture, seen
from tests.bench.icmp import addresses
from tests.probes.namespace import in_namespace

pytestmark = pytest.mark.alone

NAP_S = 0.0005


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=8))
def test_no_millisecond_has_more_turns_than_allowed(crowds: list[tuple[int, bool]]) -> None:
    async def story() -> list[float]:
        pacer, loop = Pacer(), asyncio.get_running_loop()
        given_at: list[float] = []

        async def one() -> None:
            await pacer.turn()
            given_at.append(loop.time())

        async with asyncio.TaskGroup() as group:
            for size, is_followed_by_a_pause in crowds:
                for _ in range(size):
                    group.create_task(one())
                if is_followed_by_a_pause:
                    await asyncio.sleep(NAP_S)
        return given_at

    given_at = asyncio.run(story())

    assert len(given_at) == sum(size for size, _ in crowds)
    # A turn is used a moment after it was given: never more than two spans' worth meet in one.
    for first, later in zip(given_at, given_at[2 * PER_SPAN :], strict=False):
        assert later - first >= SPAN_S


async def test_turns_are_given_in_the_order_they_were_asked_for() -> None:
    pacer = Pacer()
    order: list[int] = []

    async def one(number: int) -> None:
        await pacer.turn()
        order.append(number)

    await asyncio.gather(*(one(number) for number in range(5 * PER_SPAN)))

    assert order == sorted(order)


async def test_who_gives_up_waiting_takes_no_turn_from_others() -> None:
    pacer = Pacer()
    tasks = [asyncio.ensure_future(pacer.turn()) for _ in range(4 * PER_SPAN)]
    await asyncio.sleep(0)
    for task in tasks[PER_SPAN : 3 * PER_SPAN]:
        task.cancel()

    done = await asyncio.gather(*tasks, return_exceptions=True)

    assert [isinstance(result, asyncio.CancelledError) for result in done] == [
        *[False] * PER_SPAN,
        *[True] * 2 * PER_SPAN,
        *[False] * PER_SPAN,
    ]


async def test_a_lonely_request_does_not_wait() -> None:
    pacer = Pacer()
    turn = pacer.turn()

    try:
        turn.send(None)
    except StopIteration:
        has_waited = False
    else:
        has_waited = True

    assert not has_waited


def test_bursts_started_in_the_same_instant_do_not_leave_as_one_volley() -> None:
    async def story() -> list[int]:
        with capture() as sock:
            async with open_engine() as engine:
                await asyncio.gather(
                    *(
                        engine.burst(
                            destination(address), count=1, spacing_s=0, within_s=5, payload_bytes=56, dscp=0
                        )
                        for address in addresses(300)
                    )
                )
            return sorted(message.at_ns for message in seen(sock) if message.is_request)

    left_ns = in_namespace(story)

    assert len(left_ns) == 300
    for first, later in zip(left_ns, left_ns[2 * PER_SPAN :], strict=False):
        assert later - first >= SPAN_S * 1e9


def test_the_pauses_between_turns_are_short() -> None:
    async def story() -> list[float]:
        pacer, loop = Pacer(), asyncio.get_running_loop()
        given_at = []
        for _ in range(6 * PER_SPAN):
            await pacer.turn()
            given_at.append(loop.time())
        return given_at

    given_at = asyncio.run(story())

    assert max(later - first for first, later in pairwise(given_at)) < 0.5
