import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.series.codec.quantities import BURST_S, LEAST, METRIC, METRIC_S, MOST, ROUND_TRIP_S, Quantiser
from tests.effort import examples

TOLERANCES = [
    (ROUND_TRIP_S, 1e-6, 0.001),
    (BURST_S, 1e-3, 0.01),
    (METRIC, 0.0, 1e-4),
    (METRIC_S, 1e-6, 1e-4),
]
QUANTITIES = st.floats(LEAST, MOST) | st.floats(1e-9, 10)


@pytest.mark.parametrize(("quantiser", "absolute", "relative"), TOLERANCES)
@settings(max_examples=examples(100))
@given(quantity=QUANTITIES)
@example(quantity=LEAST)
@example(quantity=MOST)
@example(quantity=1e-6)
@example(quantity=2e-4)
def test_a_quantity_is_rounded_within_its_tolerance_and_never_to_nothing(
    quantiser: Quantiser, absolute: float, relative: float, quantity: float
) -> None:
    rounded = quantiser.quantity(quantiser.levels([quantity])[0])

    assert rounded > 0
    assert abs(rounded - quantity) <= max(absolute, relative * quantity)


@pytest.mark.parametrize("quantiser", [quantiser for quantiser, _, _ in TOLERANCES])
@settings(max_examples=examples(100))
@given(quantity=QUANTITIES)
def test_what_was_rounded_is_not_changed_by_rounding_again(quantiser: Quantiser, quantity: float) -> None:
    level = quantiser.levels([quantity])

    assert quantiser.levels([quantiser.quantity(level[0])]) == level


@pytest.mark.parametrize("quantiser", [quantiser for quantiser, _, _ in TOLERANCES])
def test_every_level_is_the_level_of_what_it_stands_for(quantiser: Quantiser) -> None:
    (most,) = quantiser.levels([MOST])
    levels = [*range(6_000), *range(6_000, most, 9_973)]

    assert quantiser.levels([quantiser.quantity(level) for level in levels]) == levels


@pytest.mark.parametrize("quantiser", [quantiser for quantiser, _, _ in TOLERANCES])
def test_nothing_stays_nothing(quantiser: Quantiser) -> None:
    assert quantiser.quantity(quantiser.levels([0.0])[0]) == 0.0


@pytest.mark.parametrize("quantiser", [quantiser for quantiser, _, _ in TOLERANCES])
@settings(max_examples=examples(100))
@given(quantities=st.lists(QUANTITIES, min_size=2))
def test_what_is_larger_has_no_lower_level(quantiser: Quantiser, quantities: list[float]) -> None:
    levels = quantiser.levels(sorted(quantities))

    assert levels == sorted(levels)
