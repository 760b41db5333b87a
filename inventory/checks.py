"""Checks as all levels say them together -> plans: validated, with timing. No addresses, no references to targets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from inventory.files.source import YamlMap, problem_at
from inventory.inheritance import Inheritance, Laid, Level
from inventory.model import Threshold
from inventory.problem import Problem, near_miss
from inventory.schema import CheckForm
from inventory.timing import Clash, timing_clash
from inventory.validation import parse
from probes.kind import Kind, Options
from probes.snmp.devices import devices

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
    """Plans the checks of profiles, of units' versions of them and of targets; each combination once.

    `policies` are the settings' (None: not known here). What is wrong is told at the line that says it; what only the
    province's `defaults` make wrong about the profiles in the folder `shipped` is told when a target uses them.
    """

    def __init__(
        self,
        inheritance: Inheritance,
        kinds: Mapping[str, Kind],
        problems: list[Problem],
        *,
        policies: Collection[str] | None = None,
        shipped: Path | None = None,
    ) -> None:
        self._inheritance = inheritance
        self._kinds = kinds
        self._problems = problems
        self._policies = policies
        self._shipped = shipped
        self._plans: dict[tuple[str, str, str], list[CheckPlan] | None] = {}
        self._wants_policy = False

    def try_profile(self, profile: str, unit: str = "") -> None:
        """Tell what is wrong with a profile's checks, or with a unit's version of them, though nothing uses it."""
        checks = self._inheritance.checks(profile, unit)
        for label, laid in checks.items():
            self._plan(label, laid, labels=checks.keys(), is_used=False)

    def for_target(self, target_id: str, profile: str, unit: str, data: YamlMap) -> list[CheckPlan] | None:
        """Return the enabled checks of a target, primary first; `data` is the raw target.

        None when none is left because of problems that have been told.
        """
        key = self._inheritance.key(profile, unit, data)
        if key in self._plans:
            return self._plans[key]
        found_before = len(self._problems)
        under = f"targets.{target_id}"
        checks = self._inheritance.checks(profile, unit, (under, data))
        plans = [
            self._plan(label, laid, labels=checks.keys(), is_used=True) for label, laid in checks.items()
        ]
        enabled = [plan for plan in plans if plan is not None and plan.form.enabled]
        self._refuse_want_of_policy(enabled, data, under)
        result = None if not enabled and None in plans else enabled
        # What is wrong in a target's own lines is to be told of each target.
        if len(self._problems) == found_before or not key[2]:
            self._plans[key] = result
        return result

    def explained(
        self, target_id: str, profile: str, unit: str, data: YamlMap
    ) -> list[tuple[Laid, CheckPlan]]:
        """Return the right checks of a target, disabled ones too, with what each is made of."""
        laid = self._inheritance.checks(profile, unit, (f"targets.{target_id}", data))
        plans = [
            (each, self._plan(label, each, labels=laid.keys(), is_used=True)) for label, each in laid.items()
        ]
        return [(each, plan) for each, plan in plans if plan is not None]

    def _refuse_want_of_policy(self, plans: list[CheckPlan], data: YamlMap, under: str) -> None:
        """Report once that nobody names a policy and the settings lack the one that is then meant."""
        default = CheckForm.model_fields["policy"].default
        if self._policies is None or default in self._policies or self._wants_policy:
            return
        self._wants_policy = any(plan.form.policy == default for plan in plans)
        if self._wants_policy:
            message = f"không nêu policy, mà alerting.policies không có '{default}'"
            hint = f"thêm '{default}' vào alerting.policies, hoặc đặt defaults: {{policy: ...}}"
            self._problems.append(problem_at(data, (), message, hint=hint, under=under))

    def _plan(self, label: str, laid: Laid, *, labels: Collection[str], is_used: bool) -> CheckPlan | None:
        form = parse(CheckForm, laid.data)
        if isinstance(form, list):
            meant = near_miss(label, [other for other in labels if other != label])
            self._problems += [
                _told(replace(problem, hint=meant or problem.hint), laid)
                if problem.path == "kind" and "kind" not in laid.data
                else _told(problem, laid)
                for problem in form
            ]
            return None
        self._refuse_unknown_policy(form, laid, is_used=is_used)
        kind = self._kinds.get(form.kind)
        if kind is None:
            message = f"không có loại phép đo '{form.kind}'"
            hint = near_miss(form.kind, self._kinds) or "các loại: " + ", ".join(sorted(self._kinds))
            self._problems.append(laid.problem(("kind",), message, hint=hint))
            return None
        raw_options = laid.data.get("options") or YamlMap(laid.data.place)
        options = parse(kind.options, raw_options, under="options", of=f"trong phép đo {kind.name}")
        if isinstance(options, list):
            self._problems += [_told(problem, laid) for problem in options]
            return None
        return self._timed(label, form, options, laid=laid, is_used=is_used)

    def _refuse_unknown_policy(self, form: CheckForm, laid: Laid, *, is_used: bool) -> None:
        policies, sheet = self._policies, laid.origin(("policy",))
        if policies is None or form.policy in policies or sheet is None:
            return
        if not is_used and self._is_shipped(sheet.data.places["policy"].file):
            return
        message = f"không có chính sách '{form.policy}' trong alerting.policies của cấu hình"
        hint = near_miss(form.policy, policies)
        hint = hint or f"thêm '{form.policy}: {{}}' vào alerting.policies nếu chỉ ghi nhận"
        self._problems.append(laid.problem(("policy",), message, hint=hint))

    def _timed(
        self, label: str, form: CheckForm, options: Options, *, laid: Laid, is_used: bool
    ) -> CheckPlan | None:
        gap_s = self._kinds[form.kind].min_gap_s
        retry_s = form.retry_interval_s or min(max(RETRY_INTERVAL_S, gap_s), form.interval_s)
        timeout_s = form.timeout_s or min(TIMEOUT_S, retry_s)
        clash = timing_clash(form, retry_s, timeout_s, burst_s=_burst_s(options), gap_s=gap_s)
        if clash is not None:
            level, problem = self._clash(clash, laid)
            if is_used or level is not Level.DEFAULTS:
                self._problems.append(problem)
            return None
        unknown = self._deaf_thresholds(form, options, laid)
        if unknown:
            self._problems += unknown
            return None
        thresholds = tuple(
            Threshold(metric, limit.warning, limit.critical, below=limit.below)
            for metric, limit in form.thresholds.items()
        )
        return CheckPlan(label, form, options, retry_s, gap_s, timeout_s, thresholds)

    def _clash(self, clash: Clash, laid: Laid) -> tuple[Level, Problem]:
        """Return who is to blame for a clash and what to tell: never a line that the province cannot edit, if there is another."""
        for key, remedy in clash.remedies.items():
            sheet = laid.origin((key,))
            if sheet is None or self._is_shipped(sheet.data.places[key].file):
                continue
            if sheet.is_check:
                return sheet.level, laid.problem((key,), clash.message, hint=remedy)
            message = f"không hợp với {laid.own.under}: {clash.message}"
            hint = f"{remedy} ở đây, hoặc đặt {key} riêng cho {laid.own.under}"
            return sheet.level, laid.problem((key,), message, hint=hint)
        key, remedy = next(iter(clash.remedies.items()))
        return laid.own.level, laid.problem((key,), clash.message, hint=remedy)

    def _is_shipped(self, file: str) -> bool:
        return self._shipped is not None and Path(file).parent == self._shipped

    def _deaf_thresholds(self, form: CheckForm, options: Options, laid: Laid) -> list[Problem]:
        """Return a problem for each threshold that could never speak: no such metric, or a ratio beyond 1."""
        known = options.metrics()
        found = []
        for metric, limit in form.thresholds.items():
            here = ("thresholds", metric)
            if known is not None and metric not in known:
                message = f"phép đo {form.kind} không có số đo '{metric}'"
                hint = metric_hint(metric, options, form.kind, self._kinds)
                found.append(laid.problem(here, message, hint=hint))
            elif metric.endswith("_ratio") and max(limit.warning or 0, limit.critical or 0) > 1:
                message = "tỷ lệ nằm trong khoảng 0 đến 1"
                found.append(laid.problem(here, message, hint="20 % viết là 0.2"))
        return found


def metric_hint(metric: str, options: Options, kind: str, kinds: Mapping[str, Kind]) -> str:
    """Say how to get a metric that a check does not have as it is: by an option, by another kind, by its right name."""
    known = options.metrics() or frozenset()
    switches = [name for name in type(options).model_fields if getattr(options, name) is False]
    for name in switches:
        if metric in (options.model_copy(update={name: True}).metrics() or ()):
            return f"số đo này cần options: {{{name}: true}}"
    if kind == "snmp":
        boxes = ", ".join(name for name, device in devices().items() if metric in device.metrics)
        if boxes:
            return f"số đo này cần options: {{device: ...}} (auto, hoặc một trong: {boxes})"
    if metric in kinds[kind].metrics:
        return f"phép đo {kind} chỉ có số đo này khi options khác đi; hiện có: {', '.join(sorted(known))}"
    having = sorted(name for name, other in kinds.items() if metric in other.metrics)
    if having:
        return f"số đo này có ở phép đo {', '.join(having)}; thêm một phép đo như vậy"
    return near_miss(metric, known) or "các số đo: " + ", ".join(sorted(known))


def _told(problem: Problem, laid: Laid) -> Problem:
    """Name the level in the path of a problem that was found in what all levels say together."""
    parts = [part.partition("[")[0] for part in problem.path.split(".")]
    ends = range(len(parts), 0, -1)
    sheet = next((found for end in ends if (found := laid.origin(parts[:end])) is not None), laid.own)
    return replace(problem, path=f"{sheet.under}.{problem.path}" if problem.path else sheet.under)


def _burst_s(options: Options) -> float:
    """Return how long sending takes, for kinds that send several packets a run."""
    count, spacing_s = getattr(options, "count", 1), getattr(options, "spacing_s", 0.0)
    return float((count - 1) * spacing_s)
