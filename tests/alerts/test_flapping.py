"""Coming and going. Values first, then whole hours on the simulator."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.incidents.flapping import Outlook, came_up, downs_of, got_worse, is_settling, outlook, went_down
from alerts.model.checks import CheckState, Status
from alerts.model.incident import CloseReason, Incident, LogKind
from alerts.model.settings import FlapSettings
from inventory.model import Inventory
from tests.alerts.ledger import Told
from tests.alerts.province import EPOCH, SETTINGS, check, province
from tests.alerts.simulator import Simulator

FLAPS = FlapSettings()
HOUR_S = 3_600.0
LINK = "xa.cpe/icmp"
PC = "xa.pc/icmp"
ONE_OF_DUTY = "truc@example.vn"


def incident(*downs: float, **more: object) -> Incident:
    found = Incident("SC-1", LINK, downs[0], downs[0], "timeout", downs=downs[:1])
    for at in downs[1:]:
        found = went_down(found, at, now=at, flaps=FLAPS)
    return replace(found, **more)  # type: ignore[arg-type]  # the test's own fields


class TestCounting:
    def test_three_times_within_the_window_is_flapping(self) -> None:
        assert incident(0, 1_000).flapping_at is None
        assert incident(0, 1_000, 3_600).flapping_at == 3_600

    def test_three_times_in_a_longer_time_is_not(self) -> None:
        assert incident(0, 1_000, 3_601).flapping_at is None

    def test_the_window_slides(self) -> None:
        assert incident(0, 3_000, 6_000, 6_500).flapping_at == 6_500

    def test_what_only_degrades_does_not_flap(self) -> None:
        slow = replace(incident(0), level=Status.DEGRADED)
        for at in (100, 200, 300):
            slow = went_down(slow, at, now=at, flaps=FLAPS)

        assert (slow.episodes, slow.flapping_at) == (4, None)

    def test_going_down_opens_what_had_ended(self) -> None:
        ended = replace(incident(0), resolved_at=50.0, close_reason=CloseReason.RECOVERED)

        assert went_down(ended, 60, now=70, flaps=FLAPS).is_open

    def test_the_longest_time_is_kept(self) -> None:
        first = came_up(incident(0), 100)
        again = came_up(went_down(first, 200, now=200, flaps=FLAPS), 230)

        assert (first.longest_s, again.longest_s) == (100, 100)

    def test_a_good_time_that_begins_anew_makes_no_longest(self) -> None:
        up = came_up(incident(0, 10, 20), 30)

        assert came_up(up, 500).longest_s == 10

    def test_getting_worse_is_no_other_time(self) -> None:
        worse = got_worse(replace(incident(0), level=Status.DEGRADED), 700, "timeout")

        assert (worse.level, worse.episodes, downs_of(worse)) == (Status.DOWN, 1, (700,))

    @given(st.lists(st.floats(1, 5_000), min_size=1, max_size=12))
    @settings(max_examples=100)
    def test_it_begins_when_a_window_holds_enough_of_all_downs(self, gaps: list[float]) -> None:
        downs = [0.0]
        found = incident(0.0)
        for gap in gaps:
            downs.append(downs[-1] + gap)
            found = went_down(found, downs[-1], now=downs[-1], flaps=FLAPS)

        full = [at for at in downs if sum(at - FLAPS.window_s <= each <= at for each in downs) >= FLAPS.begin]
        assert found.flapping_at == (full[0] if full else None)


class TestOutlook:
    def look(self, found: Incident, status: Status, now: float, since: float | None = None) -> Outlook | None:
        since_at = since if since is not None else found.up_at or downs_of(found)[-1]
        return outlook(found, CheckState(LINK, status, since_at), now=now, flaps=FLAPS)

    def test_up_for_long_is_calm(self) -> None:
        up = came_up(incident(0, 10, 20), 30)

        assert self.look(up, Status.UP, 1_829) is None
        assert self.look(up, Status.UP, 1_830) is Outlook.CALM

    def test_down_for_long_is_lost(self) -> None:
        assert self.look(incident(0, 10, 20), Status.DOWN, 919) is None
        assert self.look(incident(0, 10, 20), Status.DOWN, 920) is Outlook.LOST

    def test_unknown_is_neither(self) -> None:
        assert self.look(incident(0, 10, 20), Status.UNKNOWN, 9_999) is None
        assert self.look(came_up(incident(0, 10, 20), 30), Status.UNKNOWN, 9_999) is None

    def test_after_blindness_it_must_be_seen_up_for_a_while(self) -> None:
        up = came_up(incident(0, 10, 20), 30)

        assert self.look(up, Status.UP, 5_000, since=4_500) is None
        assert self.look(up, Status.UP, 5_400, since=4_500) is Outlook.CALM

    def test_down_because_of_another_is_neither(self) -> None:
        assert self.look(came_up(incident(0, 10, 20), 30), Status.DOWN, 9_999, since=40) is None

    def test_what_does_not_flap_has_no_outlook(self) -> None:
        assert self.look(incident(0), Status.DOWN, 9_999) is None


class TestSettling:
    def test_the_first_time_is_told_at_once(self) -> None:
        assert not is_settling(incident(0), now=0, flaps=FLAPS)

    def test_the_second_must_last(self) -> None:
        assert is_settling(incident(0, 300), now=419, flaps=FLAPS)
        assert not is_settling(incident(0, 300), now=420, flaps=FLAPS)

    def test_flapping_is_told_at_once(self) -> None:
        assert not is_settling(incident(0, 300, 600), now=600, flaps=FLAPS)

    def test_a_clock_set_back_stops_nothing(self) -> None:
        assert not is_settling(incident(0, 300), now=200, flaps=FLAPS)


def link(*behind: str) -> Inventory:
    checks = [check(each, interval_s=15.0, retry_interval_s=1.0, timeout_s=1.0) for each in (LINK, *behind)]
    return province(checks, dict.fromkeys(behind, (LINK,)))


def flips(down_s: float, up_s: float, *, until: float, begin: float = 300.0) -> list[tuple[float, float]]:
    count = int((until - begin) // (down_s + up_s))
    return [(begin + n * (down_s + up_s), begin + n * (down_s + up_s) + down_s) for n in range(count)]


def at_random(seed: int, *, until: float) -> list[tuple[float, float]]:
    """About forty an hour."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable story, no secret
    found, at = [], 300.0
    while at < until:
        down_s, up_s = dice.uniform(5, 85), dice.uniform(5, 85)
        found.append((at, at + down_s))
        at += down_s + up_s
    return found


def told(run: Simulator) -> list[Told]:
    return [each for each in run.ledger.told if each.recipient == ONE_OF_DUTY]


def most_in_an_hour(messages: Sequence[Told]) -> int:
    times = [each.at for each in messages]
    return max((sum(at <= each < at + HOUR_S for each in times) for at in times), default=0)


def believed(messages: Sequence[Told]) -> str:
    return messages[-1].kind.value if messages else "resolved"


PATTERNS = {
    "45 down, 45 up": lambda until: flips(45, 45, until=until),
    "80 down, 10 up": lambda until: flips(80, 10, until=until),
    "10 down, 80 up": lambda until: flips(10, 80, until=until),
    "random 1": lambda until: at_random(1, until=until),
    "random 2": lambda until: at_random(2, until=until),
}


class TestFortyFlipsAnHour:
    @pytest.mark.parametrize(
        ("pattern", "hours"),
        [*((each, 1) for each in PATTERNS), ("45 down, 45 up", 5), ("random 1", 5)],
    )
    def test_at_most_three_messages_an_hour_and_the_truth_at_the_end(self, pattern: str, hours: int) -> None:
        outages = PATTERNS[pattern](300.0 + hours * HOUR_S)
        run = Simulator(link(), {LINK: outages}, phases={}).run_until(outages[-1][1] + 2_000)

        assert most_in_an_hour(told(run)) <= 3
        assert run.ledger.open == []
        assert believed(told(run)) == "resolved"

    def test_it_begins_with_a_loss_and_ends_with_a_summary(self) -> None:
        outages = flips(45, 45, until=300 + HOUR_S)
        run = Simulator(link(), {LINK: outages}, phases={}).run_until(outages[-1][1] + 2_000)

        assert [each.kind.value for each in told(run)] == ["opened", "resolved", "flapping", "resolved"]
        (closed,) = run.ledger.incidents.values()
        assert closed.episodes == len(outages)
        assert closed.flapping_at is None
        assert closed.longest_s == pytest.approx(45, abs=20)
        assert closed.resolved_at == pytest.approx(EPOCH + outages[-1][1], abs=20)
        assert [each.kind for each in run.ledger.log if each.kind is LogKind.CALMED] == [LogKind.CALMED]

    def test_what_stays_down_in_the_end_is_told_as_lost(self) -> None:
        outages = [*flips(45, 45, until=900), (960.0, 9_999.0)]
        run = Simulator(link(), {LINK: outages}, phases={}).run_until(960 + 1_200)

        assert [each.kind.value for each in told(run)] == ["opened", "resolved", "flapping", "opened"]
        assert told(run)[-1].at == pytest.approx(EPOCH + 960 + FLAPS.lost_s, abs=20)
        (still,) = run.ledger.open
        assert (still.flapping_at, still.resolved_at) == (None, None)

    def test_a_second_loss_that_lasts_is_told(self) -> None:
        run = Simulator(link(), {LINK: [(300, 400), (500, 9_999)]}, phases={}).run_until(1_000)

        assert [each.kind.value for each in told(run)] == ["opened", "resolved", "opened"]
        assert told(run)[-1].at == pytest.approx(EPOCH + 500 + FLAPS.settle_s, abs=20)

    def test_an_end_that_was_none_is_not_told(self) -> None:
        outages = [(300, 400), (500, 800), (860, 9_999)]
        lazy = replace(SETTINGS, flaps=replace(FLAPS, begin=9))
        run = Simulator(link(), {LINK: outages}, phases={}, settings=lazy).run_until(2_000)

        assert [each.kind.value for each in told(run)] == ["opened", "resolved", "opened"]


class TestBehindWhatFlaps:
    def test_one_incident_tells_of_all(self) -> None:
        outages = flips(45, 45, until=300 + HOUR_S)
        behind = [(begin - 1, end + 3) for begin, end in outages]  # seen first, back last
        phases = {LINK: 0.4, PC: 0.9}
        run = Simulator(link(PC), {LINK: outages, PC: behind}, phases=phases).run_until(2.5 * HOUR_S)

        (closed,) = run.ledger.incidents.values()
        assert closed.root_check_id == LINK
        assert closed.affected == {PC}

    def test_what_is_down_itself_behind_it_is_blamed_once_the_parent_has_been_up_for_a_while(self) -> None:
        outages = flips(45, 60, until=1_200)
        run = Simulator(link(PC), {LINK: outages, PC: [(620, 99_999)]}, phases={})
        run.run_until(outages[-1][1] + FLAPS.settle_s)
        assert {each.root_check_id for each in run.ledger.open} == {LINK}

        run.run_until(outages[-1][1] + FLAPS.settle_s + 60)
        assert {each.root_check_id for each in run.ledger.open} == {LINK, PC}

    def test_a_child_that_goes_down_with_its_parent_does_not_flap_by_itself(self) -> None:
        outages = flips(120, 240, until=300 + HOUR_S)
        run = Simulator(link(PC), {LINK: outages, PC: outages}, phases={}).run_until(2 * HOUR_S)

        assert Counter(each.root_check_id for each in run.ledger.incidents.values()) == {LINK: 1}

    def test_a_flapping_child_is_not_calm_while_its_parent_is_down(self) -> None:
        own = flips(45, 45, until=900)
        run = Simulator(link(PC), {LINK: [(900, 4_500)], PC: [*own, (900, 4_500)]}, phases={}).run_until(
            4_600
        )

        (flapping,) = (each for each in run.ledger.open if each.root_check_id == PC)
        assert flapping.flapping_at is not None
        assert flapping.up_at == pytest.approx(EPOCH + 4_500, abs=20)
        run.run_until(4_600 + FLAPS.stable_s)
        assert run.ledger.open == []


class TestRestarts:
    def test_neither_counters_nor_patience_are_lost(self) -> None:
        outages = flips(45, 45, until=300 + HOUR_S)
        run = Simulator(link(), {LINK: outages}, phases={})
        for at in range(400, 4_000, 217):
            run.run_until(float(at))
            run.restart()
        run.run_until(outages[-1][1] + 2_000)

        assert most_in_an_hour(told(run)) <= 3
        (closed,) = run.ledger.incidents.values()
        assert closed.resolved_at == pytest.approx(EPOCH + outages[-1][1], abs=40)
        assert closed.episodes > 20


def naive(outages: Sequence[tuple[float, float]]) -> Iterator[tuple[float, str]]:
    """Say what a person with the list of all bad times calls it: (when, word) at each change of the word."""
    word = "up"
    downs: list[float] = []
    for (begin, end), (before, after) in zip(outages, around(outages), strict=True):
        if word == "up" and begin - before > FLAPS.reopen_s:
            downs = []
        downs.append(begin)
        if word == "up":
            often = sum(each >= begin - FLAPS.window_s for each in downs) >= FLAPS.begin
            word = "flapping" if often else "down"
            yield begin, word
        if word == "flapping" and end - begin >= FLAPS.lost_s:
            word = "down"
            yield begin + FLAPS.lost_s, word
        if word == "down":
            word = "up"
            yield end, word
        elif after - end >= FLAPS.stable_s:
            word = "up"
            yield end + FLAPS.stable_s, word


def around(outages: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield for each bad time the end of the one before and the begin of the one after."""
    for position in range(len(outages)):
        before = outages[position - 1][1] if position > 0 else float("-inf")
        after = outages[position + 1][0] if position + 1 < len(outages) else float("inf")
        yield before, after


class TestAgainstANaiveModel:
    @given(st.lists(st.tuples(st.integers(40, 1_400), st.integers(40, 2_400)), min_size=1, max_size=6))
    @settings(max_examples=10, deadline=None)
    def test_it_flaps_from_when_to_when_a_list_of_all_downs_says_so(
        self, spans: list[tuple[int, int]]
    ) -> None:
        quick = check(LINK, interval_s=10.0, retry_interval_s=2.0, timeout_s=0.5, failures_to_down=1)
        eager = replace(quick, successes_to_up=1)
        outages, at = [], 11.0
        for down_s, up_s in spans:
            # Not near the limits, where the seconds of noticing decide.
            outages.append((at, at + away_from(down_s, FLAPS.lost_s)))
            at = outages[-1][1] + away_from(away_from(up_s, FLAPS.stable_s), FLAPS.reopen_s)
        run = Simulator(province([eager]), {LINK: outages}, phases={LINK: 0.0}, tick_s=5.0)

        for when, word in naive(outages):
            run.run_until(when + 25)
            assert self.word(run) == word, (when, outages)
        assert believed(told(run.run_until(run.mono + HOUR_S))) == "resolved"

    def word(self, run: Simulator) -> str:
        if not run.ledger.open:
            return "up"
        (only,) = run.ledger.open
        return "down" if only.flapping_at is None else "flapping"


def away_from(value: float, limit: float) -> float:
    return value + 60 if abs(value - limit) < 30 else value
