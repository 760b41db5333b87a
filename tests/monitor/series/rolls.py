"""Results by number, and what buckets of them must be: counted second by second, without any of the code under test."""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from alerts.model.checks import CheckResult
from monitor.series.model import Bucket, Series, Spread
from probes.reading import FailureReason, Reading

INTERVAL_S = 30.0
OURS = FailureReason.LOCAL
NOT_ROLLED_AGAIN = {"sent", "received", "loss_ratio", "rtt_p50_s", "jitter_s", "rtt_s"}


def burst(started_at: float, rtts_s: Sequence[float | None], check_id: str = "a/icmp") -> CheckResult:
    """A burst with what its probe makes of it, and one thing it does not."""
    answered = [rtt for rtt in rtts_s if rtt is not None]
    metrics = {"sent": float(len(rtts_s)), "received": float(len(answered)), "duplicates": 2.0}
    if answered:
        metrics["rtt_p50_s"] = sorted(answered)[len(answered) // 2]
        reading = Reading(ok=True, metrics=metrics, rtts_s=tuple(rtts_s))
    else:
        reading = Reading(
            ok=False, metrics=metrics, reason=FailureReason.TIMEOUT, detail="hết giờ", rtts_s=tuple(rtts_s)
        )
    return CheckResult(check_id, started_at, 1.0, reading)


def single(
    started_at: float, duration_s: float, reason: FailureReason | None = None, check_id: str = "a/http"
) -> CheckResult:
    """A run without a burst."""
    metrics = {"http_status": 200.0 if reason is None else 503.0}
    return CheckResult(check_id, started_at, duration_s, Reading(reason is None, metrics, reason))


def varied(number: int, started_at: float, check_id: str) -> CheckResult:
    """One of many kinds of results, always the same for a number."""
    chance = random.Random(number * 1_000_003 + len(check_id))  # noqa: S311 (a sample)
    fate = chance.random()
    if fate < 0.05:
        reason = chance.choice([OURS, FailureReason.BLOCKED, FailureReason.DNS, FailureReason.TIMEOUT])
        return single(started_at, chance.uniform(0.001, 3), reason, check_id)
    if check_id.endswith("icmp"):
        lost = 1.0 if fate > 0.97 else chance.choice([0.0, 0.0, 0.3])
        rtts = [None if chance.random() < lost else chance.lognormvariate(-4, 0.3) for _ in range(5)]
        return burst(started_at, rtts, check_id)
    return single(started_at, chance.lognormvariate(-3, 0.5), None, check_id)


def expected(results: Iterable[CheckResult], edges: Sequence[float], interval_s: float) -> Series:
    """Return the series of results with starts in whole seconds."""
    ordered = sorted(results, key=lambda result: result.started_at)
    covered = _covered_seconds(ordered, interval_s)
    series: dict[str, list[Bucket]] = {}
    for at, until_at in pairwise(edges):
        inside = [result for result in ordered if at <= result.started_at < until_at and not _mute(result)]
        sent: dict[str, int] = {}
        values: dict[str, list[float]] = {}
        lost: dict[str, int] = {}
        for result in inside:
            for name, request in _requests(result):
                sent[name] = sent.get(name, 0) + 1
                values.setdefault(name, [])
                if request is None:
                    lost[name] = lost.get(name, 0) + 1
                else:
                    values[name].append(request)
        known = sum(second in covered for second in range(int(at), int(until_at)))
        for name, count in sent.items():
            spread = _spread(values[name]) if values[name] else None
            bucket = Bucket(at, count, lost.get(name, 0), known / (until_at - at), spread)
            series.setdefault(name, []).append(bucket)
    return {name: tuple(buckets) for name, buckets in series.items()}


def alike(one: Series, other: Series, *, rounding: float = 0.0, coverage: float = 1e-9) -> bool:
    """Whether two series are the same: times and counts exactly, values within a share of themselves."""
    flat, others = list(_flat(one)), list(_flat(other))
    return len(flat) == len(others) and all(
        exact == also_exact
        and math.isclose(ratio, also_ratio, abs_tol=coverage)
        and all(
            math.isclose(value, also_value, rel_tol=rounding + 1e-12, abs_tol=1e-11)
            for value, also_value in zip(values, also_values, strict=True)
        )
        for (exact, ratio, values), (also_exact, also_ratio, also_values) in zip(flat, others, strict=True)
    )


def _flat(series: Series) -> Iterator[tuple[tuple[object, ...], float, tuple[float, ...]]]:
    for name in sorted(series):
        for bucket in series[name]:
            spread = bucket.spread
            values = () if spread is None else tuple(getattr(spread, field) for field in Spread.__slots__)
            exact = (name, bucket.at, bucket.sent, bucket.lost, spread is None)
            yield exact, bucket.coverage_ratio, values


def _mute(result: CheckResult) -> bool:
    return result.reading.reason in {OURS, FailureReason.INTERNAL, FailureReason.BLOCKED}


def _requests(result: CheckResult) -> Iterable[tuple[str, float | None]]:
    reading = result.reading
    if reading.rtts_s:
        yield from (("rtt_s", rtt) for rtt in reading.rtts_s)
    else:
        yield "duration_s", result.duration_s if reading.ok else None
    for name, value in reading.metrics.items():
        if not (reading.rtts_s and name in NOT_ROLLED_AGAIN):
            yield name, value


def _covered_seconds(ordered: Sequence[CheckResult], interval_s: float) -> set[int]:
    covered: set[int] = set()
    starts = {int(result.started_at) for result in ordered}
    for result in ordered:
        if _mute(result):
            continue
        second = int(result.started_at)
        end = second + 1.5 * interval_s
        while second < end:
            covered.add(second)
            second += 1
            if second in starts:
                break
    return covered


def _spread(values: list[float]) -> Spread:
    ranked = sorted(values)
    ranks = [ranked[max(1, math.ceil(len(ranked) * share / 100)) - 1] for share in (10, 25, 50, 75, 90)]
    return Spread(ranked[0], sum(ranked) / len(ranked), ranked[-1], *ranks)
