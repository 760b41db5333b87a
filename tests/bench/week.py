"""A week of the medium province, as its results: sites of 22 targets with 55 checks in the mix of `province.py`.

Every check runs each minute. A site has a line with a base delay of 3 to 40 ms, queues that grow with the load of the day,
single losses, episodes of loss and outages; the same seed gives the same week.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from alerts.model.checks import CheckResult
from probes.icmp.probe import round_trip_metrics
from probes.reading import FailureReason, Reading

HOURS: Final = 7 * 24
BEGINS_AT: Final = 1_763_917_200.0
"""A Monday, 00:00 in Vietnam."""
COUNT: Final = 5
SPACING_S: Final = 0.2
TIMEOUT_S: Final = 2.0

_MIX: Final = (("network", 5), ("service", 11), ("device", 6))
_KINDS: Final = {
    "network": ("icmp", "snmp"),
    "service": ("icmp", "http", "tcp"),
    "device": ("icmp", "tcp"),
}
_OUTAGES_A_WEEK: Final = 1.4
_EPISODES_A_WEEK: Final = 4.0
_LOSS_RATIO: Final = 0.0004
_OFFICE: Final = range(7, 18)


@dataclass(frozen=True, slots=True)
class Line:
    """What all targets of a site share. Spans are minutes since the beginning."""

    base_s: float
    busy: float
    """Load at the busiest hour, 0 to 1."""
    outages: Sequence[range]
    episodes: Sequence[tuple[range, float]]
    """When packets are lost, and which share of them."""

    def load(self, minute: int) -> float:
        """Return how full the line is."""
        day, hour = minute // 1_440, minute / 60 % 24
        office = math.sin(math.pi * (hour - 6.5) / 11) if int(hour) in _OFFICE else 0.0
        return 0.08 + (self.busy - 0.08) * max(0.0, office) * (0.3 if day >= 5 else 1.0)

    def loss_ratio(self, minute: int) -> float:
        """Return the chance of a packet to be lost."""
        if any(minute in outage for outage in self.outages):
            return 1.0
        return max([ratio for span, ratio in self.episodes if minute in span], default=_LOSS_RATIO)


@dataclass(slots=True)
class WeekCheck:
    """One check of the week; `hours` yields its results hour by hour, once."""

    id: str
    kind: str
    line: Line
    chance: random.Random
    behind_s: float
    """What the target adds to the line's delay."""
    phase_s: float
    has_interface: bool = False
    _queue: float = field(default=1.0, init=False)
    _bps: float = field(default=4e6, init=False)

    def hours(self, count: int = HOURS) -> Iterator[list[CheckResult]]:
        """Yield the results of each hour from the beginning."""
        for hour in range(count):
            yield [self._result(minute) for minute in range(60 * hour, 60 * hour + 60)]

    def _result(self, minute: int) -> CheckResult:
        late_s = self.chance.expovariate(1 / 0.0012)
        started_at = round(BEGINS_AT + 60 * minute + self.phase_s + late_s, 3)
        loss_ratio, load = self.line.loss_ratio(minute), self.line.load(minute)
        if self.kind == "icmp":
            reading, duration_s = self._burst(load, loss_ratio)
        elif self.chance.random() < loss_ratio**2:
            # One lost packet is sent again by TCP and by the SNMP probe.
            reading, duration_s = _timeout(self.kind), TIMEOUT_S + late_s
        else:
            reading, duration_s = self._answer(load)
        return CheckResult(self.id, started_at, duration_s, reading)

    def _round_trip_s(self, load: float) -> float:
        queue_s = self.line.base_s * (0.005 + 0.10 * load * load) * self._queue
        own_s = self.chance.expovariate(1 / (self.line.base_s * (0.003 + 0.02 * load) + 2e-5))
        spike_s = self.chance.expovariate(1 / 0.02) if self.chance.random() < 0.002 else 0.0
        return round(self.line.base_s + self.behind_s + queue_s + own_s + spike_s, 9)

    def _next_burst(self) -> None:
        self._queue = 0.6 * self._queue + 0.4 * self.chance.expovariate(1.0)

    def _burst(self, load: float, loss_ratio: float) -> tuple[Reading, float]:
        self._next_burst()
        rtts_s = tuple(
            None if self.chance.random() < loss_ratio else self._round_trip_s(load) for _ in range(COUNT)
        )
        received = [rtt_s for rtt_s in rtts_s if rtt_s is not None]
        metrics = {
            "sent": float(COUNT),
            "received": float(len(received)),
            "loss_ratio": (COUNT - len(received)) / COUNT,
        }
        sending_s = (COUNT - 1) * (SPACING_S + self.chance.uniform(0.0002, 0.0008))
        if not received:
            detail = f"{COUNT} gói không có trả lời trong 2 giây"
            return Reading(False, metrics, FailureReason.TIMEOUT, detail, rtts_s), TIMEOUT_S
        waited_s = TIMEOUT_S if None in rtts_s else sending_s + received[-1]
        return Reading(ok=True, metrics=metrics | round_trip_metrics(rtts_s), rtts_s=rtts_s), waited_s

    def _answer(self, load: float) -> tuple[Reading, float]:
        self._next_burst()
        if self.kind == "snmp":
            metrics, duration_s = self._snmp(load)
        else:
            connect_s = self._round_trip_s(load) + 1e-4
            metrics, duration_s = {"connect_s": connect_s}, connect_s
            if self.kind == "http":
                first_byte_s = self._round_trip_s(load) + self.chance.lognormvariate(-3.6, 0.3)
                body_s = self._round_trip_s(load) * 0.4
                duration_s = connect_s + first_byte_s + body_s
                metrics |= {
                    "first_byte_s": first_byte_s,
                    "body_s": body_s,
                    "total_s": duration_s,
                    "http_status": 200.0,
                    "body_bytes": 48_213.0 if self.chance.random() < 0.98 else 48_377.0,
                }
        return Reading(ok=True, metrics=metrics), duration_s + self.chance.uniform(1e-4, 3e-4)

    def _snmp(self, load: float) -> tuple[dict[str, float], float]:
        answer_s = self._round_trip_s(load) + self.chance.uniform(0.001, 0.004)
        if not self.has_interface:
            metrics = {
                "answer_s": answer_s,
                "cpu_load_ratio": round(load * 0.5 + self.chance.uniform(0, 0.1), 2),
                "memory_used_ratio": round(0.41 + self.chance.uniform(0, 0.01), 4),
                "temperature_celsius": 41.0 + self.chance.randrange(3),
            }
            return metrics, answer_s
        self._bps = 0.7 * self._bps + 0.3 * load * 1.6e7 * self.chance.uniform(0.5, 1.5)
        over_s = 60 + self.chance.gauss(0, 0.002)
        in_bps, out_bps = int(self._bps * 7.5) * 8 / over_s, int(self._bps) * 8 / over_s
        metrics = {
            "rates_over_s": over_s,
            "in_bps": in_bps,
            "out_bps": out_bps,
            "in_use_ratio": in_bps / 1e8,
            "out_use_ratio": out_bps / 1e8,
            "in_error_ratio": 0.0,
            "out_error_ratio": 0.0,
            "if_up": 1.0,
            "speed_bps": 1e9,
        }
        return metrics, answer_s


def _timeout(kind: str) -> Reading:
    words = {"tcp": "không kết nối được", "http": "không kết nối được", "snmp": "không trả lời"}
    return Reading(ok=False, reason=FailureReason.TIMEOUT, detail=f"{words[kind]} trong 2 giây")


@dataclass(frozen=True, slots=True)
class Week:
    """A part of the province: `sites` of them, the whole of it are 124."""

    sites: int
    seed: int

    def checks(self) -> list[WeekCheck]:
        """Return the checks of all sites."""
        return [check for site in range(self.sites) for check in self._site(site)]

    def _site(self, site: int) -> Iterator[WeekCheck]:
        chance = random.Random(f"{self.seed} {site}")  # noqa: S311 (repeatable, not secret)
        line = _line(chance)
        devices = [profile for profile, count in _MIX for _ in range(count)]
        for number, profile in enumerate(devices):
            behind_s = chance.uniform(0.0002, 0.002)
            for kind in _KINDS[profile]:
                yield WeekCheck(
                    id=f"{20_000 + site}.d{number:02}.{kind}",
                    kind=kind,
                    line=line,
                    chance=random.Random(f"{self.seed} {site} {number} {kind}"),  # noqa: S311 (as above)
                    behind_s=behind_s,
                    phase_s=chance.uniform(0, 60),
                    has_interface=kind == "snmp" and number % 2 == 0,
                )


def _line(chance: random.Random) -> Line:
    def spans(a_week: float, shortest: int, longest: int) -> list[range]:
        begins = [chance.randrange(60 * HOURS) for _ in range(_poisson(chance, a_week))]
        return [range(begin, begin + chance.randint(shortest, longest)) for begin in begins]

    outages = spans(_OUTAGES_A_WEEK, 3, 180)
    episodes = [(span, chance.uniform(0.02, 0.3)) for span in spans(_EPISODES_A_WEEK, 5, 60)]
    return Line(min(0.04, chance.lognormvariate(-4.6, 0.6)), chance.uniform(0.2, 0.95), outages, episodes)


def _poisson(chance: random.Random, mean: float) -> int:
    """Return how often something happens that happens `mean` times on average (Knuth's way)."""
    count, left = 0, chance.random()
    while left > math.exp(-mean):
        count, left = count + 1, left * chance.random()
    return count
