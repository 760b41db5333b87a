"""Judge one reading against its check's thresholds. No memory: patience is lifecycle.py's."""

from alerts.model.checks import Level, Verdict
from inventory.model import Check, Threshold
from probes.reading import Reading

_FINE = Verdict(Level.OK)


def judge(check: Check, reading: Reading) -> Verdict:
    """Return the worst level that the reading earns, of several the first.

    A failure that says nothing of the target (our own fault, or the probe alone was turned away) is unknown.
    A metric that was not measured says nothing.
    """
    if reading.reason is not None:
        level = Level.UNKNOWN if reading.reason.says_nothing else Level.CRITICAL
        return Verdict(level, reading.reason.value)
    worst = _FINE
    for threshold in check.thresholds:
        value = reading.metrics.get(threshold.metric)
        if value is None:
            continue
        cause = _cause(threshold, value, threshold.critical)
        if cause is not None:
            return Verdict(Level.CRITICAL, cause)
        cause = _cause(threshold, value, threshold.warning)
        if cause is not None and worst is _FINE:
            worst = Verdict(Level.WARNING, cause)
    return worst


def _cause(threshold: Threshold, value: float, limit: float | None) -> str | None:
    """Return what is at or beyond the limit, or None."""
    if limit is None or not (value <= limit if threshold.below else value >= limit):
        return None
    return f"{threshold.metric} {value:g} / {limit:g}"
