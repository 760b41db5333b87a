import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerts.delivery.outbox import Outbox
from alerts.model.checks import CheckState, Status, Transition
from alerts.model.decision import Decision, SavedState
from alerts.model.incident import (
    CauseKind,
    Choice,
    CloseReason,
    Common,
    Dimension,
    Guess,
    Incident,
    IncidentEvent,
    LogKind,
    Side,
    Ticket,
    Told,
)
from alerts.model.notification import (
    Cancellation,
    CancelReason,
    HandOver,
    Notification,
    NotificationKind,
    Recovery,
)
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import CHECK, T0, incident, notification, opening

DAY_S = 86_400.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=T0) as opened:
        yield opened


async def test_it_is_the_outbox_that_delivery_needs(store: StateStore) -> None:
    outbox: Outbox = store.outbox

    assert await outbox.due("email", T0, 10) == []


async def test_the_first_start_has_nothing_to_load(store: StateStore) -> None:
    assert await store.load() == SavedState()


async def test_a_restart_gives_back_states_open_incidents_and_the_last_sign_of_life(tmp_path: Path) -> None:
    states = (
        CheckState("a/icmp", Status.DOWN, T0, cause="timeout"),
        CheckState("b/icmp", Status.UNKNOWN, T0 + 1, resume=Status.DEGRADED, cause="isolated"),
    )
    opened = incident(7, affected=frozenset({"b/icmp", "c/icmp"}))
    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        explained = tuple((opened.id, check_id) for check_id in opened.affected)
        await store.commit(Decision(states=states, incidents=(opened,), explained=explained))
        await store.mark_alive(T0 + 10.25)
        await store.mark_alive(T0 + 11.5)

    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        assert await store.load() == SavedState(
            states=states, incidents=(opened,), alive_at=T0 + 11.5, last_number={"SC-2026": 7}
        )


def closed(number: int, resolved_at: float, reason: CloseReason = CloseReason.RECOVERED) -> Incident:
    return dataclasses.replace(incident(number), resolved_at=resolved_at, close_reason=reason)


async def test_an_old_incident_is_not_loaded_but_its_number_is_never_used_again(store: StateStore) -> None:
    old = closed(12, T0 + 5)
    long_number = dataclasses.replace(old, id="SC-2027-10001")
    await store.commit(Decision(incidents=(old, long_number, incident(3), closed(4, T0 + 5 * DAY_S))))
    await store.mark_alive(T0 + 5 * DAY_S)

    saved = await store.load()

    assert [entry.id for entry in saved.incidents] == ["SC-2026-0003", "SC-2026-0004"]
    assert saved.last_number == {"SC-2026": 12, "SC-2027": 10_001}


async def test_everything_that_may_be_said_of_an_incident_is_given_back(store: StateStore) -> None:
    group = Incident(
        "SC-2026-0001", "", T0, T0, "timeout", common=Common(Dimension.DISTRICT, "Ba Tơ", "tslcd")
    )
    full = dataclasses.replace(
        incident(2),
        level=Status.DEGRADED,
        part_of=group.id,
        episodes=3,
        downs=(T0, T0 + 1.5),
        longest_s=7.25,
        flapping_at=T0 + 2,
        up_at=T0 + 3,
        acknowledged_at=T0 + 4,
        acknowledged_by="Đinh Văn B",
        acknowledged_until=T0 + 5,
        told=Told(step=1, at=T0 + 6, round=2, size=4, begun_at=T0 + 1),
        guess=Guess(CauseKind.POWER, "UPS"),
        choice=Choice(CauseKind.LINE, Side.ENTERPRISE, "an", T0 + 8),
        ticket=Ticket("VNPT-1", T0 + 9, T0 + 10),
        resolved_at=T0 + 11,
        close_reason=CloseReason.RECOVERED,
    )
    await store.commit(Decision(incidents=(full, group)))
    await store.mark_alive(T0 + 9 * DAY_S)

    assert set((await store.load()).incidents) == {group, full}  # a member of an open group, however old


async def test_what_a_person_closed_is_known_until_it_came_back(store: StateStore) -> None:
    by_hand = closed(1, T0 + 100, CloseReason.BY_HAND)
    down = CheckState(CHECK, Status.UNKNOWN, T0 + 200, resume=Status.DOWN)
    await store.commit(Decision(incidents=(by_hand,), states=(down,)))
    await store.mark_alive(T0 + 5 * DAY_S)
    assert (await store.load()).incidents == (by_hand,)

    back = Transition(CHECK, T0 + 300, T0 + 300, Status.UNKNOWN, Status.UP, "")
    await store.commit(Decision(transitions=(back,)))

    assert (await store.load()).incidents == ()


def opened(number: int, *, to: str = "truc@example.vn", round_: int = 0) -> Notification:
    return dataclasses.replace(notification(number, to=to), round=round_)


async def ends(store: StateStore, number: int) -> list[tuple[str, int]]:
    record = await store.incident(f"SC-2026-{number:04}")
    assert record is not None
    rows = [entry.row.notification for entry in record.notifications]
    return [(row.recipient, row.round) for row in rows if row.kind is NotificationKind.RESOLVED]


async def send_all(store: StateStore) -> None:
    rows = await store.outbox.due("email", T0 + 1_000, 100)
    await store.outbox.mark_sent([row.id for row in rows], T0)


async def test_an_end_is_told_once_to_everybody_who_was_told_since_the_last_end(store: StateStore) -> None:
    escalated = notification(1, NotificationKind.ESCALATED, step=1)
    hoa = opened(1, to="hoa@example.vn")
    await store.commit(Decision(incidents=(incident(1),), notifications=(opened(1), escalated, hoa)))
    await send_all(store)
    await store.commit(Decision(recoveries=(Recovery("SC-2026-0001", T0),)))
    await send_all(store)
    await store.commit(Decision(notifications=(opened(1, round_=1),)))

    await store.commit(Decision(recoveries=(Recovery("SC-2026-0001", T0, round=1),)))

    assert await ends(store, 1) == [("truc@example.vn", 0), ("hoa@example.vn", 0), ("truc@example.vn", 1)]


async def test_an_end_that_was_called_back_before_it_was_told_does_not_count(store: StateStore) -> None:
    await store.commit(Decision(incidents=(incident(1),), notifications=(opened(1),)))
    await send_all(store)
    await store.commit(Decision(recoveries=(Recovery("SC-2026-0001", T0),)))
    called_back = Cancellation(
        "SC-2026-0001", CancelReason.CAME_BACK_DOWN, kinds=frozenset({NotificationKind.RESOLVED})
    )
    await store.commit(Decision(cancellations=(called_back,)))

    await store.commit(Decision(recoveries=(Recovery("SC-2026-0001", T0, round=1),)))

    assert await ends(store, 1) == [("truc@example.vn", 0), ("truc@example.vn", 1)]


async def test_whoever_was_told_of_a_part_hears_the_end_of_the_whole_and_nobody_else(
    store: StateStore,
) -> None:
    both = (incident(1), incident(2, root="parent/icmp"))
    await store.commit(Decision(incidents=both, notifications=(opened(1),)))
    await send_all(store)
    waiting = opened(1, to="hoa@example.vn", round_=1)
    await store.commit(Decision(notifications=(waiting,)))

    joining = Decision(
        cancellations=(Cancellation("SC-2026-0001", CancelReason.ABSORBED),),
        hand_overs=(HandOver("SC-2026-0001", "SC-2026-0002"),),
    )
    await store.commit_many([joining, joining])
    await store.commit(Decision(recoveries=(Recovery("SC-2026-0002", T0),)))

    assert await ends(store, 2) == [("truc@example.vn", 0)]
    (row,) = await store.outbox.due("email", T0, 10)
    assert row.was_told


async def test_a_cancellation_meets_only_its_kinds_that_nobody_tried_to_send(store: StateStore) -> None:
    reminded = notification(1, NotificationKind.REMINDED)
    await store.commit(Decision(incidents=(incident(1),), notifications=(opened(1), reminded)))
    steps = frozenset({NotificationKind.ESCALATED, NotificationKind.REMINDED})

    await store.commit(
        Decision(cancellations=(Cancellation("SC-2026-0001", CancelReason.ACKNOWLEDGED, kinds=steps),))
    )

    (row,) = await store.outbox.due("email", T0, 10)
    assert row.notification.kind is NotificationKind.OPENED


async def test_what_was_ever_affected_stays_with_the_incident(store: StateStore) -> None:
    first = incident(1)
    await store.commit(Decision(incidents=(first,), explained=((first.id, "b/icmp"),)))
    await store.commit(Decision(explained=((first.id, "b/icmp"), (first.id, "c/icmp"))))
    await store.commit(Decision(incidents=(first,)))

    (saved,) = (await store.load()).incidents

    assert saved.affected == {"b/icmp", "c/icmp"}


async def test_an_incident_may_be_absorbed_by_one_that_the_same_decision_opens(store: StateStore) -> None:
    absorbed = dataclasses.replace(
        incident(1), resolved_at=T0, close_reason=CloseReason.ABSORBED, part_of="SC-2026-0002"
    )
    await store.commit(opening(1))

    await store.commit(Decision(incidents=(absorbed, incident(2, root="parent/icmp"))))

    record = await store.incident("SC-2026-0001")
    assert record is not None
    assert record.incident == absorbed


async def test_a_forgotten_check_has_no_state_any_more_but_keeps_its_transitions(store: StateStore) -> None:
    went_down = Transition(CHECK, T0, T0, Status.UP, Status.DOWN, "timeout")
    await store.commit(Decision(states=(CheckState(CHECK, Status.DOWN, T0),), transitions=(went_down,)))

    await store.commit(Decision(forgotten=(CHECK,)))

    assert (await store.load()).states == ()
    assert await store.transitions(CHECK, T0, T0 + 1) == [went_down]


async def test_when_targets_were_first_seen_and_last_came_back_is_given_back(store: StateStore) -> None:
    await store.commit(Decision(seen=(("a", T0), ("b", T0 + 1))))
    await store.commit(Decision(seen=(("a", T0 + 9),), back=(("a", T0 + 2),)))
    await store.commit(Decision(back=(("a", T0 + 3),)))

    saved = await store.load()

    assert (saved.seen, saved.back) == ({"a": T0, "b": T0 + 1}, {"a": T0 + 3})


async def test_a_decision_saved_twice_is_saved_once(store: StateStore) -> None:
    decision = opening(1)

    await store.commit(decision)
    await store.commit_many([decision, decision])

    record = await store.incident("SC-2026-0001")
    assert record is not None
    assert len(record.log) == len(record.notifications) == 1
    assert len(await store.transitions(None, T0, T0 + 100)) == 1


async def test_transitions_are_selected_by_check_and_half_open_time(store: StateStore) -> None:
    def transition(check_id: str, at: float) -> Transition:
        return Transition(check_id, at, at + 60, Status.UP, Status.DOWN, "timeout")

    await store.commit(
        Decision(transitions=tuple(transition(check, T0 + at) for at in (20, 10, 30) for check in ("a", "b")))
    )

    assert await store.transitions("a", T0 + 10, T0 + 30) == [
        transition("a", T0 + 10),
        transition("a", T0 + 20),
    ]
    assert [found.check_id for found in await store.transitions(None, T0 + 30, T0 + 40)] == ["a", "b"]


async def test_incidents_are_listed_latest_first_and_within_the_limit(store: StateStore) -> None:
    def declared(number: int, *, closed: bool) -> Decision:
        reason = CloseReason.RECOVERED if closed else None
        return Decision(
            incidents=(dataclasses.replace(incident(number), declared_at=T0 + number, close_reason=reason),)
        )

    await store.commit_many([declared(1, closed=False), declared(2, closed=True), declared(3, closed=False)])

    listed = await store.incidents(open_only=False, limit=2)
    still_open = await store.incidents(open_only=True, limit=10)

    assert [entry.id for entry in listed] == ["SC-2026-0003", "SC-2026-0002"]
    assert [entry.id for entry in still_open] == ["SC-2026-0003", "SC-2026-0001"]


async def test_an_incident_comes_with_its_log_and_its_notifications_in_order(store: StateStore) -> None:
    await store.commit(opening(1))
    acknowledged = IncidentEvent("SC-2026-0001", T0 + 90, LogKind.ACKNOWLEDGED, "an", "đang gọi nhà mạng")
    await store.commit(Decision(log=(acknowledged,), notifications=(notification(1, to="hoa@example.vn"),)))

    record = await store.incident("SC-2026-0001")

    assert record is not None
    assert [event.kind for event in record.log] == [LogKind.OPENED, LogKind.ACKNOWLEDGED]
    assert record.log[1] == acknowledged
    assert [entry.row.notification.recipient for entry in record.notifications] == [
        "truc@example.vn",
        "hoa@example.vn",
    ]


async def test_an_unknown_incident_is_none(store: StateStore) -> None:
    assert await store.incident("SC-2026-9999") is None


async def test_earlier_incidents_are_those_of_the_same_root_latest_first(store: StateStore) -> None:
    def declared(number: int, root: str) -> Decision:
        return Decision(
            incidents=(dataclasses.replace(incident(number, root=root), declared_at=T0 + number),)
        )

    await store.commit_many([declared(number, CHECK) for number in (1, 2, 3, 4)])
    await store.commit(declared(5, "other/icmp"))
    this = dataclasses.replace(incident(4), declared_at=T0 + 4)

    earlier = await store.earlier_incidents(this, limit=2)

    assert [entry.id for entry in earlier] == ["SC-2026-0003", "SC-2026-0002"]


async def test_when_a_target_was_first_seen_stays_whatever_comes_later(store: StateStore) -> None:
    await store.commit(Decision(seen=(("a", 0.0), ("b", T0))))
    await store.commit(Decision(seen=(("b", T0 + 9), ("c", T0 + 9))))

    assert (await store.load()).seen == {"a": 0.0, "b": T0, "c": T0 + 9}
