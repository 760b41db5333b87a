import asyncio
import resource
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.icmp.flight import Burst
from probes.icmp.probe import KIND, IcmpOptions, reading, round_trip_metrics
from probes.reading import FailureReason, Reading
from tests.probes.datagrams import icmp_error, ipv4
from tests.probes.namespace import OUR_ADDRESS, STRANGER, TARGET, Tun, in_namespace, ip, open_tun
from tests.probes.secrets import PUBLIC
from tests.probes.test_icmp_hostile import reply_to

QUICK = IcmpOptions(count=3, spacing_s=0.01)
round_trips = st.lists(st.none() | st.floats(0, 10, allow_nan=False), min_size=1, max_size=30)


async def probe(address: str, options: IcmpOptions = QUICK, *, timeout_s: float = 1.0) -> Reading:
    async with KIND.connect(PUBLIC) as measure:
        return await measure(address, options, timeout_s=timeout_s)


async def test_a_healthy_target_gives_every_metric() -> None:
    seen = await probe("127.0.0.1")

    assert seen.ok
    assert seen.metrics.keys() == {
        *("sent", "received", "loss_ratio"),
        *("rtt_min_s", "rtt_p50_s", "rtt_p95_s", "rtt_max_s", "jitter_s"),
    }
    assert seen.metrics["sent"] == seen.metrics["received"] == len(seen.rtts_s) == 3
    assert seen.metrics["loss_ratio"] == 0


async def test_a_name_is_resolved() -> None:
    assert (await probe("localhost")).ok


async def test_one_packet_has_no_jitter() -> None:
    assert "jitter_s" not in (await probe("127.0.0.1", IcmpOptions(count=1))).metrics


async def test_the_speech_index_is_estimated_when_asked_for() -> None:
    seen = await probe("127.0.0.1", IcmpOptions(count=3, spacing_s=0.01, speech=True))

    assert seen.metrics["speech_r"] > 90
    assert seen.metrics["speech_mos"] > 4.3
    assert seen.notes == {"speech_band": "tốt"}


async def test_without_jitter_there_is_no_speech_index() -> None:
    seen = await probe("127.0.0.1", IcmpOptions(count=1, speech=True))

    assert seen.ok
    assert "speech_r" not in seen.metrics
    assert seen.notes == {}


def test_a_threshold_on_the_speech_index_needs_the_option() -> None:
    assert "speech_r" not in IcmpOptions().metrics()
    assert {"speech_r", "speech_mos"} <= IcmpOptions(speech=True).metrics()


def test_loss_lowers_the_speech_index() -> None:
    burst = Burst(4, attempted=4)
    for index in (0, 1, 2):
        burst.answer(index, 0.01)

    seen = reading(burst, timeout_s=1.0, with_speech=True)

    assert seen.metrics["loss_ratio"] == 0.25
    assert seen.metrics["speech_r"] < 50
    assert seen.notes == {"speech_band": "không đạt"}


def test_replies_out_of_order_are_told() -> None:
    burst = Burst(3, attempted=3)
    for index in (2, 0, 1):
        burst.answer(index, 0.01)

    assert reading(burst, timeout_s=1.0).metrics["reordered"] == 2


@given(st.permutations(range(8)))
def test_reordered_replies_are_those_below_the_highest_before(order: list[int]) -> None:
    burst = Burst(8, attempted=8)
    for index in order:
        burst.answer(index, 0.01)

    assert burst.reordered == sum(index < max(order[:place], default=-1) for place, index in enumerate(order))


def test_two_thousand_hosts_at_once_with_few_descriptors_are_never_zero_loss() -> None:
    async def story() -> list[Reading]:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        try:
            async with KIND.connect(PUBLIC) as measure:
                # Every second one is beyond any route.
                everywhere = (
                    f"{network}.{number // 250}.{1 + number % 250}"
                    for number in range(1_000)
                    for network in ("127.9", "10.66")
                )
                options = IcmpOptions(count=2, spacing_s=0.01)
                return await asyncio.gather(
                    *(measure(address, options, timeout_s=4.0) for address in everywhere)
                )
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    readings = in_namespace(story)

    here, nowhere = readings[::2], readings[1::2]
    assert {(seen.ok, seen.metrics["sent"], seen.metrics["loss_ratio"]) for seen in here} == {(True, 2, 0)}
    assert {(seen.reason, seen.metrics["sent"], seen.metrics.get("loss_ratio")) for seen in nowhere} == {
        (FailureReason.LOCAL, 0, None)
    }


@pytest.mark.parametrize("address", ["224.0.0.1", "0.0.0.0", "255.255.255.255"])
async def test_an_address_that_is_not_unicast_is_our_fault(address: str) -> None:
    assert (await probe(address)).reason is FailureReason.LOCAL


@pytest.mark.alone
async def test_a_burst_that_does_not_fit_the_timeout_is_sent_faster() -> None:
    loop = asyncio.get_running_loop()
    started_at = loop.time()

    seen = await probe("127.0.0.1", IcmpOptions(count=10, spacing_s=5), timeout_s=0.5)

    assert seen.metrics["received"] == 10
    assert loop.time() - started_at < 0.5


def test_some_replies_are_a_loss_ratio() -> None:
    async def story() -> Reading:
        async def answer_two(tun: Tun) -> None:
            for is_answered in (True, False, True, False):
                request = await tun.request()
                if is_answered:
                    tun.inject(reply_to(request))

        with open_tun() as tun:
            answering = asyncio.create_task(answer_two(tun))
            seen = await probe(TARGET, IcmpOptions(count=4, spacing_s=0.01), timeout_s=0.2)
            await answering
            return seen

    seen = in_namespace(story)

    assert seen.ok
    assert seen.metrics["loss_ratio"] == 0.5
    assert "jitter_s" not in seen.metrics
    assert [rtt is None for rtt in seen.rtts_s] == [False, True, False, True]


def test_silence_is_a_timeout() -> None:
    async def story() -> Reading:
        with open_tun():
            return await probe(TARGET, timeout_s=0.1)

    seen = in_namespace(story)

    assert seen.reason is FailureReason.TIMEOUT
    assert seen.metrics == {"sent": 3, "received": 0, "loss_ratio": 1}
    assert seen.rtts_s == (None, None, None)


def test_what_a_router_says_is_the_reason() -> None:
    async def story() -> Reading:
        async def refuse(tun: Tun) -> None:
            for _ in range(3):
                request = await tun.request()
                tun.inject(ipv4(STRANGER, OUR_ADDRESS, icmp_error(3, 13, request.datagram)))

        with open_tun() as tun:
            refusing = asyncio.create_task(refuse(tun))
            seen = await probe(TARGET, timeout_s=5)
            await refusing
            return seen

    seen = in_namespace(story)

    assert seen.reason is FailureReason.UNREACHABLE
    assert seen.detail == f"{STRANGER} báo: bị chặn theo chính sách (mã 13)"
    assert seen.rtts_s == (None, None, None)


def test_no_route_is_our_fault_and_no_loss() -> None:
    seen = in_namespace(lambda: probe(TARGET))

    assert seen.reason is FailureReason.LOCAL
    assert seen.metrics == {"sent": 0, "received": 0}


def test_a_route_that_says_unreachable_is_our_fault() -> None:
    async def story() -> Reading:
        ip("route", "add", "unreachable", "10.66.0.0/24")
        return await probe(TARGET)

    assert in_namespace(story).reason is FailureReason.LOCAL


_WITHOUT_RIGHTS = """
import asyncio
from probes.icmp.probe import KIND, IcmpOptions
from probes.icmp.sockets import rights
from tests.probes.secrets import PUBLIC
async def main():
    async with KIND.connect(PUBLIC) as probe:
        seen = await probe("127.0.0.1", IcmpOptions(count=2, spacing_s=0.01), timeout_s=1)
        print(seen.reason, seen.detail)
        print(rights())
asyncio.run(main())
"""


def test_missing_rights_are_told_with_both_remedies() -> None:
    async def story() -> list[str]:
        command = [
            "setpriv",
            "--bounding-set=-net_raw",
            "--inh-caps=-net_raw",
            sys.executable,
            "-c",
            _WITHOUT_RIGHTS,
        ]
        told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
        return str(told.stdout).splitlines()

    probed, doctor = in_namespace(story)

    assert probed.startswith("local ")
    for text in (probed, doctor):
        assert "net.ipv4.ping_group_range" in text
        assert "CAP_NET_RAW" in text


@given(round_trips)
def test_round_trip_metrics_are_ordered(rtts_s: list[float | None]) -> None:
    if not any(rtt is not None for rtt in rtts_s):
        rtts_s = [*rtts_s, 1.0]

    metrics = round_trip_metrics(rtts_s)

    assert metrics["rtt_min_s"] <= metrics["rtt_p50_s"] <= metrics["rtt_max_s"]
    assert metrics["rtt_min_s"] <= metrics["rtt_p95_s"] <= metrics["rtt_max_s"]
    assert 0 <= metrics.get("jitter_s", 0) <= metrics["rtt_max_s"] - metrics["rtt_min_s"] + 1e-9


def test_jitter_is_the_mean_difference_of_neighbours() -> None:
    assert round_trip_metrics([1.0, 3.0, None, 9.0, 8.0])["jitter_s"] == 1.5


def test_nothing_sent_is_never_zero_loss() -> None:
    seen = reading(Burst(3), timeout_s=1.0)

    assert seen.reason is FailureReason.LOCAL
    assert "loss_ratio" not in seen.metrics
    assert seen.rtts_s == ()


def test_round_trips_come_in_the_order_of_sending_whatever_order_the_replies_had() -> None:
    burst = Burst(4, attempted=4)
    for index, rtt_s in ((2, 0.03), (0, 0.01), (3, 0.04)):
        burst.answer(index, rtt_s)

    assert reading(burst, timeout_s=1.0).rtts_s == (0.01, None, 0.03, 0.04)


def test_a_request_that_never_left_is_no_lost_round_trip() -> None:
    burst = Burst(5, attempted=4, send_errors={1: OSError(105, "no buffer space")})
    burst.answer(0, 0.01)
    burst.answer(3, 0.02)

    seen = reading(burst, timeout_s=1.0)

    assert seen.rtts_s == (0.01, None, 0.02)
    assert seen.metrics["sent"] == len(seen.rtts_s)


@pytest.mark.parametrize(
    "options", [{"count": 0}, {"spacing_s": 0}, {"payload_bytes": 8}, {"dscp": 64}, {"unknown": 1}]
)
def test_senseless_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        IcmpOptions.model_validate(options)
