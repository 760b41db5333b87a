"""What the API of reports takes and answers with."""

from typing import Annotated, Any, Final

from pydantic import Field

from monitor.report.editions.model import ReportKind
from monitor.report.sentences.model import Section
from monitor.web.routing import Answer, Model

WHO_LIMIT: Final = 80
TEXT_LIMIT: Final = 3_000
MOST_POSITIONS: Final = 1_000
Line = Annotated[str, Field(max_length=WHO_LIMIT)]
Text = Annotated[str, Field(max_length=TEXT_LIMIT)]


class KindQuery(Model):
    """Of which report."""

    kind: ReportKind = ReportKind.REPORT


class SentenceBody(Model):
    """What a writer makes of a sentence; what is absent stays. `seen`: the mark of what the writer looked at."""

    text: Text | None = None
    used: bool | None = None
    position: Annotated[int, Field(ge=1, le=MOST_POSITIONS)] | None = None
    restore: bool = False
    autoText: str = ""
    """The sentence as the rules made it when it was changed."""
    seen: Line | None = None
    who: Line = ""


class AdditionBody(Model):
    """A sentence of a writer's own."""

    section: Annotated[Section, Field(strict=False)]
    text: Text
    group: Line = ""
    who: Line = ""


class FieldBody(Model):
    """A manual part; null: that of an earlier period, or of the settings, counts again."""

    key: Line
    value: Text | None
    who: Line = ""


class FreezeBody(Model):
    """Who freezes; from the second edition on with a reason and who approved."""

    kind: Annotated[ReportKind, Field(strict=False)] = ReportKind.REPORT
    reason: Text = ""
    approver: Line = ""
    who: Line = ""


class FilesBody(Model):
    """Of which report."""

    kind: Annotated[ReportKind, Field(strict=False)] = ReportKind.REPORT


class EditionShape(Answer):
    """A frozen edition without its contents."""

    kind: str
    period: str
    revision: int
    frozenAt: str
    who: str
    approver: str | None
    reason: str | None
    inventory: str
    digest: str


class EditionsAnswer(Answer):
    """All frozen editions."""

    asOf: str | None
    items: list[EditionShape]


class EditionAnswer(Answer):
    """The edition that was frozen."""

    asOf: str | None
    item: EditionShape


class OverrideShape(Answer):
    """What a writer made of a sentence."""

    id: str
    text: str | None
    used: bool | None
    position: int | None
    who: str


class AdditionShape(Answer):
    """A sentence of a writer's own."""

    id: str
    section: Section
    group: str
    text: str
    who: str


class ChangesAnswer(Answer):
    """What writers changed for a period."""

    asOf: str | None
    period: str
    fields: dict[str, Any]
    overrides: list[OverrideShape]
    additions: list[AdditionShape]


class AddedAnswer(Answer):
    """The sentence that was added."""

    asOf: str | None
    period: str
    item: AdditionShape


class SentenceShape(Answer):
    """A sentence of the draft; `evidence` says what it rests on, `mark` tells one state of it from the next."""

    id: str
    section: Section
    group: str | None
    text: str
    autoText: str
    used: bool
    edited: bool
    stale: bool
    mark: str
    evidence: dict[str, list[str]]


class GapsShape(Answer):
    """What is missing."""

    withoutCause: list[str]
    stale: list[str]
    remembered: list[str]
    unfilled: list[str]


class DraftAnswer(Answer):
    """The report as it is now."""

    asOf: str | None
    period: str
    kind: ReportKind
    sentences: list[SentenceShape]
    gaps: GapsShape
    fields: dict[str, str]


class FilesAnswer(Answer):
    """How far the files of the draft are; `names` by format, `failures`: why a format could not be made."""

    asOf: str | None
    period: str
    kind: ReportKind
    running: bool
    begunAt: str | None
    endedAt: str | None
    names: dict[str, str]
    failures: dict[str, str]
    refusal: str | None
