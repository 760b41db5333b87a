"""How long guessers wait."""

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.people.throttling import (
    ACCOUNT_RULE,
    ADDRESS_RULE,
    MOST_SUBJECTS,
    Attempts,
    Rule,
    network_of,
    wait_s,
)
from tests.effort import examples

RULES = st.sampled_from([ADDRESS_RULE, ACCOUNT_RULE])
TIMES = st.lists(st.floats(0, 200_000), max_size=40)


def guess_all_day(rule: Rule, day_s: float) -> list[float]:
    """Return when a guesser gets a try who tries again as soon as the rule lets them."""
    attempts, now, tries = Attempts(rule), 0.0, []
    while now < day_s:
        wait = attempts.wait_s("x", now)
        if wait > 0:
            now += wait
            continue
        attempts.note("x", now)
        tries.append(now)
    return tries


def test_an_address_gets_twenty_tries_an_hour_and_an_account_twenty_a_day() -> None:
    for rule, window_s in ((ADDRESS_RULE, 3_600.0), (ACCOUNT_RULE, 86_400.0)):
        tries = guess_all_day(rule, 3 * window_s)

        most = max(sum(at <= other < at + window_s for other in tries) for at in tries)
        assert most == 20


def test_the_first_mistakes_cost_nothing_and_each_further_one_twice_the_time() -> None:
    rule = Rule(free=3, first_delay_s=1.0, longest_delay_s=60.0, limit=20, window_s=86_400.0)

    waits = [wait_s([100.0] * failed, 100.0, rule) for failed in range(11)]

    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


@settings(max_examples=examples(200))
@given(TIMES, st.floats(0, 400_000), RULES)
def test_nobody_waits_longer_than_the_rule_says_and_waiting_is_enough(
    failed: list[float], now: float, rule: Rule
) -> None:
    wait = wait_s(failed, now, rule)

    assert 0 <= wait <= rule.window_s
    past = [at for at in failed if at <= now]
    assert wait_s(past, now + wait_s(past, now, rule) + 0.001, rule) == 0


@settings(max_examples=examples(200))
@given(TIMES, st.floats(200_000, 300_000), RULES, st.floats(0, 200_000))
def test_one_more_failure_never_shortens_the_wait(
    failed: list[float], now: float, rule: Rule, another: float
) -> None:
    assert wait_s([*failed, another], now, rule) >= wait_s(failed, now, rule)


def test_what_did_not_fail_is_taken_back_and_an_owner_who_came_in_begins_anew() -> None:
    attempts = Attempts(ACCOUNT_RULE)
    for second in range(5):
        attempts.note("hoa", float(second))
    assert attempts.wait_s("hoa", 5.0) > 0

    attempts.take_back("hoa", 4.0)
    attempts.take_back("hoa", 3.0)
    attempts.take_back("hoa", 99.0)
    assert attempts.wait_s("hoa", 5.0) == 0
    attempts.note("hoa", 5.0)
    attempts.forget("hoa")
    assert attempts.wait_s("hoa", 5.0) == 0


def test_a_crowd_of_names_does_not_fill_the_memory() -> None:
    attempts = Attempts(ACCOUNT_RULE)
    for number in range(MOST_SUBJECTS + 1):
        attempts.note(str(number), 1.0)
        attempts.note(str(number), 1.0)
        attempts.note(str(number), 1.0)

    assert attempts.wait_s("0", 1.0) == 0
    assert attempts.wait_s("1", 1.0) > 0


def test_a_whole_ipv6_network_counts_as_one_address() -> None:
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::2%eth0")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("") == ""
