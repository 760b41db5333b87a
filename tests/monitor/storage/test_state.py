import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerts.delivery.outbox import Outbox
from alerts.model.checks import CheckState, Status, Transition
from alerts.model.decision import Decision, SavedState
from alerts.model.incident import CloseReason, IncidentEvent, LogKind
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import CHECK, T0, incident, notification, opening


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=T0) as opened:
        yield opened


async def test_it_is_the_outbox_that_delivery_needs(store: StateStore) -> None:
    outbox: Outbox = store

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
            states=states, incidents=(opened,), alive_at=T0 + 11.5, last_incident_number={2026: 7}
        )


async def test_a_closed_incident_is_not_loaded_but_its_number_is_never_used_again(store: StateStore) -> None:
    closed = dataclasses.replace(incident(12), resolved_at=T0 + 5, close_reason=CloseReason.RECOVERED)
    long_number = dataclasses.replace(closed, id="SC-2027-10001")
    await store.commit(Decision(incidents=(closed, long_number, incident(3))))

    saved = await store.load()

    assert [entry.id for entry in saved.incidents] == ["SC-2026-0003"]
    assert saved.last_incident_number == {2026: 12, 2027: 10_001}


async def test_what_was_ever_affected_stays_with_the_incident(store: StateStore) -> None:
    first = incident(1)
    await store.commit(Decision(incidents=(first,), explained=((first.id, "b/icmp"),)))
    await store.commit(Decision(explained=((first.id, "b/icmp"), (first.id, "c/icmp"))))
    await store.commit(Decision(incidents=(first,)))

    (saved,) = (await store.load()).incidents

    assert saved.affected == {"b/icmp", "c/icmp"}


async def test_an_incident_may_be_absorbed_by_one_that_the_same_decision_opens(store: StateStore) -> None:
    absorbed = dataclasses.replace(
        incident(1), resolved_at=T0, close_reason=CloseReason.ABSORBED, absorbed_by="SC-2026-0002"
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
