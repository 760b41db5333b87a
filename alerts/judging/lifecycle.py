"""From single verdicts to a lasting status: soft streaks, hard transitions, first-failure time. Pure."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from alerts.model.checks import Blindness, CheckResult, CheckState, Level, Status, Transition, Verdict
from inventory.model import Check

_SEVERITY = {Status.UP: 0, Status.DEGRADED: 1, Status.DOWN: 2}
_STATUS_OF = {Level.OK: Status.UP, Level.WARNING: Status.DEGRADED, Level.CRITICAL: Status.DOWN}
_NEAREST_FIRST = {
    Status.UP: (Status.UP, Status.DEGRADED, Status.DOWN),
    Status.DEGRADED: (Status.DEGRADED, Status.UP, Status.DOWN),
    Status.DOWN: (Status.DOWN, Status.DEGRADED, Status.UP),
}


NEVER = float("-inf")
"""A monotonic time before all others."""


class Run(NamedTuple):
    """Consecutive results that speak for one status."""

    length: int
    first_at: float
    first_mono: float


@dataclass(slots=True)
class Progress:
    """What a check has shown since the daemon started; memory only.

    `runs` holds the soft streaks towards other statuses. `last_at`, `last_mono` tell when the latest run of the
    probe started (`last_mono` before the first run: since when the check is watched), `last_failure_mono` the latest
    critical one, `last_answer_*` the latest answer (neither critical nor unknown), `answering_since_mono` the first
    of the latest answers without a critical result between them.
    `failing_since_*`, `failures`: the critical results in a row, whatever the status and isolation (anchors vote
    with them). `confirmations`: critical results in a row that count towards blaming this check itself.
    """

    runs: dict[Status, Run] = field(default_factory=dict)
    last_at: float | None = None
    last_mono: float = NEVER
    last_failure_mono: float = NEVER
    last_answer_at: float | None = None
    last_answer_mono: float = NEVER
    answering_since_mono: float = NEVER
    failing_since_at: float | None = None
    failing_since_mono: float = NEVER
    failures: int = 0
    confirmations: int = 0

    def note(self, level: Level, result: CheckResult) -> None:
        """Remember what one result showed, before anything is concluded from it."""
        self.last_mono = result.started_mono
        self.last_at = result.started_at
        if level is Level.CRITICAL:
            if self.failures == 0:
                self.failing_since_at = result.started_at
                self.failing_since_mono = result.started_mono
            self.failures += 1
            self.last_failure_mono = result.started_mono
        elif level is not Level.UNKNOWN:
            if self.failures > 0 or self.last_answer_mono == NEVER:
                self.answering_since_mono = result.started_mono
            self.last_answer_at = result.started_at
            self.last_answer_mono = result.started_mono
            self.failing_since_at = None
            self.failing_since_mono = NEVER
            self.failures = 0

    def ran_since(self, mono: float) -> bool:
        """Whether a result that started at `mono` or later is known."""
        return self.last_mono >= mono

    def failed_since(self, mono: float) -> bool:
        """Whether a result that started at `mono` or later was critical."""
        return self.last_failure_mono >= mono

    def answered_since(self, mono: float) -> bool:
        """Whether a result that started at `mono` or later was an answer."""
        return self.last_answer_mono >= mono

    def forget_streaks(self) -> None:
        """Start counting anew (the results so far say nothing any more)."""
        self.runs.clear()
        self.confirmations = 0

    def settle_streaks(self, origin: Status, new: Status) -> None:
        """After `new` was declared, keep only the streaks that lead still farther from `origin`."""
        if new is Status.UNKNOWN:
            self.forget_streaks()
            return
        direction = _SEVERITY[new] - _SEVERITY[origin]
        for status in list(self.runs):
            if (_SEVERITY[status] - _SEVERITY[new]) * direction <= 0:
                del self.runs[status]


def expected(state: CheckState) -> Status:
    """Return the status that results are held against: while unknown, the one before; at first, up."""
    if state.status is not Status.UNKNOWN:
        return state.status
    return state.resume or Status.UP


def advance(
    state: CheckState, progress: Progress, verdict: Verdict, result: CheckResult, check: Check
) -> Status | None:
    """Count `verdict` into the streaks and return the status that has been earned, or None.

    A worse status needs `failures_to_down` results in a row at least that bad; a better one `successes_to_up` at
    least that good; an unknown check resumes its status with one result that agrees. Results with our own faults
    neither confirm nor break a streak; `failures_to_down` of them in a row earn `unknown`.
    """
    if verdict.level is Level.UNKNOWN:
        if state.status is Status.UNKNOWN:
            return None
        length = _count(progress, Status.UNKNOWN, result)
        return Status.UNKNOWN if length >= check.failures_to_down else None

    progress.confirmations = progress.confirmations + 1 if verdict.level is Level.CRITICAL else 0
    seen = _STATUS_OF[verdict.level]
    if seen is state.status:
        progress.runs.clear()
        return None
    progress.runs.pop(Status.UNKNOWN, None)
    origin = expected(state)
    earned: Status | None = None
    for candidate in _NEAREST_FIRST[origin]:
        if candidate is state.status:
            continue
        needed = _needed(seen, candidate, origin, check)
        if needed is None:
            progress.runs.pop(candidate, None)
        elif _count(progress, candidate, result) >= needed:
            earned = candidate
    return earned


def change(
    state: CheckState, new: Status, *, at: float, declared_at: float, cause: str
) -> tuple[CheckState, Transition]:
    """Return the new state and its transition; `at` is kept from running backwards."""
    at = max(at, state.since_at)
    transition = Transition(state.check_id, at, declared_at, state.status, new, cause)
    resume = state.status if new is Status.UNKNOWN else None
    return replace(state, status=new, since_at=at, resume=resume, cause=cause), transition


def blind(
    state: CheckState, why: Blindness, *, at: float, declared_at: float
) -> tuple[CheckState, Transition] | None:
    """Return the change to unknown, or None when it is unknown already or was never known."""
    if state.status is Status.UNKNOWN:
        return None
    return change(state, Status.UNKNOWN, at=at, declared_at=declared_at, cause=why.value)


def end(state: CheckState, *, at: float, declared_at: float) -> Transition | None:
    """Return the end of the story of a check that left the inventory, also of one that is unknown; None: it has none."""
    if state.status is Status.UNKNOWN and not state.cause:
        return None
    return change(state, Status.UNKNOWN, at=at, declared_at=declared_at, cause=Blindness.REMOVED.value)[1]


def _needed(seen: Status, candidate: Status, origin: Status, check: Check) -> int | None:
    """Return how many results in a row `candidate` needs, or None when `seen` does not speak for it."""
    if candidate is origin:
        return 1 if seen is origin else None
    if _SEVERITY[candidate] > _SEVERITY[origin]:
        return check.failures_to_down if _SEVERITY[seen] >= _SEVERITY[candidate] else None
    return check.successes_to_up if _SEVERITY[seen] <= _SEVERITY[candidate] else None


def _count(progress: Progress, status: Status, result: CheckResult) -> int:
    run = progress.runs.get(status)
    run = run._replace(length=run.length + 1) if run else Run(1, result.started_at, result.started_mono)
    progress.runs[status] = run
    return run.length
