import math
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import CheckResult
from monitor.series.codec.chunk import MOST_RESULTS, decode, encode
from monitor.series.codec.integers import write_signed, write_varint
from monitor.series.codec.words import Words, write_words
from monitor.series.rolling import OF_THE_BURST, roll
from monitor.storage.errors import DamagedError
from probes.icmp.probe import round_trip_metrics
from probes.reading import FailureReason, Reading
from tests.bench.week import Week
from tests.effort import examples

CHECK = "20001.line.icmp"
HOUR_AT = 1_763_802_000.0

times_s = st.floats(0, 100) | st.sampled_from([0.0, 1e-9, 1e-6, 0.0002, 1e6])
bursts = st.lists(st.none() | times_s, max_size=6)
values = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**60), 2**60).map(float)
    | st.floats(0, 1).map(lambda share: round(share, 4))
)
names = st.sampled_from(["in_bps", "total_s", "if_up", "sent", "rtt_p50_s", "jitter_s", "số lạ"]) | st.text(
    max_size=6
)
details = st.sampled_from(["", "5 gói không có trả lời trong 2 giây"]) | st.text(max_size=20)


def measured(rtts_s: tuple[float | None, ...]) -> dict[str, float]:
    """Return the metrics of a burst as the probe makes them."""
    received = [rtt_s for rtt_s in rtts_s if rtt_s is not None]
    counted = {
        "sent": float(len(rtts_s)),
        "received": float(len(received)),
        "loss_ratio": 1 - len(received) / len(rtts_s),
    }
    return counted | round_trip_metrics(rtts_s) if received else counted


def result(
    started_at: float = HOUR_AT,
    *,
    rtts_s: tuple[float | None, ...] = (),
    metrics: Mapping[str, float] | None = None,
    reason: FailureReason | None = None,
    detail: str = "",
    duration_s: float = 0.81,
    vantage: str = "main",
) -> CheckResult:
    reading = Reading(reason is None, metrics or {}, reason, detail, rtts_s)
    return CheckResult(CHECK, started_at, duration_s, reading, vantage)


def burst(*rtts_s: float | None, started_at: float = HOUR_AT) -> CheckResult:
    return result(started_at, rtts_s=rtts_s, metrics=measured(rtts_s))


@st.composite
def anything(draw: st.DrawFn) -> CheckResult:
    rtts_s = tuple(draw(bursts))
    metrics = draw(st.dictionaries(names, values, max_size=4))
    is_of_burst = draw(st.booleans())
    if rtts_s and is_of_burst:
        metrics |= measured(rtts_s)
    return result(
        draw(st.integers(0, 3_599_999)) / 1_000 + HOUR_AT,
        rtts_s=rtts_s,
        metrics=metrics,
        reason=draw(st.none() | st.sampled_from(FailureReason)),
        detail=draw(details),
        duration_s=draw(times_s),
        vantage=draw(st.sampled_from(["main", "lý-sơn"])),
    )


def near(read: float, written: float, absolute: float, relative: float) -> bool:
    return abs(read - written) <= max(absolute, relative * abs(written))


def assert_true_to(read: CheckResult, written: CheckResult) -> None:
    """Check every promise of the chunk about one result."""
    assert (read.check_id, read.vantage) == (written.check_id, written.vantage)
    assert round(read.started_at * 1_000) == round(written.started_at * 1_000)
    assert near(
        read.duration_s, written.duration_s, *((1e-3, 0.01) if read.reading.rtts_s else (1e-6, 0.001))
    )
    seen, was = read.reading, written.reading
    assert (seen.ok, seen.reason, seen.detail) == (was.ok, was.reason, was.detail)
    for rtt_s, was_s in zip(seen.rtts_s, was.rtts_s, strict=True):
        assert (rtt_s is None) == (was_s is None)
        if rtt_s is not None and was_s is not None:
            assert near(rtt_s, was_s, 1e-6, 0.001)
            assert (rtt_s > 0) == (was_s > 0)
    assert list(seen.metrics) == list(was.metrics)
    for name, value in was.metrics.items():
        assert near(seen.metrics[name], value, *tolerance(name, was.rtts_s)), name


def tolerance(name: str, rtts_s: tuple[float | None, ...]) -> tuple[float, float]:
    if rtts_s and name == "jitter_s":
        return max(2e-6, 0.003 * max([rtt_s for rtt_s in rtts_s if rtt_s is not None], default=0.0)), 1e-4
    if rtts_s and name.startswith("rtt_"):
        return 1e-6, 0.003
    return (1e-6 if name.endswith("_s") else 1e-9 if name == "loss_ratio" else 0.0), 1e-4


@settings(max_examples=examples(120), deadline=None)
@given(st.lists(anything(), min_size=1, max_size=6))
def test_results_come_back_within_their_tolerances(written: list[CheckResult]) -> None:
    body = encode(written)
    read = decode(CHECK, body)

    assert len(read) == len(written)
    for after, before in zip(read, written, strict=True):
        assert_true_to(after, before)
    # A chunk that is read, merged with late results and written again must not drift.
    assert encode(read) == body


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(anything(), min_size=1, max_size=6))
def test_without_what_follows_from_the_round_trips_buckets_are_the_same(written: list[CheckResult]) -> None:
    body = encode(sorted(written, key=lambda each: each.started_at))
    read, bare = decode(CHECK, body), decode(CHECK, body, with_following=False)
    edges = (HOUR_AT, HOUR_AT + 600, HOUR_AT + 3_600)

    assert roll(bare, edges, interval_s=60.0) == roll(read, edges, interval_s=60.0)
    for lean, whole in zip(bare, read, strict=True):
        missing = whole.reading.metrics.keys() - lean.reading.metrics.keys()
        assert missing <= (OF_THE_BURST if whole.reading.rtts_s else set())
        kept = {name: value for name, value in whole.reading.metrics.items() if name not in missing}
        assert replace(whole, reading=replace(whole.reading, metrics=kept)) == lean


def test_an_hour_of_whole_numbers_comes_back_exactly() -> None:
    written = [
        result(HOUR_AT + 60 * turn, metrics={"if_up": 1.0, "in_bps": 12_345_678.0 + 7 * turn**2})
        for turn in range(60)
    ]

    assert [each.reading.metrics for each in decode(CHECK, encode(written))] == [
        each.reading.metrics for each in written
    ]


def test_short_decimals_come_back_exactly() -> None:
    written = [
        result(metrics={"temperature_celsius": 41.5 + turn / 10, "host_uptime_s": 1e6 + turn * 60.01})
        for turn in range(60)
    ]

    assert [each.reading.metrics for each in decode(CHECK, encode(written))] == [
        pytest.approx(each.reading.metrics, rel=1e-12) for each in written
    ]


def test_a_burst_comes_back_with_all_its_metrics_though_none_is_stored() -> None:
    written = [burst(0.0121, None, 0.0119, 0.0134, 0.0120, started_at=HOUR_AT + turn) for turn in range(60)]
    bare = [replace(each, reading=replace(each.reading, metrics={})) for each in written]

    body = encode(written)

    assert len(body) <= len(encode(bare)) + 2
    for after, before in zip(decode(CHECK, body), written, strict=True):
        assert_true_to(after, before)


def test_metrics_that_do_not_follow_from_the_round_trips_are_kept_as_they_were() -> None:
    odd = {"sent": 7.0, "received": 7.0, "loss_ratio": 0.5, "rtt_p50_s": 3.25, "jitter_s": math.pi}
    written = [burst(0.01, 0.02), result(rtts_s=(0.01, 0.02), metrics=odd)]

    assert decode(CHECK, encode(written))[1].reading.metrics == odd


def test_a_number_that_is_none_is_left_out() -> None:
    metrics = {"a": math.nan, "b": 1.0, "c": math.inf}

    [read] = decode(CHECK, encode([result(metrics=metrics, rtts_s=(math.nan, 0.01))]))

    assert read.reading.metrics == {"b": 1.0}
    assert read.reading.rtts_s[0] is None
    assert read.reading.rtts_s[1] == pytest.approx(0.01, rel=0.001)


def test_a_time_no_clock_measures_does_not_stop_the_chunk() -> None:
    read = decode(
        CHECK, encode([result(duration_s=-1.0), result(duration_s=math.inf), result(rtts_s=(1e300,))])
    )

    assert [each.duration_s for each in read[:2]] == [0.0, pytest.approx(1e9, rel=0.001)]
    assert read[2].reading.rtts_s[0] == pytest.approx(1e9, rel=0.001)


def test_nothing_is_no_chunk() -> None:
    with pytest.raises(ValueError, match="1 to"):
        encode([])


def test_results_of_two_checks_are_no_chunk() -> None:
    with pytest.raises(ValueError, match="one check"):
        encode([result(), replace(result(), check_id="20002.line.icmp")])


def test_more_than_the_limits_is_no_chunk() -> None:
    with pytest.raises(ValueError, match="1 to"):
        encode([result()] * (MOST_RESULTS + 1))
    with pytest.raises(ValueError, match="at most"):
        encode([result(rtts_s=(0.01,) * 300)] * 4_000)
    with pytest.raises(ValueError, match="too much text"):
        encode([result(detail=f"{number:04} " + "x" * 2_000) for number in range(3_000)])


def sample() -> bytes:
    """Return a chunk with every kind of column in it."""
    return encode(
        [
            *(
                burst(0.01 + turn / 1e4, None if turn % 5 else 0.02, started_at=HOUR_AT + turn)
                for turn in range(20)
            ),
            result(HOUR_AT + 30, metrics={"in_bps": math.pi, "tiny": 1e-305, "if_up": 1.0}),
            result(HOUR_AT + 40, reason=FailureReason.TLS, detail="chứng thư hết hạn", vantage="lý-sơn"),
        ]
    )


def signed(content: bytes) -> bytes:
    """Return a chunk whose checksum fits whatever it holds."""
    return struct.pack(">BI", 1, zlib.crc32(content)) + content


def test_any_changed_byte_is_damage() -> None:
    body = sample()

    for place in range(len(body)):
        for change in (0x01, 0x80, 0xFF):
            damaged = bytearray(body)
            damaged[place] ^= change
            with pytest.raises(DamagedError):
                decode(CHECK, bytes(damaged))


def test_any_missing_or_additional_byte_is_damage() -> None:
    body = sample()

    for damaged in (*(body[:size] for size in range(len(body))), body + b"\0"):
        with pytest.raises(DamagedError):
            decode(CHECK, damaged)


def test_damage_with_a_fitting_checksum_is_damage_or_results_and_nothing_else() -> None:
    content = sample()[5:]

    for place in range(len(content)):
        for change in (0x01, 0x80):
            damaged = bytearray(content)
            damaged[place] ^= change
            _read_or_refused(signed(bytes(damaged)))


@settings(max_examples=examples(150), deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    _read_or_refused(signed(content))


def _read_or_refused(body: bytes) -> None:
    try:
        read = decode(CHECK, body)
    except DamagedError:
        return
    assert all(each.check_id == CHECK for each in read)


def _bomb(results: int, names: int, requests: int) -> bytes:
    """Return a small chunk that claims to hold this many results with so many metrics and round trips each."""
    words = Words("main", None, "", tuple(f"m{number}" for number in range(names)), (False,) * names)
    text = write_words([words])
    out = bytearray()
    write_varint(out, results)
    write_varint(out, len(text))
    out += text
    same = 0
    for number in (0, 0, 0, requests):
        write_varint(out, same)
        write_signed(out, number)
    if requests:
        write_varint(out, 0)
        write_varint(out, same)
        write_signed(out, 1)
    for _ in range(names):
        write_varint(out, 0)
        write_varint(out, same)
        write_signed(out, 1)
    return signed(bytes(out))


def test_the_bombs_would_be_chunks_if_they_were_small() -> None:
    read = decode(CHECK, _bomb(results=3, names=2, requests=2))

    assert [each.reading.metrics for each in read] == [{"m0": 1.0, "m1": 1.0}] * 3
    assert all(len(each.reading.rtts_s) == 2 for each in read)


def _zlib_bomb() -> bytes:
    return signed(b"\x01\xff\xff\x03" + zlib.compress(b"\xfe" * 2**26, wbits=-15)[:65_535].ljust(65_535))


@pytest.mark.parametrize(
    "made",
    [
        partial(_bomb, results=2**40, names=0, requests=0),
        partial(_bomb, results=MOST_RESULTS, names=1_000, requests=0),
        partial(_bomb, results=MOST_RESULTS, names=0, requests=2**40),
        partial(_bomb, results=1, names=0, requests=2**30),
        _zlib_bomb,
    ],
)
def test_a_bomb_is_damage_and_takes_little_memory(made: Callable[[], bytes]) -> None:
    bomb = made()
    tracemalloc.start()
    try:
        with pytest.raises(DamagedError):
            decode(CHECK, bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 32 * 2**20


def test_an_hour_of_pings_takes_a_few_bytes_each() -> None:
    hours = [
        hour for check in Week(sites=1, seed=1).checks() if check.kind == "icmp" for hour in check.hours(2)
    ]

    assert sum(len(encode(hour)) for hour in hours) <= 6 * sum(map(len, hours))
