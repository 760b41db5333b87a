"""A month of a province as a script: what was out when, when the monitor was off, blind or set wrong, and who decided what.

The script is played into the real engine and the real state.db round by round: in each round every check runs once, in
an order that never changes, then time ticks. Nothing here knows how accounts are made.
"""

import multiprocessing
import random
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from multiprocessing.connection import Connection
from pathlib import Path

from alerts import engine
from alerts.model.checks import CheckResult
from alerts.model.decision import Decision
from alerts.model.hold import Muting, MutingKind
from alerts.muting.declaring import Wish, declare
from inventory.model import (
    ALWAYS,
    Area,
    Calendar,
    Check,
    Circuit,
    Inventory,
    Layer,
    Repeat,
    Selector,
    Target,
    Unit,
    Window,
)
from monitor.storage.decisions import save_alive_at, save_decision
from monitor.storage.state import StateStore
from tests.alerts.province import GOOD, SETTINGS, SILENT, SLOW, check

BEGIN = 1_793_466_000.0
"""Sunday 1 November 2026, 00:00 in Việt Nam."""
DAY_S = 86_400.0
HOUR_S = 3_600.0
OFFICE = ((450, 690), (810, 1_020))
"""07:30-11:30 and 13:30-17:00, Monday to Friday."""
READINGS = {"o": GOOD, "w": SLOW, "c": SILENT}
ALIVE_EVERY = 4
ANCHORS = ("a0", "a1", "a2")
TICK_AT, DEEDS_AT, ALIVE_AT = 0.75, 0.8, 0.9
"""Parts of a round."""

Span = tuple[float, float]


@dataclass(frozen=True)
class Life:
    """Rounds that one process measured and saved, and its last sign of life (wall time)."""

    first: int
    last: int
    alive_at: float


@dataclass(frozen=True)
class Story:
    """The script. Times of faults are seconds since BEGIN; `off`, `blind` and `steps` are in rounds.

    `steps`: from this round on the wall clock is so much ahead. `absent`: targets that are in the inventory only after
    the end of these rounds (`added`), or not between two (`away`).
    """

    sites: int
    devices: int
    rounds: int
    round_s: float
    outages: Mapping[str, Sequence[Span]]
    slow: Mapping[str, Sequence[Span]]
    off: Sequence[tuple[int, int]] = ()
    blind: Sequence[tuple[int, int]] = ()
    steps: Mapping[int, float] = field(default_factory=dict)
    added: Mapping[str, int] = field(default_factory=dict)
    away: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    wishes: Mapping[int, Sequence[Wish]] = field(default_factory=dict)
    windows: Sequence[Window] = ()

    @cached_property
    def whole(self) -> Inventory:
        """Every target there ever is."""
        return land(self.sites, self.devices, self.round_s, self.windows)

    @cached_property
    def slots(self) -> Mapping[str, float]:
        """Check -> when it runs within a round: the anchors at once, the others in the order of their parents."""
        others = [each for each in self.whole.ancestors_first if each not in self.whole.anchors]
        step_s = self.round_s / 2 / len(others)
        return {each: 0.1 * n for n, each in enumerate(self.whole.anchors)} | {
            each: 1 + step_s * n for n, each in enumerate(others)
        }

    def inventory(self, number: int) -> Inventory:
        """What is watched in a round."""
        gone = {id_ for id_, since in self.added.items() if number <= since}
        gone |= {id_ for id_, (left, back) in self.away.items() if left < number <= back}
        return without(self.whole, gone)

    def wall(self, number: int, within_s: float) -> float:
        ahead_s = sum(step for since, step in self.steps.items() if since <= number)
        return BEGIN + number * self.round_s + within_s + ahead_s

    def level(self, check_id: str, number: int) -> str:
        """What the check shows in a round: o(k), w(arning) or c(ritical)."""
        if any(first <= number < end for first, end in self.blind):
            return "c"
        at = number * self.round_s + self.slots[check_id]
        chain = self.chain(self.whole.checks[check_id].target_id)
        if any(begin <= at < end for id_ in chain for begin, end in self.outages.get(id_, ())):
            return "c"
        return "w" if any(begin <= at < end for begin, end in self.slow.get(chain[0], ())) else "o"

    def chain(self, target_id: str) -> tuple[str, ...]:
        """The target and everything it needs."""
        needs = self.whole.targets[target_id].depends_on
        return (target_id, *(each for need in needs for each in self.chain(need)))

    def is_off(self, number: int) -> bool:
        return any(first <= number < end for first, end in self.off)


def land(sites: int, devices: int, round_s: float, windows: Sequence[Window]) -> Inventory:
    units = {"core": Unit("core", "Lõi", "sở", "province")}
    targets = {
        id_: Target(id_, id_, "core", Layer.INFRA, "any", f"name:{id_}", anchor=True) for id_ in ANCHORS
    }
    for id_ in ("n0", "n1"):
        targets[id_] = Target(id_, id_, "core", Layer.INFRA, "any", f"name:{id_}")
    for site in range(sites):
        code = f"{20_000 + site}"
        units[code] = Unit(
            code, f"Xã {site}", "xã", ("qn", "kt")[site % 2], former_district=f"Huyện {site % 7}"
        )
        cpe = Target(
            f"{code}.cpe", "CPE", code, Layer.TSLCD, "any", f"name:{code}", (f"n{site % 2}",), circuit_id=code
        )
        targets[cpe.id] = cpe
        for n in range(devices):
            id_ = f"{code}.d{n:02}"
            targets[id_] = Target(id_, id_, code, Layer.PC, "any", f"name:{id_}", (cpe.id,))
    checks = {}
    for target in targets.values():
        calendar = "office" if target.id.endswith(".d00") else ALWAYS
        kinds = ("icmp", "tcp") if target.id.endswith(".d01") else ("icmp",)
        for kind in kinds:
            one = check(
                f"{target.id}/{kind}",
                interval_s=round_s,
                retry_interval_s=round_s,
                timeout_s=2.0,
                failures_to_down=2,
                successes_to_up=1,
            )
            checks[one.id] = replace(one, calendar=calendar)
    primaries = {id_: f"{id_}/icmp" for id_ in targets}
    parents = {
        one.id: tuple(primaries[need] for need in targets[one.target_id].depends_on)
        if one.id == primaries[one.target_id]
        else (primaries[one.target_id],)
        for one in checks.values()
    }
    week = (*((OFFICE,) * 5), (), ())
    return Inventory(
        units=units,
        targets=targets,
        checks=checks,
        circuits={code: Circuit(code, ("VNPT", "Viettel")[n % 2]) for n, code in enumerate(units)},
        areas={id_: Area(id_, id_) for id_ in ("province", "qn", "kt")},
        calendars={
            ALWAYS: Calendar(ALWAYS, "", (((0, 1_440),),) * 7),
            "office": Calendar("office", "Giờ hành chính", week),
        },
        windows={window.id: window for window in windows},
        windows_of=_windows_of(windows),
        parents=parents,
        children=_children(parents),
        ancestors_first=tuple(checks),
        anchors=tuple(primaries[id_] for id_ in ANCHORS),
    )


def without(inventory: Inventory, gone: set[str]) -> Inventory:
    if not gone:
        return inventory
    checks: dict[str, Check] = {
        id_: each for id_, each in inventory.checks.items() if each.target_id not in gone
    }
    parents = {id_: above for id_, above in inventory.parents.items() if id_ in checks}
    return replace(
        inventory,
        targets={id_: each for id_, each in inventory.targets.items() if id_ not in gone},
        checks=checks,
        parents=parents,
        children=_children(parents),
        ancestors_first=tuple(checks),
    )


def _windows_of(windows: Sequence[Window]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for window in windows:
        for target_id in window.selector.targets:
            found[target_id] = (*found.get(target_id, ()), window.id)
    return found


def _children(parents: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for child, above in parents.items():
        for parent in above:
            found[parent] = (*found.get(parent, ()), child)
    return found


def written(seed: int, *, sites: int, devices: int, days: int, round_s: float) -> Story:
    """Write a story: lines cut, a node and the power lost, slow lines; off, blind, set wrong; works, silences, edits."""
    chance = random.Random(seed)  # noqa: S311 (a script)
    length_s, a_day = days * DAY_S, round(DAY_S / round_s)
    rounds = days * a_day
    outages: dict[str, list[Span]] = {}
    slow: dict[str, list[Span]] = {}
    for site in range(sites):
        code = f"{20_000 + site}"
        for _ in range(max(1, days // 5)):
            begin = chance.uniform(0, length_s)
            outages.setdefault(f"{code}.cpe", []).append((begin, begin + chance.expovariate(1 / 5_000)))
        begin = chance.uniform(0, length_s)
        slow[f"{code}.cpe"] = [(begin, begin + chance.uniform(0, 8) * HOUR_S)]
        if site % 5 == 0:  # the power of a whole site
            begin = chance.uniform(0, length_s)
            lost = (begin, begin + chance.uniform(1, 30) * HOUR_S)
            for id_ in (f"{code}.cpe", *(f"{code}.d{n:02}" for n in range(devices))):
                outages.setdefault(id_, []).append(lost)
        lonely = f"{code}.d{chance.randrange(devices):02}"
        begin = chance.uniform(0, length_s)
        outages.setdefault(lonely, []).append((begin, begin + chance.uniform(0, 3) * HOUR_S))
    node_lost = chance.uniform(0.2, 0.5) * length_s
    outages["n0"] = [(node_lost, node_lost + 2.5 * HOUR_S)]
    third = rounds // 3
    off = [(third, third + a_day // 12), (2 * third, 2 * third + a_day // 6)]
    blind = [(third // 2, third // 2 + 4), (third + a_day // 2, third + a_day // 2 + 7)]
    work = Window(
        "thay-nut",
        "Thay nút",
        "cũ",
        "VNPT",
        Selector(targets=("n1",)),
        starts_at=BEGIN + 0.55 * length_s,
        ends_at=BEGIN + 0.55 * length_s + 5 * HOUR_S,
    )
    outages["n1"] = [(0.55 * length_s + 600, 0.55 * length_s + 3 * HOUR_S)]
    weekly = Window(
        "sao-luu",
        "Sao lưu",
        "định kỳ",
        "Sở",
        Selector(targets=tuple(f"{20_000 + site}.d02" for site in range(0, sites, 3))),
        Repeat.WEEKLY,
        weekday=1,
        from_minute=22 * 60,
        duration_s=2 * HOUR_S,
    )
    asked_at = rounds * 3 // 4
    wishes = {
        asked_at: (
            _wish(MutingKind.MAINTENANCE, ("20001.cpe",), BEGIN + asked_at * round_s, 6),
            _wish(MutingKind.SILENCE, ("20002.cpe", "n0"), BEGIN + asked_at * round_s, 24),
        )
    }
    return Story(
        sites,
        devices,
        rounds,
        round_s,
        outages,
        slow,
        off=off,
        blind=blind,
        steps={rounds * 5 // 12: 1_200.0, rounds * 5 // 12 + 9: -1_200.0},
        added={"20003.d01": rounds // 4},
        away={"20004.d02": (rounds // 4, rounds // 2)},
        wishes=wishes,
        windows=(work, weekly),
    )


def _wish(kind: MutingKind, targets: tuple[str, ...], from_at: float, hours: int) -> Wish:
    until_at = from_at + hours * HOUR_S
    return Wish(kind, Selector(targets=targets), from_at, until_at, "truc", "sửa cáp")


async def play(story: Story, path: Path, first: int, last: int, *, say: Callable[[int], None]) -> Life:
    """Be the daemon for these rounds; `say` hears of every round that is done. A sign of life is left at the end."""
    now = story.wall(first, -1.0)
    async with StateStore.open(path, now=now) as store:
        inventory = story.inventory(first)
        saved = await store.load()
        world, decision = engine.start(inventory, SETTINGS, saved, now=now, mono=first * story.round_s - 1.0)
        decisions = [decision]
        for number in range(first, last + 1):
            measured(story, world, number, decisions)
            kept = [each for each in decisions if each.is_worth_saving]
            if kept:
                await store.database.write(partial(save_round, decisions=kept, number=number))
            alive_at = story.wall(number, ALIVE_AT * story.round_s)
            if number % ALIVE_EVERY == 0 or number == last:
                await store.database.write(partial(save_alive_at, now=alive_at))
            decisions = []
            say(number)
    return Life(first, last, alive_at)


def measured(story: Story, world: engine.World, number: int, decisions: list[Decision]) -> None:
    """One round: every check once, a tick, and what people do."""
    checks = world.inventory.checks
    for check_id, offset_s in story.slots.items():
        if check_id not in checks:
            continue
        at, mono = story.wall(number, offset_s), number * story.round_s + offset_s
        outcome = CheckResult(check_id, at, 0.0, READINGS[story.level(check_id, number)], started_mono=mono)
        decisions.append(engine.on_result(world, outcome, now=at, mono=mono))
    mono = (number + TICK_AT) * story.round_s
    decisions.append(engine.on_tick(world, now=story.wall(number, TICK_AT * story.round_s), mono=mono))
    now, mono = story.wall(number, DEEDS_AT * story.round_s), (number + DEEDS_AT) * story.round_s
    for wish in story.wishes.get(number, ()):
        declared = declare(world, wish, now)
        assert isinstance(declared, Decision), declared
        decisions.append(declared)
    later = story.inventory(number + 1)
    if later.checks.keys() != checks.keys():
        decisions.append(engine.on_reload(world, later, SETTINGS, now=now, mono=mono))


def save_round(connection: sqlite3.Connection, decisions: Sequence[Decision], number: int) -> None:
    for decision in decisions:
        save_decision(connection, decision)
    connection.execute("insert or replace into meta (key, value) values ('round', ?)", (str(number),))


def saved_life(path: Path, first: int) -> Life:
    """What a process that was killed left behind."""
    with closing(sqlite3.connect(path)) as connection:
        found = dict(connection.execute("select key, value from meta"))
    return Life(first, int(found.get("round", -1)), float(found.get("alive_at", 0.0)))


def serve(story: Story, path: Path, first: int, last: int, words: Connection) -> None:
    """Be the daemon in a process of its own, until killed."""
    import asyncio  # noqa: PLC0415 (the parent has a loop already)

    asyncio.run(play(story, path, first, last, say=words.send))


def declared_in(path: Path) -> list[Muting]:
    from monitor.storage.mutings import select_within  # noqa: PLC0415

    with closing(sqlite3.connect(path)) as connection:
        return select_within(connection, 0.0, 4e9, MutingKind.MAINTENANCE)


CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
