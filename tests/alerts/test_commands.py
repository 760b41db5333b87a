"""What people do to incidents. Times are seconds; the wall shows EPOCH plus them."""

import pytest

from alerts.incidents import commands
from alerts.incidents.commands import Refusal
from alerts.model.checks import Status
from alerts.model.decision import Decision
from alerts.model.incident import CauseKind, CloseReason, Incident, LogKind, Side
from alerts.model.notification import NotificationKind
from tests.alerts.province import DUTY, EPOCH, check, province
from tests.alerts.situations import alone, broken, dark, healthy
from tests.alerts.story import Story

ID = "SC-2026-0001"


def done(story: Story, outcome: Decision | Refusal) -> Decision:
    assert isinstance(outcome, Decision)
    story.ledger.commit(outcome)
    return outcome


def stored(story: Story, incident_id: str = ID) -> Incident:
    return story.ledger.incidents[incident_id]


def two_broken() -> Story:
    story = healthy(province([check("a"), check("b")]))
    story.fails("a", 60, 80, 100)
    story.fails("b", 300, 320, 340)
    story.ticks(400)
    return story


class TestTaking:
    def test_a_time_that_has_passed_is_refused(self) -> None:
        outcome = commands.acknowledge(
            broken().world, ID, who="an", text="", now=EPOCH + 130, until_at=EPOCH + 130
        )

        assert outcome is Refusal.TIMES

    def test_only_what_was_taken_can_be_given_back(self) -> None:
        story = broken()
        assert (
            commands.unacknowledge(story.world, ID, who="an", text="", now=EPOCH) is Refusal.NOT_ACKNOWLEDGED
        )

        story.acknowledges(ID, 130)
        done(story, commands.unacknowledge(story.world, ID, who="bình", text="đổi ca", now=EPOCH + 140))

        assert (story.incident.acknowledged_at, story.incident.acknowledged_by) == (None, "")
        assert (story.ledger.log[-1].who, story.ledger.log[-1].text) == ("bình", "đổi ca")

    def test_taking_a_part_takes_the_whole(self) -> None:
        story = two_broken()
        done(story, commands.merge(story.world, "SC-2026-0002", ID, who="an", now=EPOCH + 410))
        done(story, commands.acknowledge(story.world, "SC-2026-0002", who="an", text="", now=EPOCH + 420))

        assert stored(story).acknowledged_by == "an"
        assert stored(story, "SC-2026-0002").acknowledged_by == ""


class TestJudging:
    def test_a_note_needs_words(self) -> None:
        story = broken()

        assert commands.note(story.world, story.incident, who="an", text="", now=EPOCH) is Refusal.EMPTY
        noted = done(story, commands.note(story.world, story.incident, who="an", text="chờ", now=EPOCH))
        assert [(each.kind, each.text) for each in noted.log] == [(LogKind.NOTE, "chờ")]

    @pytest.mark.parametrize(
        ("kind", "side"),
        [
            (CauseKind.LINE, Side.ENTERPRISE),
            (CauseKind.DISASTER, Side.OBJECTIVE),
            (CauseKind.CENTRAL, Side.CENTRAL),
            (CauseKind.DEVICE, Side.LOCAL),
        ],
    )
    def test_a_cause_has_its_usual_side(self, kind: CauseKind, side: Side) -> None:
        story = broken()
        done(story, commands.choose_cause(story.world, story.incident, kind, who="an", now=EPOCH + 130))

        assert (choice := stored(story).choice) is not None
        assert (choice.kind, choice.side, choice.who) == (kind, side, "an")

    def test_what_has_ended_long_ago_can_still_be_judged(self) -> None:
        story = broken()
        story.answers("a", 300, 320)
        story.ticks(5_000)
        assert ID not in story.world.closed

        old = stored(story)
        done(
            story,
            commands.choose_cause(
                story.world, old, CauseKind.POWER, side=Side.LOCAL, who="an", text="máy nổ", now=EPOCH
            ),
        )
        done(
            story,
            commands.set_ticket(story.world, stored(story), "EVN-1", reported_at=EPOCH, who="an", now=EPOCH),
        )

        assert stored(story).choice is not None
        assert stored(story).ticket is not None
        assert story.ledger.log[-2].text == "power local máy nổ"
        assert not story.world.incidents

    def test_a_ticket_ends_after_it_began(self) -> None:
        story = broken()
        refused = commands.set_ticket(
            story.world, story.incident, "1", reported_at=EPOCH, closed_at=EPOCH - 1, who="an", now=EPOCH
        )

        assert refused is Refusal.TIMES


class TestClosing:
    def close(self, story: Story, at: float, incident_id: str = ID) -> Decision:
        return done(
            story,
            commands.close_by_hand(story.world, incident_id, who="an", text="", now=EPOCH + at, mono=at),
        )

    def test_everybody_who_was_told_hears_of_it(self) -> None:
        story = broken()
        story.ticks(110)
        self.close(story, 130)
        story.ticks(150)

        assert stored(story).close_reason is CloseReason.BY_HAND
        ends = [each.recipient for each in story.ledger.told if each.kind is NotificationKind.RESOLVED]
        assert sorted(ends) == sorted(each.address for each in DUTY)

    def test_what_is_still_down_is_silent_until_it_came_back_also_after_a_restart(self) -> None:
        story = broken()
        self.close(story, 130)
        story.fails("a", 140, 160, 180, 200)
        story.ticks(400)
        story.restarts(alone(), stopped=410, at=420)
        story.fails("a", 430, 450, 470, 490, 890)
        story.ticks(900)
        assert not story.world.incidents
        assert story.status("a") is Status.DOWN

        story.answers("a", 1_000, 1_020)
        story.fails("a", 1_100, 1_120, 1_140)
        assert story.incident.id == "SC-2026-0002"

    def test_what_hangs_on_it_is_silent_with_it(self) -> None:
        story = dark()
        self.close(story, 130)
        for at in range(140, 900, 20):
            for each in ("pc", "switch", "link"):
                story.fails(each, at)
            story.ticks(at)
        assert not story.world.incidents

        for at in (900, 920):
            story.answers("link", at)
            story.fails("pc", at + 1)
            story.fails("switch", at + 2)
        for at in range(940, 1_100, 20):
            story.answers("link", at)
            story.fails("pc", at + 1)
            story.fails("switch", at + 2)
        assert story.incident.root_check_id == "switch"

    def test_what_has_ended_cannot_be_closed(self) -> None:
        story = broken()
        story.answers("a", 300, 320)

        assert (
            commands.close_by_hand(story.world, ID, who="an", text="", now=EPOCH, mono=0.0) is Refusal.CLOSED
        )
        unknown = commands.close_by_hand(story.world, "SC-2026-0099", who="an", text="", now=EPOCH, mono=0.0)
        assert unknown is Refusal.UNKNOWN_INCIDENT


class TestMerging:
    def merged(self) -> Story:
        story = two_broken()
        done(story, commands.merge(story.world, "SC-2026-0002", ID, who="an", now=EPOCH + 410))
        return story

    def test_the_end_of_the_whole_is_told_once_to_all_who_were_told_of_either(self) -> None:
        story = self.merged()
        story.answers("b", 500, 520)
        story.answers("a", 600, 620)
        story.ticks(700)

        ends = [each for each in story.ledger.told if each.kind is NotificationKind.RESOLVED]
        assert sorted((each.about_id, each.recipient) for each in ends) == sorted(
            (ID, each.address) for each in DUTY
        )

    def test_a_part_that_outlives_the_whole_is_told_for_itself(self) -> None:
        story = self.merged()
        story.answers("a", 500, 520)
        story.fails("b", 521, 541)
        story.ticks(560)

        (left,) = story.world.incidents.values()
        assert (left.id, left.part_of) == ("SC-2026-0002", None)
        again = [each for each in story.ledger.told if each.about_id == left.id and each.at >= EPOCH + 520]
        assert {each.kind for each in again} == {NotificationKind.OPENED}

    def test_nothing_is_merged_into_itself(self) -> None:
        story = self.merged()

        assert commands.merge(story.world, ID, ID, who="an", now=EPOCH) is Refusal.ITSELF
        assert commands.merge(story.world, ID, "SC-2026-0002", who="an", now=EPOCH) is Refusal.ITSELF
        assert commands.merge(story.world, "SC-2026-0002", ID, who="an", now=EPOCH) is Refusal.ITSELF
        unknown = commands.merge(story.world, ID, "SC-2026-0099", who="an", now=EPOCH)
        assert unknown is Refusal.UNKNOWN_INCIDENT


def test_a_restart_keeps_everything_that_people_did() -> None:
    story = broken()
    story.acknowledges(ID, 130)
    done(story, commands.choose_cause(story.world, story.incident, CauseKind.LINE, who="an", now=EPOCH + 140))
    before = stored(story)
    story.restarts(alone(), stopped=200, at=500)

    assert story.incident == before


def test_what_was_merged_into_something_that_flaps_still_ends_when_it_comes_back() -> None:
    story = two_broken()
    for at in (500, 800):
        story.answers("a", at, at + 20)
        story.fails("a", at + 100, at + 120, at + 140)
    assert stored(story).flapping_at is not None
    done(story, commands.merge(story.world, "SC-2026-0002", ID, who="an", now=EPOCH + 960))

    story.answers("a", 1_000, 1_020)
    story.ticks(1_030)
    story.answers("b", 1_100, 1_120)

    assert stored(story, "SC-2026-0002").close_reason is CloseReason.RECOVERED
    assert stored(story).is_open
