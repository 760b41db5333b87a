"""What the page of a report shows beside the document: sentences with what they rest on, parts to fill in, steps. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from inventory.model import Inventory
from monitor.accounting.model import Period
from monitor.report.document.model import Document, Table
from monitor.report.editions.desk import mark
from monitor.report.editions.drafting import Draft
from monitor.report.editions.edition_rows import StoredEdition
from monitor.report.editions.model import Changes
from monitor.report.editions.store import Field
from monitor.report.sentences.model import Section, Sentence

NAMED: Final = 12
"""So many ids of a kind are named under a sentence; the rest is counted."""

Say = Callable[[str], str]


class Stage(StrEnum):
    """How far a report is."""

    RUNNING = "running"
    """Its period is not over."""
    REVIEW = "review"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Ground:
    """Ids of one kind that a sentence rests on: label and page of the first, and how many more there are."""

    what: str
    links: tuple[tuple[str, str], ...]
    count: int

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.links)


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the panel. `mark` tells its state from the next; `place` counts from 1 within its group."""

    sentence: Sentence
    text: str
    mark: str
    place: int
    of: int
    grounds: tuple[Ground, ...]
    who: str = ""
    at: float | None = None

    @property
    def is_own(self) -> bool:
        """Whether a writer added it."""
        return not self.sentence.rule_id

    @property
    def is_changed(self) -> bool:
        """Whether there is something to restore."""
        return self.mark != ""


@dataclass(frozen=True, slots=True)
class Part:
    """The sentences of one section and group."""

    section: Section
    group: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """One part that people fill in. `origin`: the earlier period it is remembered from, "" of this one or of none."""

    key: str
    value: str
    origin: str = ""
    who: str = ""
    at: float | None = None


def stage(of: Period, editions: Sequence[StoredEdition], now: float) -> Stage:
    """Return how far a report is."""
    if editions:
        return Stage.FROZEN
    return Stage.REVIEW if now >= of.until_at else Stage.RUNNING


def parts(draft: Draft, inventory: Inventory, _: Say) -> tuple[Part, ...]:
    """Return the sentences of a draft in the order of the report."""
    grouped = groupby(draft.sentences, key=lambda each: (each.section, each.group))
    found = []
    for (section, group), sentences in grouped:
        own = list(sentences)
        lines = tuple(
            _line(each, number, len(own), draft.changes, inventory, _) for number, each in enumerate(own, 1)
        )
        found.append(Part(section, group, lines))
    return tuple(found)


def _line(sentence: Sentence, place: int, of: int, changes: Changes, inventory: Inventory, _: Say) -> Line:
    override = changes.overrides.get(sentence.id)
    added = next((each for each in changes.additions if each.id == sentence.id), None)
    touched = max(
        (each for each in (override, added) if each is not None), key=lambda each: each.at, default=None
    )
    return Line(
        sentence=sentence,
        text=sentence.text or sentence.auto_text,
        mark=mark(changes, sentence.id),
        place=place,
        of=of,
        grounds=tuple(_grounds(sentence, inventory, _)),
        who="" if touched is None else touched.who,
        at=None if touched is None else touched.at,
    )


def _grounds(sentence: Sentence, inventory: Inventory, _: Say) -> Iterator[Ground]:
    found = sentence.evidence
    kinds: tuple[tuple[str, tuple[str, ...], Callable[[str], tuple[str, str]]], ...] = (
        (_("Sự cố"), found.incident_ids, lambda id_: (id_, f"/su-co/{id_}")),
        (_("Đơn vị"), found.unit_codes, lambda code: (_unit_name(inventory, code), f"/xa/{code}")),
        (_("Đối tượng"), found.target_ids, lambda id_: (_target_name(inventory, id_), f"/doi-tuong/{id_}")),
        (_("Cuộc họp"), found.meeting_ids, lambda id_: (id_, f"/hop#{id_}")),
        (_("Lượt gián đoạn"), found.outage_ids, lambda id_: (id_, "")),
    )
    for what, ids, linked in kinds:
        if ids:
            yield Ground(what, tuple(linked(each) for each in ids[:NAMED]), len(ids))


def _unit_name(inventory: Inventory, code: str) -> str:
    unit = inventory.units.get(code)
    return code if unit is None else unit.name


def _target_name(inventory: Inventory, target_id: str) -> str:
    target = inventory.targets.get(target_id)
    if target is None:
        return target_id
    return f"{target.name} ({_unit_name(inventory, target.unit_code)})"


def blanks(fields: Sequence[Field], keys: Sequence[str], of: Period) -> Mapping[str, Blank]:
    """Return what people filled in, or can fill in, by key."""
    given = {field.key: field for field in fields}
    found = {}
    for key in keys:
        field = given.get(key)
        if field is None:
            found[key] = Blank(key, "")
        else:
            origin = "" if field.period_id == of.id else field.period_id
            found[key] = Blank(key, field.value, origin, field.who, field.at)
    return found


def summary_table(document: Document) -> Table | None:
    """Return the table of the layers, the first of a report; None: it has no table."""
    return next((block for block in document.blocks if isinstance(block, Table)), None)


def line_of(draft: Draft, sentence_id: str) -> Sentence | None:
    """Return a sentence of a draft."""
    return next((each for each in draft.sentences if each.id == sentence_id), None)


def neighbour(draft: Draft, sentence_id: str, step: int) -> tuple[str, int] | None:
    """Return who changes places with a sentence that goes `step` (-1, 1) on, and its place now; None at the end."""
    sentence = line_of(draft, sentence_id)
    if sentence is None:
        return None
    beside = [
        each.id
        for each in draft.sentences
        if (each.section, each.group) == (sentence.section, sentence.group)
    ]
    place = beside.index(sentence_id)
    return (beside[place + step], place + 1) if 0 <= place + step < len(beside) else None
