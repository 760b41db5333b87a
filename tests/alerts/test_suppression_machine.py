"""Whatever fails, comes back, is planned or re-planned: nobody is told within a hold, everybody is told at its end."""

from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerts import engine
from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, Incident
from alerts.model.notification import NotificationKind
from alerts.model.settings import FlapSettings
from alerts.telling.holding import hold_of_incident
from inventory.model import ALWAYS, Calendar, Inventory, Selector, Window
from tests.alerts.ledger import Ledger
from tests.alerts.province import DUTY, EPOCH, GOOD, SILENT, check, province, result
from tests.alerts.province import SETTINGS as USUAL
from tests.effort import examples

QUARTER_S = 900.0
BEGIN_MONO = 300.0
"""A quarter of an hour begins then."""
QUIET_S = 2 * QUARTER_S
SETTINGS = replace(USUAL, new_target_quiet_s=QUIET_S, flaps=FlapSettings(reopen_s=0.0))
TARGET_OF = {"a": "a", "b": "b", "c": "c", "c/http": "c", "d": "d"}
ABOVE = {"c/http": ("c",)}
FOREVER = float("inf")

DAYTIME = ((420, 660), (780, 1020))
NIGHT = ((0, 120), (1320, 1440))
HOURS = {"day": (DAYTIME, 30), "night": (NIGHT, 0), "closed": ((), 0)}
"""Calendar -> hours of every day in minutes, and minutes of grace after opening."""
CALENDARS = {
    name: Calendar(name, name, week=(hours,) * 7, opening_grace_s=60.0 * grace)
    for name, (hours, grace) in HOURS.items()
}


@dataclass(frozen=True)
class Closed:
    """A window as it is drawn: in quarters of an hour, from the moment it is planned."""

    start: int
    end: int
    targets: frozenset[str]
    until_up: bool


@dataclass(frozen=True)
class Plan:
    present: frozenset[str]
    calendar_of: dict[str, str]
    windows: tuple[Closed, ...]

    def begun(self, quarter: int) -> "Plan":
        """Return the plan with its windows counted from the beginning of the story."""
        shifted = (replace(w, start=w.start + quarter, end=w.end + quarter) for w in self.windows)
        return replace(self, windows=tuple(shifted))

    def inventory(self) -> Inventory:
        checks = [
            replace(
                check(each, interval_s=1e9, failures_to_down=1, successes_to_up=1),
                calendar=self.calendar_of.get(each, ALWAYS),
            )
            for each, target in TARGET_OF.items()
            if target in self.present
        ]
        windows = {f"w{n}": _window(f"w{n}", closed) for n, closed in enumerate(self.windows)}
        return replace(
            province(checks, {each: ABOVE.get(each, ()) for each in (c.id for c in checks)}),
            calendars=CALENDARS,
            windows=windows,
            windows_of={
                target: tuple(f"w{n}" for n, closed in enumerate(self.windows) if target in closed.targets)
                for target in self.present
            },
        )


def _begin(quarter: int) -> float:
    return EPOCH + BEGIN_MONO + quarter * QUARTER_S


def _window(name: str, closed: Closed) -> Window:
    return Window(
        id=name,
        title=name,
        reason="",
        owner="",
        selector=Selector(),
        starts_at=_begin(closed.start),
        ends_at=_begin(closed.end),
        until_up=closed.until_up,
    )


targets = st.sampled_from(sorted(set(TARGET_OF.values())))
closings = st.builds(
    lambda start, length, hit, until_up: Closed(start, start + length, hit, until_up),
    st.integers(-2, 2),
    st.integers(1, 12),
    st.frozensets(targets, min_size=2),
    st.booleans(),
)
plans = st.builds(
    Plan,
    st.frozensets(targets, min_size=2).map(lambda found: found | {"a", "c"}),
    st.dictionaries(st.sampled_from(sorted(TARGET_OF)), st.sampled_from(sorted(HOURS)), max_size=2),
    st.lists(closings, min_size=1, max_size=3).map(tuple),
)


class Holding(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.mono = BEGIN_MONO
        self.plan = Plan(frozenset({"a", "b", "c"}), {}, ())
        self.cut: set[str] = set()
        self.since: dict[str, float] = dict.fromkeys(self.plan.present, -FOREVER)
        self.down_seen: set[str] = set()
        self.back: dict[str, float] = {}
        self.ledger = Ledger()
        self.counted = 0
        self.start()
        self.measure()

    @property
    def now(self) -> float:
        return EPOCH + self.mono

    @property
    def quarter(self) -> int:
        return int((self.mono - BEGIN_MONO) // QUARTER_S)

    @rule(plan=plans)
    def reload(self, plan: Plan) -> None:
        """Any other plan: of itself it opens nothing, and tells only of what was removed or is not held any more."""
        self.deliver()
        gone = self.adopt(plan)
        decision = engine.on_reload(self.world, self.plan.inventory(), SETTINGS, now=self.now, mono=self.mono)
        assert all(each.kind is NotificationKind.OPENED for each in decision.notifications)
        ended = [incident for incident in decision.incidents if not incident.is_open]
        assert {incident.close_reason for incident in ended} <= {CloseReason.REMOVED}
        assert {incident.root_check_id for incident in ended} <= gone
        self.commit(decision)

    @rule(check_id=st.sampled_from(sorted(TARGET_OF)))
    def fail(self, check_id: str) -> None:
        if TARGET_OF[check_id] in self.plan.present:
            self.cut.add(check_id)
            self.measure()

    @rule(check_id=st.sampled_from(sorted(TARGET_OF)))
    def mend(self, check_id: str) -> None:
        self.cut.discard(check_id)
        self.measure()

    @rule(check_id=st.sampled_from(sorted(TARGET_OF)))
    def blink(self, check_id: str) -> None:
        """Down, up, and down again, as when work is done."""
        for act in (self.fail, self.mend, self.fail):
            act(check_id)

    @rule(quarters=st.sampled_from([1, 1, 3, 12, 30]), beyond_s=st.sampled_from([5.0, 873.0]))
    def wait(self, quarters: int, beyond_s: float) -> None:
        for _ in range(quarters):
            self.mono = _begin(self.quarter + 1) - EPOCH
            self.commit(engine.on_tick(self.world, now=self.now, mono=self.mono))
            self.books_are_in_order()
        self.mono += beyond_s

    @rule(plan=st.none() | plans)
    def restart(self, plan: Plan | None) -> None:
        """With the same files, or with others than those it was stopped with."""
        self.deliver()
        if plan is not None:
            self.adopt(plan)
        self.start()
        self.measure()

    @invariant()
    def books_are_in_order(self) -> None:
        """Nobody was told within a hold; whoever should know by now does."""
        self.deliver()
        told = {each.about_id for each in self.ledger.told if each.kind is NotificationKind.OPENED}
        for incident in self.ledger.open:
            is_due = incident.declared_at + SETTINGS.group_wait_s <= self.now
            if is_due and not self.is_held(incident):
                assert incident.id in told
            hold = hold_of_incident(self.world, incident.id, self.now)
            assert (hold is not None) is self.is_held(incident)

    def teardown(self) -> None:
        """Nothing is lost: with all restrictions gone everybody hears of what is open, and of each end once."""
        self.plan = Plan(self.plan.present, {}, ())
        self.commit(
            engine.on_reload(
                self.world, self.plan.inventory(), SETTINGS, now=self.now + QUIET_S, mono=self.mono
            )
        )
        self.mono += QUIET_S + 100.0
        self.deliver()
        opened = [(t.about_id, t.recipient) for t in self.ledger.told if t.kind is NotificationKind.OPENED]
        ended = [(t.about_id, t.recipient) for t in self.ledger.told if t.kind is NotificationKind.RESOLVED]
        assert len(opened) == len(set(opened))
        assert len(ended) == len(set(ended))
        for incident in self.ledger.incidents.values():
            knows = {to for id_, to in opened if id_ == incident.id}
            heard = {to for id_, to in ended if id_ == incident.id}
            assert heard == (set() if incident.is_open else knows)
            assert knows == {each.address for each in DUTY} or (not incident.is_open and not knows)

    def start(self) -> None:
        saved = self.ledger.saved(alive_at=self.now if self.ledger.states else None)
        self.world, decision = engine.start(
            self.plan.inventory(), SETTINGS, saved, now=self.now, mono=self.mono
        )
        self.commit(decision)

    def adopt(self, plan: Plan) -> set[str]:
        """Take over another plan and return the checks it has not."""
        self.plan = plan.begun(self.quarter)
        for target in sorted(plan.present):
            self.since.setdefault(target, self.now)
        gone = {each for each, target in TARGET_OF.items() if target not in plan.present}
        self.cut -= gone
        self.down_seen -= gone
        return gone

    def measure(self) -> None:
        """Four rounds of results: the second already proves what the first showed."""
        for _ in range(4):
            self.mono += 12.0
            silent = self.cut | {each for each, above in ABOVE.items() if self.cut & set(above)}
            for each in self.world.inventory.checks:
                reading = SILENT if each in silent else GOOD
                outcome = result(each, reading, self.mono)
                self.note_back(each, is_down=each in silent)
                self.commit(engine.on_result(self.world, outcome, now=self.now, mono=self.mono))
        # As every two seconds: what an incident takes along may end its hold.
        self.commit(engine.on_tick(self.world, now=self.now, mono=self.mono))

    def note_back(self, check_id: str, *, is_down: bool) -> None:
        was_down = check_id in self.down_seen
        (self.down_seen.add if is_down else self.down_seen.discard)(check_id)
        family = {each for each, target in TARGET_OF.items() if target == TARGET_OF[check_id]}
        if was_down and not self.down_seen & family:
            self.back[TARGET_OF[check_id]] = self.now

    def commit(self, decision: Decision) -> None:
        self.ledger.commit(decision)
        self.deliver()

    def deliver(self) -> None:
        if self.ledger.states:
            self.ledger.put_off(self.now, lambda id_: hold_of_incident(self.world, id_, self.now))
            self.ledger.deliver(self.now)
        for told in self.ledger.told[self.counted :]:
            incident = self.ledger.incidents[told.about_id]
            if told.kind is NotificationKind.OPENED and incident.is_open:
                assert not self.is_held(incident)
        self.counted = len(self.ledger.told)

    def is_held(self, incident: Incident) -> bool:
        """Whether nobody may be told now, from the drawings alone."""
        root = incident.root_check_id
        if self.is_worked_on(root):
            return True
        taken_along = self.world.attached_to(incident.id)
        return all(self.is_worked_on(each) or self.is_quiet(each) for each in {root, *taken_along})

    def is_worked_on(self, check_id: str) -> bool:
        target = TARGET_OF[check_id]
        return any(
            target in each.targets
            and each.start <= self.quarter < each.end
            and not (each.until_up and self.back.get(target, -FOREVER) >= _begin(each.start))
            for each in self.plan.windows
        )

    def is_quiet(self, check_id: str) -> bool:
        is_new = 0 <= self.now - self.since[TARGET_OF[check_id]] < QUIET_S
        hours, grace = HOURS.get(self.plan.calendar_of.get(check_id, ""), (((0, 1440),), 0))
        minute = int((self.now + 7 * 3600) // 60)
        is_open = all(
            any(start <= (minute - back) % 1440 < end for start, end in hours) for back in range(grace + 1)
        )
        return is_new or not is_open


TestHolding = Holding.TestCase
TestHolding.settings = settings(max_examples=examples(60), stateful_step_count=25, deadline=None)
