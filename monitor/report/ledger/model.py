"""The carrier ledger: outages of leased lines, one by one, and what of them counts against the contract. Values only.

Seconds, Unix seconds UTC, ratios 0..1. None: not known, or not contracted; then nothing is worked out of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import fsum

from inventory.model import Circuit
from monitor.accounting.model import Row
from monitor.report.figures.model import OutageRecord


class Verdict(StrEnum):
    """Whether the time of an outage counts against the carrier, and why not. Each outage has exactly one."""

    COUNTS = "counts"
    """A person confirmed a cause on the side of the enterprise that the settings do not except."""
    EXCEPTED_CAUSE = "excepted_cause"
    """Confirmed, but of a kind that does not count (settings `report.not_the_carriers`)."""
    OTHER_SIDE = "other_side"
    """Confirmed, but on another side than the enterprise's."""
    UNCONFIRMED = "unconfirmed"
    """Nobody confirmed a cause: it counts against nobody until somebody does."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One outage of a target of a line. `incident_id`: the one of this line itself; `told_id`: what people were told of.

    `measured_s`: its DOWN time in the period that no other line of the same circuit has already, so that no moment of a
    circuit is in the ledger twice. `length_s` is its whole length, also of what lies before the period.
    """

    outage: OutageRecord
    verdict: Verdict
    measured_s: float
    incident_id: str = ""
    told_id: str = ""
    confirmed_by: str = ""
    ticket_number: str = ""
    reported_at: float | None = None
    closed_at: float | None = None
    exceeds_restore_time: bool | None = None
    """Of one that counts: whether it became longer than contracted in this period; None: none is contracted, or it does
    not count."""
    exceeds_since_report: bool | None = None
    """The same from the moment at which the carrier was told; None also when nobody noted that."""

    @property
    def counted_s(self) -> float:
        """What of it counts against the contract."""
        return self.measured_s if self.verdict is Verdict.COUNTS else 0.0

    @property
    def report_wait_s(self) -> float | None:
        """From the first failure to the report to the carrier."""
        return None if self.reported_at is None else max(0.0, self.reported_at - self.outage.from_at)

    @property
    def since_report_s(self) -> float | None:
        """From the report to the end; None: not both are known, or it was over before it was reported.

        Of an outage that began after the report (the same incident again) from its beginning: in between the line was up.
        """
        outage = self.outage
        if self.reported_at is None or outage.until_at is None or outage.until_at < self.reported_at:
            return None
        return outage.until_at - max(self.reported_at, outage.from_at)


@dataclass(frozen=True, slots=True)
class Sums:
    """What lines add up to."""

    outages: int
    """Those that began in the period: what goes on from before is listed, but was counted in the period before."""
    counted: int
    """Those of them that count against the contract."""
    counted_s: float
    excepted_s: float
    """Excepted causes and other sides."""
    unconfirmed_s: float
    over_restore: int
    over_since_report: int


@dataclass(frozen=True, slots=True)
class CircuitAccount:
    """One leased line in the period. `row`: its account, with coverage; None: nothing of it is watched."""

    circuit: Circuit
    places: tuple[str, ...]
    """Names of the units that it serves."""
    lines: tuple[LedgerLine, ...]
    row: Row | None
    passed_s: float
    """How much of the period is over, and the monitor vouches for."""
    allowed_s: float | None
    """How long it may be down in the period, by contract; None: no availability is contracted."""
    is_covered: bool = True
    """Whether enough of the period is known to name an availability; what is over contract is so whatever is unknown."""

    @property
    def sums(self) -> Sums:
        """What its lines add up to."""
        return sums(self.lines)

    @property
    def over_s(self) -> float | None:
        """By how much it was down longer than the contract allows."""
        return None if self.allowed_s is None else max(0.0, self.sums.counted_s - self.allowed_s)

    @property
    def contract_ratio(self) -> float | None:
        """Availability as against the contract: of all that is over of the period, without what does not count.

        None when too little of the period is known: a line that nobody measured would be a perfect one.
        """
        return 1.0 - self.sums.counted_s / self.passed_s if self.is_covered else None


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A carrier's circuits."""

    provider: str
    circuits: tuple[CircuitAccount, ...]

    @property
    def sums(self) -> Sums:
        """What all lines add up to."""
        return sums(line for circuit in self.circuits for line in circuit.lines)

    @property
    def over(self) -> tuple[CircuitAccount, ...]:
        """Circuits that were down longer than contracted."""
        return tuple(circuit for circuit in self.circuits if circuit.over_s)

    @property
    def over_s(self) -> float:
        """All minutes over contract, of each circuit for itself: none makes up for another."""
        return fsum(circuit.over_s or 0.0 for circuit in self.circuits)

    @property
    def uncontracted(self) -> int:
        """Circuits of which no availability is contracted: nothing is worked out of them."""
        return sum(circuit.allowed_s is None for circuit in self.circuits)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of a period; carriers and circuits by name."""

    providers: tuple[ProviderAccount, ...]

    @property
    def circuits(self) -> tuple[CircuitAccount, ...]:
        """All circuits."""
        return tuple(circuit for provider in self.providers for circuit in provider.circuits)


def sums(lines: Iterable[LedgerLine]) -> Sums:
    """Add up lines."""
    lines = tuple(lines)
    begun = [line for line in lines if not line.outage.is_carried]
    by_verdict = {
        verdict: fsum(line.measured_s for line in lines if line.verdict is verdict) for verdict in Verdict
    }
    return Sums(
        outages=len(begun),
        counted=sum(line.verdict is Verdict.COUNTS for line in begun),
        counted_s=by_verdict[Verdict.COUNTS],
        excepted_s=by_verdict[Verdict.EXCEPTED_CAUSE] + by_verdict[Verdict.OTHER_SIDE],
        unconfirmed_s=by_verdict[Verdict.UNCONFIRMED],
        over_restore=sum(line.exceeds_restore_time is True for line in lines),
        over_since_report=sum(line.exceeds_since_report is True for line in lines),
    )
