from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.delivery.outbox import OutboxRow
from alerts.model.decision import Decision
from alerts.model.hold import SuppressionReason
from alerts.model.notification import (
    Bulletin,
    BulletinKind,
    Cancellation,
    CancelReason,
    HandOver,
    NotificationKind,
    Recovery,
)
from monitor.storage.outbox_view import OutboxEntry, OutboxStats
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, incident, notification, opening

OPENED, RESOLVED = NotificationKind.OPENED, NotificationKind.RESOLVED


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=T0) as opened:
        yield opened


async def entries(store: StateStore, number: int = 1) -> list[OutboxEntry]:
    return await store.outbox.entries_of(f"SC-2026-{number:04}")


async def due(store: StateStore, now: float, channel: str = "email", limit: int = 10) -> list[OutboxRow]:
    return await store.outbox.due(channel, now, limit)


async def resolve(store: StateStore, *, due_at: float = T0 + 60) -> None:
    await store.commit(Decision(recoveries=(Recovery("SC-2026-0001", due_at),)))


async def send(store: StateStore, now: float, channel: str = "email") -> None:
    rows = await due(store, now, channel)
    ids = [row.id for row in rows]
    assert await store.outbox.claim(ids, f"m{ids}", now)
    await store.outbox.mark_sent(ids, now, receipt="r")


async def test_a_row_is_due_from_its_time_on_and_on_its_channel_only(store: StateStore) -> None:
    await store.commit(opening(1, due_at=T0 + 5))

    assert await due(store, T0 + 4.9) == []
    assert await due(store, T0 + 5, "file") == []
    (row,) = await due(store, T0 + 5)
    assert row == OutboxRow(row.id, notification(1, due_at=T0 + 5), next_attempt_at=T0 + 5)


async def test_with_a_row_come_all_of_its_recipient_that_are_due_however_small_the_limit(
    store: StateStore,
) -> None:
    await store.commit_many(
        [
            opening(1, due_at=T0 + 3),
            opening(2, due_at=T0 + 1),
            opening(3, due_at=T0 + 2, to="hoa@example.vn"),
            opening(4, due_at=T0 + 99),
        ]
    )

    rows = await due(store, T0 + 9, limit=1)

    assert [row.notification.about_id for row in rows] == ["SC-2026-0002", "SC-2026-0001"]


async def test_with_a_row_comes_what_waits_for_the_same_incident(store: StateStore) -> None:
    await store.commit(opening(1))
    await resolve(store)

    rows = await due(store, T0 + 1)

    assert [row.notification.kind for row in rows] == [OPENED, RESOLVED]
    assert [row.was_told for row in rows] == [False, False]


async def test_a_claim_is_counted_before_the_send_with_the_message_it_went_into(store: StateStore) -> None:
    await store.commit_many([opening(1), opening(2)])
    ids = [row.id for row in await due(store, T0)]

    assert await store.outbox.claim(ids, "m1", T0 + 1)
    claimed = await due(store, T0 + 1)
    await store.outbox.mark_sent(ids, T0 + 2, receipt="17")

    assert [(row.attempts, row.message_id) for row in claimed] == [(1, "m1"), (1, "m1")]
    assert await due(store, T0 + 3) == []
    (entry,) = await entries(store)
    assert (entry.last_attempt_at, entry.sent_at, entry.receipt) == (T0 + 1, T0 + 2, "17")
    assert await store.outbox.sent_since("email", T0) == 1
    assert await store.outbox.sent_since("email", T0 + 3) == 0


async def test_rows_are_claimed_together_or_not_at_all(store: StateStore) -> None:
    await store.commit_many([opening(1, due_at=T0 + 5), opening(2, due_at=T0 + 5)])
    ids = [row.id for row in await due(store, T0 + 5)]

    await store.commit(Decision(cancellations=(Cancellation("SC-2026-0001", CancelReason.ABSORBED),)))

    assert not await store.outbox.claim(ids, "m", T0 + 5)
    (other,) = await due(store, T0 + 5)
    assert (other.attempts, other.message_id) == (0, "")
    assert (await entries(store))[0].cancel_reason is CancelReason.ABSORBED


async def test_what_surely_failed_leaves_its_message_and_what_is_in_doubt_keeps_it(store: StateStore) -> None:
    await store.commit(opening(1))
    (row,) = await due(store, T0)
    await store.outbox.claim([row.id], "m", T0)
    await store.outbox.plan_retry([row.id], "no route", T0 + 30)
    (free,) = await due(store, T0 + 30)

    await store.outbox.claim([row.id], "n", T0 + 30)
    await store.outbox.plan_retry([row.id], "no answer", T0 + 60, in_doubt_at=T0 + 40)
    await store.outbox.plan_retry([row.id], "no route", T0 + 90)
    (bound,) = await due(store, T0 + 90)

    assert await store.outbox.next_due_at(T0) == T0 + 90
    assert (free.attempts, free.last_error, free.message_id) == (1, "no route", "")
    assert (bound.message_id, bound.in_doubt_at) == ("n", T0 + 40)


async def test_a_dead_letter_is_shown_until_a_person_sends_or_drops_it(store: StateStore) -> None:
    await store.commit_many([opening(1), opening(2)])
    ids = [row.id for row in await due(store, T0)]
    await store.outbox.mark_dead(ids, "550 no such user", T0 + 1)

    assert await due(store, T0 + 99) == []
    assert not await store.outbox.claim(ids, "m", T0 + 99)
    assert [each.row.id for each in await store.outbox.queue("email", 10, dead=True)] == ids
    assert await store.outbox.queue("email", 10, dead=False) == []
    assert await store.outbox.revive([ids[0]], T0 + 99) == [ids[0]]
    assert await store.outbox.drop(ids[1:]) == ids[1:]
    (again,) = await due(store, T0 + 99)
    assert (again.id, again.attempts) == (ids[0], 0)
    assert (await entries(store, 2))[0].cancel_reason is CancelReason.DROPPED
    assert (await store.outbox.stats(T0 + 99)).dead == 0
    assert await store.outbox.revive(None, T0 + 99) == []


async def test_what_was_told_and_has_not_ended_since_counts_as_told(store: StateStore) -> None:
    await store.commit(opening(1))
    await send(store, T0)
    await resolve(store)
    (end,) = await due(store, T0 + 60)
    await store.outbox.claim([end.id], "m", T0 + 60)
    await store.outbox.mark_sent([end.id], T0 + 60)
    await store.outbox.add([notification(1, RESOLVED, due_at=T0 + 90, step=7)])

    (late,) = await due(store, T0 + 90)

    assert (end.was_told, late.was_told) == (True, False)


async def test_who_was_told_of_a_part_counts_as_told_of_the_whole(store: StateStore) -> None:
    await store.commit_many([opening(1), Decision(incidents=(incident(2),))])
    await send(store, T0)
    await store.commit(Decision(hand_overs=(HandOver("SC-2026-0001", "SC-2026-0002"),)))
    await store.commit(Decision(recoveries=(Recovery("SC-2026-0002", T0 + 60),)))

    (row,) = await due(store, T0 + 60)

    assert (row.notification.about_id, row.was_told) == ("SC-2026-0002", True)


async def test_who_will_be_told_late_of_the_whole_counts_as_told_of_what_goes_on(store: StateStore) -> None:
    await store.commit_many([opening(1), Decision(incidents=(incident(2),))])
    ending = Decision(
        cancellations=(Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE, T0 + 60),),
        hand_overs=(HandOver("SC-2026-0001", "SC-2026-0002"),),
        recoveries=(Recovery("SC-2026-0001", T0 + 70),),
    )
    await store.commit_many([ending, ending])
    await store.commit(Decision(recoveries=(Recovery("SC-2026-0002", T0 + 90),)))

    rows = await due(store, T0 + 90)

    assert [(row.notification.about_id, row.notification.kind) for row in rows] == [
        ("SC-2026-0001", OPENED),
        ("SC-2026-0001", RESOLVED),
        ("SC-2026-0002", RESOLVED),
    ]
    assert rows[-1].was_told


async def test_decisions_that_are_saved_once_more_cancel_nothing_that_came_after(store: StateStore) -> None:
    flapping = notification(1, NotificationKind.FLAPPING, due_at=T0 + 50)
    decisions = [
        opening(1),
        Decision(
            cancellations=(Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE),),
            notifications=(flapping,),
        ),
    ]
    await store.commit_many(decisions)
    await store.commit_many(decisions)

    assert [row.notification.kind for row in await due(store, T0 + 50)] == [NotificationKind.FLAPPING]


async def test_what_was_told_on_another_channel_is_not_told_again(store: StateStore) -> None:
    first = replace(notification(1, channel="zalo_bot"), person="ngoc")
    second = replace(first, channel="email", instead_of=first.dedup_key)
    third = replace(first, channel="webhook", instead_of=second.dedup_key)
    await store.outbox.add([first, second, third])

    (row,) = await due(store, T0, "email")
    await store.outbox.claim([row.id], "m", T0)
    await store.outbox.mark_sent([row.id], T0)

    fates = {each.row.notification.channel: each.cancel_reason for each in await entries(store)}
    assert fates == {
        "zalo_bot": CancelReason.TOLD_OTHERWISE,
        "email": None,
        "webhook": CancelReason.TOLD_OTHERWISE,
    }


async def test_an_end_that_replaces_another_goes_to_the_person_who_was_told(store: StateStore) -> None:
    told = replace(notification(1, channel="zalo_bot"), person="ngoc")
    await store.outbox.add([told])
    await send(store, T0, "zalo_bot")
    end = replace(told, kind=RESOLVED, channel="email", instead_of="SC-2026-0001:resolved:0:0:zalo_bot:x")
    await store.outbox.add([end, replace(end, recipient="khac@example.vn", person="khac")])

    rows = {row.notification.person: row.was_told for row in await due(store, T0)}

    assert rows == {"ngoc": True, "khac": False}


async def test_what_waits_in_vain_is_found_with_its_end_until_it_has_a_substitute(store: StateStore) -> None:
    first = replace(notification(1, channel="zalo_bot"), person="ngoc")
    end = replace(first, kind=RESOLVED, due_at=T0 + 100)
    bare = replace(notification(2, channel="zalo_bot"), person="")
    await store.outbox.add([first, end, bare])

    async def overdue(before: float, *, tried: bool = False) -> list[NotificationKind]:
        rows = await store.outbox.overdue("zalo_bot", before, 10, tried=tried)
        return [row.notification.kind for row in rows]

    assert await overdue(T0 - 1) == []
    assert await overdue(T0, tried=True) == []
    assert await overdue(T0) == [OPENED, RESOLVED]
    await store.outbox.add([replace(first, channel="email", instead_of=first.dedup_key)])
    assert await overdue(T0) == [RESOLVED]


async def test_what_a_hold_puts_off_falls_with_its_incident_and_what_the_budget_keeps_does_not(
    store: StateStore,
) -> None:
    await store.commit_many([opening(1), opening(2)])
    one, other = await due(store, T0)
    await store.outbox.put_off([one.id], SuppressionReason.MAINTENANCE, T0 + 60)
    await store.outbox.put_off([other.id], SuppressionReason.BUDGET, T0 + 9_000)

    assert (await store.outbox.stats(T0 + 30)).due == 0
    assert await store.outbox.late_since(T0 + 9_100) == {"email": T0 + 60}
    for number in (1, 2):
        await store.commit(
            Decision(
                cancellations=(
                    Cancellation(f"SC-2026-{number:04}", CancelReason.RESOLVED_BEFORE_DUE, due_after=T0 + 1),
                )
            )
        )

    (kept,) = await due(store, T0 + 9_000)
    assert (kept.id, kept.held, kept.attempts) == (other.id, SuppressionReason.BUDGET, 0)


async def test_a_cancellation_spares_what_was_tried_or_is_due_before_its_time(store: StateStore) -> None:
    await store.commit_many([opening(1, due_at=T0 + 5), opening(1, due_at=T0 + 1, to="hoa@example.vn")])
    tried = next(row for row in await due(store, T0 + 5) if row.notification.due_at == T0 + 5)
    await store.outbox.claim([tried.id], "m", T0 + 5)

    await store.commit(
        Decision(
            cancellations=(Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE, due_after=T0 + 1),)
        )
    )

    assert len(await due(store, T0 + 5)) == 2


async def test_saving_the_end_of_an_incident_twice_still_tells_it_once(store: StateStore) -> None:
    await store.commit(opening(1))
    await send(store, T0)
    end = Decision(
        cancellations=(Cancellation("SC-2026-0001", CancelReason.RESOLVED_BEFORE_DUE, T0 + 60),),
        recoveries=(Recovery("SC-2026-0001", T0 + 70),),
    )

    await store.commit(end)
    await store.commit(end)

    (told,) = await due(store, T0 + 70)
    assert (told.notification.kind, told.was_told) == (RESOLVED, True)


async def test_a_message_sent_all_the_same_counts_as_sent(store: StateStore) -> None:
    await store.commit(opening(1))
    (row,) = await due(store, T0)
    await store.outbox.mark_dead([row.id], "timeout", T0)

    await store.outbox.mark_sent([row.id], T0 + 1, in_doubt_at=T0 + 1)
    await store.outbox.mark_sent([row.id], T0 + 2)

    (entry,) = await entries(store)
    assert (entry.sent_at, entry.dead_at, entry.row.in_doubt_at) == (T0 + 1, None, T0 + 1)


async def test_the_same_key_is_one_row_and_the_first_one_stays(store: StateStore) -> None:
    await store.commit(opening(1, due_at=T0))
    await store.commit(Decision(notifications=(notification(1, due_at=T0 + 500),)))

    assert [row.notification.due_at for row in await due(store, T0 + 999)] == [T0]


async def test_the_next_due_time_is_never_in_the_past_and_can_be_asked_per_channel(store: StateStore) -> None:
    assert await store.outbox.next_due_at(T0) is None
    await store.commit(opening(1, due_at=T0 + 9))
    await store.commit(Decision(notifications=(notification(1, channel="file", due_at=T0 + 4),)))

    assert await store.outbox.next_due_at(T0) == T0 + 4
    assert await store.outbox.next_due_at(T0, "email") == T0 + 9
    assert await store.outbox.next_due_at(T0 + 20) == T0 + 20


async def test_statistics_count_every_fate(store: StateStore) -> None:
    await store.commit_many([opening(number, due_at=T0 + number) for number in range(1, 6)])
    first, second, *_ = await due(store, T0 + 9)
    await store.outbox.mark_sent([first.id], T0 + 9)
    await store.outbox.mark_dead([second.id], "550", T0 + 9)
    await store.commit(Decision(cancellations=(Cancellation("SC-2026-0003", CancelReason.REMOVED),)))

    assert await store.outbox.stats(T0 + 4.5) == OutboxStats(
        waiting=2, due=1, oldest_due_age_s=0.5, sent=1, dead=1, cancelled=1
    )
    assert (await store.outbox.stats(T0)).oldest_due_age_s is None


async def test_rows_planned_by_a_clock_that_was_far_ahead_become_due_and_kept_ones_stay(
    store: StateStore,
) -> None:
    await store.commit_many([opening(1, due_at=T0 + 86_400), opening(2, due_at=T0 + 60), opening(3)])
    (kept,) = await due(store, T0)
    await store.outbox.put_off([kept.id], SuppressionReason.BUDGET, T0 + 30_000)

    await store.outbox.bring_forward(T0)

    assert [row.notification.about_id for row in await due(store, T0)] == ["SC-2026-0001"]
    assert [row.notification.about_id for row in await due(store, T0 + 60)] == [
        "SC-2026-0001",
        "SC-2026-0002",
    ]


async def test_a_clock_set_back_a_little_delays_no_row_either(store: StateStore) -> None:
    await store.commit_many(
        [opening(1, due_at=T0 + 5), opening(2, due_at=T0 + 60), opening(3, due_at=T0 - 300)]
    )
    # What was due in 5 s is due in 605 s by a clock that was just set back ten minutes.
    await store.outbox.bring_forward(T0 - 600, step_s=-600)

    assert [row.notification.about_id for row in await due(store, T0 - 595)] == [
        "SC-2026-0003",
        "SC-2026-0001",
    ]
    assert len(await due(store, T0 - 540)) == 3


async def test_a_clock_set_forward_changes_no_row(store: StateStore) -> None:
    await store.commit(opening(1, due_at=T0 + 5))

    await store.outbox.bring_forward(T0 + 3_600, step_s=3_600)

    (row,) = await due(store, T0 + 3_600)
    assert row.next_attempt_at == T0 + 5


async def test_a_bulletin_is_saved_once_and_found_for_its_message(store: StateStore) -> None:
    bulletin = Bulletin("self:delivery.email:17", BulletinKind.SELF, T0, {"component": "kênh email"})

    await store.commit_many(
        [Decision(bulletins=(bulletin,)), Decision(bulletins=(replace(bulletin, at=9.0),))]
    )

    assert await store.outbox.bulletin(bulletin.id) == bulletin
    assert await store.outbox.bulletin("brief:2026-11-22") is None
    assert await store.outbox.self_alarms("delivery.") == [bulletin.id]
