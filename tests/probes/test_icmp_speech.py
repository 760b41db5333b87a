import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.icmp.speech import Band, band, speech

ratios = st.floats(0, 1)
delays = st.floats(0, 10)


@pytest.mark.parametrize(
    ("rtt_ms", "jitter_ms", "loss_percent", "r", "mos"),
    [
        (10, 2, 0, 92.5, 4.40),
        (60, 10, 0.1, 91.1, 4.37),
        (100, 20, 0.5, 88.7, 4.31),
        (150, 30, 1, 85.8, 4.22),
        (200, 40, 2, 78.9, 3.98),
        (300, 50, 3, 66.4, 3.42),
        (400, 60, 5, 51.4, 2.65),
        (600, 100, 10, 16.0, 1.15),
    ],
)
def test_the_index_is_that_of_the_e_model(
    rtt_ms: float, jitter_ms: float, loss_percent: float, r: float, mos: float
) -> None:
    index = speech(rtt_s=rtt_ms / 1e3, jitter_s=jitter_ms / 1e3, loss_ratio=loss_percent / 100)

    assert index.r == pytest.approx(r, abs=0.051)
    assert index.mos == pytest.approx(mos, abs=0.0051)


@given(delays, delays, ratios)
def test_the_index_stays_in_its_range(rtt_s: float, jitter_s: float, loss_ratio: float) -> None:
    index = speech(rtt_s=rtt_s, jitter_s=jitter_s, loss_ratio=loss_ratio)

    assert 0 <= index.r <= 93.2
    assert 1 <= index.mos <= 4.5


@given(delays, delays, ratios, st.floats(0, 0.5))
def test_a_worse_way_never_sounds_better(
    rtt_s: float, jitter_s: float, loss_ratio: float, more: float
) -> None:
    r = speech(rtt_s=rtt_s, jitter_s=jitter_s, loss_ratio=loss_ratio).r

    assert speech(rtt_s=rtt_s + more, jitter_s=jitter_s, loss_ratio=loss_ratio).r <= r
    assert speech(rtt_s=rtt_s, jitter_s=jitter_s + more, loss_ratio=loss_ratio).r <= r
    assert speech(rtt_s=rtt_s, jitter_s=jitter_s, loss_ratio=loss_ratio + more).r <= r


@pytest.mark.parametrize(
    ("r", "name"),
    [
        (93.2, Band.GOOD),
        (80, Band.GOOD),
        (79.9, Band.FAIR),
        (70, Band.FAIR),
        (69.9, Band.MEDIUM),
        (60, Band.MEDIUM),
        (59.9, Band.POOR),
        (50, Band.POOR),
        (49.9, Band.UNFIT),
        (0, Band.UNFIT),
    ],
)
def test_a_band_begins_at_its_limit(r: float, name: Band) -> None:
    assert band(r) is name
