"""Whatever happens, in whatever order: the engine agrees with the naive reading, and its books are in order."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alerts import engine
from alerts.incidents import commands
from alerts.incidents.commands import Refusal
from alerts.model.checks import Blindness, Status
from alerts.model.decision import Decision
from alerts.model.hold import MutingKind
from alerts.model.incident import CloseReason, Incident
from alerts.model.notification import TELLING, NotificationKind
from alerts.muting.declaring import MutingRefusal, Wish, declare
from alerts.oncall.model import Policy, Step
from alerts.telling.holding import hold_of_incident
from alerts.world import World
from inventory.model import Inventory, Layer, Selector, Target
from probes.reading import Reading
from tests.alerts.ledger import Ledger
from tests.alerts.naive import Naive, NaiveDesk, Silenced, Took, Word
from tests.alerts.province import EPOCH, GOOD, OUR_FAULT, SILENT, SLOW, check, province, result
from tests.alerts.province import SETTINGS as USUAL
from tests.effort import examples

LADDER = Policy(
    "default", (Step(("email:an", "file:all")), Step(("email:binh",), after_s=120.0)), repeat_s=300.0
)
SETTINGS = replace(USUAL, policies={"default": LADDER})
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

    built = province(
        [
            check(each, failures_to_down=n, successes_to_up=2)
            for each, n in PATIENCE.items()
            if each in present
        ],
        {each: parents_of(each) for each in PATIENCE if each in present},
        anchors=tuple(each for each in ("gw1", "gw2") if each in present),
    )
    names = {each.target_id for each in built.checks.values()}
    # Named systems have nothing in common: groups are not the matter here.
    targets = {each: Target(each, each, "u", Layer.INFRA, "x", "127.0.0.1") for each in sorted(names)}
    return replace(built, targets=targets)


class Engine(RuleBasedStateMachine):
    """Two worlds fed with the same events, a ledger, and the naive reading."""

    def __init__(self) -> None:
        super().__init__()
        self.mono = 1000.0
        self.inventory = inventory_of(EVERYTHING)
        self.ledger = Ledger()
        self.naive = Naive(self.inventory, SETTINGS, begun_mono=self.mono)
        self.desk = NaiveDesk()
        self.counted = 0
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
        self.desk.ticked_at.append(now)
        self._both(lambda world: engine.on_tick(world, now=now, mono=self.mono))
        self.naive.tick(self.mono)
        self._nobody_who_should_know_was_forgotten(now)

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
    @rule(who=st.sampled_from(["an", "bình"]), for_s=st.sampled_from([None, 0.0, 90.0, 1000.0]))
    def acknowledge(self, who: str, for_s: float | None) -> None:
        incident, now = self.ledger.open[-1], EPOCH + self.mono
        until_at = None if for_s is None else now + for_s
        answer = self._command(
            lambda world: commands.acknowledge(
                world, incident.id, who=who, text="", now=now, until_at=until_at
            )
        )
        if isinstance(answer, Decision):
            self.desk.deeds.append((now, Took(incident.id, who, until_at)))
        elif answer is Refusal.ALREADY_ACKNOWLEDGED:
            assert (incident.acknowledged_by, incident.acknowledged_until) == (who, until_at)
        else:
            assert for_s == 0.0
            assert answer is Refusal.TIMES

    @precondition(lambda self: self.ledger.open)
    @rule()
    def give_back(self) -> None:
        incident, now = self.ledger.open[0], EPOCH + self.mono
        owner = self.desk.owner(incident.id)
        answer = self._command(
            lambda world: commands.unacknowledge(world, incident.id, who="an", text="", now=now)
        )
        assert isinstance(answer, Decision) is bool(owner)
        self.desk.deeds.append((now, Took(incident.id, "")))

    @precondition(lambda self: self.ledger.open)
    @rule(is_meant=st.sampled_from([True, False, False]))
    def close_by_hand(self, *, is_meant: bool) -> None:
        if not is_meant:  # not every tenth step
            return
        incident, now = self.ledger.open[-1], EPOCH + self.mono
        answer = self._command(
            lambda world: commands.close_by_hand(
                world, incident.id, who="an", text="", now=now, mono=self.mono
            )
        )
        assert isinstance(answer, Decision)

    @rule(top=st.sampled_from(sorted(BELOW)), for_s=st.sampled_from([10.0, 100.0, 600.0]))
    def silence(self, top: str, for_s: float) -> None:
        now = EPOCH + self.mono
        wish = Wish(MutingKind.SILENCE, Selector(targets=(top,)), now, now + for_s, who="an", comment="thử")
        answer = self._command(lambda world: declare(world, wish, now))
        assert isinstance(answer, Decision) is (top in self.inventory.targets)
        if isinstance(answer, Decision):
            self.desk.silences.append(Silenced(top, now, now + for_s))

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
                assert each.new is not each.old or each.cause == Blindness.REMOVED
                assert each.at >= at
                assert each.declared_at >= each.at
                status, at = each.new, each.at

    @invariant()
    def every_check_that_is_down_is_waiting_or_blamed_or_explained(self) -> None:
        world = self.world
        down = {check_id for check_id, status in world.statuses.items() if status is Status.DOWN}
        assert world.pending.keys() <= down
        assert down <= world.pending.keys() | world.incident_of.keys() | world.hushed
        assert not world.hushed & (world.pending.keys() | world.incident_of.keys())
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
        # A flapping root that came back stands for itself, also while it is down behind a dead parent.
        blamed, standing = self.world.incident_of, self.world.standing
        for each in self._plainly_down():
            assert each.id in {blamed.get(each.root_check_id), standing.get(each.root_check_id)}

    @invariant()
    def the_store_holds_the_world(self) -> None:
        again = World(self.inventory, SETTINGS, self.ledger.saved(), mono=self.mono)
        assert {k: v for k, v in again.states.items() if k in self.ledger.states} == self.ledger.states
        assert again.states == self.world.states
        assert again.incidents == self.world.incidents
        assert again.last_number == self.world.last_number
        assert again.incident_of.keys() >= self.world.incident_of.keys()
        assert again.mutings.items() >= self.world.mutings.items()

    @invariant()
    def whoever_took_it_has_it(self) -> None:
        for incident in self.world.incidents.values():
            assert incident.acknowledged_by == self.desk.owner(incident.id)

    @invariant()
    def ends_are_told_to_exactly_those_who_were_told_since_the_last_one(self) -> None:
        knows: set[tuple[str, str]] = set()
        for told in self.ledger.told:
            whom = (told.about_id, told.recipient)
            if told.kind in TELLING:
                knows.add(whom)
            else:
                assert whom in knows
                knows.discard(whom)

    def teardown(self) -> None:
        """In the end everybody who heard of a beginning hears of its end."""
        self.ledger.deliver(EPOCH + self.mono + 5_000.0)
        last = {(told.about_id, told.recipient): told.kind for told in self.ledger.told}
        for (incident_id, _), kind in last.items():
            incident = self.ledger.incidents[incident_id]
            # What went down again is told anew only when it lasts.
            is_told_over = kind is NotificationKind.RESOLVED
            assert is_told_over is not incident.is_open or (is_told_over and incident.episodes > 1)

    @property
    def world(self) -> World:
        return self.worlds[0]

    def _plainly_down(self) -> list[Incident]:
        return [each for each in self.world.incidents.values() if each.root_check_id in self.inventory.checks]

    def _nobody_who_should_know_was_forgotten(self, now: float) -> None:
        """What is down, once nothing is silenced, has been told."""
        if self.desk.is_all_heard(now):
            for incident in self.world.incidents.values():
                is_down = self.world.statuses[incident.root_check_id] is Status.DOWN
                assert not (is_down and incident.episodes == 1) or incident.told.step >= 0

    def _command(
        self, act: Callable[[World], Decision | Refusal | MutingRefusal]
    ) -> Decision | Refusal | MutingRefusal:
        answer, again = (act(world) for world in self.worlds)
        assert answer == again
        if isinstance(answer, Decision):
            self._commit(answer)
        return answer

    def _commit(self, decision: Decision) -> None:
        now = EPOCH + self.mono
        self.ledger.commit(decision)
        self.ledger.put_off(now, lambda id_: hold_of_incident(self.world, id_, now))
        self.ledger.deliver(now)
        for told in self.ledger.told[self.counted :]:
            if told.kind in TELLING and told.about_id in self.world.incidents:
                root = self.ledger.incidents[told.about_id].root_check_id
                assert not self.desk.is_silent(root.partition("/")[0], now)
                if told.kind in {NotificationKind.ESCALATED, NotificationKind.REMINDED}:
                    assert not self.desk.owner(told.about_id)
        self.counted = len(self.ledger.told)

    def _start(self, alive_at: float | None) -> tuple[World, World]:
        saved = self.ledger.saved(alive_at)
        now = EPOCH + self.mono
        (one, decision), (two, again) = (
            engine.start(self.inventory, SETTINGS, saved, now=now, mono=self.mono) for _ in range(2)
        )
        assert decision == again
        self.worlds = (one, two)
        self._commit(decision)
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
            if incident.id not in before and incident.episodes == 1:
                assert status is Status.DOWN
                assert incident.opened_at == self.world.states[incident.root_check_id].since_at
            if incident.close_reason is not None:
                assert incident.close_reason is CloseReason.RECOVERED
                assert status in {Status.UP, Status.DEGRADED}

    def _both(self, act: Callable[[World], Decision]) -> Decision:
        decision, again = (act(world) for world in self.worlds)
        assert decision == again
        assert decision.recheck | decision.retry <= self.inventory.checks.keys()
        self._commit(decision)
        return decision


TestEngine = Engine.TestCase
TestEngine.settings = settings(max_examples=examples(40), stateful_step_count=40, deadline=None)
