"""From single verdicts to a lasting status: soft streaks, hard transitions, first-failure time. Pure."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from alerts.model import Blindness, CheckResult, CheckState, Level, Status, Transition, Verdict
from inventory.model import Check

_SEVERITY = {Status.UP: 0, Status.DEGRADED: 1, Status.DOWN: 2}
_STATUS_OF = {Level.OK: Status.UP, Level.WARNING: Status.DEGRADED, Level.CRITICAL: Status.DOWN}


class Run(NamedTuple):
    """Consecutive results that speak for one status."""

    length: int
    first_at: float
    first_mono: float


@dataclass(slots=True)
class Progress:
    """What a check has shown since the daemon started; memory only.

    `runs` holds the soft streaks towards other statuses. `last_mono` is the start of the latest run of the probe.
    `last_answer_at/mono`: start of the latest result that was neither critical nor unknown. `failing_since_at`,
    `failures`: the critical results in a row, whatever the status and isolation. `confirmations`: critical results in
    a row that count towards blaming this check itself.
    """

    runs: dict[Status, Run] = field(default_factory=dict)
    last_mono: float | None = None
    last_at: float | None = None
    last_answer_at: float | None = None
    last_answer_mono: float | None = None
    failing_since_at: float | None = None
    failures: int = 0
    confirmations: int = 0

    def note(self, level: Level, result: CheckResult) -> None:
        """Remember what one result showed, before anything is concluded from it."""
        self.last_mono = result.started_mono
        self.last_at = result.started_at
        if level is Level.CRITICAL:
            if self.failing_since_at is None:
                self.failing_since_at = result.started_at
            self.failures += 1
        elif level is not Level.UNKNOWN:
            self.last_answer_at = result.started_at
            self.last_answer_mono = result.started_mono
            self.failing_since_at = None
            self.failures = 0

    def answered_since(self, mono: float) -> bool:
        """Whether a result that started at `mono` or later was an answer."""
        return self.last_answer_mono is not None and self.last_answer_mono >= mono

    def forget_streaks(self) -> None:
        """Start counting anew (the results so far say nothing any more)."""
        self.runs.clear()
        self.confirmations = 0


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
    now = expected(state)
    if verdict.level is Level.UNKNOWN:
        _count(progress, Status.UNKNOWN, result)
        enough = progress.runs[Status.UNKNOWN].length >= check.failures_to_down
        return Status.UNKNOWN if enough and state.status is not Status.UNKNOWN else None

    progress.runs.pop(Status.UNKNOWN, None)
    progress.confirmations = progress.confirmations + 1 if verdict.level is Level.CRITICAL else 0
    seen = _SEVERITY[_STATUS_OF[verdict.level]]
    earned: Status | None = None
    for candidate, severity in _SEVERITY.items():
        if candidate is now:
            supports, needed = seen == severity, 1
        elif severity > _SEVERITY[now]:
            supports, needed = seen >= severity, check.failures_to_down
        else:
            supports, needed = seen <= severity, check.successes_to_up
        if candidate is state.status:
            continue
        if not supports:
            progress.runs.pop(candidate, None)
            continue
        _count(progress, candidate, result)
        if progress.runs[candidate].length >= needed and (earned is None or _farther(candidate, earned, now)):
            earned = candidate
    return earned


def change(
    state: CheckState, new: Status, *, at: float, declared_at: float, cause: str
) -> tuple[CheckState, Transition]:
    """Return the new state and its transition; `at` is kept from running backwards."""
    at = max(at, state.since_at)
    transition = Transition(state.check_id, at, declared_at, state.status, new, cause)
    resume = expected(state) if new is Status.UNKNOWN and state.status is not Status.UNKNOWN else None
    return replace(state, status=new, since_at=at, resume=resume, cause=cause), transition


def blind(
    state: CheckState, why: Blindness, *, at: float, declared_at: float
) -> tuple[CheckState, Transition] | None:
    """Return the change to unknown, or None when it is unknown already or was never known."""
    if state.status is Status.UNKNOWN:
        return None
    return change(state, Status.UNKNOWN, at=at, declared_at=declared_at, cause=why.value)


def _count(progress: Progress, status: Status, result: CheckResult) -> None:
    run = progress.runs.get(status)
    progress.runs[status] = (
        run._replace(length=run.length + 1) if run else Run(1, result.started_at, result.started_mono)
    )


def _farther(candidate: Status, than: Status, origin: Status) -> bool:
    distance = abs(_SEVERITY[candidate] - _SEVERITY[origin])
    return distance > abs(_SEVERITY[than] - _SEVERITY[origin])
