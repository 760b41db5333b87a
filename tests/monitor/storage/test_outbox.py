from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerts import engine
from alerts.model.decision import Decision, SavedState
from alerts.model.hold import SuppressionReason
from alerts.model.notification import Cancellation, CancelReason, NotificationKind, Recovery, Replan
from alerts.model.settings import AlertSettings
from alerts.suppression import NEVER_TOLD_AT
from inventory.model import Inventory
from monitor.storage.outbox import OutboxEntry, OutboxStats
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, incident, notification, opening

OPENED, RESOLVED = NotificationKind.OPENED, NotificationKind.RESOLVED


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=T0) as opened:
        yield opened


async def entries(store: StateStore, number: int = 1) -> dict[NotificationKind, OutboxEntry]:
    record = await store.incident(f"SC-2026-{number:04}")
    assert record is not None
    return {entry.row.notification.kind: entry for entry in record.notifications}


async def due_kinds(store: StateStore, now: float) -> list[NotificationKind]:
    return [row.notification.kind for row in await store.due("email", now, 10)]


async def resolve(store: StateStore, *, due_at: float = T0 + 60) -> None:
    await store.commit(Decision(notifications=(notification(1, RESOLVED, due_at=due_at),)))


async def send(store: StateStore, now: float) -> None:
    for row in await store.due("email", now, 10):
        assert await store.claim(row.id, now)
        await store.mark_sent(row.id, now)


async def test_a_row_is_due_from_its_time_on_and_on_its_channel_only(store: StateStore) -> None:
    await store.commit(opening(1, due_at=T0 + 5))

    assert await store.due("email", T0 + 4.9, 10) == []
    assert await store.due("file", T0 + 5, 10) == []
    (row,) = await store.due("email", T0 + 5, 10)
    assert (row.notification, row.attempts, row.next_attempt_at) == (
        notification(1, due_at=T0 + 5),
        0,
        T0 + 5,
    )


async def test_rows_come_longest_due_first_and_within_the_limit(store: StateStore) -> None:
    await store.commit_many([opening(1, due_at=T0 + 3), opening(2, due_at=T0 + 1), opening(3, due_at=T0 + 2)])

    rows = await store.due("email", T0 + 9, 2)

    assert [row.notification.about_id for row in rows] == ["SC-2026-0002", "SC-2026-0003"]


async def test_a_claim_is_counted_before_the_send_and_the_row_stays_until_it_is_marked(
    store: StateStore,
) -> None:
    await store.commit(opening(1))
    (row,) = await store.due("email", T0, 10)

    assert await store.claim(row.id, T0 + 1)
    (claimed,) = await store.due("email", T0 + 1, 10)
    await store.mark_sent(row.id, T0 + 2)

    assert (claimed.id, claimed.attempts) == (row.id, 1)
    assert await store.due("email", T0 + 3, 10) == []
    entry = (await entries(store))[OPENED]
    assert (entry.last_attempt_at, entry.sent_at) == (T0 + 1, T0 + 2)


async def test_a_failed_attempt_comes_back_at_its_time_with_its_error(store: StateStore) -> None:
    await store.commit(opening(1))
    (row,) = await store.due("email", T0, 10)
    await store.claim(row.id, T0)

    await store.plan_retry(row.id, "421 try later", T0 + 30)

    assert await store.next_due_at(T0) == T0 + 30
    assert await store.due("email", T0 + 29, 10) == []
    (again,) = await store.due("email", T0 + 30, 10)
    assert (again.attempts, again.last_error) == (1, "421 try later")


async def test_a_dead_letter_is_shown_and_never_due_again(store: StateStore) -> None:
    await store.commit(opening(1))
    (row,) = await store.due("email", T0, 10)
    await store.claim(row.id, T0)

    await store.mark_dead(row.id, "550 no such user", T0 + 1)

    assert await store.due("email", T0 + 99, 10) == []
    assert not await store.claim(row.id, T0 + 99)
    (letter,) = await store.dead_letters()
    assert (letter.row.last_error, letter.dead_at) == ("550 no such user", T0 + 1)


async def test_a_row_cancelled_after_it_was_read_cannot_be_claimed(store: StateStore) -> None:
    await store.commit(opening(1, due_at=T0 + 5))
    (row,) = await store.due("email", T0 + 5, 10)

    await store.commit(
        Decision(cancellations=(Cancellation("SC-2026-0001", CancelReason.ABSORBED, due_after=T0),))
    )

    assert not await store.claim(row.id, T0 + 5)
    assert (await entries(store))[OPENED].cancel_reason is CancelReason.ABSORBED


async def test_a_cancellation_spares_what_was_tried_or_is_due_before_its_time(store: StateStore) -> None:
    await store.commit_many([opening(1, due_at=T0 + 5), opening(1, due_at=T0 + 1, to="hoa@example.vn")])
    await store.commit(opening(2, due_at=T0 + 5))
    tried = (await store.due("email", T0 + 5, 10))[1]
    assert tried.notification == notification(1, due_at=T0 + 5)
    await store.claim(tried.id, T0 + 5)

    await store.commit(
        Decision(
            cancellations=(Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE, due_after=T0 + 1),)
        )
    )

    assert len(await store.due("email", T0 + 5, 10)) == 3


async def test_a_recovery_decided_with_a_cancellation_is_not_cancelled_by_it(store: StateStore) -> None:
    await store.commit(opening(1, due_at=T0))
    await send(store, T0)

    await store.commit(
        Decision(
            notifications=(notification(1, RESOLVED, due_at=T0 + 60),),
            cancellations=(
                Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE, due_after=T0 + 50),
            ),
        )
    )

    assert await due_kinds(store, T0 + 60) == [RESOLVED]


async def test_a_recovery_waits_until_the_problem_was_sent(store: StateStore) -> None:
    await store.commit(opening(1))
    await resolve(store)
    (row,) = await store.due("email", T0 + 60, 10)
    await store.claim(row.id, T0 + 60)
    await store.plan_retry(row.id, "no route", T0 + 300)

    assert await due_kinds(store, T0 + 200) == []
    assert await store.next_due_at(T0 + 200) == T0 + 300
    await send(store, T0 + 300)
    assert await due_kinds(store, T0 + 300) == [RESOLVED]


@pytest.mark.parametrize("fate", ["cancelled", "dead", "absent"])
async def test_a_recovery_of_what_was_never_told_is_cancelled(store: StateStore, fate: str) -> None:
    if fate == "absent":
        await store.commit(Decision(incidents=(incident(1),)))
    else:
        await store.commit(opening(1, due_at=T0 + 5))
    if fate == "cancelled":
        cancellation = Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE, due_after=T0)
        await store.commit(Decision(cancellations=(cancellation,)))
    if fate == "dead":
        (row,) = await store.due("email", T0 + 5, 10)
        await store.mark_dead(row.id, "550 no such user", T0 + 5)
    await resolve(store)

    assert await due_kinds(store, T0 + 60) == []
    assert (await entries(store))[RESOLVED].cancel_reason is CancelReason.NEVER_TOLD
    assert await store.next_due_at(T0 + 60) is None


async def test_a_recovery_goes_to_the_recipient_who_was_told_and_to_no_other(store: StateStore) -> None:
    await store.commit_many([opening(1), opening(1, due_at=T0 + 50, to="hoa@example.vn")])
    await send(store, T0)
    await store.commit(
        Decision(
            cancellations=(
                Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE, due_after=T0 + 10),
            ),
            notifications=tuple(
                notification(1, RESOLVED, to=to, due_at=T0 + 20)
                for to in ("truc@example.vn", "hoa@example.vn")
            ),
        )
    )

    rows = await store.due("email", T0 + 60, 10)

    assert [row.notification.recipient for row in rows] == ["truc@example.vn"]


async def test_one_sent_step_is_enough_to_be_told_of_the_recovery(store: StateStore) -> None:
    await store.commit(opening(1))
    await send(store, T0)
    await store.commit(Decision(notifications=(notification(1, step=1, due_at=T0 + 30),)))
    (second,) = await store.due("email", T0 + 30, 10)
    await store.mark_dead(second.id, "550", T0 + 30)
    await resolve(store)

    assert await due_kinds(store, T0 + 60) == [RESOLVED]


async def test_a_message_sent_all_the_same_counts_as_sent(store: StateStore) -> None:
    await store.commit(opening(1))
    (row,) = await store.due("email", T0, 10)
    await store.mark_dead(row.id, "timeout", T0)

    await store.mark_sent(row.id, T0 + 1)
    await store.mark_sent(row.id, T0 + 2)

    entry = (await entries(store))[OPENED]
    assert (entry.sent_at, entry.dead_at) == (T0 + 1, None)


async def test_the_same_key_is_one_row_and_the_first_one_stays(store: StateStore) -> None:
    await store.commit(opening(1, due_at=T0))
    await store.commit(Decision(notifications=(notification(1, due_at=T0 + 500),)))

    assert [row.notification.due_at for row in await store.due("email", T0 + 999, 10)] == [T0]


async def test_the_next_due_time_is_never_in_the_past_and_can_be_asked_per_channel(store: StateStore) -> None:
    assert await store.next_due_at(T0) is None
    await store.commit(opening(1, due_at=T0 + 9))
    await store.commit(Decision(notifications=(notification(1, channel="file", due_at=T0 + 4),)))

    assert await store.next_due_at(T0) == T0 + 4
    assert await store.next_due_at(T0, "email") == T0 + 9
    assert await store.next_due_at(T0 + 20) == T0 + 20


async def test_statistics_count_every_fate(store: StateStore) -> None:
    await store.commit_many([opening(number, due_at=T0 + number) for number in range(1, 6)])
    first, second, *_ = await store.due("email", T0 + 9, 10)
    await store.mark_sent(first.id, T0 + 9)
    await store.mark_dead(second.id, "550", T0 + 9)
    await store.commit(
        Decision(cancellations=(Cancellation("SC-2026-0003", CancelReason.REMOVED, due_after=T0),))
    )

    assert await store.outbox_stats(T0 + 4.5) == OutboxStats(
        waiting=2, due=1, oldest_due_age_s=0.5, sent=1, dead=1, cancelled=1
    )
    assert (await store.outbox_stats(T0)).oldest_due_age_s is None


async def test_rows_planned_by_a_clock_that_was_far_ahead_become_due(store: StateStore) -> None:
    await store.commit_many([opening(1, due_at=T0 + 86_400), opening(2, due_at=T0 + 60)])

    await store.bring_forward(T0)

    assert [row.notification.about_id for row in await store.due("email", T0, 10)] == ["SC-2026-0001"]
    assert await store.next_due_at(T0 + 1, "email") == T0 + 1


async def test_a_clock_set_back_a_little_delays_no_row_either(store: StateStore) -> None:
    await store.commit_many(
        [opening(1, due_at=T0 + 5), opening(2, due_at=T0 + 60), opening(3, due_at=T0 - 300)]
    )
    # What was due in 5 s is due in 605 s by a clock that was just set back ten minutes.
    await store.bring_forward(T0 - 600, step_s=-600)

    assert [row.notification.about_id for row in await store.due("email", T0 - 595, 10)] == [
        "SC-2026-0003",
        "SC-2026-0001",
    ]
    assert await store.next_due_at(T0 - 594, "email") == T0 - 594
    assert len(await store.due("email", T0 - 540, 10)) == 3


async def test_a_clock_set_forward_changes_no_row(store: StateStore) -> None:
    await store.commit(opening(1, due_at=T0 + 5))

    await store.bring_forward(T0 + 3_600, step_s=3_600)

    (row,) = await store.due("email", T0 + 3_600, 10)
    assert row.next_attempt_at == T0 + 5


async def test_what_is_held_back_is_asked_about_again_after_the_clock_was_set(store: StateStore) -> None:
    await store.commit_many(
        [
            opening(1, due_at=T0 + 5),
            Decision(replanned=(Replan("SC-2026-0001", T0 + 9_000, SuppressionReason.MAINTENANCE),)),
        ]
    )

    await store.bring_forward(T0)
    (row,) = await store.due("email", T0, 10)
    await store.put_off(row.id, SuppressionReason.MAINTENANCE, T0 + 9_000)

    assert await store.next_due_at(T0, "email") == T0 + 9_000


async def test_what_a_wrong_clock_let_go_does_not_wait_for_that_clock(store: StateStore) -> None:
    ahead = T0 + 86_400
    await store.commit_many(
        [
            opening(1, due_at=ahead + 5),
            Decision(replanned=(Replan("SC-2026-0001", ahead + 9_000, SuppressionReason.MAINTENANCE),)),
            Decision(replanned=(Replan("SC-2026-0001", ahead + 60),)),
        ]
    )

    await store.bring_forward(T0, step_s=-86_400)

    assert await due_kinds(store, T0 + 60) == [OPENED]


async def test_saving_the_end_of_an_incident_twice_still_tells_it(store: StateStore) -> None:
    await store.commit(opening(1))
    (row,) = await store.due("email", T0, 10)
    await store.claim(row.id, T0)
    await store.mark_sent(row.id, T0)
    end = Decision(
        cancellations=(Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE, T0 + 60),),
        recoveries=(Recovery("SC-2026-0001", T0 + 70),),
    )

    await store.commit(end)
    await store.commit(end)

    (told,) = await store.due("email", T0 + 70, 10)
    assert told.notification.kind is NotificationKind.RESOLVED


async def test_what_was_tried_before_a_hold_does_not_wait_for_its_end_once_the_incident_ended(
    store: StateStore,
) -> None:
    """Perhaps it arrived: then whoever got it hears of the end, which nothing holds back."""
    await store.commit(opening(1))
    (row,) = await store.due("email", T0, 10)
    await store.claim(row.id, T0)
    await store.plan_retry(row.id, "timeout", T0 + 5)
    await store.put_off(row.id, SuppressionReason.OFF_HOURS, NEVER_TOLD_AT)
    end = T0 + 3_600
    saved = SavedState(incidents=(incident(1),))
    _, decision = engine.start(Inventory({}, {}, {}), AlertSettings(), saved, now=end, mono=0.0)
    await store.commit(decision)

    await send(store, end + 60)
    await send(store, end + 60)

    assert [entry.sent_at for entry in (await entries(store)).values()] == [end + 60, end + 60]
