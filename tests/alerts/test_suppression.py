"""Why and until when nobody is told, and what a reload leaves alone."""

from dataclasses import replace

import pytest

from alerts import engine
from alerts.model.checks import Status
from alerts.model.decision import SavedState
from alerts.model.hold import Hold, SuppressionReason
from alerts.model.incident import CloseReason, LogKind
from alerts.model.notification import NotificationKind
from alerts.telling.suppression import NEVER_TOLD_AT, held
from alerts.world import World
from inventory.model import Calendar, Inventory, Layer, Selector, Target, Window
from tests.alerts.ledger import Ledger
from tests.alerts.province import DUTY, EPOCH, GOOD, SETTINGS, SILENT, check, province, result

HOUR = 3_600.0
MIDNIGHT = EPOCH // 86_400 * 86_400 - 7 * HOUR
"""At UTC+7."""
DAYTIME = Calendar("day", "Ban ngày", week=(((420, 660), (780, 1020)),) * 7, opening_grace_s=1_800.0)
CLOSED = Calendar("closed", "Đóng", week=((),) * 7)


def window(name: str, start: float, end: float, *, until_up: bool = False) -> Window:
    return Window(name, name, "", "", Selector(), starts_at=start, ends_at=end, until_up=until_up)


def land(*windows: Window, calendar: str = "24x7", **changes: object) -> Inventory:
    one = replace(check("a", failures_to_down=1, successes_to_up=1, interval_s=1e9), calendar=calendar)
    return replace(
        province([replace(one, **changes)]),  # type: ignore[arg-type]
        calendars={"day": DAYTIME, "closed": CLOSED},
        windows={each.id: each for each in windows},
        windows_of={"a": tuple(each.id for each in windows)},
    )


def hold_at(inventory: Inventory, at: float, *, seen: float = 0.0, back: float | None = None) -> Hold | None:
    back_at = {} if back is None else {"a": back}
    return held(inventory, "a", at, first_seen_at={"a": seen}, back_at=back_at, quiet_s=1_800.0)


def at(hour: float) -> float:
    return MIDNIGHT + hour * HOUR


def test_a_window_holds_from_its_start_to_right_before_its_end() -> None:
    inventory = land(window("w", at(1), at(4)))

    assert hold_at(inventory, at(1) - 1) is None
    assert hold_at(inventory, at(1)) == Hold(SuppressionReason.MAINTENANCE, "w", at(4))
    assert hold_at(inventory, at(4)) is None


@pytest.mark.parametrize(
    ("moment", "until"), [(6, 7.5), (7.2, 7.5), (7.5, None), (11.5, 13.5), (13.1, 13.5), (17, 31.5)]
)
def test_a_calendar_holds_until_the_grace_after_its_next_opening(moment: float, until: float | None) -> None:
    hold = hold_at(land(calendar="day"), at(moment))

    assert hold == (None if until is None else Hold(SuppressionReason.OFF_HOURS, "day", at(until)))


def test_a_calendar_without_hours_holds_for_ever() -> None:
    assert hold_at(land(calendar="closed"), at(3)) == Hold(
        SuppressionReason.OFF_HOURS, "closed", NEVER_TOLD_AT
    )


def test_holds_without_a_gap_between_them_are_one_that_ends_with_the_last() -> None:
    inventory = land(window("one", at(8), at(12)), window("two", at(13.2), at(14)), calendar="day")

    assert hold_at(inventory, at(9)) == Hold(SuppressionReason.MAINTENANCE, "one", at(14))


@pytest.mark.parametrize(("back", "holds"), [(None, True), (0.5, True), (2.0, False), (9_999.0, True)])
def test_a_window_until_up_is_over_once_the_target_came_back_within_it(
    back: float | None,
    holds: bool,  # noqa: FBT001 (a parameter of the table)
) -> None:
    inventory = land(window("w", at(1), at(4), until_up=True))

    hold = hold_at(inventory, at(3), back=None if back is None else at(back))

    assert (hold is not None) is holds


def test_a_new_target_is_quiet_for_a_while_and_one_from_the_future_is_not_new() -> None:
    assert hold_at(land(), at(1), seen=at(0.9)) == Hold(SuppressionReason.NEW, "a", at(0.9) + 1_800.0)
    assert hold_at(land(), at(1.4), seen=at(0.9)) is None
    assert hold_at(land(), at(1), seen=at(9_999)) is None


class Telling:
    """A daemon of one check, its ledger and its time."""

    def __init__(self, inventory: Inventory, saved: SavedState | None = None) -> None:
        self.ledger = Ledger()
        self.world: World
        self.world, decision = engine.start(inventory, SETTINGS, saved or SavedState(), now=EPOCH, mono=0.0)
        self.ledger.commit(decision)

    def see(self, mono: float, *, good: bool) -> None:
        outcome = result("a", GOOD if good else SILENT, mono)
        self.ledger.commit(engine.on_result(self.world, outcome, now=EPOCH + mono, mono=mono))

    def reload(self, inventory: Inventory, mono: float) -> None:
        self.ledger.commit(engine.on_reload(self.world, inventory, SETTINGS, now=EPOCH + mono, mono=mono))
        self.ledger.deliver(EPOCH + mono)

    def fail(self, mono: float) -> None:
        self.see(mono, good=True)
        self.see(mono + 1, good=False)
        self.see(mono + 20, good=False)

    @property
    def told(self) -> list[NotificationKind]:
        return [each.kind for each in self.ledger.told if each.recipient == DUTY[0].address]


def test_the_log_says_why_and_until_when_nobody_is_told() -> None:
    story = Telling(land(window("w", EPOCH, EPOCH + 600)))
    story.fail(10)

    assert [(e.kind, e.text) for e in story.ledger.log][-1] == (
        LogKind.HELD,
        f"maintenance {EPOCH + 600:.0f}",
    )
    assert not story.ledger.outbox


def test_what_comes_back_within_a_window_is_never_told() -> None:
    story = Telling(land(window("w", EPOCH, EPOCH + 600)))
    story.fail(10)
    story.see(200, good=True)
    story.ledger.deliver(EPOCH + 9_999)

    assert story.told == []


def test_a_window_that_is_taken_away_lets_its_messages_go_at_once() -> None:
    story = Telling(land(window("w", EPOCH, EPOCH + 600)))
    story.fail(10)
    story.reload(land(), 100)

    assert story.told == [NotificationKind.OPENED]


def test_a_closed_office_does_not_silence_what_is_watched_around_the_clock_behind_it() -> None:
    office = replace(check("a", failures_to_down=1, successes_to_up=1, interval_s=1e9), calendar="closed")
    camera = check("b", failures_to_down=1, successes_to_up=1, interval_s=1e9)
    for policy, told in (("default", [NotificationKind.OPENED]), ("record-only", [])):
        behind = province([office, replace(camera, policy=policy)], {"a": (), "b": ("a",)})
        story = Telling(replace(behind, calendars={"closed": CLOSED}))
        for mono, reading in ((10, GOOD), (12, SILENT), (20, SILENT), (40, SILENT), (60, SILENT)):
            for each in ("a", "b"):
                outcome = result(each, reading, mono)
                story.ledger.commit(engine.on_result(story.world, outcome, now=EPOCH + mono, mono=mono))
        story.ledger.commit(engine.on_tick(story.world, now=EPOCH + 100, mono=100))
        story.ledger.deliver(EPOCH + 100 + SETTINGS.group_wait_s)

        assert story.told == told


def test_a_window_until_up_stays_over_when_the_daemon_starts_anew() -> None:
    inventory = land(window("w", EPOCH, EPOCH + 30 * 86_400, until_up=True))
    first = Telling(inventory)
    first.fail(10)
    first.see(100, good=True)
    first.see(101, good=True)

    second = Telling(inventory, first.ledger.saved(alive_at=EPOCH + 101))
    second.fail(2_000)
    second.ledger.deliver(EPOCH + 2_100)

    assert first.told == []
    assert second.told == [NotificationKind.OPENED]


def test_a_clock_that_was_years_ahead_delays_no_message_when_it_is_set_right() -> None:
    ahead = EPOCH + 1_000 * 86_400
    story = Telling(land(window("w", ahead, ahead + 600)))
    for seconds, reading in ((10, GOOD), (11, SILENT), (30, SILENT)):
        outcome = replace(result("a", reading, seconds), started_at=ahead + seconds)
        decision = engine.on_result(story.world, outcome, now=ahead + seconds, mono=seconds)
        story.ledger.commit(decision)
    assert not story.ledger.outbox

    story.ledger.commit(engine.on_tick(story.world, now=EPOCH + 31, mono=31))
    story.ledger.deliver(EPOCH + 31 + SETTINGS.group_wait_s)

    assert story.told == [NotificationKind.OPENED]


def test_a_removed_check_ends_its_incident_and_only_who_was_told_hears_of_it() -> None:
    told, untold = Telling(land()), Telling(land(window("w", EPOCH, EPOCH + 600)))
    for story in (told, untold):
        story.fail(10)
        story.ledger.deliver(EPOCH + 50)
        story.reload(province([]), 100)
        story.ledger.deliver(EPOCH + 9_999)
        (incident,) = story.ledger.incidents.values()
        assert incident.close_reason is CloseReason.REMOVED

    assert told.told == [NotificationKind.OPENED, NotificationKind.RESOLVED]
    assert untold.told == []


def test_a_check_that_asks_something_else_keeps_its_status_and_begins_its_streaks_anew() -> None:
    story = Telling(land(failures_to_down=3))
    story.see(1, good=True)
    for mono in (10, 20):
        story.see(mono, good=False)
    story.reload(land(failures_to_down=3, address="127.0.0.2"), 21)
    story.see(15, good=False)  # measured at the old address
    for mono in (30, 40):
        story.see(mono, good=False)
    assert story.world.statuses["a"] is Status.UP

    story.see(50, good=False)
    assert story.world.statuses["a"] is Status.DOWN


def test_a_check_that_only_has_another_interval_keeps_its_streaks() -> None:
    story = Telling(land(failures_to_down=3))
    story.see(1, good=True)
    for mono in (10, 20):
        story.see(mono, good=False)
    story.reload(land(failures_to_down=3, retry_interval_s=7.0), 21)
    story.see(30, good=False)

    assert story.world.statuses["a"] is Status.DOWN


def test_targets_of_the_first_start_are_not_new_and_one_that_returns_is_not_either() -> None:
    story = Telling(land())
    assert story.ledger.seen == {"a": 0.0}
    story.reload(province([]), 10)
    story.reload(land(), 20)
    assert story.ledger.seen == {"a": 0.0}
    story.reload(province([check("b")]), 30)

    assert story.ledger.seen == {"a": 0.0, "b": EPOCH + 30}


def test_a_target_that_only_has_another_id_is_not_new() -> None:
    def named(target_id: str, address: str) -> Inventory:
        target = Target(target_id, target_id, "21484", Layer.TSLCD, "p", address)
        return replace(province([check(target_id)]), targets={target_id: target})

    story = Telling(named("a", "192.0.2.1"))
    story.reload(named("b", "192.0.2.1"), 10)
    story.reload(named("c", "192.0.2.2"), 20)

    assert story.ledger.seen == {"a": 0.0, "b": 0.0, "c": EPOCH + 20}


def test_what_was_added_while_the_daemon_was_stopped_is_new() -> None:
    story = Telling(land(), SavedState(seen={"b": 0.0}))

    assert story.ledger.seen == {"a": EPOCH}
