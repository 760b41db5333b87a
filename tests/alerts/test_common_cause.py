"""Groups are a function of the set of failures, whatever order they came in."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from alerts.incidents.common_cause import HOLDS_RATIO, Failure, common_of, counts_units, groups_of
from alerts.model.incident import Common, Dimension
from alerts.model.settings import GroupSettings

SETTINGS = GroupSettings()
LAYER = Common(Dimension.LAYER, "tslcd", "tslcd")


def shared(dimension: Dimension, value: str) -> Common:
    return Common(dimension, value, "tslcd")


def failure(number: int, at: float, *shares: Common, unit: str = "") -> Failure:
    return Failure(f"SC-{number:03}", f"t{number}", unit or f"u{number}", at, (*shares, LAYER))


VALUES = {
    dimension: [shared(dimension, f"{dimension}-{n}") for n in range(2)]
    for dimension in Dimension
    if dimension is not Dimension.LAYER
}


@st.composite
def failures(draw: st.DrawFn) -> list[Failure]:
    times = draw(st.lists(st.integers(0, 40).map(lambda n: n * 60.0), min_size=1, max_size=12))
    chance = draw(st.randoms(use_true_random=False))
    return [
        failure(
            number,
            at,
            *(chance.choice(values) for values in VALUES.values() if chance.random() < 0.4),
            unit=f"u{chance.randrange(8)}",
        )
        for number, at in enumerate(times)
    ]


extents = st.fixed_dictionaries({each: st.integers(1, 12) for values in VALUES.values() for each in values})


def naive_enough(common: Common, those: list[Failure], extent: dict[Common, int]) -> bool:
    size = len({each.unit if counts_units(common.dimension) else each.target_id for each in those})
    if common.dimension is Dimension.LAYER:
        return size >= SETTINGS.storm_least
    least = 2 if common.dimension in {Dimension.POWER, Dimension.CIRCUIT} else SETTINGS.least
    return size >= least and size / extent[common] >= SETTINGS.share_ratio


def naive_groups(all_of: list[Failure], extent: dict[Common, int]) -> set[tuple[frozenset[str], Common]]:
    """Reach from failure to failure, then from set to set, until nothing changes."""
    sets: list[set[Failure]] = []
    for common in {share for each in all_of for share in each.shares}:
        gap = SETTINGS.storm_window_s if common == LAYER else SETTINGS.window_s
        parts = [{each} for each in all_of if common in each.shares]
        merge(
            parts,
            lambda one, two, gap=gap: any(abs(a.opened_at - b.opened_at) <= gap for a in one for b in two),
        )
        sets.extend(part for part in parts if naive_enough(common, list(part), extent))
    merge(sets, lambda one, two: bool(one & two))
    return {(frozenset(each.incident_id for each in part), naive_common(part, extent)) for part in sets}


def naive_common(part: set[Failure], extent: dict[Common, int]) -> Common:
    for dimension in Dimension:
        held: dict[Common, list[Failure]] = {}
        for each in part:
            for share in each.shares:
                if share.dimension is dimension:
                    held.setdefault(share, []).append(each)
        good = [
            common
            for common, those in held.items()
            if len(those) / len(part) >= HOLDS_RATIO and naive_enough(common, those, extent)
        ]
        if good:
            return min(good, key=lambda common: (-len(held[common]), common.value))
    return LAYER


def merge(parts: list[set[Failure]], touch) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 (a local rule)
    while pair := next((pair for pair in combinations(parts, 2) if touch(*pair)), None):
        one, two = pair
        parts.remove(one)
        parts.remove(two)
        parts.append(one | two)


@given(failures(), extents)
@examples(max_examples=60, deadline=None)
def test_groups_are_those_of_the_slow_way(all_of: list[Failure], extent: dict[Common, int]) -> None:
    found = groups_of(all_of, extent, SETTINGS)

    assert {(group.members, group.common) for group in found} == naive_groups(all_of, extent)


@given(failures(), extents, st.randoms(use_true_random=False))
@examples(max_examples=60, deadline=None)
def test_any_order_of_the_same_failures_gives_the_same_groups(
    all_of: list[Failure], extent: dict[Common, int], chance: Random
) -> None:
    found = groups_of(all_of, extent, SETTINGS)

    for _ in range(5):
        chance.shuffle(all_of)
        assert groups_of(all_of, extent, SETTINGS) == found


@given(failures(), extents, st.data())
@examples(max_examples=60, deadline=None)
def test_more_failures_never_split_a_group(
    all_of: list[Failure], extent: dict[Common, int], data: st.DataObject
) -> None:
    fewer = data.draw(st.lists(st.sampled_from(all_of), unique=True))

    more = [group.members for group in groups_of(all_of, extent, SETTINGS)]

    for group in groups_of(fewer, extent, SETTINGS):
        assert any(group.members <= each for each in more)


@given(failures(), extents)
@examples(max_examples=40, deadline=None)
def test_nothing_is_in_two_groups(all_of: list[Failure], extent: dict[Common, int]) -> None:
    found = groups_of(all_of, extent, SETTINGS)

    assert sum(len(group.members) for group in found) == len(
        frozenset().union(*(g.members for g in found), [])
    )


VNPT = shared(Dimension.PROVIDER_DISTRICT, "VNPT|Ba Tơ")
BA_TO = shared(Dimension.DISTRICT, "Ba Tơ")
NODE = shared(Dimension.PARENT, "nút tỉnh")


def test_the_narrowest_that_explains_all_is_named() -> None:
    cut = [failure(n, n * 5.0, VNPT, BA_TO, NODE) for n in range(4)]

    (group,) = groups_of(cut, {VNPT: 5, BA_TO: 6, NODE: 96}, SETTINGS)

    assert group.common == VNPT
    assert group.members == {"SC-000", "SC-001", "SC-002", "SC-003"}


def test_what_everybody_shares_explains_nothing_while_most_answer() -> None:
    scattered = [failure(n, n * 100.0, NODE) for n in range(4)]

    (storm,) = groups_of(scattered, {NODE: 96}, SETTINGS)

    assert storm.common == LAYER


@pytest.mark.parametrize("gap_s", [181.0, 800.0])
def test_two_that_have_nothing_in_common_are_two(gap_s: float) -> None:
    assert groups_of([failure(0, 0.0, VNPT), failure(1, gap_s, NODE)], {VNPT: 5, NODE: 96}, SETTINGS) == ()


def test_two_on_one_circuit_are_one() -> None:
    wire = shared(Dimension.CIRCUIT, "vnpt-17")

    (group,) = groups_of([failure(0, 0.0, wire), failure(1, 30.0, wire)], {wire: 2}, SETTINGS)

    assert group.common == wire


def test_an_office_that_is_dark_is_no_storm() -> None:
    assert (
        groups_of([failure(n, 10.0 * n, BA_TO, unit="21484") for n in range(9)], {BA_TO: 1}, SETTINGS) == ()
    )


def test_one_stranger_does_not_change_the_name_of_a_large_group() -> None:
    cut = [failure(n, n * 5.0, VNPT) for n in range(14)]
    stranger = failure(14, 300.0)

    assert common_of([*cut, stranger], {VNPT: 15}, SETTINGS) == VNPT
