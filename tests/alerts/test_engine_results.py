"""What results mean for one check and its incident. Times are seconds; the wall shows EPOCH plus them."""

from dataclasses import replace

from alerts import engine
from alerts.model.checks import Status
from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, LogKind
from alerts.model.notification import CancelReason, NotificationKind
from alerts.model.settings import AlertSettings
from tests.alerts.province import (
    DUTY,
    EPOCH,
    GOOD,
    OUR_FAULT,
    SILENT,
    SLOW,
    check,
    province,
    result,
)
from tests.alerts.situations import alone, broken, healthy
from tests.alerts.story import Story


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
            (100, LogKind.STEP, "0"),
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

    def test_a_second_failure_much_later_is_a_second_incident(self) -> None:
        story = broken()
        story.answers("a", 300, 320)
        story.fails("a", 1300, 1320, 1340)

        assert list(story.ledger.incidents) == ["SC-2026-0001", "SC-2026-0002"]

    def test_numbers_begin_anew_at_the_new_year_of_vietnam(self) -> None:
        story = Story(province([check("a"), check("b")]))
        new_year = 1_798_736_400.0  # 2027-01-01 00:00 UTC+7
        for check_id, begin, now in (("a", 0.0, new_year - 1), ("b", 100.0, new_year)):
            for second, reading in ((0, SILENT), (20, SILENT), (40, SILENT), (60, GOOD), (80, GOOD)):
                mono = begin + second
                outcome = result(check_id, reading, mono)
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
