"""What the API answers about incidents, for the OpenAPI document."""

from typing import Annotated

from pydantic import Field

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, CloseReason, Dimension, LogKind, Side
from inventory.model import Layer
from monitor.web.api.lists import ListAnswer
from monitor.web.routing import Answer

Schema = Annotated[str, Field(alias="schema")]


class Named(Answer):
    """Something with an id and a name."""

    id: str
    name: str


class PlaceOf(Named):
    """A unit; `area` is the id of its area."""

    area: str


class CommonShape(Answer):
    """What the members of a group have in common."""

    dimension: Dimension
    value: str
    layer: str


class GuessShape(Answer):
    """What the measurements say the cause was, and on what that rests."""

    kind: CauseKind
    basis: str


class ChoiceShape(Answer):
    """The cause that a person confirmed."""

    kind: CauseKind
    side: Side
    who: str
    at: str


class TicketShape(Answer):
    """The carrier's number."""

    number: str
    reportedAt: str
    closedAt: str | None


class IncidentBrief(Answer):
    """Another incident that has to do with one."""

    id: str
    title: str
    open: bool
    openedAt: str
    resolvedAt: str | None
    durationS: float


class HoldShape(Answer):
    """Why nobody is told now, and until when."""

    reason: str
    source: str
    text: str
    until: str


class IncidentShape(IncidentBrief):
    """One incident. `version` changes with whatever people decide about it: send it back to be told who was quicker."""

    version: str
    check: str
    target: Named
    unit: PlaceOf | None
    layer: Layer | None
    cause: str
    causeText: str
    declaredAt: str
    closeReason: CloseReason | None
    partOf: str | None
    targetsBehind: int
    unitsBehind: int
    ackedBy: str | None
    ackedAt: str | None
    ackedUntil: str | None
    level: Status
    common: CommonShape | None
    episodes: int
    flappingSince: str | None
    guess: GuessShape | None
    choice: ChoiceShape | None
    ticket: TicketShape | None


class IncidentDetail(IncidentShape):
    """One incident, and why nobody is told of it now."""

    held: HoldShape | None


class LogLine(Answer):
    """One line of the log; of a held one `text` is the reason, and `until` is there."""

    at: str
    kind: LogKind
    who: str
    text: str


class NotificationShape(Answer):
    """A message; `recipient` and `person` are null for who may not see addresses."""

    kind: str
    channel: str
    recipient: str | None
    person: str | None
    status: str
    cancelReason: str | None
    at: str | None
    attempts: int
    error: str | None
    dueAt: str
    held: str | None


class RelatedShape(Answer):
    """What it is part of, what is part of it, and what happened to the same thing before."""

    whole: IncidentBrief | None
    parts: list[IncidentBrief]
    earlier: list[IncidentBrief]


class IncidentsAnswer(ListAnswer):
    """A page of incidents."""

    items: list[IncidentShape]


class ExportAnswer(Answer):
    """All incidents of a time, the oldest first."""

    schema_: Schema
    asOf: str
    items: list[IncidentShape]


class IncidentAnswer(Answer):
    """One incident with its log and messages."""

    schema_: Schema
    asOf: str
    item: IncidentDetail
    affected: list[str]
    log: list[LogLine]
    notifications: list[NotificationShape]
    related: RelatedShape


class ChangedAnswer(Answer):
    """One incident as it is after what was done to it."""

    schema_: Schema
    asOf: str
    item: IncidentShape
