"""Smoke graphs as values: classes of loss, holes, the end of the y axis, and the sentence about them."""

from dataclasses import fields
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.series.model import ANSWER, RTT, Bucket, Gap, Spread
from monitor.series.reading import Slice
from monitor.series.series_json import smoke_json
from monitor.series.smoke import LossClass, Marks, Smoke, Stretch, loss_class, smoke, summary, usual, worst
from tests.effort import examples
from tests.monitor.series.filling import ZONE

BEGIN = datetime(2026, 11, 22, tzinfo=ZONE).timestamp()
Point = tuple[float | None, int, int] | None
"""Median in ms (None: no value), sent, lost; None: a hole."""


def bucket(at: float, point: Point, coverage_ratio: float = 1.0) -> Bucket | None:
    if point is None:
        return None
    middle_ms, sent, lost = point
    spread = None
    if middle_ms is not None:
        spread = Spread(*(middle_ms / 1_000 * share for share in (0.8, 1, 1.6, 0.9, 0.95, 1, 1.1, 1.2)))
    return Bucket(at, sent, lost, coverage_ratio, spread)


def sliced(points: list[Point], *, series: str = RTT, width_s: float = 300.0, coverage: float = 1.0) -> Slice:
    edges = tuple(BEGIN + place * width_s for place in range(len(points) + 1))
    buckets = tuple(bucket(at, point, coverage) for at, point in zip(edges, points, strict=False))
    return Slice("21484.cpe/icmp", series, "5m", width_s, edges, buckets)


def graph(points: list[Point], *, series: str = RTT, width_s: float = 300.0, coverage: float = 1.0) -> Smoke:
    found = sliced(points, series=series, width_s=width_s, coverage=coverage)
    return smoke(found, Marks(), now=found.edges[-1])


@pytest.mark.parametrize(
    ("loss_ratio", "step"),
    [
        (0.0, LossClass.NONE),
        (0.001, LossClass.TO_2),
        (0.02, LossClass.TO_2),
        (0.0201, LossClass.TO_5),
        (0.05, LossClass.TO_5),
        (0.2, LossClass.TO_20),
        (0.201, LossClass.BELOW_100),
        (0.999, LossClass.BELOW_100),
        (1.0, LossClass.ALL),
    ],
)
def test_loss_has_a_class_with_an_upper_bound_of_its_own(loss_ratio: float, step: LossClass) -> None:
    assert loss_class(loss_ratio) is step


POINTS = st.lists(
    st.one_of(
        st.none(),
        st.integers(1, 100).flatmap(
            lambda sent: st.tuples(st.floats(1, 500), st.just(sent), st.integers(0, sent - 1))
        ),
        st.integers(1, 100).map(lambda sent: (None, sent, sent)),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=examples(60), deadline=None)
@given(points=POINTS)
def test_holes_stay_holes_and_every_column_has_every_point(points: list[Point]) -> None:
    found = graph(points)

    body = smoke_json(found, ZONE, now=found.slice.edges[-1])

    columns = (
        "min",
        "p10",
        "p25",
        "med",
        "p75",
        "p90",
        "max",
        "mean",
        "sent",
        "loss",
        "lossClass",
        "coverage",
    )
    for name in ("t", *columns):
        column = body[name]
        assert isinstance(column, list)
        assert len(column) == len(points)
        if name != "t":
            assert all(column[place] is None for place, point in enumerate(points) if point is None), name
    bands = [body[name] for name in ("min", "p10", "p25", "med", "p75", "p90", "max")]
    for point, *values in zip(points, *bands, strict=True):  # type: ignore[call-overload]  # columns are lists
        if point is None or point[0] is None:
            assert set(values) == {None}
        else:
            assert values == sorted(values)
    assert 0 <= found.coverage_ratio <= 1
    assert summary(found, ZONE).endswith(".")


@settings(max_examples=examples(60), deadline=None)
@given(points=POINTS)
def test_the_y_axis_ends_beyond_nearly_all_medians(points: list[Point]) -> None:
    found = graph(points)

    medians = [point[0] / 1_000 for point in points if point is not None and point[0] is not None]
    if not medians:
        assert found.clip_at is None
    else:
        assert found.clip_at is not None
        ordered = sorted(medians)
        assert found.clip_at == pytest.approx(1.6 * ordered[max(0, -(-99 * len(ordered) // 100) - 1)])
        assert sum(median > found.clip_at for median in medians) <= len(medians) // 100


@settings(max_examples=examples(60), deadline=None)
@given(points=POINTS)
def test_what_is_usual_and_worst_are_among_what_was_measured(points: list[Point]) -> None:
    found = sliced(points)
    known = usual(found)
    medians = [point[0] / 1_000 for point in points if point is not None and point[0] is not None]

    if known is None:
        assert not medians
    else:
        assert min(medians) <= known.low <= known.middle <= known.high <= max(medians)
    stretch = worst(found)
    losses = [point[2] / point[1] for point in points if point is not None]
    if stretch is not None and any(losses):
        inside = [each for each in found.buckets if each is not None and stretch[0] <= each.at < stretch[1]]
        assert max(each.loss_ratio or 0 for each in inside) == max(losses)
    if any(losses):
        assert stretch is not None


def test_one_spike_in_a_long_range_does_not_flatten_the_graph() -> None:
    points: list[Point] = [(12.0, 5, 0)] * 299 + [(900.0, 5, 0)]

    assert graph(points).clip_at == pytest.approx(1.6 * 0.012)


def test_time_that_has_not_come_counts_for_nothing() -> None:
    found = sliced([(12.0, 5, 0), (12.0, 5, 0)])

    assert smoke(found, Marks(), now=BEGIN + 300 + 0.001).coverage_ratio == 1
    half = sliced([(12.0, 5, 0), None])
    assert smoke(half, Marks(), now=BEGIN + 450).coverage_ratio == pytest.approx(2 / 3)


CALM: list[Point] = [(11.0 + place % 4, 100, 0) for place in range(33)]
BAD: list[Point] = [
    *CALM,
    (13.0, 100, 3),
    (13.0, 100, 5),
    (13.0, 100, 4),
    (13.0, 100, 3),
    (13.0, 100, 3),
    *CALM,
]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            graph(BAD),
            "Trễ giữa 13 ms (bình thường 11–14 ms), mất gói 0,3%, xấu nhất 02:45–03:10.",
        ),
        (graph(CALM), "Trễ giữa 12 ms (bình thường 11–14 ms), mất gói 0%."),
        (
            graph([*CALM, (80.0, 100, 0), *CALM]),
            "Trễ giữa 12 ms (bình thường 11–14 ms), mất gói 0%, xấu nhất 02:45–02:50.",
        ),
        (
            graph([*CALM, None, *CALM, *[None] * 6]),
            "Trễ giữa 12 ms (bình thường 11–14 ms), mất gói 0%, chỉ có số liệu của 90,4% thời gian.",
        ),
        (graph([(None, 5, 5)] * 6), "Không có lần nào trả lời, mất gói 100%."),
        (graph([None] * 6), "Không có số liệu trong khoảng này."),
        (
            graph([(12.0, 10_000, 0), (12.0, 10_000, 1)]),
            "Trễ giữa 12 ms (bình thường 12 ms), mất gói dưới 0,1%, xấu nhất 00:05–00:10.",
        ),
        (
            graph([(None, 10_000, 10_000), (12.0, 10_000, 9_998)]),
            "Trễ giữa 12 ms (bình thường 12 ms), mất gói 99,9%, xấu nhất 00:00–00:10.",
        ),
        (
            graph([(420.0, 12, 0), (420.0, 12, 6)], series=ANSWER, width_s=3_600),
            "Trả lời giữa 420 ms (bình thường 420 ms), lần đo hỏng 25%, xấu nhất 01:00–02:00.",
        ),
        (
            graph([(4e9, 12, 0), (6e9, 12, 0)], series="in_bps"),
            "Giữa 4 Mbit/s (bình thường 4–6 Mbit/s).",
        ),
        (
            graph([(12.0, 100, 0), (12.0, 100, 50), (12.0, 100, 0)], width_s=86_400),
            "Trễ giữa 12 ms (bình thường 12 ms), mất gói 16,7%, xấu nhất ngày 23/11.",
        ),
        (
            graph([(12.0, 100, 0)] * 46 + [(12.0, 100, 50)] * 4 + [(12.0, 100, 0)] * 20, width_s=3_600),
            "Trễ giữa 12 ms (bình thường 12 ms), mất gói 2,9%, xấu nhất 22:00 23/11 – 02:00 24/11.",
        ),
    ],
)
def test_a_sentence_says_it_for_people_who_do_not_read_graphs(found: Smoke, said: str) -> None:
    assert summary(found, ZONE) == said


def test_what_explains_the_graph_goes_with_it() -> None:
    marks = Marks(
        gaps=(Gap(BEGIN, BEGIN + 60, 3, "full"),),
        maintenance=(Stretch("BT-2026-0001", BEGIN, BEGIN + 600),),
        incidents=(Stretch("SC-2026-0001", BEGIN, None),),
    )
    found = sliced([(12.0, 5, 0)])

    body = smoke_json(smoke(found, marks, now=BEGIN + 300), ZONE, now=BEGIN + 300)

    at = "2026-11-22T00:00:00+07:00"
    assert body["incidents"] == [{"id": "SC-2026-0001", "from": at, "until": None}]
    assert body["maintenance"] == [{"id": "BT-2026-0001", "from": at, "until": "2026-11-22T00:10:00+07:00"}]
    assert body["gaps"] == [{"from": at, "until": "2026-11-22T00:01:00+07:00", "results": 3, "why": "full"}]


def test_a_metric_has_no_loss() -> None:
    body = smoke_json(graph([(4e9, 12, 0)], series="in_bps"), ZONE, now=BEGIN)

    assert (body["loss"], body["lossClass"], body["sent"]) == ([None], [None], [12])


def test_the_bands_are_all_of_a_spread() -> None:
    body = smoke_json(graph([(12.0, 5, 0)]), ZONE, now=BEGIN)

    assert len(
        [name for name in ("min", "p10", "p25", "med", "p75", "p90", "max", "mean") if name in body]
    ) == len(fields(Spread))
