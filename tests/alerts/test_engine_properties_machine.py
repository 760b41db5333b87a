"""Whatever happens, in whatever order: the engine agrees with the naive reading, and its books are in order."""

from collections.abc import Callable
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alerts import engine
from alerts.model.checks import Status
from alerts.model.decision import Decision
from alerts.model.incident import CloseReason
from alerts.model.notification import NotificationKind
from alerts.world import World
from inventory.model import Inventory
from probes.reading import Reading
from tests.alerts.ledger import Ledger, Told
from tests.alerts.naive import Naive, Word
from tests.alerts.province import EPOCH, GOOD, OUR_FAULT, SETTINGS, SILENT, SLOW, check, province, result

READINGS: dict[Word, Reading] = {"good": GOOD, "slow": SLOW, "silent": SILENT, "ours": OUR_FAULT}
PATIENCE = {"gw1": 2, "gw2": 2, "link": 3, "switch": 2, "pc": 1, "pc/http": 2, "door": 1}
ABOVE = {"switch": ("link",), "pc": ("switch",), "pc/http": ("pc",), "door": ("link", "switch")}
EVERYTHING = frozenset(PATIENCE)
BELOW = {
    "link": ("link", "switch", "pc", "pc/http", "door"),
    "switch": ("switch", "pc", "pc/http", "door"),
    "pc": ("pc", "pc/http"),
    "door": ("door",),
}

members = st.sampled_from(sorted(EVERYTHING))
words = st.sampled_from(["good", "good", "slow", "silent", "silent", "ours"])
pauses = st.sampled_from([0.0, 1.0, 6.0, 20.0])
ages = st.sampled_from([0.0, 0.0, 5.0, 30.0])


def inventory_of(present: frozenset[str]) -> Inventory:
    """The part of the tree that is present; who loses a parent hangs on its grandparents."""

    def parents_of(check_id: str) -> tuple[str, ...]:
        found: list[str] = []
        for parent in ABOVE.get(check_id, ()):
            found += [parent] if parent in present else parents_of(parent)
        return tuple(dict.fromkeys(found))

    return province(
        [
            check(each, failures_to_down=n, successes_to_up=2)
            for each, n in PATIENCE.items()
            if each in present
        ],
        {each: parents_of(each) for each in PATIENCE if each in present},
        anchors=tuple(each for each in ("gw1", "gw2") if each in present),
    )


class Engine(RuleBasedStateMachine):
    """Two worlds fed with the same events, a ledger, and the naive reading."""

    def __init__(self) -> None:
        super().__init__()
        self.mono = 1000.0
        self.inventory = inventory_of(EVERYTHING)
        self.ledger = Ledger()
        self.naive = Naive(self.inventory, SETTINGS, begun_mono=self.mono)
        self.latest = dict.fromkeys(self.inventory.checks, self.mono)
        self.worlds = self._start(alive_at=None)

    @initialize(chance=st.randoms(use_true_random=False))
    def begin_well(self, chance: Random) -> None:
        self._round(dict.fromkeys(PATIENCE, "good"), chance)

    @rule(check_id=members, word=words, pause=pauses, age=ages)
    def see(self, check_id: str, word: Word, pause: float, age: float) -> None:
        self.mono += pause
        started_mono = max(self.mono - age, self.latest.get(check_id, 0.0))
        self._result(check_id, word, started_mono)

    @rule(
        top=st.sampled_from(sorted(BELOW)), rounds=st.integers(1, 5), chance=st.randoms(use_true_random=False)
    )
    def fall(self, top: str, rounds: int, chance: Random) -> None:
        """What is below `top` is dead, everything else is well."""
        for _ in range(rounds):
            self._round({each: "silent" if each in BELOW[top] else "good" for each in PATIENCE}, chance)

    @rule(
        top=st.sampled_from(sorted(BELOW)),
        word=words,
        rounds=st.integers(1, 3),
        chance=st.randoms(use_true_random=False),
    )
    def rise(self, top: str, word: Word, rounds: int, chance: Random) -> None:
        for _ in range(rounds):
            self._round(dict.fromkeys(BELOW[top], word), chance)

    @rule(word=st.sampled_from(["good", "silent"]), rounds=st.integers(1, 3))
    def anchors_see(self, word: Word, rounds: int) -> None:
        for _ in range(rounds):
            self.mono += 2.0
            for anchor in ("gw1", "gw2"):
                self._result(anchor, word, self.mono)

    @rule(check_id=members)
    def see_something_stale(self, check_id: str) -> None:
        if check_id in self.latest:
            outcome = result(check_id, SILENT, self.latest[check_id] - 0.5)
            now = EPOCH + self.mono
            decision = self._both(lambda world: engine.on_result(world, outcome, now=now, mono=self.mono))
            assert decision == Decision()

    @rule(pause=st.sampled_from([0.5, 30.0, 100.0, 200.0]))
    def wait(self, pause: float) -> None:
        self.mono += pause
        now = EPOCH + self.mono
        self._both(lambda world: engine.on_tick(world, now=now, mono=self.mono))
        self.naive.tick(self.mono)

    @rule(off_s=st.sampled_from([None, None, None, 0.0, 1.0, 300.0]))
    def restart(self, off_s: float | None) -> None:
        if off_s is None:  # not every tenth step
            return
        stopped = self.mono
        self.mono += off_s
        self.latest = dict.fromkeys(self.inventory.checks, self.mono)
        self.naive.restart(self.mono)
        self.worlds = self._start(alive_at=EPOCH + stopped)

    @rule(leaving=st.frozensets(members, max_size=2))
    def reload(self, leaving: frozenset[str]) -> None:
        self._reload(inventory_of(EVERYTHING - leaving))

    @precondition(lambda self: self.ledger.open)
    @rule(who=st.sampled_from(["an", "bình"]))
    def acknowledge(self, who: str) -> None:
        incident = self.ledger.open[-1]
        answers = [
            engine.acknowledge(world, incident.id, who=who, text="", now=EPOCH + self.mono)
            for world in self.worlds
        ]
        assert answers[0] == answers[1]
        if isinstance(answers[0], Decision):
            assert incident.acknowledged_at is None
            self.ledger.commit(answers[0])
        else:
            assert incident.acknowledged_by

    @invariant()
    def statuses_are_what_reading_everything_again_says(self) -> None:
        assert self.world.statuses == self.naive.statuses()

    @invariant()
    def the_daemon_knows_when_it_is_cut_off(self) -> None:
        assert (self.world.isolated_since_at is not None) is self.naive.is_cut_off

    @invariant()
    def transitions_chain_and_never_run_backwards(self) -> None:
        for check_id in {each.check_id for each in self.ledger.transitions}:
            status, at = Status.UNKNOWN, 0.0
            for each in self.ledger.history(check_id):
                assert each.old is status
                assert each.new is not each.old
                assert each.at >= at
                assert each.declared_at >= each.at
                status, at = each.new, each.at

    @invariant()
    def every_check_that_is_down_is_waiting_or_blamed_or_explained(self) -> None:
        world = self.world
        down = {check_id for check_id, status in world.statuses.items() if status is Status.DOWN}
        assert world.pending.keys() <= down
        assert down <= world.pending.keys() | world.incident_of.keys()
        assert not world.pending.keys() & world.incident_of.keys()
        for check_id, incident_id in world.incident_of.items():
            incident = world.incidents[incident_id]
            assert incident.is_open
            assert world.is_down(check_id)
            assert (check_id == incident.root_check_id) is not (check_id in incident.affected)

    @invariant()
    def every_open_incident_has_its_own_root_in_the_inventory(self) -> None:
        roots = [incident.root_check_id for incident in self.world.incidents.values()]
        assert len(roots) == len(set(roots))
        assert set(roots) <= self.inventory.checks.keys()
        assert all(self.world.incident_of[root] == id_ for id_, root in self._roots().items())

    @invariant()
    def the_store_holds_the_world(self) -> None:
        again = World(self.inventory, SETTINGS, self.ledger.saved(), mono=self.mono)
        assert {k: v for k, v in again.states.items() if k in self.ledger.states} == self.ledger.states
        assert again.states == self.world.states
        assert again.incidents == self.world.incidents
        assert again.last_number == self.world.last_number
        assert again.incident_of.keys() >= self.world.incident_of.keys()

    @invariant()
    def nobody_hears_of_an_end_who_did_not_hear_of_the_beginning(self) -> None:
        opened = {(told.about_id, told.recipient) for told in self._told(NotificationKind.OPENED)}
        resolved = [(told.about_id, told.recipient) for told in self._told(NotificationKind.RESOLVED)]
        assert len(resolved) == len(set(resolved))
        assert set(resolved) <= opened

    def teardown(self) -> None:
        """In the end everybody who heard of a beginning hears of its end."""
        self.ledger.deliver(EPOCH + self.mono + 100.0)
        resolved = {(told.about_id, told.recipient) for told in self._told(NotificationKind.RESOLVED)}
        for told in self._told(NotificationKind.OPENED):
            is_open = self.ledger.incidents[told.about_id].is_open
            assert is_open is not ((told.about_id, told.recipient) in resolved)

    @property
    def world(self) -> World:
        return self.worlds[0]

    def _roots(self) -> dict[str, str]:
        return {incident.id: incident.root_check_id for incident in self.world.incidents.values()}

    def _told(self, kind: NotificationKind) -> list[Told]:
        return [told for told in self.ledger.told if told.kind is kind]

    def _start(self, alive_at: float | None) -> tuple[World, World]:
        saved = self.ledger.saved(alive_at)
        now = EPOCH + self.mono
        (one, decision), (two, again) = (
            engine.start(self.inventory, SETTINGS, saved, now=now, mono=self.mono) for _ in range(2)
        )
        assert decision == again
        self.ledger.commit(decision)
        return one, two

    def _reload(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.latest = {each: self.latest.get(each, self.mono) for each in inventory.checks}
        now = EPOCH + self.mono
        self._both(lambda world: engine.on_reload(world, inventory, SETTINGS, now=now, mono=self.mono))
        self.naive.reload(inventory, self.mono)

    def _round(self, words_of: dict[str, Word], chance: Random) -> None:
        order = list(words_of)
        chance.shuffle(order)
        for check_id in order:
            self.mono += 2.0
            self._result(check_id, words_of[check_id], self.mono)

    def _result(self, check_id: str, word: Word, started_mono: float) -> None:
        outcome = result(check_id, READINGS[word], started_mono)
        now = EPOCH + self.mono
        before = dict(self.world.incidents)
        decision = self._both(lambda world: engine.on_result(world, outcome, now=now, mono=self.mono))
        if check_id not in self.inventory.checks:
            assert decision == Decision()
            return
        self.latest[check_id] = started_mono
        self.naive.result(check_id, word, started_mono, self.mono)
        for incident in decision.incidents:
            status = self.world.statuses[incident.root_check_id]
            if incident.id not in before:
                assert status is Status.DOWN
                assert incident.opened_at == self.world.states[incident.root_check_id].since_at
            if incident.close_reason is not None:
                assert incident.close_reason is CloseReason.RECOVERED
                assert status in {Status.UP, Status.DEGRADED}

    def _both(self, act: Callable[[World], Decision]) -> Decision:
        decision, again = (act(world) for world in self.worlds)
        assert decision == again
        assert decision.recheck | decision.retry <= self.inventory.checks.keys()
        self.ledger.commit(decision)
        self.ledger.deliver(EPOCH + self.mono)
        return decision


TestEngine = Engine.TestCase
TestEngine.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
