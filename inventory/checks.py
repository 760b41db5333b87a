"""Checks from defaults, profile and target, laid over each other. No addresses, no references to targets."""

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.model import Threshold
from inventory.problem import Problem, near_miss
from inventory.schema import CheckForm, TimingForm
from inventory.source import Place, YamlMap, problem_at
from inventory.validation import parse
from probes.kind import Kind, Options

RETRY_INTERVAL_S = 20.0
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """A check before it has a target."""

    label: str
    form: CheckForm
    options: Options
    retry_interval_s: float
    min_gap_s: float
    timeout_s: float
    thresholds: tuple[Threshold, ...]


class CheckPlanner:
    """Lays checks over each other: defaults below, then the profile's, then the target's own."""

    def __init__(self, defaults: YamlMap, kinds: Mapping[str, Kind], problems: list[Problem]) -> None:
        self._kinds = kinds
        self._problems = problems
        wrong = parse(TimingForm, defaults, under="defaults")
        if isinstance(wrong, list):
            problems += wrong
            # Said once; not again for each check that would inherit it.
            defaults = YamlMap(Place("", 1))
        self._defaults = defaults
        self._raw: dict[str, dict[str, YamlMap]] = {}
        self._plans: dict[str, dict[str, CheckPlan | None]] = {}
        """None: the check is wrong, which has been told."""

    def add_profile(self, name: str, checks: YamlMap) -> None:
        """Plan the checks of a profile."""
        self._raw[name] = {label: check for label, check in checks.items() if isinstance(check, YamlMap)}
        self._plans[name] = {
            label: self._plan(label, check, f"profiles.{name}") for label, check in self._raw[name].items()
        }

    def for_target(self, profile: str, checks: YamlMap | None, under: str) -> list[CheckPlan] | None:
        """Return the enabled checks of a target, primary first; `checks` are its own, `under` its dotted path.

        None when none is left because of problems that have been told.
        """
        plans = dict(self._plans[profile])
        for label, check in (checks or {}).items():
            below = self._raw[profile].get(label)
            plan = self._plan(label, _over(check, below) if below is not None else check, under)
            plans[label] = plan or plans.get(label)
        enabled = [plan for plan in plans.values() if plan is not None and plan.form.enabled]
        return None if not enabled and None in plans.values() else enabled

    def _plan(self, label: str, check: YamlMap, under: str) -> CheckPlan | None:
        under = f"{under}.checks.{label}"
        merged = check.over(self._defaults)
        form = parse(CheckForm, merged, under=under)
        if isinstance(form, list):
            self._problems += form
            return None
        kind = self._kinds.get(form.kind)
        if kind is None:
            message = f"không có loại phép đo '{form.kind}'"
            hint = near_miss(form.kind, self._kinds) or "các loại: " + ", ".join(sorted(self._kinds))
            self._problems.append(problem_at(merged, ("kind",), message, hint=hint, under=under))
            return None
        raw_options = merged.get("options") or YamlMap(merged.place)
        options = parse(kind.options, raw_options, under=f"{under}.options", of=f"trong phép đo {kind.name}")
        if isinstance(options, list):
            self._problems += options
            return None
        return self._timed(label, form, options, merged=merged, under=under)

    def _timed(
        self, label: str, form: CheckForm, options: Options, *, merged: YamlMap, under: str
    ) -> CheckPlan | None:
        gap_s = self._kinds[form.kind].min_gap_s
        retry_s = form.retry_interval_s or min(max(RETRY_INTERVAL_S, gap_s), form.interval_s)
        timeout_s = form.timeout_s or min(TIMEOUT_S, retry_s)
        wrong = _timing_problem(form, retry_s, timeout_s, burst_s=_burst_s(options), gap_s=gap_s)
        if wrong:
            key, message = wrong
            self._problems.append(problem_at(merged, (key,), message, under=under))
            return None
        unknown = self._deaf_thresholds(form, options, merged=merged, under=under)
        if unknown:
            self._problems += unknown
            return None
        thresholds = tuple(
            Threshold(metric, limit.warning, limit.critical, below=limit.below)
            for metric, limit in form.thresholds.items()
        )
        return CheckPlan(label, form, options, retry_s, gap_s, timeout_s, thresholds)

    @staticmethod
    def _deaf_thresholds(form: CheckForm, options: Options, *, merged: YamlMap, under: str) -> list[Problem]:
        """Return a problem for each threshold that could never speak: no such metric, or a ratio beyond 1."""
        known = options.metrics()
        found = []
        for metric, limit in form.thresholds.items():
            here = ("thresholds", metric)
            if known is not None and metric not in known:
                message = f"phép đo {form.kind} không có số đo '{metric}'"
                hint = near_miss(metric, known) or "các số đo: " + ", ".join(sorted(known))
                found.append(problem_at(merged, here, message, hint=hint, under=under))
            elif metric.endswith("_ratio") and max(limit.warning or 0, limit.critical or 0) > 1:
                message = "tỷ lệ nằm trong khoảng 0 đến 1"
                found.append(problem_at(merged, here, message, hint="20 % viết là 0.2", under=under))
        return found


def _over(check: YamlMap, below: YamlMap) -> YamlMap:
    """Put a target's check over the profile's: options and thresholds one by one, unless the kind is another."""
    if "kind" in check and check["kind"] != below.get("kind"):
        return check
    merged = check.over(below)
    for key in ("options", "thresholds"):
        own, inherited = check.get(key), below.get(key)
        if isinstance(own, YamlMap) and isinstance(inherited, YamlMap):
            merged[key] = own.over(inherited)
    return merged


def _burst_s(options: Options) -> float:
    """Return how long sending takes, for kinds that send several packets a run."""
    count, spacing_s = getattr(options, "count", 1), getattr(options, "spacing_s", 0.0)
    return float((count - 1) * spacing_s)


def _timing_problem(
    form: CheckForm, retry_s: float, timeout_s: float, *, burst_s: float, gap_s: float
) -> tuple[str, str] | None:
    if min(form.interval_s, retry_s) < gap_s:
        key = "interval_s" if form.interval_s < gap_s else "retry_interval_s"
        return key, f"phép đo {form.kind} không được chạy dày hơn {gap_s:g} s một lần"
    if retry_s > form.interval_s:
        return "retry_interval_s", f"{retry_s:g} s lớn hơn interval_s ({form.interval_s:g} s)"
    if timeout_s > retry_s:
        return "timeout_s", f"một lần đo có thể mất {timeout_s:g} s, lâu hơn khoảng đo lại ({retry_s:g} s)"
    if burst_s >= timeout_s:
        return "options", f"gửi hết gói mất {burst_s:g} s, không kịp trong timeout_s ({timeout_s:g} s)"
    return None
