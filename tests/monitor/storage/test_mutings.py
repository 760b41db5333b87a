"""Silences and maintenance survive, as they were declared."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model.decision import Decision
from alerts.model.hold import Muting, MutingKind, SuppressionReason
from alerts.model.notification import Bulletin, BulletinKind, Notification, NotificationKind
from inventory.model import Selector
from monitor.storage.mutings import read_selector, select_one, select_within, write_selector
from monitor.storage.state import StateStore

DAY_S = 86_400.0
WORDS = st.lists(st.text(min_size=1, max_size=8), max_size=3).map(tuple)
SILENCE = Muting(
    id="IM-2026-0001",
    kind=MutingKind.SILENCE,
    selector=Selector(units=("21484",), layers=("tslcd",)),
    from_at=100.0,
    until_at=500.0,
    who="Ngọc",
    comment="sửa điện; chờ thợ",
    created_at=90.0,
)
WORK = replace(
    SILENCE,
    id="BT-2026-0007",
    kind=MutingKind.MAINTENANCE,
    title="Thay nút",
    worker="VNPT",
    until_up=True,
    from_at=200.0,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=1.0) as opened:
        yield opened


@given(st.builds(Selector, targets=WORDS, units=WORDS, areas=WORDS, providers=WORDS, tags=WORDS))
def test_a_selector_is_read_as_it_was_written(selector: Selector) -> None:
    assert read_selector(write_selector(selector)) == selector


@pytest.mark.parametrize("text", ["[]", '{"other": ["x"]}', "{"])
def test_what_is_no_selector_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_selector(text)


async def test_what_was_declared_is_there_after_a_restart_with_its_numbers(store: StateStore) -> None:
    await store.mark_alive(150.0)
    await store.commit(Decision(mutings=(SILENCE, WORK)))
    await store.commit(Decision(mutings=(SILENCE, WORK)))

    saved = await store.load()

    assert set(saved.mutings) == {SILENCE, WORK}
    assert (saved.last_number["IM-2026"], saved.last_number["BT-2026"]) == (1, 7)


async def test_what_was_ended_or_extended_is_kept_so(store: StateStore) -> None:
    ended = replace(SILENCE, ended_at=300.0, ended_by="Bình")
    extended = replace(WORK, until_at=900.0, comment="x; Bình: y")
    await store.commit_many((Decision(mutings=(SILENCE, WORK)), Decision(mutings=(ended, extended))))

    for each in (ended, extended):
        assert await store.database.read(partial(select_one, muting_id=each.id)) == each
    assert await store.database.read(partial(select_one, muting_id="IM-2026-0009")) is None


@pytest.mark.parametrize(
    ("alive_at", "loaded"), [(499.0, {"IM", "BT"}), (500.0, {"BT"}), (500.0 + DAY_S, set())]
)
async def test_what_is_over_is_not_loaded_but_maintenance_for_a_day(
    store: StateStore, alive_at: float, loaded: set[str]
) -> None:
    await store.commit(Decision(mutings=(SILENCE, WORK)))
    await store.mark_alive(alive_at)

    assert {each.id[:2] for each in (await store.load()).mutings} == loaded


async def test_a_period_lists_what_had_a_part_in_it_in_order(store: StateStore) -> None:
    ended = replace(SILENCE, id="IM-2026-0002", ended_at=120.0)
    await store.commit(Decision(mutings=(WORK, SILENCE, ended)))

    async def within(start: float, end: float, kind: MutingKind | None = None) -> list[str]:
        found = await store.database.read(partial(select_within, from_at=start, to_at=end, kind=kind))
        return [each.id for each in found]

    assert await within(0.0, 1_000.0) == ["IM-2026-0001", "IM-2026-0002", "BT-2026-0007"]
    assert await within(120.0, 200.0) == ["IM-2026-0001"]
    assert await within(120.0, 201.0, MutingKind.MAINTENANCE) == ["BT-2026-0007"]
    assert await within(500.0, 1_000.0) == []


async def test_what_an_ended_silence_kept_waiting_goes_at_once(store: StateStore) -> None:
    row = Notification("SC-2026-0001", NotificationKind.OPENED, "file", "x", due_at=100.0)
    await store.commit(Decision(mutings=(SILENCE, WORK), notifications=(row,)))
    await store.outbox.put_off([1], SuppressionReason.SILENCE, 160.0)

    await store.commit(Decision(mutings=(replace(WORK, ended_at=110.0),)))
    assert await store.outbox.next_due_at(105.0) == 160.0
    await store.commit(Decision(mutings=(replace(SILENCE, ended_at=120.0),)))
    assert await store.outbox.next_due_at(105.0) == 120.0


async def test_what_was_told_of_maintenance_is_known_after_a_restart(store: StateStore) -> None:
    told = Bulletin("maintenance:w:100:begun", BulletinKind.MAINTENANCE, 100.0, {"stage": "begun"})
    brief = Bulletin("brief:2026-11-22", BulletinKind.BRIEF, 100.0, {})
    await store.mark_alive(200.0)
    await store.commit(Decision(bulletins=(told, brief)))

    assert (await store.load()).announced == {told.id}
