"""What each event changes. Times are seconds; the wall shows EPOCH plus them."""

from dataclasses import replace

import pytest

from alerts import engine
from alerts.engine import Refusal
from alerts.model import (
    AlertSettings,
    CancelReason,
    CheckState,
    CloseReason,
    Decision,
    Incident,
    LogKind,
    Notification,
    NotificationKind,
    SavedState,
    Status,
)
from alerts.world import World
from inventory.model import Inventory
from tests.alerts.province import (
    DUTY,
    EPOCH,
    GOOD,
    OUR_FAULT,
    SETTINGS,
    SILENT,
    SLOW,
    check,
    province,
    result,
)
from tests.alerts.story import Story

CHAIN = {"link": (), "switch": ("link",), "pc": ("switch",)}


def chain(*, without: str = "", failures_to_down: int = 3) -> Inventory:
    return province(
        [check(each, failures_to_down=failures_to_down) for each in CHAIN if each != without],
        {
            child: tuple(p for p in parents if p != without)
            for child, parents in CHAIN.items()
            if child != without
        },
    )


def alone(check_id: str = "a") -> Inventory:
    return province([check(check_id)])


def healthy(inventory: Inventory) -> Story:
    story = Story(inventory)
    for check_id in inventory.checks:
        story.answers(check_id, 0)
    return story


def broken() -> Story:
    """`a` stands alone and is down since 60."""
    story = healthy(alone())
    story.fails("a", 60, 80, 100)
    return story


def dark() -> Story:
    """Link, switch and pc are down since about 60, the link is the cause."""
    story = healthy(chain())
    for at in (60, 80, 100):
        story.fails("pc", at)
        story.fails("switch", at + 1)
        story.fails("link", at + 2)
    return story


class TestOneCheck:
    def test_the_first_good_result_makes_a_new_check_up(self) -> None:
        story = Story(alone())
        decision = story.answers("a", 5)

        (transition,) = decision.transitions
        assert (transition.old, transition.new, transition.at) == (Status.UNKNOWN, Status.UP, EPOCH + 5)

    def test_a_result_that_changes_nothing_decides_nothing(self) -> None:
        story = healthy(alone())

        assert story.answers("a", 60) == Decision()

    def test_a_soft_failure_asks_for_the_retry_interval_and_saves_nothing(self) -> None:
        story = healthy(alone())
        decision = story.fails("a", 60)

        assert decision.retry == {"a"}
        assert not decision.is_worth_saving

    def test_a_result_of_a_check_that_left_is_ignored(self) -> None:
        assert Story(alone()).fails("b", 5) == Decision()

    def test_a_result_older_than_one_judged_already_is_ignored(self) -> None:
        story = healthy(alone())
        story.fails("a", 60)

        assert story.answers("a", 59) == Decision()
        assert story.world.progress["a"].failures == 1

    def test_a_check_that_is_down_goes_on_in_its_slots(self) -> None:
        assert broken().fails("a", 120) == Decision()

    def test_trouble_that_is_not_down_opens_no_incident(self) -> None:
        story = healthy(alone())
        for at in (60, 80, 100):
            story.sees("a", SLOW, at)

        assert story.status("a") is Status.DEGRADED
        assert story.ledger.history("a")[-1].cause == "rtt_p50_s 0.3 / 0.2"
        assert story.ledger.incidents == {}

    def test_our_own_faults_make_it_unknown_and_open_nothing(self) -> None:
        story = healthy(alone())
        for at in (60, 80, 100, 120):
            story.sees("a", OUR_FAULT, at)

        last = story.ledger.history("a")[-1]
        assert (last.new, last.cause, last.at) == (Status.UNKNOWN, "our_fault", EPOCH + 60)
        assert story.ledger.incidents == {}


class TestIncident:
    def test_it_begins_with_the_first_failure_and_is_declared_with_the_last(self) -> None:
        incident = broken().incident

        assert (incident.id, incident.root_check_id, incident.cause) == ("SC-2026-0001", "a", "timeout")
        assert (incident.opened_at, incident.declared_at) == (EPOCH + 60, EPOCH + 100)

    def test_its_log_says_when_it_was_declared_and_when_it_was_over(self) -> None:
        story = broken()
        story.answers("a", 300, 320)

        assert [(each.at - EPOCH, each.kind, each.text) for each in story.ledger.log] == [
            (100, LogKind.OPENED, "timeout"),
            (320, LogKind.CLOSED, "recovered"),
        ]

    def test_everybody_on_the_route_is_told_after_the_group_wait(self) -> None:
        rows = broken().ledger.outbox.values()

        told = {(row.notification.channel, row.notification.recipient) for row in rows}
        assert told == {(each.channel, each.address) for each in DUTY}
        assert {row.notification.due_at for row in rows} == {EPOCH + 105}

    def test_a_policy_without_a_route_tells_nobody(self) -> None:
        story = Story(alone(), AlertSettings())
        story.fails("a", 60, 80, 100)

        assert story.incident.is_open
        assert story.ledger.outbox == {}

    def test_it_ends_with_the_first_good_result(self) -> None:
        story = broken()
        story.answers("a", 300, 320)

        (incident,) = story.ledger.incidents.values()
        assert (incident.close_reason, incident.resolved_at) == (CloseReason.RECOVERED, EPOCH + 300)
        assert story.world.incidents == {}
        assert story.world.incident_of == {}

    def test_whoever_was_told_is_told_the_end_after_the_recovery_wait(self) -> None:
        story = broken()
        story.ticks(110)
        story.answers("a", 300, 320)
        story.ticks(400)

        assert [(told.kind, told.recipient) for told in story.ledger.told] == [
            (kind, each.address)
            for kind in (NotificationKind.OPENED, NotificationKind.RESOLVED)
            for each in DUTY
        ]
        assert {row.notification.due_at for row in story.ledger.outbox.values()} == {EPOCH + 105, EPOCH + 330}

    def test_an_incident_that_ends_within_the_group_wait_is_never_told(self) -> None:
        story = broken()
        story.answers("a", 102, 104)
        story.ticks(200)

        assert story.ledger.told == []
        assert {row.cancelled for row in story.ledger.outbox.values()} == {CancelReason.RESOLVED_BEFORE_DUE}

    def test_a_second_failure_later_is_a_second_incident(self) -> None:
        story = broken()
        story.answers("a", 300, 320)
        story.fails("a", 400, 420, 440)

        assert list(story.ledger.incidents) == ["SC-2026-0001", "SC-2026-0002"]

    def test_numbers_begin_anew_at_the_new_year_of_vietnam(self) -> None:
        story = Story(alone())
        new_year = 1_798_736_400.0  # 2027-01-01 00:00 UTC+7
        for begin, now in ((0.0, new_year - 1), (100.0, new_year)):
            for second, reading in ((0, SILENT), (20, SILENT), (40, SILENT), (60, GOOD), (80, GOOD)):
                mono = begin + second
                outcome = result("a", reading, mono)
                story.ledger.commit(engine.on_result(story.world, outcome, now=now, mono=mono))

        assert list(story.ledger.incidents) == ["SC-2026-0001", "SC-2027-0001"]

    def test_unknown_neither_closes_nor_opens(self) -> None:
        story = broken()
        for at in (120, 140, 160):
            story.sees("a", OUR_FAULT, at)
        assert story.status("a") is Status.UNKNOWN
        assert story.incident.is_open

        story.fails("a", 180)
        assert story.status("a") is Status.DOWN
        assert len(story.ledger.incidents) == 1

    def test_a_threshold_that_speaks_is_its_cause(self) -> None:
        story = healthy(alone())
        for at in (60, 80, 100):
            story.sees("a", replace(SLOW, metrics={"rtt_p50_s": 1.5}), at)

        assert story.incident.cause == "rtt_p50_s 1.5 / 1"


class TestChildAndParent:
    def test_a_fault_of_ours_asks_no_parents(self) -> None:
        story = healthy(chain())
        story.fails("switch", 50, 52, 54)
        story.fails("pc", 50, 52, 54)

        assert story.sees("pc", OUR_FAULT, 100).recheck == set()

    def test_the_first_failure_of_a_child_probes_its_parent_at_once(self) -> None:
        story = healthy(chain())

        assert story.sees("pc", SILENT, 60, took=5).recheck == {"switch"}

    def test_a_parent_that_ran_since_the_failure_began_is_not_probed_again(self) -> None:
        story = healthy(chain())
        story.answers("switch", 61)

        assert story.sees("pc", SILENT, 60, took=5).recheck == set()

    def test_a_parent_with_a_streak_under_way_is_not_probed_again(self) -> None:
        story = healthy(chain())
        story.fails("switch", 50)

        assert story.sees("pc", SILENT, 60, took=5).recheck == set()

    def test_a_child_waits_for_the_parents_answer(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80)
        decision = story.sees("pc", SILENT, 100, took=5)

        assert decision.recheck == {"switch"}
        assert decision.retry == {"pc"}
        assert story.status("pc") is Status.DOWN
        assert list(story.world.pending) == ["pc"]
        assert story.ledger.incidents == {}

    def test_a_waiting_child_asks_its_parents_again_with_every_failure(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)

        assert story.fails("pc", 120).recheck == {"switch"}

    def test_a_child_behind_a_dead_parent_asks_nobody(self) -> None:
        story = healthy(chain())
        story.fails("switch", 60, 80, 100)

        assert story.fails("pc", 110).recheck == set()

    def test_a_child_that_comes_back_behind_a_healthy_parent_asks_nobody(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("switch", 101)

        assert story.answers("pc", 300).recheck == set()

    def test_a_child_is_blamed_the_moment_its_parent_answers(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("switch", 105)

        assert (story.incident.root_check_id, story.incident.declared_at) == ("pc", EPOCH + 105)
        assert story.world.pending == {}

    def test_an_answer_older_than_the_last_failure_blames_nobody(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80)
        story.answers("switch", 99)
        story.fails("pc", 100)

        assert story.ledger.incidents == {}

    def test_an_impatient_child_is_blamed_only_for_what_lasts_longer_than_the_group_wait(self) -> None:
        story = healthy(chain(failures_to_down=1))
        story.fails("pc", 60)
        story.answers("switch", 65)
        story.answers("switch", 70)
        assert story.ledger.incidents == {}

        story.fails("pc", 80)
        assert story.incident.root_check_id == "pc"

    def test_a_child_may_come_back_a_group_wait_later_than_its_parent(self) -> None:
        story = healthy(chain(failures_to_down=2))
        story.fails("switch", 95)
        story.fails("pc", 60, 80, 100, 119)
        story.answers("switch", 120)
        story.fails("pc", 124)
        assert story.ledger.incidents == {}

        story.fails("pc", 126)
        assert story.incident.root_check_id == "pc"

    def test_a_child_is_not_blamed_while_its_parent_is_failing(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.fails("switch", 101)
        story.fails("pc", 281)
        story.ticks(282)

        assert list(story.world.pending) == ["pc"]

    def test_whatever_hangs_on_a_dead_link_belongs_to_its_incident(self) -> None:
        incident = dark().incident

        assert incident.root_check_id == "link"
        assert incident.affected == {"switch", "pc"}
        assert incident.opened_at == EPOCH + 62

    def test_a_child_that_falls_later_joins_its_parents_incident(self) -> None:
        story = healthy(chain())
        for check_id in ("link", "switch", "pc"):
            story.fails(check_id, 60, 80, 100)

        assert story.incident.affected == {"switch", "pc"}
        assert story.world.pending == {}

    def test_a_dead_parent_that_is_judged_itself_holds_its_child(self) -> None:
        story = healthy(chain())
        story.fails("switch", 60, 80, 100)
        story.fails("pc", 60, 80, 100)
        assert list(story.world.pending) == ["switch", "pc"]

        story.answers("link", 105)
        assert story.incident.root_check_id == "switch"
        assert story.incident.affected == {"pc"}

    def test_a_child_with_two_parents_belongs_to_the_one_that_is_down(self) -> None:
        inventory = province([check("x"), check("y"), check("pc")], {"pc": ("x", "y")})
        story = healthy(inventory)
        story.fails("y", 60, 80, 100)
        story.fails("pc", 60, 80, 100)

        assert (story.incident.root_check_id, set(story.incident.affected)) == ("y", {"pc"})

    def test_a_parent_that_gives_no_verdict_is_waited_for_only_so_long(self) -> None:
        story = healthy(chain())
        for at in range(60, 60 + 40 + 180, 20):
            story.fails("pc", at)
            story.sees("switch", OUR_FAULT, at + 1)
        assert story.ledger.incidents == {}

        story.ticks(280)
        assert story.incident.root_check_id == "pc"

    def test_a_child_that_is_coming_back_is_not_blamed_by_time_alone(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("pc", 279)
        story.ticks(280)

        assert story.ledger.incidents == {}

    def test_a_parent_that_was_never_measured_is_waited_for_only_so_long(self) -> None:
        story = Story(chain())
        story.fails("pc", 60, 80, 100)
        story.ticks(279)
        assert story.ledger.incidents == {}

        story.ticks(280)
        assert story.incident.root_check_id == "pc"

    def test_what_waits_behind_a_check_blamed_by_time_joins_its_incident(self) -> None:
        story = Story(chain())
        story.fails("switch", 60, 80, 100)
        story.fails("pc", 60, 80, 100)
        story.ticks(280)

        assert story.incident.root_check_id == "switch"
        assert story.ledger.incidents[story.incident.id].affected == {"pc"}

    def test_a_parent_that_is_up_but_silent_is_waited_for_until_it_is_overdue(self) -> None:
        checks = [check("switch", interval_s=300.0), check("pc")]
        story = healthy(province(checks, {"pc": ("switch",)}))
        for at in range(60, 1000, 20):
            story.fails("pc", at)
            story.ticks(at)
            assert bool(story.ledger.incidents) is (at > 905)

    def test_every_parent_must_give_its_verdict(self) -> None:
        story = healthy(province([check("x"), check("y"), check("pc")], {"pc": ("x", "y")}))
        story.fails("pc", 60, 80, 100)
        story.answers("y", 101)
        assert story.ledger.incidents == {}

        story.answers("x", 102)
        assert story.incident.root_check_id == "pc"

    def test_a_parent_that_is_passed_over_does_not_speak_for_the_others(self) -> None:
        checks = [check("x", interval_s=300.0), check("y"), check("pc")]
        story = Story(province(checks, {"pc": ("x", "y")}))
        story.answers("x", 0)
        story.fails("pc", 60, 80, 100, 200, 300)
        story.ticks(301)
        assert story.ledger.incidents == {}

        story.answers("x", 302)
        assert story.incident.root_check_id == "pc"

    def test_a_child_told_of_minutes_before_its_parent_died_keeps_its_own_incident(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("switch", 101)
        story.fails("switch", 400, 420, 440)
        story.answers("link", 441)

        assert [each.root_check_id for each in story.world.incidents.values()] == ["pc", "switch"]


class TestRecovery:
    def test_a_good_result_behind_a_dead_link_probes_the_link_at_once(self) -> None:
        assert dark().answers("switch", 300).recheck == {"link"}

    def test_what_comes_back_with_its_link_is_told_by_the_links_recovery_alone(self) -> None:
        story = dark()
        for check_id in ("pc", "switch", "link"):
            story.answers(check_id, 300, 320)
        story.ticks(400)

        assert len(story.ledger.incidents) == 1
        assert len(story.ledger.told) == 2 * len(DUTY)

    def test_when_the_link_is_back_what_is_still_down_is_probed_at_once(self) -> None:
        assert dark().answers("link", 300, 320).recheck == {"switch", "pc"}

    def test_a_straggler_is_blamed_only_after_fresh_failures(self) -> None:
        story = dark()
        story.answers("switch", 299, 319)
        story.answers("link", 300, 320)
        story.fails("pc", 321, 341)
        story.answers("switch", 342)
        assert story.world.incidents == {}

        story.fails("pc", 361)
        assert story.incident.root_check_id == "pc"
        assert story.incident.opened_at == EPOCH + 60

    def test_a_straggler_that_comes_back_is_never_told(self) -> None:
        story = dark()
        story.answers("link", 300, 320)
        story.fails("switch", 321, 341)
        story.fails("pc", 321, 341)
        for check_id in ("switch", "pc"):
            story.answers(check_id, 361, 381)

        assert len(story.ledger.incidents) == 1
        assert story.world.pending == {}

    def test_something_that_is_back_frees_what_hangs_on_it_even_if_the_root_is_still_down(self) -> None:
        story = dark()
        story.answers("switch", 300, 320)
        assert list(story.world.pending) == ["pc"]
        assert "switch" not in story.world.incident_of

        story.fails("pc", 340, 360, 380)
        story.answers("switch", 381)
        assert {each.root_check_id for each in story.world.incidents.values()} == {"link", "pc"}

    def test_something_that_is_back_keeps_what_hangs_on_another_dead_parent(self) -> None:
        parents = {"x": ("link",), "y": ("link",), "pc": ("x", "y")}
        story = healthy(province([check(each) for each in ("link", "x", "y", "pc")], parents))
        for check_id in ("link", "x", "y", "pc"):
            story.fails(check_id, 60, 80, 100)
        story.answers("x", 300, 320)

        assert story.world.incident_of["pc"] == story.incident.id

    def test_a_straggler_that_flaps_is_blamed_only_for_failures_in_a_row(self) -> None:
        story = dark()
        story.answers("switch", 299, 319)
        story.answers("link", 300, 320)
        for at in range(340, 500, 40):
            story.fails("pc", at)
            story.answers("pc", at + 20)
        story.fails("pc", 500, 520)
        story.answers("switch", 521)
        assert story.world.incidents == {}

        story.fails("pc", 540)
        assert story.incident.root_check_id == "pc"

    def test_an_answer_from_before_the_latest_streak_blames_nobody(self) -> None:
        story = dark()
        story.answers("switch", 299, 319)
        story.answers("link", 300, 320)
        story.answers("pc", 340)
        story.answers("switch", 345)
        story.fails("pc", 360, 380, 400)
        assert story.world.incidents == {}

        story.answers("switch", 401)
        assert story.incident.root_check_id == "pc"

    def test_a_check_whose_link_was_freed_while_it_was_unknown_is_judged_when_it_is_known(self) -> None:
        story = dark()
        for at in (300, 320, 340):
            story.sees("switch", OUR_FAULT, at)
        story.answers("link", 350, 370)
        assert "switch" not in story.world.pending

        story.fails("switch", 380)
        assert "switch" in story.world.pending


class TestTime:
    def test_a_check_without_results_for_three_intervals_is_unknown_since_the_last(self) -> None:
        story = healthy(alone())
        assert story.ticks(185) == Decision()

        (transition,) = story.ticks(185.1).transitions
        assert (transition.new, transition.cause, transition.at) == (Status.UNKNOWN, "overdue", EPOCH)

    def test_it_is_said_once(self) -> None:
        story = healthy(alone())
        story.ticks(300)

        assert story.ticks(400) == Decision()

    def test_a_check_that_never_gave_a_result_stays_unknown(self) -> None:
        assert Story(alone()).ticks(1000) == Decision()

    def test_an_overdue_check_waits_for_no_judgement(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.answers("link", 280)
        story.ticks(290)

        assert story.status("pc") is Status.UNKNOWN
        assert story.world.pending == {}

    def test_a_quiet_tick_decides_nothing(self) -> None:
        assert dark().ticks(110) == Decision()

    def test_nothing_is_overdue_while_we_are_cut_off(self) -> None:
        story = healthy(province([check("gw"), check("a")], anchors=("gw",)))
        story.fails("gw", 60, 66)

        assert story.ticks(1000) == Decision()


class TestStart:
    def test_the_first_start_knows_nothing_and_changes_nothing(self) -> None:
        story = Story(chain())

        assert story.decision == Decision()
        assert set(story.world.statuses.values()) == {Status.UNKNOWN}

    def test_the_time_the_daemon_was_off_is_unknown(self) -> None:
        story = broken()
        decision = story.restarts(alone(), stopped=200, at=500)

        (transition,) = decision.transitions
        assert (transition.old, transition.new, transition.cause) == (Status.DOWN, Status.UNKNOWN, "stopped")
        assert (transition.at, transition.declared_at) == (EPOCH + 200, EPOCH + 500)

    def test_without_a_last_sign_of_life_the_time_before_now_is_left_alone(self) -> None:
        saved = SavedState(states=(CheckState("a", Status.UP, EPOCH),))
        story = Story(alone(), saved=saved, at=500)

        assert story.decision.transitions[0].at == EPOCH + 500

    def test_a_last_sign_of_life_in_the_future_is_not_believed(self) -> None:
        saved = SavedState(states=(CheckState("a", Status.UP, EPOCH),), alive_at=EPOCH + 9999)
        story = Story(alone(), saved=saved, at=500)

        assert story.decision.transitions[0].at == EPOCH + 500

    def test_what_was_unknown_stays_unknown_without_a_word(self) -> None:
        saved = SavedState(states=(CheckState("a", Status.UNKNOWN, EPOCH, Status.DOWN),), alive_at=EPOCH + 9)
        story = Story(alone(), saved=saved, at=500)

        assert story.decision == Decision()
        story.fails("a", 510)
        assert story.status("a") is Status.DOWN

    def test_an_open_incident_goes_on(self) -> None:
        story = broken()
        story.restarts(alone(), stopped=200, at=500)
        story.fails("a", 510)
        assert len(story.ledger.incidents) == 1

        story.answers("a", 570, 590)
        assert story.ledger.incidents["SC-2026-0001"].close_reason is CloseReason.RECOVERED

    def test_what_an_open_incident_explained_it_explains_again(self) -> None:
        story = dark()
        before = dict(story.world.incident_of)
        story.restarts(chain(), stopped=200, at=500)
        assert story.world.incident_of == before

        story.fails("pc", 510)
        assert story.world.pending == {}

    def test_what_had_come_back_before_the_stop_is_not_explained_again(self) -> None:
        story = dark()
        story.answers("pc", 150, 170)
        story.restarts(chain(), stopped=200, at=500)

        assert "pc" not in story.world.incident_of

    def test_numbers_go_on(self) -> None:
        story = broken()
        story.answers("a", 300, 320)
        story.restarts(alone(), stopped=400, at=500)
        story.fails("a", 510, 530, 550)

        assert story.incident.id == "SC-2026-0002"

    def test_what_left_the_inventory_meanwhile_is_forgotten_and_its_incident_removed(self) -> None:
        story = broken()
        decision = story.restarts(alone("b"), stopped=200, at=500)

        assert decision.forgotten == ("a",)
        assert story.ledger.incidents["SC-2026-0001"].close_reason is CloseReason.REMOVED
        assert "a" not in story.ledger.states
        assert story.world.incident_of == {}

    def test_a_world_built_from_the_store_is_the_world_that_was_stored(self) -> None:
        story = dark()
        again = World(chain(), SETTINGS, story.ledger.saved(), mono=0.0)

        assert again.states == story.world.states
        assert again.incidents == story.world.incidents
        assert again.incident_of == story.world.incident_of


class TestReload:
    def test_the_same_inventory_changes_nothing(self) -> None:
        story = dark()

        assert story.reloads(chain(), 200) == Decision()

    def test_an_incident_whose_root_left_is_closed_as_removed(self) -> None:
        story = broken()
        decision = story.reloads(alone("b"), 200)

        (incident,) = decision.incidents
        assert (incident.close_reason, incident.resolved_at) == (CloseReason.REMOVED, EPOCH + 200)
        assert decision.forgotten == ("a",)

    def test_a_message_not_yet_due_about_something_removed_is_not_sent(self) -> None:
        story = broken()
        story.reloads(alone("b"), 101)
        story.ticks(300)

        assert story.ledger.told == []
        assert {row.cancelled for row in story.ledger.outbox.values()} == {CancelReason.REMOVED}

    def test_whoever_was_told_hears_that_it_was_removed(self) -> None:
        story = broken()
        story.ticks(110)
        story.reloads(alone("b"), 200)
        story.ticks(300)

        assert [told.kind for told in story.ledger.told].count(NotificationKind.RESOLVED) == len(DUTY)

    def test_what_a_removed_link_explained_is_judged_for_itself(self) -> None:
        story = dark()
        decision = story.reloads(chain(without="link"), 200)

        assert {"switch", "pc"} <= decision.recheck
        assert story.world.pending.keys() == {"switch", "pc"}
        story.fails("switch", 210, 230, 250)
        assert (story.incident.root_check_id, set(story.incident.affected)) == ("switch", {"pc"})

    def test_something_explained_that_is_removed_leaves_the_incident_open(self) -> None:
        story = dark()
        story.reloads(chain(without="pc"), 200)

        assert story.incident.root_check_id == "link"
        assert "pc" not in story.world.incident_of

    def test_something_that_no_longer_hangs_on_the_dead_link_is_judged_for_itself(self) -> None:
        story = dark()
        story.reloads(province([check(each) for each in CHAIN], {"pc": ("switch",)}), 200)

        assert list(story.world.pending) == ["switch"]

    def test_a_waiting_check_that_is_removed_is_forgotten(self) -> None:
        story = healthy(chain())
        story.fails("pc", 60, 80, 100)
        story.reloads(chain(without="pc"), 110)
        story.ticks(400)

        assert story.world.pending == {}
        assert "pc" not in story.ledger.states

    def test_acknowledgements_and_streaks_stay(self) -> None:
        story = broken()
        story.acknowledges(story.incident.id, 120)
        story.reloads(province([check("a"), check("b")]), 200)
        assert story.incident.acknowledged_by == "an"

        story.fails("b", 210, 230)
        story.reloads(province([check("a"), check("b")]), 240)
        story.fails("b", 250)
        assert story.status("b") is Status.DOWN

    def test_new_settings_count_from_now_on(self) -> None:
        story = healthy(alone())
        story.reloads(alone(), 10, AlertSettings(group_wait_s=60.0, routes=SETTINGS.routes))
        story.fails("a", 60, 80, 140)

        assert {row.notification.due_at for row in story.ledger.outbox.values()} == {EPOCH + 200}

    def test_the_story_of_what_left_ends_as_unknown(self) -> None:
        story = broken()
        story.reloads(alone("b"), 200)

        last = story.ledger.history("a")[-1]
        assert (last.new, last.cause, last.at) == (Status.UNKNOWN, "removed", EPOCH + 200)

    def test_what_was_unknown_when_it_left_has_nothing_more_to_tell(self) -> None:
        story = Story(alone())

        assert story.reloads(alone("b"), 200).transitions == ()

    def test_what_comes_again_begins_anew(self) -> None:
        story = broken()
        story.reloads(alone("b"), 200)
        story.reloads(alone(), 210)
        assert story.answers("a", 209) == Decision()

        story.answers("a", 211)
        assert story.status("a") is Status.UP

    def test_what_comes_late_is_not_overdue_at_once(self) -> None:
        story = healthy(alone())
        story.reloads(province([check("a"), check("b")]), 1000)
        story.fails("b", 1010, 1030)
        story.ticks(1031)

        assert Status.DOWN in story.world.progress["b"].runs


class TestAcknowledge:
    def test_it_names_who_and_when(self) -> None:
        story = broken()
        decision = story.acknowledges("SC-2026-0001", 130, who="Đinh Văn B")

        assert isinstance(decision, Decision)
        assert (story.incident.acknowledged_at, story.incident.acknowledged_by) == (EPOCH + 130, "Đinh Văn B")
        assert (decision.log[0].kind, decision.log[0].text) == (LogKind.ACKNOWLEDGED, "đang xử lý")

    def test_a_second_one_is_refused(self) -> None:
        story = broken()
        story.acknowledges("SC-2026-0001", 130)

        assert story.acknowledges("SC-2026-0001", 140, who="bình") is Refusal.ALREADY_ACKNOWLEDGED
        assert story.incident.acknowledged_by == "an"

    def test_nobody_can_take_what_does_not_exist(self) -> None:
        assert broken().acknowledges("SC-2026-0099", 130) is Refusal.UNKNOWN_INCIDENT

    def test_nobody_can_take_what_has_ended(self) -> None:
        story = broken()
        story.answers("a", 300, 320)

        assert story.acknowledges("SC-2026-0001", 330) is Refusal.UNKNOWN_INCIDENT

    def test_the_recovery_is_told_all_the_same(self) -> None:
        story = broken()
        story.ticks(110)
        story.acknowledges("SC-2026-0001", 130)
        story.answers("a", 300, 320)

        assert story.ledger.incidents["SC-2026-0001"].acknowledged_by == "an"
        assert len(story.decision.recoveries) == 1


@pytest.mark.parametrize("kind", NotificationKind)
def test_the_same_thing_is_never_told_twice_to_the_same_person(kind: NotificationKind) -> None:
    note = Notification("SC-2026-0001", kind, "email", "a@example.vn", due_at=1.0)

    assert note.dedup_key == replace(note, due_at=2.0).dedup_key


def test_an_incident_is_open_until_it_has_a_close_reason() -> None:
    incident = Incident("SC-2026-0001", "a", EPOCH, EPOCH, "timeout")

    assert incident.is_open
    assert not replace(incident, close_reason=CloseReason.REMOVED).is_open


def test_the_same_events_give_the_same_decisions() -> None:
    def run() -> list[Decision]:
        story = dark()
        return [story.answers(check_id, at) for at in (300, 320) for check_id in ("switch", "link", "pc")]

    assert run() == run()
