"""How often people may ask for a new measurement."""

from monitor.web.memory import PERSON_LIMIT, TARGET_GAP_S, WITHIN_S, Rechecks

NOW = 1_795_290_012.0


def test_a_target_is_looked_at_once_whoever_asks() -> None:
    rechecks = Rechecks()

    assert rechecks.wait_s("a", "hoa", NOW) == 0
    assert rechecks.wait_s("a", "lan", NOW + 3) == TARGET_GAP_S - 3
    assert rechecks.wait_s("b", "lan", NOW + 3) == 0
    assert rechecks.wait_s("a", "lan", NOW + TARGET_GAP_S) == 0


def test_a_person_may_ask_so_often_and_others_still_may() -> None:
    rechecks = Rechecks()
    for number in range(PERSON_LIMIT):
        assert rechecks.wait_s(f"t{number}", "hoa", NOW + number) == 0

    assert rechecks.wait_s("khac", "hoa", NOW + 30) == WITHIN_S - 30
    assert rechecks.wait_s("khac", "lan", NOW + 30) == 0
    assert rechecks.wait_s("nua", "hoa", NOW + WITHIN_S) == 0


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    rechecks = Rechecks()
    rechecks.wait_s("a", "hoa", NOW)

    assert rechecks.wait_s("a", "hoa", NOW - 86_400) == 0


def test_what_was_long_ago_is_forgotten() -> None:
    rechecks = Rechecks()
    for number in range(10_000):
        assert rechecks.wait_s(f"t{number}", f"p{number}", NOW + number) == 0
