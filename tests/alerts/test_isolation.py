"""Is it they, or are we cut off?"""

from dataclasses import replace

import pytest

from alerts.judging.isolation import connected_since, isolated_since, needed_votes
from alerts.judging.lifecycle import Progress
from alerts.model.checks import Status
from inventory.model import Inventory
from tests.alerts.province import EPOCH, OUR_FAULT, SETTINGS, SILENT, check, province
from tests.alerts.story import Story


def silent(since_at: float) -> Progress:
    return Progress(failing_since_at=since_at, failures=2)


def answering(mono: float = 0.0) -> Progress:
    return Progress(last_answer_mono=mono)


@pytest.mark.parametrize(("anchors", "needed"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_at_least_half_of_the_anchors_must_answer(anchors: int, needed: int) -> None:
    assert needed_votes(anchors) == needed


@pytest.mark.parametrize(("anchors", "fatal"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_the_silence_that_breaks_the_quorum_dates_the_isolation(anchors: int, fatal: int) -> None:
    for silents in range(anchors + 1):
        voters = [silent(100.0 - n) for n in range(silents)] + [answering()] * (anchors - silents)

        broke_at = sorted(100.0 - n for n in range(silents))[fatal - 1] if silents >= fatal else None
        assert isolated_since(voters) == broke_at


def test_without_anchors_we_are_never_isolated_and_always_connected() -> None:
    assert isolated_since([]) is None
    assert connected_since([], mono=1e9)


def test_one_lost_run_is_not_yet_silence() -> None:
    assert isolated_since([Progress(failing_since_at=5.0, failures=1)]) is None


def test_an_anchor_never_measured_votes_for_nothing() -> None:
    assert isolated_since([Progress()]) is None
    assert not connected_since([Progress()], mono=0.0)


@pytest.mark.parametrize(
    ("times", "is_connected"),
    [((9, 9, 9), False), ((10, 9, 9), False), ((10, 10, 9), True), ((11, 12, 13), True)],
)
def test_connection_is_proven_by_runs_that_started_late_enough(
    times: tuple[float, ...], *, is_connected: bool
) -> None:
    assert connected_since([answering(mono) for mono in times], mono=10) is is_connected


ANCHORS = ("gw", "isp1", "isp2")


def anchored() -> Inventory:
    return province([check(each) for each in (*ANCHORS, "a", "b")], anchors=ANCHORS)


def cut_off_story() -> Story:
    """Everything is up at 0; then all anchors fail twice: the quorum broke at 61."""
    story = Story(anchored())
    story.answers("a", 0)
    story.answers("b", 0)
    for anchor in ANCHORS:
        story.answers(anchor, 0)
    for second, anchor in enumerate(ANCHORS):
        story.sees(anchor, SILENT, 60 + second, took=5)
    for second, anchor in enumerate(ANCHORS):
        story.sees(anchor, SILENT, 66 + second, took=5)
    return story


def test_the_first_failure_of_an_anchor_rechecks_all_anchors_at_once() -> None:
    story = Story(anchored())

    assert story.fails("gw", 60).recheck == set(ANCHORS)
    assert "gw" not in story.fails("gw", 65).recheck


def test_isolation_makes_every_check_unknown_since_the_quorum_broke() -> None:
    story = cut_off_story()

    for check_id in ("a", "b", "gw", "isp1"):
        last = story.ledger.history(check_id)[-1]
        assert (last.new, last.cause) == (Status.UNKNOWN, "isolated")
    assert story.ledger.history("a")[-1].at == EPOCH + 61


def test_a_check_that_answered_after_the_quorum_broke_is_unknown_only_from_then() -> None:
    story = Story(anchored())
    story.answers("a", 0, 62)
    for anchor in ANCHORS:
        story.fails(anchor, 60, 66)

    assert story.ledger.history("a")[-1].at == EPOCH + 62


def test_a_check_that_was_failing_before_the_quorum_broke_is_unknown_since_its_first_failure() -> None:
    story = Story(anchored())
    story.answers("a", 0)
    story.fails("a", 55)
    for anchor in ANCHORS:
        story.fails(anchor, 60, 66)

    assert story.ledger.history("a")[-1].at == EPOCH + 55


def test_a_check_that_was_down_before_stays_down_until_the_quorum_broke() -> None:
    story = Story(anchored())
    for anchor in ANCHORS:
        story.answers(anchor, 0, 50)
    story.answers("a", 0)
    story.fails("a", 10, 30, 50, 70, 90)
    assert story.status("a") is Status.DOWN
    for anchor in ANCHORS:
        story.fails(anchor, 3600, 3606)

    down, blind = story.ledger.history("a")[-2:]
    assert (down.new, down.at) == (Status.DOWN, EPOCH + 10)
    assert (blind.new, blind.at) == (Status.UNKNOWN, EPOCH + 3600)
    assert story.incident.is_open


def test_nothing_measured_while_cut_off_counts() -> None:
    story = cut_off_story()
    for at in (80, 100, 120, 140):
        assert not story.fails("a", at).is_worth_saving
        assert not story.answers("b", at).is_worth_saving

    assert story.status("a") is story.status("b") is Status.UNKNOWN
    assert story.ledger.incidents == {}


def test_silent_anchors_are_asked_every_retry_interval_while_we_are_cut_off() -> None:
    story = cut_off_story()

    assert story.fails("isp1", 90).retry == {"isp1"}


def test_an_anchor_that_answers_while_we_are_cut_off_keeps_its_slots() -> None:
    story = cut_off_story()

    assert story.answers("gw", 90).retry == set()


def test_an_anchor_that_is_down_alone_keeps_its_slots() -> None:
    story = Story(anchored())
    for at in (0, 60, 80, 100):
        story.answers("isp1", at)
        story.answers("isp2", at)
    story.fails("gw", 62, 82, 99.5)
    assert story.status("gw") is Status.DOWN

    assert story.fails("gw", 160).retry == set()


def test_isolation_ends_when_the_quorum_answers_again() -> None:
    story = cut_off_story()

    assert story.answers("gw", 200).recheck == {"isp1", "isp2"}
    assert story.world.isolated_since_at is not None
    story.answers("isp2", 201)
    assert story.world.isolated_since_at is None


def test_an_anchor_that_goes_on_answering_rechecks_nobody() -> None:
    story = cut_off_story()
    story.answers("gw", 200)

    assert story.answers("gw", 260).recheck == set()


def test_a_result_that_started_while_we_were_cut_off_is_ignored_even_if_it_comes_later() -> None:
    story = cut_off_story()
    story.answers("gw", 200)
    story.answers("isp2", 201)

    story.sees("a", SILENT, 200, took=5)
    assert story.world.progress["a"].runs == {}


def test_after_isolation_the_first_agreeing_result_resumes_the_status() -> None:
    story = cut_off_story()
    story.answers("gw", 200)
    story.answers("isp2", 201)
    story.answers("a", 230)

    resumed = story.ledger.history("a")[-1]
    assert (resumed.old, resumed.new, resumed.at) == (Status.UNKNOWN, Status.UP, EPOCH + 230)


def test_a_minority_of_silent_anchors_blinds_nobody_and_is_their_own_incident() -> None:
    story = Story(anchored())
    for at in (0, 60, 80, 100):
        story.answers("isp1", at)
        story.answers("isp2", at + 1)
        story.answers("a", at + 2)
    story.answers("gw", 0)
    story.fails("gw", 62, 82, 99.5)

    assert story.incident.root_check_id == "gw"
    assert story.status("a") is Status.UP


def test_a_failure_asks_the_anchors_that_have_not_run_since_it_started() -> None:
    story = Story(anchored())
    story.answers("gw", 61)

    assert story.sees("a", SILENT, 60, took=5).recheck == {"isp1", "isp2"}


def test_nothing_is_declared_down_before_the_anchors_answered_later_than_the_failure_began() -> None:
    story = Story(anchored())
    for anchor in ANCHORS:
        story.answers(anchor, 0, 61)
    story.fails("a", 60, 80, 100)
    assert story.status("a") is not Status.DOWN

    story.answers("gw", 101)
    story.answers("isp1", 101)
    story.fails("a", 120)
    assert story.status("a") is Status.DOWN
    assert story.ledger.history("a")[-1].at == EPOCH + 60


def test_a_warning_is_an_answer_and_needs_no_anchors() -> None:
    slow = replace(SILENT, ok=True, reason=None, metrics={"rtt_p50_s": 0.3})
    story = Story(anchored())
    story.answers("a", 0)
    for at in (60, 80, 100):
        story.sees("a", slow, at)

    assert story.status("a") is Status.DEGRADED


def test_a_failing_check_is_unknown_when_the_anchors_give_no_verdict_for_too_long() -> None:
    story = Story(anchored())
    story.answers("a", 0)
    for at in range(60, 60 + 5 + 5 + 180, 20):
        story.fails("a", at)
        for anchor in ANCHORS:
            story.sees(anchor, OUR_FAULT, at + 1)
    assert story.status("a") is Status.UP

    story.fails("a", 260)
    last = story.ledger.history("a")[-1]
    assert (last.new, last.cause, last.at) == (Status.UNKNOWN, "isolated", EPOCH + 60)
    assert story.ledger.incidents == {}
    assert story.world.progress["a"].runs == {}


def test_a_new_inventory_without_the_silent_anchors_ends_the_isolation() -> None:
    story = cut_off_story()
    story.reloads(province([check("a"), check("b")]), at=100)
    assert story.world.isolated_since_at is None

    story.answers("a", 120)
    assert story.status("a") is Status.UP


def test_a_new_inventory_with_the_silent_anchors_keeps_the_isolation() -> None:
    story = cut_off_story()
    story.reloads(anchored(), at=100, settings=SETTINGS)

    assert story.world.isolated_since_at == EPOCH + 61
