"""What people change, and what holds for all. Times are seconds; the wall shows EPOCH plus them."""

from dataclasses import replace

import pytest

from alerts.incidents.commands import Refusal
from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, Incident, LogKind
from alerts.model.notification import Notification, NotificationKind
from tests.alerts.province import (
    EPOCH,
)
from tests.alerts.situations import broken, dark


class TestAcknowledge:
    def test_it_names_who_and_when(self) -> None:
        story = broken()
        decision = story.acknowledges("SC-2026-0001", 130, who="Đinh Văn B")

        assert isinstance(decision, Decision)
        assert (story.incident.acknowledged_at, story.incident.acknowledged_by) == (EPOCH + 130, "Đinh Văn B")
        assert (decision.log[0].kind, decision.log[0].text) == (LogKind.ACKNOWLEDGED, "đang xử lý")

    def test_the_same_person_again_is_refused(self) -> None:
        story = broken()
        story.acknowledges("SC-2026-0001", 130)

        assert story.acknowledges("SC-2026-0001", 140) is Refusal.ALREADY_ACKNOWLEDGED

    def test_somebody_else_takes_it_over_and_the_log_says_so(self) -> None:
        story = broken()
        story.acknowledges("SC-2026-0001", 130)
        story.acknowledges("SC-2026-0001", 140, who="bình")

        assert story.incident.acknowledged_by == "bình"
        assert [each.who for each in story.ledger.log if each.kind is LogKind.ACKNOWLEDGED] == ["an", "bình"]

    def test_nobody_can_take_what_does_not_exist(self) -> None:
        assert broken().acknowledges("SC-2026-0099", 130) is Refusal.UNKNOWN_INCIDENT

    def test_nobody_can_take_what_has_ended(self) -> None:
        story = broken()
        story.answers("a", 300, 320)

        assert story.acknowledges("SC-2026-0001", 330) is Refusal.CLOSED

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
