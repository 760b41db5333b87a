"""Schema of a rule as it is written in a file. Keys that a person reads and writes are those of `Rule` and `Query`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Side
from inventory.model import Layer
from monitor.report.sentences.facts.gathering import Each
from monitor.report.sentences.model import Section
from monitor.report.sentences.query import At, Of, Query

Source = Annotated[str, Field(min_length=1, max_length=4_000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Id = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuerySchema(_Schema):
    """One query; see `Query`."""

    of: Of
    layers: list[Layer] = []
    at: At | None = None
    long: bool | None = None
    repeated: bool | None = None
    lasting: bool | None = None
    own: bool | None = None
    level: Status | None = None
    sides: list[Side] = []
    causes: list[CauseKind] = []
    confirmed: bool | None = None
    in_time: bool | None = None
    taken: bool | None = None
    open: bool | None = None
    degraded: bool | None = None
    of_each: bool = False

    def query(self) -> Query:
        """Return it as a value."""
        return Query(
            of=self.of,
            layers=tuple(self.layers),
            at=self.at,
            is_long=self.long,
            is_repeated=self.repeated,
            is_lasting=self.lasting,
            is_own=self.own,
            level=self.level,
            sides=tuple(self.sides),
            causes=tuple(self.causes),
            is_confirmed=self.confirmed,
            is_in_time=self.in_time,
            is_taken=self.taken,
            is_open=self.open,
            is_degraded=self.degraded,
            of_each=self.of_each,
        )


class RuleSchema(_Schema):
    """One rule; see `Rule`."""

    id: Id
    section: Section
    group: Side | Annotated[str, Field(pattern=r"^unknown$")] | None = None
    each: Each | None = None
    evidence: dict[Name, QuerySchema] = {}
    when: Source = "true"
    weight: int | Source = "0"
    ticked: bool = True
    alone: bool = False
    tied_to: list[Id] = []
    variants: Annotated[list[Source], Field(min_length=1, max_length=12)]
    short: Source | None = None
    off: bool = False
