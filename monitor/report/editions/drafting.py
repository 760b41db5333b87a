"""From the databases to a document: read, work out, write. What all formats, the terminal and a freezing start from."""

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from inventory.model import Inventory
from monitor.accounting.model import Period
from monitor.accounting.periods import PeriodError, previous
from monitor.report import periods
from monitor.report.document.leader import leader_document
from monitor.report.document.model import Document
from monitor.report.document.report import report_document
from monitor.report.document.week import week_document
from monitor.report.editions import edition_rows, store
from monitor.report.editions.codec import CodecError, as_json, from_json
from monitor.report.editions.edition_rows import DamagedEditionError, StoredEdition, digest_of, opened
from monitor.report.editions.errata import Errata, Merged, decisions, differences, with_errata
from monitor.report.editions.gaps import Gaps, gaps
from monitor.report.editions.model import Changes, Edition, ReportKind
from monitor.report.editions.store import Field
from monitor.report.figures.making import figures
from monitor.report.figures.model import Figures
from monitor.report.material import read_material
from monitor.report.sentences.model import Sentence
from monitor.report.sentences.rules import Rule
from monitor.report.sentences.writing import write
from monitor.settings.report import ReportSettings
from monitor.settings.settings import Settings
from monitor.storage import corrections

log = logging.getLogger(__name__)

_WRITERS: Final = {
    ReportKind.REPORT: report_document,
    ReportKind.WEEK: week_document,
    ReportKind.LEADER: leader_document,
}
_CHOSEN: Final = "select 1 from incident where declared_at >= ? and declared_at < ? and choice_at > ? limit 1"
_MERGED: Final = (
    "select incident.id, log.text, log.who from incident join incident_log as log on log.incident_id = incident.id "
    "where declared_at >= ? and declared_at < ? and log.at > ? and log.kind = 'part_of' and log.who <> '' order by log.id"
)
"""What people merged; groups form by themselves."""
MOST_EARLIER: Final = 3
"""So many frozen periods are looked through for what was decided since: each is worked out anew."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What drafts are made from. `state` and `results` are connections for reading, each on one snapshot."""

    state: sqlite3.Connection
    results: sqlite3.Connection | None
    inventory: Inventory
    settings: Settings
    now: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as it is now."""

    kind: ReportKind
    figures: Figures
    fields: tuple[Field, ...]
    changes: Changes
    sentences: tuple[Sentence, ...]
    document: Document
    gaps: Gaps
    errata: tuple[Errata, ...] = ()
    """What earlier editions say otherwise, as the document tells it."""


@dataclass(frozen=True, slots=True)
class _Basis:
    figures: Figures
    fields: tuple[Field, ...]
    changes: Changes
    sentences: tuple[Sentence, ...]


def drafted(
    sources: Sources,
    period: Period,
    rules: Sequence[Rule],
    *,
    kind: ReportKind = ReportKind.REPORT,
    revision: int | None = None,
) -> Draft:
    """Read and write the report of a period as it is now; `revision`: as what it is about to be frozen.

    Raises sqlite3.Error, DamagedError, DamagedEditionError, PeriodError.
    """
    basis = _basis(sources, period, rules)
    errata: tuple[Errata, ...] = ()
    if kind is ReportKind.REPORT:
        errata = (*_since_the_last(sources, basis, revision), *_of_earlier(sources, period, rules))
    return _draft(kind, basis, errata, sources, revision)


def rewritten(draft: Draft, sources: Sources, rules: Sequence[Rule]) -> Draft:
    """Write a draft anew over the figures that it has: with what writers changed since. Raises as `drafted` does."""
    basis = _written(sources, draft.figures, rules)
    return _draft(draft.kind, basis, draft.errata, sources, None)


def _draft(
    kind: ReportKind, basis: _Basis, errata: tuple[Errata, ...], sources: Sources, revision: int | None
) -> Draft:
    plain = _document(kind, basis, sources.settings.report, revision, sources.now)
    document = with_errata(plain, errata)
    missing = gaps(basis.figures, basis.sentences, basis.fields)
    return Draft(
        kind,
        basis.figures,
        basis.fields,
        basis.changes,
        basis.sentences,
        document,
        missing,
        errata,
    )


def compared(sources: Sources, period: Period, rules: Sequence[Rule], edition: Edition) -> Errata:
    """Return what an edition says otherwise than the draft of now. Raises as `drafted` does."""
    basis = _basis(sources, period, rules)
    document = _document(edition.kind, basis, sources.settings.report, edition.revision, sources.now)
    return _errata(sources, edition, basis.figures, document)


def document_of(edition: Edition) -> Document:
    """Return the frozen document. Raises CodecError."""
    return from_json(Document, edition.content)


def figures_of(edition: Edition) -> Figures:
    """Return the frozen figures. Raises CodecError."""
    return from_json(Figures, edition.figures)


def _basis(sources: Sources, period: Period, rules: Sequence[Rule]) -> _Basis:
    settings = sources.settings
    month_begins_on = settings.accounting.month_begins_on
    before = previous(period, zone=settings.timezone, month_begins_on=month_begins_on)
    material = read_material(
        sources.state, sources.results, sources.inventory, settings, period, before, now=sources.now
    )
    return _written(sources, figures(material), rules)


def _written(sources: Sources, made: Figures, rules: Sequence[Rule]) -> _Basis:
    period_id = made.period.id
    changes = store.select_changes(sources.state, period_id)
    fields = tuple(store.select_fields(sources.state, period_id))
    return _Basis(made, fields, changes, write(made, rules, sources.settings.report, changes))


def _document(
    kind: ReportKind,
    basis: _Basis,
    settings: ReportSettings,
    revision: int | None,
    made_at: float,
) -> Document:
    return _WRITERS[kind](
        basis.figures,
        basis.sentences,
        basis.changes,
        settings,
        revision=revision,
        made_at=made_at,
        digest="" if revision is None else figures_digest(basis.figures),
    )


def figures_digest(figures: Figures) -> str:
    """Return the SHA-256 (hex) of figures, whenever they were made: the same in two revisions that only differ in words."""
    return digest_of(as_json(replace(figures, made_at=0.0)))


def _since_the_last(sources: Sources, basis: _Basis, revision: int | None) -> tuple[Errata, ...]:
    """Return what a second or later revision says otherwise than the one before it."""
    if revision is None or revision <= 1:
        return ()
    stored = edition_rows.select_edition(
        sources.state, ReportKind.REPORT, basis.figures.period.id, revision - 1
    )
    edition = None if stored is None else _readable(stored)
    if edition is None:
        return ()
    settings = sources.settings.report
    document = _document(ReportKind.REPORT, basis, settings, revision, sources.now)
    errata = _errata(sources, edition, basis.figures, document)
    return (errata,) if errata.differences or errata.decisions else ()


def _of_earlier(sources: Sources, period: Period, rules: Sequence[Rule]) -> tuple[Errata, ...]:
    """Return what was decided about frozen periods since, and no later frozen report has said yet."""
    frozen = [
        each
        for each in edition_rows.select_latest(sources.state, ReportKind.REPORT)
        if store.is_alike(each.period_id, period.id) and each.period_id < period.id
    ]
    found = []
    for stored in frozen[-MOST_EARLIER:]:
        told_at = max(each.frozen_at for each in frozen if each.period_id >= stored.period_id)
        errata = _of_one(sources, stored, rules, told_at)
        if errata is not None:
            found.append(errata)
    return tuple(found)


def _of_one(sources: Sources, stored: StoredEdition, rules: Sequence[Rule], told_at: float) -> Errata | None:
    edition = _readable(stored)
    if edition is None:
        return None
    of = figures_of(edition).period
    entries = corrections.select_touching(sources.state, of.from_at, of.until_at)
    asked = (of.from_at, of.until_at, told_at)
    was_judged = any(sources.state.execute(query, asked).fetchone() for query in (_CHOSEN, _MERGED))
    if not was_judged and all(each.at <= told_at for each in entries):
        return None
    try:
        basis = _basis(sources, of, rules)
    except PeriodError:
        return None
    document = _document(edition.kind, basis, sources.settings.report, edition.revision, sources.now)
    errata = _errata(sources, edition, basis.figures, document)
    is_told = errata.decisions or any(each.is_figure for each in errata.differences)
    return errata if is_told else None


def _readable(stored: StoredEdition) -> Edition | None:
    """Unpack an edition; None when it is damaged, or of a version that wrote otherwise: no other report waits for it."""
    try:
        edition = opened(stored)
        document_of(edition)
        figures_of(edition)
    except (DamagedEditionError, CodecError) as error:
        log.warning(
            "edition_not_compared period=%s revision=%d error=%s", stored.period_id, stored.revision, error
        )
        return None
    return edition


def _errata(sources: Sources, edition: Edition, now: Figures, document: Document) -> Errata:
    of = now.period
    entries = corrections.select_touching(sources.state, of.from_at, of.until_at)
    merged = sources.state.execute(_MERGED, (of.from_at, of.until_at, edition.frozen_at))
    return Errata(
        period_id=edition.period_id,
        name=periods.name(of, zone=now.zone),
        revision=edition.revision,
        frozen_at=edition.frozen_at,
        differences=differences(document_of(edition), document),
        decisions=decisions(
            figures_of(edition),
            now,
            since_at=edition.frozen_at,
            entries=entries,
            merged=[Merged(*row) for row in merged],
        ),
    )
