import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.series import rollup_codec
from monitor.series.model import Bucket, Series, Spread
from monitor.series.rolling import roll, spread_of
from monitor.storage.errors import DamagedError
from tests.effort import examples
from tests.monitor.series.rolls import alike, varied

T0 = 1_770_001_200
ROUNDING = 0.005

numbers = st.one_of(
    st.floats(-1e12, 1e12, allow_subnormal=False),
    st.floats(0.0, 10.0),
    st.integers(-(2**52), 2**52).map(float),
    st.sampled_from([0.0, 1e-9, 200.0, 404.0]),
)


@st.composite
def buckets(draw: st.DrawFn) -> tuple[Bucket, ...]:
    starts = sorted(draw(st.sets(st.integers(0, 300), min_size=1, max_size=12)))
    found = []
    for start in starts:
        sent = draw(st.integers(0, 10**9))
        values = draw(st.lists(numbers, max_size=5))
        found.append(
            Bucket(
                at=float(T0 + 300 * start),
                sent=sent,
                lost=draw(st.integers(0, sent)),
                coverage_ratio=draw(st.floats(0, 1)),
                spread=spread_of(values) if values else None,
            )
        )
    return tuple(found)


pages = st.dictionaries(st.text(min_size=1, max_size=10), buckets(), max_size=4)


@settings(max_examples=examples(60))
@given(page=pages)
def test_a_page_comes_back_with_exact_counts_and_rounded_values(page: Series) -> None:
    decoded = rollup_codec.decode(rollup_codec.encode(page))

    assert alike(decoded, page, rounding=ROUNDING, coverage=1 / 255)


@settings(max_examples=examples(30))
@given(page=pages, first=st.integers(-10, 310), count=st.integers(0, 310))
def test_a_part_of_a_page_is_what_the_whole_has_of_it(page: Series, first: int, count: int) -> None:
    body = rollup_codec.encode(page)
    from_at, until_at = T0 + 300.0 * first, T0 + 300.0 * (first + count)

    part = rollup_codec.decode(body, from_at=from_at, until_at=until_at)

    assert part == {
        name: tuple(bucket for bucket in found if from_at <= bucket.at < until_at)
        for name, found in rollup_codec.decode(body).items()
    }


@settings(max_examples=examples(30))
@given(page=pages)
def test_what_was_rounded_once_is_not_rounded_again(page: Series) -> None:
    once = rollup_codec.decode(rollup_codec.encode(page))

    assert rollup_codec.decode(rollup_codec.encode(once)) == once


@settings(max_examples=examples(30))
@given(page=pages)
def test_percentiles_stay_in_order(page: Series) -> None:
    for found in rollup_codec.decode(rollup_codec.encode(page)).values():
        for spread in (bucket.spread for bucket in found if bucket.spread is not None):
            ranks = [spread.least, spread.p10, spread.p25, spread.p50, spread.p75, spread.p90, spread.most]
            assert ranks == sorted(ranks)
            assert spread.least <= spread.mean <= spread.most


def test_one_series_is_read_without_the_others() -> None:
    page = {name: (Bucket(T0, 1, 0, 1.0, spread_of([0.5])),) for name in ("a", "b", "c")}
    body = bytearray(rollup_codec.encode(page))
    body[-1] ^= 0xFF  # damages the last series

    assert rollup_codec.decode(bytes(body), {"b"}).keys() == {"b"}
    with pytest.raises(DamagedError):
        rollup_codec.decode(bytes(body), {"c"})


def test_whole_numbers_stay_exact() -> None:
    page = {"http_status": (Bucket(T0, 3, 0, 1.0, spread_of([200.0, 200.0, 503.0])),)}

    (bucket,) = rollup_codec.decode(rollup_codec.encode(page))["http_status"]

    assert bucket.spread is not None
    assert (bucket.spread.least, bucket.spread.p50, bucket.spread.most) == (200.0, 200.0, 503.0)


@settings(max_examples=examples(60))
@given(page=pages, data=st.data())
def test_a_damaged_page_is_told_from_a_sound_one(page: Series, data: st.DataObject) -> None:
    body = bytearray(rollup_codec.encode(page))
    at = data.draw(st.integers(0, len(body) - 1))
    flip = data.draw(st.integers(1, 255))
    body[at] ^= flip

    with pytest.raises(DamagedError):
        rollup_codec.decode(bytes(body))
    for cut in range(0, len(body), max(1, len(body) // 20)):
        with pytest.raises(DamagedError):
            rollup_codec.decode(bytes(body[:cut]))


def test_a_day_of_a_check_that_sends_bursts_takes_at_most_14_bytes_a_bucket() -> None:
    chance = random.Random(6)  # noqa: S311 (a sample)
    results = [varied(chance.randrange(10**6), float(T0 + 60 * minute), "a/icmp") for minute in range(1_440)]
    rolled = roll(results, [T0 + 300.0 * place for place in range(289)], interval_s=60)
    page = {"rtt_s": rolled["rtt_s"]}

    assert len(rollup_codec.encode(page)) <= 14 * len(page["rtt_s"])


@settings(max_examples=examples(25))
@given(pages=st.lists(pages, min_size=1, max_size=4), again=st.integers(0, 30))
def test_a_page_in_many_segments_reads_like_one(pages: list[Series], again: int) -> None:
    body = rollup_codec.encode(pages[0])
    wanted: dict[str, dict[float, Bucket]] = {}
    for page in pages:
        body = rollup_codec.extended(body, page)
        for name, found in page.items():
            for bucket in found:
                known = wanted.setdefault(name, {}).get(bucket.at)
                if known is None or known.sent <= bucket.sent:
                    wanted[name][bucket.at] = bucket
    for _ in range(again):
        body = rollup_codec.extended(body, pages[-1])

    in_order = {name: tuple(own[at] for at in sorted(own)) for name, own in wanted.items()}
    assert alike(rollup_codec.decode(body), in_order, rounding=2 * ROUNDING, coverage=1 / 255)


def test_a_value_that_is_no_number_is_refused() -> None:
    nan = float("nan")
    page = {"a": (Bucket(T0, 1, 0, 1.0, Spread(nan, nan, nan, nan, nan, nan, nan, nan)),)}

    with pytest.raises(ValueError, match="nan"):
        rollup_codec.encode(page)
