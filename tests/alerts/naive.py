"""What the engine should say of every check, computed the slow way: from the raw list of all that ever happened.

No memory but the list: a status is worked out by reading the check's whole story again.
"""

from dataclasses import dataclass, field
from typing import Literal

from alerts.engine import OVERDUE_INTERVALS
from alerts.model.checks import Status
from alerts.model.settings import AlertSettings
from inventory.model import Check, Inventory

Word = Literal["good", "slow", "silent", "ours"]

SEVERITY = {Status.UP: 0, Status.DEGRADED: 1, Status.DOWN: 2}
SEEN = {"good": Status.UP, "slow": Status.DEGRADED, "silent": Status.DOWN}


@dataclass(frozen=True, slots=True)
class Saw:
    """A result: what, when its run started, when it came, and which runs of anchors had answered by then."""

    word: Word
    started_mono: float
    now_mono: float
    proof_mono: float
    """A majority of the anchors answered runs that started then or later."""


@dataclass(frozen=True, slots=True)
class Blinded:
    """From here on nothing before counts."""


@dataclass(slots=True)
class Naive:
    """The story so far."""

    inventory: Inventory
    settings: AlertSettings
    begun_mono: float = 0.0
    stories: dict[str, list[Saw | Blinded]] = field(default_factory=dict)
    raw: dict[str, list[tuple[Word, float]]] = field(default_factory=dict)
    is_cut_off: bool = False
    back_mono: float = float("-inf")

    def result(self, check_id: str, word: Word, started_mono: float, now_mono: float) -> None:
        self.raw.setdefault(check_id, []).append((word, started_mono))
        if check_id in self.inventory.anchors:
            self._count_votes(now_mono)
        if not self.is_cut_off and started_mono >= self.back_mono:
            saw = Saw(word, started_mono, now_mono, self._proof_mono())
            self.stories.setdefault(check_id, []).append(saw)

    def tick(self, now_mono: float) -> None:
        for check_id, check in self.inventory.checks.items():
            last_mono = max([self.begun_mono, *(started for _, started in self.raw.get(check_id, []))])
            is_overdue = now_mono - last_mono > OVERDUE_INTERVALS * check.interval_s + check.timeout_s
            if is_overdue and not self.is_cut_off:
                self._blind(check_id)

    def restart(self, now_mono: float) -> None:
        self.begun_mono = now_mono
        self.raw = {}
        self.is_cut_off, self.back_mono = False, float("-inf")
        for check_id in self.inventory.checks:
            self._blind(check_id)

    def reload(self, inventory: Inventory, now_mono: float) -> None:
        for check_id in self.inventory.checks.keys() - inventory.checks.keys():
            self.stories.pop(check_id, None)
            self.raw.pop(check_id, None)
        self.inventory = inventory
        if self.is_cut_off and not self._is_quorum_broken():
            self.is_cut_off, self.back_mono = False, now_mono

    def statuses(self) -> dict[str, Status]:
        return {check_id: self._read(check) for check_id, check in self.inventory.checks.items()}

    def _blind(self, check_id: str) -> None:
        self.stories.setdefault(check_id, []).append(Blinded())

    def _count_votes(self, now_mono: float) -> None:
        broken = self._is_quorum_broken()
        if broken and not self.is_cut_off:
            for check_id in self.inventory.checks:
                self._blind(check_id)
        if self.is_cut_off and not broken:
            self.back_mono = now_mono
        self.is_cut_off = broken

    def _is_quorum_broken(self) -> bool:
        anchors = self.inventory.anchors
        silent = 0
        for anchor in anchors:
            words = [word for word, _ in self.raw.get(anchor, []) if word != "ours"]
            silent += words[-2:] == ["silent", "silent"]
        return bool(anchors) and 2 * (len(anchors) - silent) < len(anchors)

    def _proof_mono(self) -> float:
        """Return the latest time such that half of the anchors answered a run that started then or later."""
        if not self.inventory.anchors:
            return float("inf")
        answers = []
        for anchor in self.inventory.anchors:
            times = [at for word, at in self.raw.get(anchor, []) if word in {"good", "slow"}]
            answers.append(max(times, default=float("-inf")))
        return sorted(answers, reverse=True)[(len(answers) + 1) // 2 - 1]

    def _read(self, check: Check) -> Status:
        """Read the check's story from its beginning."""
        status, known = Status.UNKNOWN, Status.UP
        seen: list[Saw] = []
        faults = 0
        for event in self.stories.get(check.id, []):
            if isinstance(event, Blinded):
                status, seen, faults = Status.UNKNOWN, [], 0
                continue
            if event.word == "ours":
                faults = faults + 1 if status is not Status.UNKNOWN else 0
                if faults == check.failures_to_down:
                    status, seen, faults = Status.UNKNOWN, [], 0
                continue
            faults = 0
            seen.append(event)
            streak = self._earned(seen, known, check)
            if streak and self._is_excused(streak, known, check):
                if event.now_mono - self._evidence(streak, check) >= self.settings.parent_wait_s:
                    status, seen = Status.UNKNOWN, []
            elif streak:
                status = known = self._mildest(streak, known)
            elif SEEN[event.word] is known:
                status = known
        return status

    def _earned(self, seen: list[Saw], known: Status, check: Check) -> list[Saw]:
        """Return the streak of latest results that earns the status farthest from `known`, or nothing."""
        for candidate in (Status.DOWN, Status.DEGRADED):
            streak = _tail(seen, SEVERITY[candidate], 2)
            if SEVERITY[candidate] > SEVERITY[known] and len(streak) >= check.failures_to_down:
                return streak
        for candidate in (Status.UP, Status.DEGRADED):
            streak = _tail(seen, 0, SEVERITY[candidate])
            if SEVERITY[candidate] < SEVERITY[known] and len(streak) >= check.successes_to_up:
                return streak
        return []

    def _mildest(self, streak: list[Saw], known: Status) -> Status:
        """Return the status nearest to `known` that every result of the streak speaks for."""
        return min((SEEN[saw.word] for saw in streak), key=lambda each: abs(SEVERITY[each] - SEVERITY[known]))

    def _is_excused(self, streak: list[Saw], known: Status, check: Check) -> bool:
        """Whether the latest is a failure that may be our own connection's."""
        is_worse = SEVERITY[self._mildest(streak, known)] > SEVERITY[known]
        return (
            is_worse and streak[-1].word == "silent" and streak[-1].proof_mono < self._evidence(streak, check)
        )

    def _evidence(self, streak: list[Saw], check: Check) -> float:
        return streak[0].started_mono + check.timeout_s + self.settings.group_wait_s


@dataclass(frozen=True, slots=True)
class Took:
    """Somebody took an incident (until a time, None for good), or gave it back ("" as `who`)."""

    incident_id: str
    who: str
    until_at: float | None = None


@dataclass(frozen=True, slots=True)
class Silenced:
    """Nobody is told of `target_id` from `from_at` to `until_at`."""

    target_id: str
    from_at: float
    until_at: float


@dataclass(slots=True)
class NaiveDesk:
    """What people did, as a list; `ticked_at` are the moments at which time had its consequences."""

    deeds: list[tuple[float, Took]] = field(default_factory=list)
    silences: list[Silenced] = field(default_factory=list)
    ticked_at: list[float] = field(default_factory=list)

    def owner(self, incident_id: str) -> str:
        """Return who has the incident now, by reading all that was done with it again."""
        mine = [(at, took) for at, took in self.deeds if took.incident_id == incident_id]
        if not mine:
            return ""
        at, last = mine[-1]
        is_over = last.until_at is not None and any(tick >= max(at, last.until_at) for tick in self.ticked_at)
        return "" if is_over else last.who

    def is_silent(self, target_id: str, at: float) -> bool:
        return any(
            each.target_id == target_id and each.from_at <= at < each.until_at for each in self.silences
        )

    def is_all_heard(self, at: float) -> bool:
        return not any(each.from_at <= at < each.until_at for each in self.silences)


def _tail(seen: list[Saw], least: int, most: int) -> list[Saw]:
    """Return the latest results in a row whose severity lies within the bounds."""
    begin = len(seen)
    while begin > 0 and least <= SEVERITY[SEEN[seen[begin - 1].word]] <= most:
        begin -= 1
    return seen[begin:]
