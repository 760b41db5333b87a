"""What a list of incidents shows, from memory and from the disk."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from alerts.model.checks import Status
from alerts.model.decision import Decision
from alerts.model.incident import (
    CauseKind,
    Choice,
    CloseReason,
    Common,
    Dimension,
    Side,
    Ticket,
)
from inventory.model import Selector
from monitor.incidents.listing import (
    Listed,
    Order,
    Phase,
    Wanted,
    is_wanted,
    narrowed,
    page_of,
    select_page,
)
from monitor.storage.state import StateStore
from tests.monitor.web.samples import NOW, incident, province

INVENTORY = province(4, 5)
CODES = [code for code in INVENTORY.units if code != "core"]
CUT = incident(
    1,
    f"{CODES[0]}.cpe/icmp",
    affected=[f"{CODES[0]}.d0/icmp", f"{CODES[0]}.d1/icmp"],
    lasting_s=7_200,
)
TAKEN = replace(
    incident(2, f"{CODES[1]}.d0/icmp", lasting_s=600),
    acknowledged_at=NOW - 60,
    acknowledged_by="B. Ngọc",
    level=Status.DEGRADED,
)
NODE = incident(3, "core.router/icmp", affected=[f"{CODES[2]}.cpe/icmp"], lasting_s=300)
OVER = replace(
    incident(4, f"{CODES[0]}.cpe/icmp", lasting_s=90_000),
    resolved_at=NOW - 89_000,
    close_reason=CloseReason.RECOVERED,
)
JUDGED = replace(
    incident(5, f"{CODES[1]}.cpe/icmp", lasting_s=80_000),
    resolved_at=NOW - 70_000,
    close_reason=CloseReason.BY_HAND,
    choice=Choice(CauseKind.POWER, Side.OBJECTIVE, "An", NOW - 60_000),
    ticket=Ticket("VNPT-77", NOW - 79_000),
)
GROUP = replace(
    incident(6, "", affected=[f"{CODES[3]}.cpe/icmp"], lasting_s=200),
    common=Common(Dimension.LAYER, "", "tslcd"),
)
PART = replace(incident(7, f"{CODES[3]}.cpe/icmp", lasting_s=210), part_of=GROUP.id)
EVERY = (CUT, TAKEN, NODE, OVER, JUDGED, GROUP, PART)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=NOW) as found:
        explained = tuple((each.id, check_id) for each in EVERY for check_id in each.affected)
        await found.commit(Decision(incidents=EVERY, explained=explained))
        yield found


def numbers(found: Listed) -> list[int]:
    return [int(each.id[-4:]) for each in found.items]


def of_layer(*layers: str) -> Wanted:
    return narrowed(Wanted(), INVENTORY, Selector(layers=layers))


def at(place: int) -> Wanted:
    return narrowed(Wanted(), INVENTORY, Selector(), frozenset({CODES[place]}))


def saying(text: str) -> Wanted:
    return narrowed(Wanted(), INVENTORY, Selector(), text=text)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Wanted(), {1, 2, 3, 4, 5, 6, 7}),
        (Wanted(Phase.OPEN), {1, 2, 3, 6, 7}),
        (Wanted(Phase.ACKED), {2}),
        (Wanted(Phase.NO_CAUSE), {4}),
        (Wanted(Phase.CLOSED), {4, 5}),
        (Wanted(with_parts=False), {1, 2, 3, 4, 5, 6}),
        (Wanted(cause=CauseKind.POWER), {5}),
        (Wanted(level=Status.DEGRADED), {2}),
        (Wanted(min_s=7_200), {1, 5}),
        (Wanted(from_at=NOW - 75_000, to_at=NOW - 7_000), {1, 5}),
        (Wanted(from_at=NOW - 70_000), {1, 2, 3, 5, 6, 7}),
        (of_layer("tslcd"), {1, 4, 5, 6, 7}),
        (of_layer("infra"), {3}),
        (at(0), {1, 4}),
        (at(2), {3}),
        (at(3), {6, 7}),
        (saying("sc-2026-0004"), {4}),
        (saying("vnpt-7"), {5}),
        (saying("bo dinh tuyen LOI"), {3}),
        (saying("' or 1=1 --"), set()),
        (saying("không có nơi nào như vậy"), set()),
    ],
)
async def test_memory_and_disk_understand_a_filter_alike(
    store: StateStore, asked: Wanted, expected: set[int]
) -> None:
    stored = await store.database.read(partial(select_page, asked=asked, limit=50, now=NOW))

    assert {int(each.id[-4:]) for each in EVERY if is_wanted(each, asked, now=NOW)} == expected
    assert set(numbers(stored)) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.NEWEST, [6, 7, 3, 2, 1]),
        (Order.OLDEST, [1, 2, 3, 7, 6]),
        (Order.LONGEST, [1, 2, 3, 7, 6]),
    ],
)
async def test_pages_follow_each_other_without_losing_or_repeating_any(
    store: StateStore, order: Order, expected: list[int]
) -> None:
    asked, from_disk, from_memory = Wanted(Phase.OPEN), Listed(()), Listed(())
    seen: list[list[int]] = [[], []]
    for turn in range(3):
        is_first = turn == 0
        from_disk = await store.database.read(
            partial(
                select_page,
                asked=asked,
                order=order,
                limit=2,
                now=NOW + turn,
                after=None if is_first else from_disk.next,
            )
        )
        from_memory = page_of(
            EVERY,
            asked,
            order=order,
            limit=2,
            now=NOW + turn,
            after=None if is_first else from_memory.next,
        )
        seen[0] += numbers(from_disk)
        seen[1] += numbers(from_memory)

    assert seen == [expected, expected]
    assert from_disk.next is None
    assert from_memory.next is None
