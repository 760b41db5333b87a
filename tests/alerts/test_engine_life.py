"""Time itself, starts and reloads. Times are seconds; the wall shows EPOCH plus them."""

from dataclasses import replace

from alerts.model.checks import CheckState, Status
from alerts.model.decision import Decision, SavedState
from alerts.model.incident import CloseReason
from alerts.model.notification import CancelReason, NotificationKind
from alerts.world import World
from tests.alerts.province import (
    DUTY,
    EPOCH,
    SETTINGS,
    check,
    province,
)
from tests.alerts.situations import CHAIN, alone, broken, chain, dark, healthy
from tests.alerts.story import Story


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

        assert story.decision == Decision(seen=(("link", 0.0), ("switch", 0.0), ("pc", 0.0)))
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

        assert story.decision == Decision(seen=(("a", 0.0),))
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
        story.restarts(alone(), stopped=1400, at=1500)
        story.fails("a", 1510, 1530, 1550)

        assert story.incident.id == "SC-2026-0002"

    def test_what_left_the_inventory_meanwhile_is_forgotten_and_its_incident_removed(self) -> None:
        story = broken()
        decision = story.restarts(alone("b"), stopped=200, at=500)

        assert decision.forgotten == ("a",)
        assert story.ledger.incidents["SC-2026-0001"].close_reason is CloseReason.REMOVED
        assert "a" not in story.ledger.states
        assert story.world.incident_of == {}

    def test_what_leaves_while_it_is_unknown_ends_its_story_too(self) -> None:
        story = broken()
        story.restarts(alone("a"), stopped=200, at=500)
        story.reloads(alone("b"), 510)

        *_, stopped, removed = [each for each in story.ledger.transitions if each.check_id == "a"]
        assert (stopped.new, stopped.cause) == (Status.UNKNOWN, "stopped")
        assert (removed.at, removed.old, removed.new, removed.cause) == (
            EPOCH + 510,
            Status.UNKNOWN,
            Status.UNKNOWN,
            "removed",
        )

    def test_what_was_never_known_leaves_without_a_word(self) -> None:
        story = healthy(alone("b"))
        story.reloads(province([check("a"), check("b")]), 100)
        story.reloads(alone("b"), 110)

        assert [each for each in story.ledger.transitions if each.check_id == "a"] == []

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
        story.reloads(alone(), 10, replace(SETTINGS, group_wait_s=60.0))
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
