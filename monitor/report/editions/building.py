"""A report read from the disk of this machine and made into files: what `report build` and the daemon's child do."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from inventory.model import Inventory
from monitor.accounting.model import Period
from monitor.accounting.periods import period
from monitor.report import making
from monitor.report.editions import edition_rows
from monitor.report.editions.drafting import Draft, Sources, drafted
from monitor.report.editions.freezing import (
    FreezeRefusal,
    FreezeWish,
    edition_of,
    refusal,
)
from monitor.report.editions.model import Edition, ReportKind
from monitor.report.editions.rebuilding import libraries
from monitor.report.sentences.rules import read_rules
from monitor.settings.settings import Settings
from monitor.storage.opening import open_reader


@dataclass(frozen=True, slots=True)
class BuiltDraft:
    """A draft and its files."""

    draft: Draft
    made: making.Made


@dataclass(frozen=True, slots=True)
class BuiltEdition:
    """What is to be frozen: not on the disk yet."""

    draft: Draft
    edition: Edition
    made: making.Made


@contextmanager
def opened_sources(settings: Settings, inventory: Inventory, *, now: float) -> Iterator[Sources]:
    """Open both databases for reading, each on one snapshot. Raises sqlite3.Error, OSError."""
    state, results = settings.state_dir / "state.db", settings.state_dir / "results.db"
    with closing(open_reader(state)) as connection:
        connection.execute("begin")
        if not results.exists():
            yield Sources(connection, None, inventory, settings, now)
            return
        # No snapshot of this one: a long read would keep its log from shrinking, and hours that are over do not change.
        with closing(open_reader(results)) as measured:
            yield Sources(connection, measured, inventory, settings, now)


def period_of(settings: Settings, text: str, *, now: float) -> Period:
    """Return the period that people ask for. Raises PeriodError."""
    month_begins_on = settings.accounting.month_begins_on
    return period(text, zone=settings.timezone, month_begins_on=month_begins_on, now=now)


def build_draft(
    sources: Sources,
    of: Period,
    kind: ReportKind,
    formats: Sequence[str],
    *,
    progress: making.Progress = lambda _format: None,
    with_pictures: bool = False,
) -> BuiltDraft:
    """Write and draw a report as it is now. Raises as `drafted` does, and ProblemsError for the rules."""
    settings = sources.settings.report
    draft = drafted(sources, of, read_rules(settings.sentences), kind=kind)
    made = making.files(
        draft.document, formats, settings.template, progress=progress, with_pictures=with_pictures
    )
    return BuiltDraft(draft, made)


def build_edition(
    sources: Sources, of: Period, kind: ReportKind, formats: Sequence[str], wish: FreezeWish
) -> BuiltEdition | FreezeRefusal:
    """Write and draw what is to be frozen, or say why it is not. Raises as `build_draft` does."""
    stored = edition_rows.select_edition(sources.state, kind, of.id)
    revision = 1 if stored is None else stored.revision + 1
    second_person = sources.settings.accounting.second_person
    refused = refusal(wish, of, revision=revision, second_person=second_person, now=sources.now)
    if refused is not None:
        return refused
    settings = sources.settings.report
    draft = drafted(sources, of, read_rules(settings.sentences), kind=kind, revision=revision)
    made = making.files(draft.document, formats, settings.template)
    if made.failures:
        return FreezeRefusal.FILES_FAILED
    edition = edition_of(
        draft.document,
        draft.figures,
        made.files,
        wish,
        kind=kind,
        revision=revision,
        at=sources.now,
        libraries=libraries(settings.template),
    )
    return BuiltEdition(draft, edition, made)
