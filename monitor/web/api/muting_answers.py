"""What the API answers about silences and maintenance, for the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field

from alerts.model.hold import MutingKind
from monitor.web.api.lists import ListAnswer
from monitor.web.routing import Answer


class ReachShape(Answer):
    """How much is hit; `unitNames` are the first few."""

    targets: int
    targetsBehind: int
    units: int
    unitNames: list[str]


class MutingShape(ReachShape):
    """A silence or maintenance; `id` is null of what is only looked at, `who` of what stands in the inventory."""

    id: str | None
    kind: MutingKind
    source: Literal["declared", "inventory"]
    state: Literal["pending", "active", "ended", "expired", "cancelled"]
    selector: dict[str, list[str]]
    scope: str
    from_: Annotated[str, Field(alias="from")]
    until: str
    endedAt: str | None
    endedBy: str | None
    title: str
    comment: str
    who: str | None
    worker: str
    untilUp: bool
    createdAt: str | None


class ConflictShape(Answer):
    """A meeting that takes place meanwhile, with some of these units."""

    id: str
    title: str
    begins: str
    ends: str


class PreviewShape(ReachShape):
    """What would be hit. `confirm`: the number that has to be sent back, null when it is not so many."""

    communes: int
    incidents: list[str]
    waitingMessages: int
    meetings: list[ConflictShape]
    confirm: int | None


class MutingsAnswer(ListAnswer):
    """A page of them, the earliest first."""

    items: list[MutingShape]


class MutingAnswer(Answer):
    """One of them."""

    schema_: Annotated[str, Field(alias="schema")]
    asOf: str
    item: MutingShape


class PreviewedAnswer(MutingAnswer):
    """One of them with what it hits."""

    preview: PreviewShape
