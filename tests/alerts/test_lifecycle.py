"""Streaks and statuses. Words: `.` is a good result, `w` a warning, `x` a critical one, `?` a fault of ours."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.judging.lifecycle import Progress, advance, blind, change, expected
from alerts.model.checks import Blindness, CheckState, Level, Status, Verdict
from tests.alerts.province import EPOCH, GOOD, check, result

LEVELS = {".": Level.OK, "w": Level.WARNING, "x": Level.CRITICAL, "?": Level.UNKNOWN}
PATIENT = check("a", failures_to_down=3, successes_to_up=2)


def state(status: Status, resume: Status | None = None) -> CheckState:
    return CheckState("a", status, EPOCH, resume)


def play(word: str, begin: CheckState) -> tuple[CheckState, list[tuple[Status, float]]]:
    """Feed one result a second; return the last state and (status, first-result second) of every change."""
    now, progress, changes = begin, Progress(), []
    for second, letter in enumerate(word):
        earned = advance(now, progress, Verdict(LEVELS[letter]), result("a", GOOD, second), PATIENT)
        if earned is not None:
            first_at = progress.runs[earned].first_at
            progress.settle_streaks(expected(now), earned)
            now, transition = change(now, earned, at=first_at, declared_at=EPOCH + second, cause="")
            changes.append((earned, transition.at - EPOCH))
    return now, changes


def changes_of(word: str, begin: CheckState) -> list[tuple[Status, float]]:
    return play(word, begin)[1]


UP, DEGRADED, DOWN, UNKNOWN = state(Status.UP), state(Status.DEGRADED), state(Status.DOWN), CheckState("a")


def test_stays_up_until_the_third_failure_in_a_row() -> None:
    assert changes_of(".xx.xx.", UP) == []


def test_is_down_since_the_first_failure_of_the_streak() -> None:
    assert changes_of(".x..xxx", UP) == [(Status.DOWN, 4)]


def test_a_good_result_breaks_the_streak() -> None:
    assert changes_of("xx.xx", UP) == []


def test_recovers_after_two_good_results_since_the_first_of_them() -> None:
    assert changes_of("x.x..", DOWN) == [(Status.UP, 3)]


def test_one_good_result_is_not_a_recovery() -> None:
    assert changes_of(".x.x.x", DOWN) == []


def test_three_warnings_in_a_row_are_degraded() -> None:
    assert changes_of("ww.www", UP) == [(Status.DEGRADED, 3)]


@pytest.mark.parametrize("word", ["wxw", "xww", "wwx", "xwx", "xxw", "wxx"])
def test_mixed_trouble_is_degraded_not_down(word: str) -> None:
    assert changes_of(word, UP) == [(Status.DEGRADED, 0)]


def test_failures_that_began_inside_a_mixed_streak_still_count_towards_down() -> None:
    assert changes_of("wxxx", UP) == [(Status.DEGRADED, 0), (Status.DOWN, 1)]


def test_three_failures_are_down_without_a_stop_at_degraded() -> None:
    assert changes_of("xxx", UP) == [(Status.DOWN, 0)]


def test_degraded_gets_worse_after_three_failures() -> None:
    assert changes_of("wxxwxxx", DEGRADED) == [(Status.DOWN, 4)]


def test_degraded_recovers_after_two_good_results() -> None:
    assert changes_of(".w..", DEGRADED) == [(Status.UP, 2)]


def test_down_becomes_degraded_after_two_answers_that_are_not_all_good() -> None:
    assert changes_of("w.", DOWN) == [(Status.DEGRADED, 0)]


def test_good_results_that_began_inside_a_half_recovery_still_count_towards_up() -> None:
    assert changes_of("w..", DOWN) == [(Status.DEGRADED, 0), (Status.UP, 1)]


def test_results_that_agree_with_the_status_change_nothing() -> None:
    assert changes_of("...", UP) == changes_of("www", DEGRADED) == changes_of("xxx", DOWN) == []


def test_streaks_do_not_survive_a_change_of_direction() -> None:
    assert changes_of("xwx..xx", UP) == [(Status.DEGRADED, 0), (Status.UP, 3)]


def test_our_own_faults_neither_confirm_nor_break_a_streak() -> None:
    assert changes_of("x?x?x", UP) == [(Status.DOWN, 0)]


def test_three_of_our_own_faults_in_a_row_are_unknown_since_the_first() -> None:
    assert changes_of(".??.???", UP) == [(Status.UNKNOWN, 4)]


def test_our_own_faults_on_an_unknown_check_change_nothing() -> None:
    assert changes_of("?????", replace(UNKNOWN, resume=Status.DOWN)) == []


def test_after_unknown_the_streaks_begin_anew() -> None:
    assert changes_of("xx???xx", UP) == [(Status.UNKNOWN, 2)]


@pytest.mark.parametrize(("resume", "letter"), [(Status.UP, "."), (Status.DEGRADED, "w"), (Status.DOWN, "x")])
def test_an_unknown_check_resumes_its_status_with_one_agreeing_result(resume: Status, letter: str) -> None:
    assert changes_of(letter, state(Status.UNKNOWN, resume)) == [(resume, 0)]


def test_an_unknown_check_that_was_up_needs_three_failures_to_be_down() -> None:
    assert changes_of("xxx", state(Status.UNKNOWN, Status.UP)) == [(Status.DOWN, 0)]


def test_an_unknown_check_that_was_down_needs_two_successes_to_be_up() -> None:
    assert changes_of("..", state(Status.UNKNOWN, Status.DOWN)) == [(Status.UP, 0)]


def test_an_unknown_check_that_was_degraded_may_turn_out_either_way() -> None:
    begin = state(Status.UNKNOWN, Status.DEGRADED)

    assert changes_of("..", begin) == [(Status.UP, 0)]
    assert changes_of("xxx", begin) == [(Status.DOWN, 0)]


def test_a_new_check_is_held_against_up() -> None:
    assert changes_of(".", UNKNOWN) == [(Status.UP, 0)]
    assert changes_of("xx", UNKNOWN) == []
    assert changes_of("xxx", UNKNOWN) == [(Status.DOWN, 0)]


def test_becoming_unknown_remembers_the_status_and_resuming_forgets_it() -> None:
    now, _ = play("xxx???", UP)
    assert (now.status, now.resume) == (Status.UNKNOWN, Status.DOWN)

    now, _ = play("x", now)
    assert (now.status, now.resume) == (Status.DOWN, None)


def test_blind_is_nothing_new_for_a_check_that_is_unknown() -> None:
    assert blind(UNKNOWN, Blindness.STOPPED, at=EPOCH, declared_at=EPOCH) is None


def test_blind_says_why() -> None:
    changed = blind(DOWN, Blindness.ISOLATED, at=EPOCH + 5, declared_at=EPOCH + 9)

    assert changed is not None
    assert changed[1].cause == "isolated"
    assert changed[0].resume is Status.DOWN


def test_a_change_never_lies_before_the_one_before_it() -> None:
    _, transition = change(UP, Status.DOWN, at=EPOCH - 60, declared_at=EPOCH + 1, cause="timeout")

    assert transition.at == EPOCH


def test_progress_knows_when_it_last_ran_failed_and_answered() -> None:
    progress = Progress()
    assert not any((progress.ran_since(0), progress.failed_since(0), progress.answered_since(0)))

    for second, letter in enumerate("..xx?."):
        progress.note(LEVELS[letter], result("a", GOOD, second))

    assert progress.ran_since(5)
    assert not progress.ran_since(6)
    assert progress.failed_since(3)
    assert not progress.failed_since(4)
    assert progress.answered_since(5)
    assert progress.answering_since_mono == 5


def test_progress_counts_failures_in_a_row_and_since_when() -> None:
    progress = Progress()
    for second, letter in enumerate("x.x?xwxx"):
        progress.note(LEVELS[letter], result("a", GOOD, second))

    assert (progress.failures, progress.failing_since_at) == (2, EPOCH + 6)
    assert progress.answering_since_mono == 5


def test_progress_keeps_when_the_answers_began() -> None:
    progress = Progress()
    for second, letter in enumerate("..?.w"):
        progress.note(LEVELS[letter], result("a", GOOD, second))

    assert progress.answering_since_mono == 0


SEVERITY = {".": 0, "w": 1, "x": 2}
BY_SEVERITY = (Status.UP, Status.DEGRADED, Status.DOWN)


def recount(word: str, origin: Status) -> Status:
    """Status after `word`, by looking at the last three and the last two results again after each one."""
    status, tail = origin, ""
    for letter in word:
        tail += letter
        mine, last_three, last_two = BY_SEVERITY.index(status), tail[-3:], tail[-2:]
        for severity in (2, 1, 0):
            worse = severity > mine and len(last_three) == 3
            better = severity < mine and len(last_two) == 2
            if worse and min(SEVERITY[each] for each in last_three) >= severity:
                status = BY_SEVERITY[severity]
                break
            if better and max(SEVERITY[each] for each in last_two) <= severity:
                status = BY_SEVERITY[severity]
    return status


@given(st.text("..wxx", max_size=60), st.sampled_from([UP, DEGRADED, DOWN]))
def test_any_word_ends_where_counting_again_from_scratch_ends(word: str, begin: CheckState) -> None:
    assert play(word, begin)[0].status is recount(word, begin.status)


@given(st.text(".wx?", max_size=60), st.sampled_from([UP, DEGRADED, DOWN, UNKNOWN]))
def test_changes_alternate_and_never_run_backwards(word: str, begin: CheckState) -> None:
    changes = [(begin.status, 0.0), *changes_of(word, begin)]

    for (old, old_at), (new, new_at) in itertools.pairwise(changes):
        assert new is not old
        assert new_at >= old_at
