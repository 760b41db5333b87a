"""Outages, people, silences, reloads, restarts, isolation and clocks that are set, all mixed: nobody is forgotten.

A province in miniature for some hours of virtual time. After every deed the books must be in order; at the end, when all is
well again, whoever was told of something must have heard how it ended.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from alerts import engine
from alerts.incidents import commands
from alerts.incidents.commands import Refusal
from alerts.model.checks import Status
from alerts.model.decision import Decision
from alerts.model.hold import MutingKind
from alerts.model.incident import Incident, LogKind
from alerts.model.notification import TELLING, NotificationKind
from alerts.muting.declaring import MutingRefusal, Wish, declare
from alerts.oncall.model import Policy, Step
from alerts.telling.holding import hold_of_incident
from alerts.world import World
from inventory.model import Inventory, Layer, Selector, Target
from tests.alerts.communes import NODE, communes, root
from tests.alerts.province import SETTINGS
from tests.alerts.simulator import Simulator

KIN = range(62, 74)
"""On one carrier in one area."""
NUMBERS = (2, 3, 4, *KIN, 84, 85, 86)
ANCHORS = ("gw1/icmp", "gw2/icmp")
NORTH = Policy("north", (Step(("email:an",)), Step(("email:binh",), after_s=300.0)), repeat_s=600.0)
SOUTH = Policy("south", (Step(("email:chi",)), Step(("email:dung",), after_s=400.0)))
USING = replace(SETTINGS, policies={"north": NORTH, "south": SOUTH}, group_wait_s=3.0, new_target_quiet_s=0.0)


def land(gone: frozenset[str] = frozenset()) -> Inventory:
    whole = communes(devices=0)
    line, south = whole.checks[NODE], {root(number) for number in NUMBERS[::3]}
    checks = {each: replace(line, id=each, target_id=each.partition("/")[0]) for each in ANCHORS}
    for each in (NODE, *(root(number) for number in NUMBERS)):
        checks[each] = replace(whole.checks[each], policy="south" if each in south else "north")
    checks = {each: check for each, check in checks.items() if each not in gone}
    gates = {each.partition("/")[0] for each in ANCHORS}
    targets = {each: Target(each, each, "tinh", Layer.INFRA, "x", "127.0.0.1") for each in gates}
    targets |= {
        each.target_id: whole.targets[each.target_id] for each in checks.values() if each.id not in ANCHORS
    }
    parents = {each: (NODE,) for each in checks if each not in {NODE, *ANCHORS}}
    return replace(
        whole,
        checks=checks,
        targets=targets,
        parents=parents,
        children={NODE: tuple(parents)},
        ancestors_first=tuple(checks),
        anchors=ANCHORS,
    )


class Commotion:
    """A simulator to which things happen by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 (tests, no secrets)
        self.outages: dict[str, list[tuple[float, float]]] = {each: [] for each in land().checks}
        phases = {each: self.chance.random() for each in self.outages}
        self.simulator = Simulator(land(), self.outages, phases=phases, settings=USING, tick_s=5.0)
        self.simulator.run_until(60.0)
        self.ledger = self.simulator.ledger
        self.deeds: tuple[Callable[[], None], ...] = (
            *(self.few_fall, self.many_fall, self.many_fall, self.node_falls, self.flaps, self.cut_off),
            *(self.restart, self.reload, self.silence, self.take, self.close, self.merge, self.set_clock),
        )

    @property
    def world(self) -> World:
        return self.simulator.world

    def do_something(self) -> None:
        self.chance.choice(self.deeds)()
        self.simulator.run_until(self.simulator.mono + self.chance.choice([1, 3, 10, 40, 100, 300, 700]))

    def be_well(self) -> None:
        for spans in self.outages.values():
            spans[:] = [(begin, min(end, self.simulator.mono)) for begin, end in spans]
        self.reload(land())
        self.simulator.run_until(self.simulator.mono + 6_000.0 - min(0.0, self.simulator.clock_s))

    def fall(self, check_ids: list[str], for_s: float) -> None:
        for each in check_ids:
            at = self.simulator.mono + self.chance.uniform(0, 8)
            self.outages[each].append((at, at + for_s))

    def few_fall(self) -> None:
        numbers = self.chance.sample(NUMBERS, self.chance.randint(1, 3))
        self.fall([root(each) for each in numbers], self.chance.choice([30.0, 400.0, 1_500.0]))

    def many_fall(self) -> None:
        numbers = self.chance.sample(KIN, self.chance.randint(8, 12))
        self.fall([root(each) for each in numbers], self.chance.choice([60.0, 900.0, 2_000.0]))

    def node_falls(self) -> None:
        self.fall([NODE, *(root(each) for each in NUMBERS)], self.chance.choice([60.0, 300.0]))

    def flaps(self) -> None:
        spans = self.outages[root(self.chance.choice(NUMBERS))]
        spans += [(self.simulator.mono + at, self.simulator.mono + at + 60) for at in range(0, 480, 120)]

    def cut_off(self) -> None:
        for_s = self.chance.choice([20.0, 100.0, 300.0])
        for spans in self.outages.values():
            spans.append((self.simulator.mono, self.simulator.mono + for_s))

    def restart(self) -> None:
        self.simulator.restart()

    def reload(self, inventory: Inventory | None = None) -> None:
        gone = frozenset(root(each) for each in self.chance.sample(NUMBERS, self.chance.randint(0, 4)))
        world, at = self.world, self.simulator
        self._done(engine.on_reload(world, inventory or land(gone), USING, now=at.now, mono=at.mono))

    def silence(self) -> None:
        now, known = self.simulator.now, sorted(self.world.inventory.targets)
        whom = Selector(targets=tuple(self.chance.sample(known, self.chance.randint(1, 8))))
        until_at = now + self.chance.choice([60.0, 300.0, 900.0])
        wish = Wish(MutingKind.SILENCE, whom, now, until_at, who="an", comment="thử")
        self._done(declare(self.world, wish, now))

    def take(self) -> None:
        now = self.simulator.now
        until_at = self.chance.choice([None, now + 200.0])
        for each in self._some_open(1):
            self._done(commands.acknowledge(self.world, each, who="an", text="", now=now, until_at=until_at))

    def close(self) -> None:
        at = self.simulator
        for each in self._some_open(1):
            self._done(commands.close_by_hand(self.world, each, who="an", text="", now=at.now, mono=at.mono))

    def merge(self) -> None:
        for one, other in [self._some_open(2)] if len(self.world.incidents) > 1 else []:
            self._done(commands.merge(self.world, one, other, who="an", now=self.simulator.now))

    def set_clock(self) -> None:
        step_s = self.chance.choice([-3_600.0, -30.0, -2.0, 3_600.0])
        self.simulator.clock_s += step_s
        now = self.simulator.now
        for row in self.ledger.outbox.values():  # as the store brings them forward
            due_at = row.notification.due_at
            if row.is_waiting and due_at > now and step_s < 0:
                row.notification = replace(row.notification, due_at=max(now, due_at + step_s))

    def _some_open(self, number: int) -> list[str]:
        found = sorted(self.world.incidents)
        return self.chance.sample(found, min(number, len(found)))

    def _done(self, outcome: Decision | Refusal | MutingRefusal) -> None:
        if isinstance(outcome, Decision):
            self.simulator.carry_out(outcome)

    def books_are_in_order(self) -> None:
        world = self.world
        again = World(world.inventory, USING, self.ledger.saved(), mono=self.simulator.mono)
        assert again.incidents == world.incidents
        for check_id, state in world.states.items():
            if state.status is Status.DOWN:
                assert check_id in world.pending.keys() | world.incident_of.keys() | world.hushed
        for incident in world.incidents.values():
            root_id = incident.root_check_id
            assert incident.is_group or incident.id in {
                world.incident_of.get(root_id),
                world.standing.get(root_id),
            }
            assert incident.part_of is None or incident.part_of in world.incidents
            if incident.is_group:
                assert any(each.is_open for each in world.members_of(incident.id))

    def whoever_should_know_was_told(self) -> None:
        """What is down and has been for a while, and nothing holds back, was told."""
        now = self.simulator.now
        for incident in self.world.incidents.values():
            is_told_itself = incident.part_of is None and (incident.is_group or self._is_down(incident))
            came_back = incident.episodes > 1 and not incident.is_group
            if is_told_itself and abs(now - incident.declared_at) > 60 and not came_back:
                is_held = hold_of_incident(self.world, incident.id, now) is not None
                assert is_held or incident.told.step >= 0, incident

    def _is_down(self, incident: Incident) -> bool:
        return self.world.states[incident.root_check_id].status is Status.DOWN

    def every_end_was_told(self) -> None:
        """Whoever was told of an incident heard of its end since, or of the end of what it became part of."""
        became: dict[str, set[str]] = {}
        for event in self.ledger.log:
            if event.kind is LogKind.PART_OF:
                became.setdefault(event.incident_id, set()).add(event.text)
        heard: set[tuple[str, str]] = set()
        for told in reversed(self.ledger.told):
            if told.kind is NotificationKind.RESOLVED:
                heard.add((told.about_id, told.recipient))
                continue
            assert told.kind in TELLING
            about, todo = set[str](), {told.about_id}
            while todo:
                about |= todo
                todo = {into for each in todo for into in became.get(each, ())} - about
            assert any((each, told.recipient) in heard for each in about), told


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_nothing_is_lost(seed: int) -> None:
    commotion = Commotion(seed)
    for _ in range(16):
        commotion.do_something()
        commotion.books_are_in_order()
        commotion.whoever_should_know_was_told()
    commotion.be_well()

    assert not commotion.world.incidents
    commotion.every_end_was_told()
