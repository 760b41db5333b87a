"""Which copies stay."""

import datetime as dt
import itertools
import random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.backup.rotation import Keep, kept

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = 1_795_290_012.0
COPIES = st.lists(st.floats(NOW - 500 * 86_400, NOW + 5 * 86_400), max_size=60, unique=True).map(
    lambda times: [(f"c{number}", at) for number, at in enumerate(times)]
)
KEEPS = st.builds(Keep, days=st.integers(1, 10), weeks=st.integers(0, 6), months=st.integers(0, 13))


def by_hand(copies: list[tuple[str, float]], keep: Keep) -> set[str]:
    """The same rule, from the newest to the oldest, one copy after the other."""
    found = {name for name, at in copies if at > NOW}
    past = sorted((c for c in copies if c[1] <= NOW), key=lambda c: c[1], reverse=True)
    local = {name: dt.datetime.fromtimestamp(at, ZONE) for name, at in past}
    for form, count in (("%Y-%m-%d", keep.days), ("%G-%V", keep.weeks), ("%Y-%m", keep.months)):
        periods = sorted({when.strftime(form) for when in local.values()}, reverse=True)
        left = count
        for period in periods:
            newest = next(name for name, _ in past if local[name].strftime(form) == period)
            if newest in found:
                continue
            if left == 0:
                break
            found.add(newest)
            left -= 1
    return found


@given(COPIES, KEEPS)
def test_it_keeps_what_the_rule_says(copies: list[tuple[str, float]], keep: Keep) -> None:
    assert kept(copies, keep, ZONE, NOW) == by_hand(copies, keep)


@given(COPIES, KEEPS)
def test_it_never_drops_the_newest_and_twice_is_as_once_in_any_order(
    copies: list[tuple[str, float]], keep: Keep
) -> None:
    found = kept(copies, keep, ZONE, NOW)

    past = [copy for copy in copies if copy[1] <= NOW]
    if past:
        assert max(past, key=lambda copy: copy[1])[0] in found
    left = [copy for copy in copies if copy[0] in found]
    assert kept(left, keep, ZONE, NOW) == found
    shuffled = random.Random(1).sample(copies, len(copies))  # noqa: S311 (an order)
    assert kept(shuffled, keep, ZONE, NOW) == found


def test_night_after_night_for_three_years_a_week_a_month_and_a_year_stay_covered() -> None:
    keep = Keep(days=7, weeks=4, months=12)
    copies: list[tuple[str, float]] = []
    for night in range(3 * 365):
        now = NOW + night * 86_400
        copies.append((f"n{night}", now))
        stay = kept(copies, keep, ZONE, now)
        copies = [copy for copy in copies if copy[0] in stay]

    ages = sorted((now - at) / 86_400 for _, at in copies)
    assert ages[:7] == [0, 1, 2, 3, 4, 5, 6]
    assert len(ages) == 7 + 4 + 12
    assert all(later - earlier <= 7 for earlier, later in itertools.pairwise(ages[6:11]))
    assert all(later - earlier <= 31 for earlier, later in itertools.pairwise(ages[11:]))
    assert ages[-1] > 330
