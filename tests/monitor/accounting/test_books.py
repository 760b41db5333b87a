"""Reading a period's books: the status it begins with, what happened within, who left and who came."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model.checks import Blindness, Status, Transition
from alerts.model.decision import Decision
from alerts.model.hold import Muting, MutingKind
from alerts.model.incident import CloseReason, Common, Dimension, Incident
from inventory.model import ALWAYS, Area, Calendar, Inventory, Layer, Selector, Target, Unit
from monitor.accounting.account import known_from
from monitor.accounting.books import read_books
from monitor.accounting.model import Books, Correction, History, Part, Period
from monitor.accounting.outages import LOOK_BACK_S, reactions
from monitor.storage import corrections
from monitor.storage.migrations import migrate, migrations
from monitor.storage.state import StateStore
from tests.alerts.province import check
from tests.monitor.storage.samples import incident

FROM = 1_770_000_000.0
OF = Period("p", FROM, FROM + 100.0)
LONG_AGO = FROM - 90 * 86_400.0
"""Before anything that may be looked back at."""


def land(*target_ids: str) -> Inventory:
    checks = [check(f"{id_}/icmp") for id_ in target_ids]
    return Inventory(
        units={"u": Unit("u", "Xã U", "xã", "qn")},
        targets={id_: Target(id_, id_, "u", Layer.TSLCD, "any", f"name:{id_}") for id_ in target_ids},
        checks={each.id: each for each in checks},
        areas={"qn": Area("qn", "Quảng Ngãi (cũ)")},
        calendars={ALWAYS: Calendar(ALWAYS, "", (((0, 1_440),),) * 7)},
    )


def turn(name: str, at: float, old: Status, new: Status, cause: str = "") -> Transition:
    return Transition(f"{name}/icmp", at, at + 1, old, new, cause)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=FROM) as opened:
        yield opened


async def books(store: StateStore, inventory: Inventory, of: Period = OF, now: float = FROM + 1_000) -> Books:
    return await store.database.read(partial(read_books, inventory=inventory, period=of, now=now))


async def written(
    store: StateStore, *transitions: Transition, seen: Sequence[tuple[str, float]] = ()
) -> None:
    await store.commit(Decision(transitions=transitions, seen=tuple(seen)))


async def test_a_check_begins_with_its_last_status_and_what_happens_at_the_very_beginning_is_within(
    store: StateStore,
) -> None:
    within = turn("a", FROM, Status.DOWN, Status.UP)
    await written(
        store,
        turn("a", LONG_AGO, Status.UNKNOWN, Status.UP),
        turn("a", LONG_AGO + 1, Status.UP, Status.DOWN),
        within,
        turn("a", FROM + 100.0, Status.UP, Status.DOWN),
        seen=[("a", 0.0)],
    )

    found = (await books(store, land("a"))).histories["a/icmp"]

    assert found == History("a/icmp", Status.DOWN, (within,))


async def test_of_two_transitions_at_one_moment_the_one_that_was_written_last_counts(
    store: StateStore,
) -> None:
    await written(
        store,
        Transition("a/icmp", LONG_AGO, LONG_AGO + 9, Status.UNKNOWN, Status.UP, ""),
        Transition(
            "a/icmp", LONG_AGO, LONG_AGO + 5, Status.UP, Status.DOWN, ""
        ),  # the wall clock was set back
        seen=[("a", 0.0)],
    )

    assert (await books(store, land("a"))).histories["a/icmp"].status is Status.DOWN


async def test_what_is_new_is_watched_from_when_it_was_first_seen_and_what_was_never_known_is_unknown(
    store: StateStore,
) -> None:
    await written(
        store,
        turn("a", LONG_AGO, Status.UNKNOWN, Status.UP),
        seen=[("a", 0.0), ("silent", 0.0), ("new", FROM + 40)],
    )

    found = (await books(store, land("a", "silent", "new", "never_taken_over"))).histories

    assert found["silent/icmp"] == History("silent/icmp", Status.UNKNOWN)
    assert found["new/icmp"] == History("new/icmp", None, (), FROM + 40)
    assert found["never_taken_over/icmp"] == History("never_taken_over/icmp", None, (), OF.until_at)


async def test_before_the_monitor_began_nothing_was_watched(store: StateStore) -> None:
    await written(store, turn("a", FROM + 10, Status.UNKNOWN, Status.UP), seen=[("a", 0.0), ("b", 0.0)])

    found = (await books(store, land("a", "b"))).histories

    assert [found[id_].watched_from_at for id_ in ("a/icmp", "b/icmp")] == [FROM + 10, FROM + 10]


async def test_what_left_before_is_watched_from_its_return_and_what_left_within_has_its_history(
    store: StateStore,
) -> None:
    gone = Blindness.REMOVED.value
    left = turn("left", FROM + 50, Status.UP, Status.UNKNOWN, gone)
    back = turn("back", FROM + 70, Status.UNKNOWN, Status.UP)
    await written(
        store,
        turn("left", LONG_AGO, Status.UNKNOWN, Status.UP),
        left,
        turn("back", LONG_AGO, Status.UNKNOWN, Status.UP),
        turn("back", LONG_AGO + 5, Status.UP, Status.UNKNOWN, gone),
        back,
        turn("old", LONG_AGO, Status.UNKNOWN, Status.UP),
        turn("old", LONG_AGO + 5, Status.UP, Status.UNKNOWN, gone),
        seen=[("left", 0.0), ("back", 0.0), ("old", 0.0)],
    )

    found = (await books(store, land("back"))).histories

    assert found == {
        "back/icmp": History("back/icmp", None, (back,), FROM + 70),
        "left/icmp": History("left/icmp", Status.UP, (left,)),
    }


async def test_what_touches_the_period_or_the_look_back_is_there_and_nothing_else(store: StateStore) -> None:
    def work(number: int, begin: float, end: float, kind: MutingKind = MutingKind.MAINTENANCE) -> Muting:
        return Muting(f"BT-2026-{number:04}", kind, Selector(targets=("a",)), begin, end, "an", "vì", begin)

    def ended(number: int, declared: float, resolved: float | None) -> object:
        reason = None if resolved is None else CloseReason.RECOVERED
        return replace(incident(number), declared_at=declared, resolved_at=resolved, close_reason=reason)

    await store.commit(
        Decision(
            mutings=(
                work(1, LONG_AGO, FROM - LOOK_BACK_S),
                work(2, FROM - 20, FROM + 1),
                work(3, FROM + 99, FROM + 200),
                work(4, FROM, FROM + 50, MutingKind.SILENCE),
                work(5, FROM + 100, FROM + 200),
            ),
            incidents=(
                ended(1, FROM - 50, FROM - 1),
                ended(2, FROM - 50, FROM + 5),
                ended(3, FROM - 50, None),
                ended(4, FROM + 100, None),
            ),
        )
    )

    found = await books(store, land("a"))

    assert [each.id[-1] for each in found.mutings] == ["2", "3"]
    assert [each.id[-1] for each in found.incidents] == ["2", "3"]


async def test_what_an_incident_is_part_of_is_there_whenever_that_was_declared(store: StateStore) -> None:
    def common(number: int, declared: float) -> Incident:
        what = Common(Dimension.PROVIDER, "VNPT", "tslcd")
        return replace(incident(number), root_check_id="", common=what, declared_at=declared)

    members = [
        replace(incident(1), root_check_id="a/icmp", declared_at=FROM + 90, part_of=incident(2).id),
        replace(common(2, FROM + 110), part_of=incident(3).id),
        replace(common(3, FROM + 120), part_of=incident(2).id),  # part of each other: damage must not hang us
    ]
    await store.commit(Decision(incidents=tuple(members)))
    after = Period("after", FROM + 100, FROM + 200)

    found = [await books(store, land("a"), of) for of in (OF, after)]

    assert [[each.id[-1] for each in of.incidents] for of in found] == [["1", "2", "3"]] * 2
    told = [reactions(each.incidents, of) for each, of in zip(found, (OF, after), strict=True)]
    assert [len(each) for each in told] == [0, 1], "counted with its group, once"


@pytest.mark.parametrize(
    ("alive_at", "known"), [(None, 0.0), (FROM + 7, FROM + 7), (FROM + 5_000, FROM + 1_000)]
)
async def test_knowledge_ends_with_the_last_sign_of_life(
    store: StateStore, alive_at: float | None, known: float
) -> None:
    if alive_at is not None:
        await store.mark_alive(alive_at)

    assert (await books(store, land("a"))).known_until_at == known


MOMENTS = st.integers(-5, 15).map(lambda n: FROM + 10.0 * n)
TURNS = st.lists(
    st.tuples(st.sampled_from("abc"), MOMENTS, st.sampled_from(list(Status)), st.booleans()), max_size=25
)


@given(TURNS)
def test_every_history_is_what_a_look_at_all_rows_says(turns: list[tuple[str, float, Status, bool]]) -> None:

    rows = [
        (
            f"{name}/icmp",
            at,
            at + n,
            "unknown",
            new.value,
            "removed" if new is Status.UNKNOWN and left else "",
        )
        for n, (name, at, new, left) in enumerate(sorted(turns, key=lambda turn: turn[1]))
    ]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, migrations("state"), Path(":memory:"))
        connection.executemany(
            "insert into transition (check_id, at, declared_at, old, new, cause) values (?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.executemany("insert into target_seen values (?, ?, null)", [(name, 0.0) for name in "abc"])
        found = read_books(connection, land(*"abc"), OF, now=FROM + 1_000)

    since_at = known_from(found.inventory, found.mutings, OF)
    for name in "abc":
        own = [row for row in rows if row[0] == f"{name}/icmp"]
        before = [row for row in own if row[1] < since_at]
        within = [(row[1], row[4]) for row in own if since_at <= row[1] < OF.until_at]
        history = found.histories[f"{name}/icmp"]
        assert [(each.at, each.new.value) for each in history.transitions] == within
        if before:
            assert history.status == (None if before[-1][5] == "removed" else before[-1][4])


def entry(**changes: object) -> Correction:
    made = Correction(
        0,
        ("a/icmp", "b/icmp"),
        FROM,
        FROM + 50,
        Part.MAINTENANCE,
        Part.DOWN,
        "vì",
        "Lan",
        "An",
        FROM + 60,
        "12/TB",
    )
    return replace(made, **changes)


async def test_a_correction_comes_back_as_it_was_made_and_is_withdrawn_once(store: StateStore) -> None:
    database = store.database
    assert await database.write(partial(corrections.append, correction=entry())) == 1
    taken_back = entry(counts_as=None, was=None, withdraws=1)
    assert [await database.write(partial(corrections.append, correction=taken_back)) for _ in "12"] == [2, 2]
    assert (
        await database.write(
            partial(corrections.append, correction=entry(from_at=LONG_AGO, until_at=LONG_AGO + 9))
        )
        == 3
    )

    found = (await books(store, land("a"))).corrections

    assert found == (entry(id=1), replace(taken_back, id=2))
    assert await database.read(partial(corrections.select_one, correction_id=1)) == (entry(id=1), True)
    assert await database.read(partial(corrections.select_one, correction_id=9)) == (None, False)


@given(st.lists(st.text("abc/", min_size=1, max_size=4), max_size=12))
def test_all_checks_that_were_ever_known_are_found_each_once(names: list[str]) -> None:

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, migrations("state"), Path(":memory:"))
        connection.executemany(
            "insert into transition (check_id, at, declared_at, old, new, cause) values (?, ?, 0.0, 'up', 'down', '')",
            [(name, float(n)) for n, name in enumerate(names)],
        )
        assert corrections.all_check_ids(connection) == tuple(sorted(set(names)))
        assert corrections.checks_ever_known(connection, ["a", "x"]) == frozenset({"a"} & set(names))
