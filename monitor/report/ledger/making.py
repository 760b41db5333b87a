"""From the figures of a period to the carrier ledger. Pure.

Nothing is held against a carrier that it could dispute: only DOWN time that was measured, without maintenance and what
nobody knows, only causes that a person confirmed on its side, no moment of a circuit twice. What is contracted is
compared with the whole period, also with the part of it that nobody measured.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from alerts.model.incident import Incident, Side
from inventory.model import Circuit, Inventory
from inventory.names import SortKey, sort_key
from monitor.report.figures.attribution import Attribution
from monitor.report.figures.model import Figures, OutageRecord
from monitor.report.ledger.model import CircuitAccount, Ledger, LedgerLine, ProviderAccount, Verdict
from monitor.settings.report import ReportSettings

_FIRST: Final = (Verdict.COUNTS, Verdict.EXCEPTED_CAUSE, Verdict.OTHER_SIDE, Verdict.UNCONFIRMED)
"""Of outages of one circuit at one moment the first of these has it."""
_MILLISECONDS: Final = 3

Span = tuple[float, float]


def ledger(
    figures: Figures,
    inventory: Inventory,
    incidents: Iterable[Incident],
    settings: ReportSettings,
    *,
    circuit_ids: Collection[str] | None = None,
) -> Ledger:
    """Return the ledger of the figures' period, of all circuits or of some.

    `incidents`: all that have a part in the period, with groups and members (`Books.incidents`): they hold the tickets.
    """
    meant = {
        id_: circuit
        for id_, circuit in inventory.circuits.items()
        if circuit_ids is None or id_ in circuit_ids
    }
    maker = _Maker(figures, inventory, Attribution(incidents, inventory), settings)
    by_provider: defaultdict[str, list[CircuitAccount]] = defaultdict(list)
    for circuit in meant.values():
        by_provider[circuit.provider].append(maker.account(circuit))
    return Ledger(
        tuple(
            ProviderAccount(provider, tuple(sorted(by_provider[provider], key=_order)))
            for provider in sorted(by_provider, key=sort_key)
        )
    )


def verdict(outage: OutageRecord, settings: ReportSettings) -> Verdict:
    """Say whether the time of an outage counts against the carrier."""
    if outage.cause is None:
        return Verdict.UNCONFIRMED
    if outage.cause in settings.not_the_carriers:
        return Verdict.EXCEPTED_CAUSE
    return Verdict.COUNTS if outage.side is Side.ENTERPRISE else Verdict.OTHER_SIDE


class _Maker:
    def __init__(
        self, figures: Figures, inventory: Inventory, attribution: Attribution, settings: ReportSettings
    ) -> None:
        self._figures = figures
        self._inventory = inventory
        self._attribution = attribution
        self._settings = settings
        period = figures.period
        self._last_at = max(period.from_at, min(period.until_at, figures.known_until_at))
        self._rows = {each.row.key: each.row for each in figures.circuits}
        self._targets: defaultdict[str, list[str]] = defaultdict(list)
        for target in inventory.targets.values():
            if target.circuit_id is not None:
                self._targets[target.circuit_id].append(target.id)
        self._outages: defaultdict[str, list[OutageRecord]] = defaultdict(list)
        for outage in figures.outages:
            self._outages[outage.target_id].append(outage)

    def account(self, circuit: Circuit) -> CircuitAccount:
        """Return the account of one circuit."""
        targets = self._targets[circuit.id]
        outages = [outage for id_ in targets for outage in self._outages[id_]]
        judged = {outage.id: verdict(outage, self._settings) for outage in outages}
        measured = self._measured(outages, judged)
        period = self._figures.period
        ratio = circuit.availability_ratio
        row = self._rows.get(circuit.id)
        covered = None if row is None else row.coverage_ratio
        units = dict.fromkeys(self._inventory.targets[id_].unit_code for id_ in targets)
        return CircuitAccount(
            circuit=circuit,
            places=tuple(self._inventory.units[code].name for code in units if code in self._inventory.units),
            lines=tuple(
                self._line(outage, circuit, judged[outage.id], measured[outage.id])
                for outage in sorted(outages, key=lambda each: (each.from_at, each.id))
            ),
            row=row,
            is_covered=self._last_at > period.from_at
            and covered is not None
            and covered >= self._figures.least_coverage_ratio,
            passed_s=self._last_at - period.from_at,
            # To the millisecond: the last bits of a product are no time that anybody was promised.
            allowed_s=None if ratio is None else round((1.0 - ratio) * period.length_s, _MILLISECONDS),
        )

    def _line(self, outage: OutageRecord, circuit: Circuit, judged: Verdict, measured_s: float) -> LedgerLine:
        belongs = self._attribution.belongs(outage.check_id, outage.from_at, outage.until_at)
        own, told = belongs.own, belongs.told
        choice = self._attribution.choice_for(belongs)
        ticket = next((each.ticket for each in (own, told) if each is not None and each.ticket), None)
        line = LedgerLine(
            outage=outage,
            verdict=judged,
            measured_s=measured_s,
            incident_id="" if own is None else own.id,
            told_id=outage.incident_id or "",
            confirmed_by="" if choice is None else choice.who,
            ticket_number="" if ticket is None else ticket.number,
            reported_at=None if ticket is None else ticket.reported_at,
            closed_at=None if ticket is None else ticket.closed_at,
        )
        return _with_limits(line, circuit.restore_time_s)

    def _measured(
        self, outages: Sequence[OutageRecord], judged: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        """Return outage id -> its DOWN seconds of the period that no other outage of the circuit has."""
        period = self._figures.period
        taken: list[Span] = []
        found: dict[str, float] = {}
        for outage in sorted(
            outages, key=lambda each: (_FIRST.index(judged[each.id]), each.from_at, each.id)
        ):
            until_at = self._last_at if outage.until_at is None else min(outage.until_at, period.until_at)
            span = (max(outage.from_at, period.from_at), until_at)
            # Where in an outage nobody knew is not said: what others have may all have been DOWN time.
            shared_s = (span[1] - span[0]) - _free_s(span, taken)
            found[outage.id] = max(0.0, outage.down_s - shared_s)
            taken.append(span)
        return found


def _with_limits(line: LedgerLine, restore_time_s: float | None) -> LedgerLine:
    """Add what the contracted time to restore says; an outage exceeds it in the period in which it becomes longer."""
    if restore_time_s is None or line.verdict is not Verdict.COUNTS:
        return line
    since_s = line.since_report_s
    before_s = line.outage.length_s - line.outage.down_s
    return replace(
        line,
        exceeds_restore_time=before_s <= restore_time_s < line.outage.length_s,
        exceeds_since_report=None if since_s is None else since_s > restore_time_s,
    )


def _free_s(span: Span, taken: Iterable[Span]) -> float:
    """Return the seconds of a span that none of the others has."""
    start, end = span
    free_s = 0.0
    for from_at, until_at in sorted(taken):
        if until_at <= start or from_at >= end:
            continue
        free_s += max(0.0, from_at - start)
        start = max(start, until_at)
    return free_s + max(0.0, end - start)


def _order(account: CircuitAccount) -> tuple[SortKey, str]:
    return sort_key(account.places[0] if account.places else ""), account.circuit.id
