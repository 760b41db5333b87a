"""Judge one reading against its check's thresholds. No memory: patience is lifecycle.py's."""

from alerts.model import Level, Verdict
from inventory.model import Check, Threshold
from probes.reading import Reading

_SEVERITY = {Level.OK: 0, Level.WARNING: 1, Level.CRITICAL: 2}


def judge(check: Check, reading: Reading) -> Verdict:
    """Return the worst level that the reading earns. Our own faults are unknown, never the target's fault."""
    if reading.reason is not None:
        level = Level.UNKNOWN if reading.reason.is_ours else Level.CRITICAL
        return Verdict(level, reading.reason.value)
    worst = Verdict(Level.OK)
    for threshold in check.thresholds:
        verdict = _against(threshold, reading.metrics.get(threshold.metric))
        if _SEVERITY[verdict.level] > _SEVERITY[worst.level]:
            worst = verdict
    return worst


def _against(threshold: Threshold, value: float | None) -> Verdict:
    """Judge one metric; a metric that was not measured says nothing."""
    if value is not None:
        for level, limit in ((Level.CRITICAL, threshold.critical), (Level.WARNING, threshold.warning)):
            if limit is not None and (value <= limit if threshold.below else value >= limit):
                return Verdict(level, f"{threshold.metric} {value:g} / {limit:g}")
    return Verdict(Level.OK)
