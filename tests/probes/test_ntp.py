"""The `ntp` probe against chronyd, and against servers that say what the test wants."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.ntp import KIND, Answer, NtpOptions, connect, timestamp
from probes.reading import FailureReason, Reading
from tests.probes.places.ntp import answer
from tests.probes.secrets import PUBLIC
from tests.probes.servers import responding
from tests.servers.chronyd import running_chronyd

Say = Callable[[bytes], bytes]


async def probe(port: int, *, timeout_s: float = 1.0) -> Reading:
    async with KIND.connect(PUBLIC) as measure:
        return await measure("127.0.0.1", NtpOptions(port=port), timeout_s=timeout_s)


async def told(say: Say) -> Reading:
    async with responding(lambda question: [say(question)]) as server:
        return await probe(server.port)


@pytest.mark.alone
def test_chronyd_with_a_clock_is_right(tmp_path: Path) -> None:
    with running_chronyd(tmp_path, "local stratum 3") as port:
        seen = asyncio.run(probe(port))

    assert seen.ok, seen
    assert seen.metrics.keys() == {"offset_s", "rtt_s", "stratum", "leap", "root_dispersion_s"}
    assert seen.metrics["offset_s"] < 0.05
    assert seen.metrics["rtt_s"] < 0.5
    assert (seen.metrics["stratum"], seen.metrics["leap"]) == (3, 0)


def test_chronyd_without_a_clock_is_not_synchronised(tmp_path: Path) -> None:
    with running_chronyd(tmp_path) as port:
        seen = asyncio.run(probe(port))

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.detail == "máy chủ giờ chưa đồng bộ với nguồn nào"
    assert "offset_s" not in seen.metrics
    assert (seen.metrics["stratum"], seen.metrics["leap"]) == (16, 3)


@pytest.mark.parametrize(("ahead_s", "side"), [(100.0, "nhanh"), (-3600.0, "chậm"), (2e9, "nhanh")])
async def test_the_offset_has_no_sign_but_the_note_tells_the_side(ahead_s: float, side: str) -> None:
    seen = await told(lambda question: answer(question, ahead_s=ahead_s))

    assert seen.metrics["offset_s"] == pytest.approx(abs(ahead_s), abs=0.1)
    assert seen.notes["offset"].startswith(f"đồng hồ máy chủ {side} hơn máy giám sát ")


@pytest.mark.alone
async def test_the_time_a_server_takes_is_no_round_trip() -> None:
    def respond(question: bytes) -> list[bytes]:
        return [answer(question, ahead_s=-0.2, inside_s=0.2)]

    async with responding(respond, delay_s=0.2) as server:
        seen = await probe(server.port)

    assert seen.metrics["rtt_s"] < 0.1
    assert seen.metrics["offset_s"] < 0.1


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (b"RATE", "máy chủ giờ yêu cầu hỏi thưa hơn (RATE)"),
        (b"DENY", "máy chủ giờ từ chối phục vụ máy giám sát (DENY)"),
        (b"AB\0\0", "máy chủ giờ không phục vụ (kiss-o'-death AB)"),
    ],
)
async def test_a_kiss_of_death_is_named(reference: bytes, words: str) -> None:
    seen = await told(lambda question: answer(question, leap=3, stratum=0, reference=reference))

    assert (seen.reason, seen.detail, seen.metrics) == (FailureReason.UNEXPECTED_ANSWER, words, {})


async def test_the_question_tells_nothing_of_us_and_is_never_the_same() -> None:
    async with responding(lambda question: [answer(question)]) as server:
        for _ in range(5):
            await probe(server.port)

    assert {data[:40] for data, _ in server.heard} == {b"\x23" + bytes(39)}
    assert len({data[40:] for data, _ in server.heard}) == 5
    assert len({asker for _, asker in server.heard}) > 1


@pytest.mark.alone
async def test_an_answer_to_an_older_question_is_not_taken() -> None:
    older = b"\x23" + bytes(39) + b"12345678"

    async with responding(lambda question: [answer(older, ahead_s=500), answer(question)]) as server:
        seen = await probe(server.port)

    assert seen.metrics["offset_s"] < 0.2


@pytest.mark.parametrize("step_s", [-7200, 7200])
async def test_a_step_of_our_own_clock_is_our_fault(step_s: int) -> None:
    # What leaves is stamped with this clock, what arrives with the kernel's, which is `step_s` further.
    async with (
        responding(lambda question: [answer(question)]) as server,
        connect(PUBLIC, wall_ns=lambda: time.time_ns() - step_s * 1_000_000_000) as measure,
    ):
        seen = await measure("127.0.0.1", NtpOptions(port=server.port), timeout_s=1.0)

    assert seen.reason is FailureReason.LOCAL
    assert seen.detail == "đồng hồ của máy giám sát bị chỉnh trong lúc đo"


def exchange(*, sent_ns: int, there_ns: int, inside_ns: int, back_ns: int, ahead_ns: int) -> Answer:
    came_ns = sent_ns + there_ns
    left_ns = came_ns + inside_ns
    return Answer(
        0,
        2,
        0.0,
        b"GPS\0",
        sent_ns,
        left_ns + back_ns,
        timestamp(came_ns + ahead_ns),
        timestamp(left_ns + ahead_ns),
    )


SECOND = 1_000_000_000


@given(
    sent_ns=st.integers(1_700_000_000 * SECOND, 2_400_000_000 * SECOND),
    there_ns=st.integers(0, SECOND),
    inside_ns=st.integers(0, SECOND),
    back_ns=st.integers(0, SECOND),
    ahead_ns=st.integers(-1_000_000_000 * SECOND, 1_000_000_000 * SECOND),
)
def test_offset_and_round_trip_are_those_of_the_rfc_across_2036(
    sent_ns: int, there_ns: int, inside_ns: int, back_ns: int, ahead_ns: int
) -> None:
    measured = exchange(
        sent_ns=sent_ns, there_ns=there_ns, inside_ns=inside_ns, back_ns=back_ns, ahead_ns=ahead_ns
    )

    assert measured.rtt_s() == pytest.approx((there_ns + back_ns) / SECOND, abs=1e-6)
    # A path that is slower one way than the other is all that can make the offset wrong.
    assert measured.offset_s() == pytest.approx((ahead_ns + (there_ns - back_ns) / 2) / SECOND, abs=1e-6)
