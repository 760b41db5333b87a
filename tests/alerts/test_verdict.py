"""One reading, one judgement."""

import pytest

from alerts.judging.verdict import judge
from alerts.model.checks import Level, Verdict
from inventory.model import Threshold
from probes.reading import FailureReason, Reading, failed
from tests.alerts.province import check

SAY_NOTHING = {FailureReason.LOCAL, FailureReason.INTERNAL, FailureReason.BLOCKED}


def measured(**metrics: float) -> Reading:
    return Reading(ok=True, metrics=metrics)


@pytest.mark.parametrize("reason", sorted(set(FailureReason) - SAY_NOTHING))
def test_a_failure_of_the_target_is_critical_and_names_its_reason(reason: FailureReason) -> None:
    assert judge(check("a"), failed(reason)) == Verdict(Level.CRITICAL, reason.value)


@pytest.mark.parametrize("reason", sorted(SAY_NOTHING))
def test_a_failure_that_says_nothing_of_the_target_is_unknown_and_names_its_reason(
    reason: FailureReason,
) -> None:
    assert judge(check("a"), failed(reason)) == Verdict(Level.UNKNOWN, reason.value)


def test_a_failure_is_judged_by_its_reason_not_by_its_metrics() -> None:
    reading = failed(FailureReason.LOCAL, rtt_p50_s=9.0)

    assert judge(check("a"), reading).level is Level.UNKNOWN


def test_an_answer_without_thresholds_is_ok() -> None:
    assert judge(check("a", thresholds=()), measured(rtt_p50_s=9.0)) == Verdict(Level.OK)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (0.199, Verdict(Level.OK)),
        (0.2, Verdict(Level.WARNING, "rtt_p50_s 0.2 / 0.2")),
        (0.999, Verdict(Level.WARNING, "rtt_p50_s 0.999 / 0.2")),
        (1.0, Verdict(Level.CRITICAL, "rtt_p50_s 1 / 1")),
        (7.5, Verdict(Level.CRITICAL, "rtt_p50_s 7.5 / 1")),
    ],
)
def test_at_or_above_a_limit_counts_as_beyond_it(value: float, verdict: Verdict) -> None:
    limits = (Threshold("rtt_p50_s", warning=0.2, critical=1.0),)

    assert judge(check("a", thresholds=limits), measured(rtt_p50_s=value)) == verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (31.0, Verdict(Level.OK)),
        (30.0, Verdict(Level.WARNING, "days_left 30 / 30")),
        (7.5, Verdict(Level.WARNING, "days_left 7.5 / 30")),
        (7.0, Verdict(Level.CRITICAL, "days_left 7 / 7")),
        (-1.0, Verdict(Level.CRITICAL, "days_left -1 / 7")),
    ],
)
def test_at_or_below_a_lower_limit_counts_as_beyond_it(value: float, verdict: Verdict) -> None:
    limits = (Threshold("days_left", warning=30.0, critical=7.0, below=True),)

    assert judge(check("a", thresholds=limits), measured(days_left=value)) == verdict


def test_zero_is_a_value_and_a_limit() -> None:
    limits = (Threshold("free_ratio", critical=0.0, below=True),)

    assert judge(check("a", thresholds=limits), measured(free_ratio=0.0)).level is Level.CRITICAL


def test_a_metric_that_was_not_measured_says_nothing() -> None:
    limits = (Threshold("rtt_p50_s", critical=0.0), Threshold("days_left", critical=7.0, below=True))

    assert judge(check("a", thresholds=limits), measured()) == Verdict(Level.OK)


def test_a_threshold_may_have_only_a_warning() -> None:
    limits = (Threshold("rtt_p50_s", warning=0.2),)

    assert judge(check("a", thresholds=limits), measured(rtt_p50_s=99.0)).level is Level.WARNING


def test_a_threshold_may_have_only_a_critical_limit() -> None:
    limits = (Threshold("loss_ratio", critical=0.6),)

    assert judge(check("a", thresholds=limits), measured(loss_ratio=0.59)).level is Level.OK


def test_the_worst_of_several_thresholds_speaks() -> None:
    limits = (Threshold("rtt_p50_s", warning=0.2), Threshold("loss_ratio", warning=0.1, critical=0.6))

    verdict = judge(check("a", thresholds=limits), measured(rtt_p50_s=0.3, loss_ratio=0.7))

    assert verdict == Verdict(Level.CRITICAL, "loss_ratio 0.7 / 0.6")


def test_of_equally_bad_thresholds_the_first_speaks() -> None:
    limits = (Threshold("rtt_p50_s", warning=0.2), Threshold("loss_ratio", warning=0.1))

    verdict = judge(check("a", thresholds=limits), measured(rtt_p50_s=0.3, loss_ratio=0.5))

    assert verdict.cause == "rtt_p50_s 0.3 / 0.2"
