"""A story as data: what happens to the province, and when. Pure but for `load`: no clock, no network.

The file is a YAML list of events, documented in timeline.yaml beside this module.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from monitor.demo.links import network_of
from monitor.demo.models import MCU_PORTS
from monitor.demo.states import StateName
from monitor.wording import os_words

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Names = tuple[str, ...]


class TimelineError(ValueError):
    """The timeline is wrong; the text has all errors, one a line, each with its event."""


class _Event(BaseModel):
    """What all events have: a time and the places they happen at (exactly one way of naming them)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_s: Seconds
    """Seconds since the start."""
    prefix: Names = ()
    """Addresses or prefixes, "10.51.3.7" or "10.51.3.0/24"."""
    site: Names = ()
    """Unit codes: everything of that unit."""
    target: Names = ()
    """Target ids."""
    note: str = ""
    """What the demo tells at that moment, in Vietnamese."""

    @field_validator("prefix", "site", "target", mode="before")
    @classmethod
    def _accept_one(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("prefix")
    @classmethod
    def _reject_bad_prefixes(cls, value: Names) -> Names:
        for prefix in value:
            network_of(prefix)
        return value

    @model_validator(mode="after")
    def _require_one_selector(self) -> "_Event":
        named = [name for name in ("prefix", "site", "target") if getattr(self, name)]
        if len(named) != 1:
            raise ValueError(
                f"give exactly one of prefix, site, target (given: {', '.join(named) or 'none'})"
            )
        return self


class Switch(_Event):
    """A link is cut or restored, a site loses or regains power."""

    action: Literal["cut", "restore", "power_off", "power_on"]


class Latency(_Event):
    """A link becomes slower or faster: the added round-trip time."""

    action: Literal["latency"]
    latency_s: Seconds
    jitter_s: Seconds | None = None


class Loss(_Event):
    """A link loses packets."""

    action: Literal["loss"]
    loss_ratio: Annotated[float, Field(ge=0, le=1)]


class Slow(_Event):
    """A system answers HTTP requests late; 0 ends it."""

    action: Literal["slow"]
    delay_s: Seconds


class Mcu(_Event):
    """So many ports of the MCU are in use."""

    action: Literal["mcu"]
    ports_used: Annotated[int, Field(ge=0, le=MCU_PORTS)]


class Call(_Event):
    """The call of a conference endpoint loses packets, as the endpoint itself counts them."""

    action: Literal["call"]
    loss_ratio: Annotated[float, Field(ge=0, le=1)]


class Turn(_Event):
    """A UPS loses or regains the mains; kiosks and PCs stop or begin to send beats."""

    action: Literal["mains_off", "mains_on", "beats_off", "beats_on"]


WanEvent = Switch | Latency | Loss
DeviceEvent = Slow | Mcu | Call | Turn
"""What happens to devices themselves, and needs no WAN."""
Event = WanEvent | DeviceEvent
_ACTIONS = frozenset(
    action for event in get_args(Event) for action in get_args(event.model_fields["action"].annotation)
)
_EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Annotated[Event, Field(discriminator="action")]])


@dataclass(frozen=True, slots=True)
class Places:
    """Where units and targets are: unit code -> prefixes, target id -> address."""

    sites: Mapping[str, Names] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)


def load(path: Path) -> tuple[Event, ...]:
    """Read a timeline file, sorted by time. Raises TimelineError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TimelineError(f"{path}: {os_words(error)}; kiểm tra lại đường dẫn") from error
    return parse(text, name=str(path))


def parse(text: str, *, name: str) -> tuple[Event, ...]:
    """Parse a timeline's YAML, sorted by time. Raises TimelineError with every error found."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TimelineError(f"{name}: {' '.join(str(error).split())}") from error
    try:
        events = _EVENTS.validate_python(document if document is not None else [])
    except ValidationError as error:
        raise TimelineError("\n".join(_lines(name, error))) from error
    return tuple(sorted(events, key=lambda event: event.at_s))


def actions_between(events: Iterable[Event], previous_s: float, now_s: float) -> tuple[Event, ...]:
    """Return the events after `previous_s` up to and including `now_s`. Start with a negative `previous_s`."""
    return tuple(event for event in events if previous_s < event.at_s <= now_s)


def prefixes_of(event: Event, places: Places) -> Names:
    """Return the prefixes an event happens at. Raises TimelineError for an unknown site or target."""
    try:
        sites = [prefix for code in event.site for prefix in places.sites[code]]
        return (*event.prefix, *sites, *(places.targets[name] for name in event.target))
    except KeyError as error:
        raise TimelineError(
            f"{event.action} at {event.at_s:g} s: no such site or target: {error.args[0]}"
        ) from error


def states_of(event: DeviceEvent) -> dict[StateName, float]:
    """Return what an event changes about the devices it happens to."""
    match event:
        case Slow():
            return {StateName.WEB_DELAY_S: event.delay_s}
        case Mcu():
            return {StateName.MCU_PORTS_USED: event.ports_used}
        case Call():
            return {StateName.CALL_LOSS_RATIO: event.loss_ratio}
        case Turn(action="mains_off" | "mains_on"):
            return {StateName.ON_BATTERY: float(event.action == "mains_off")}
        case Turn():
            return {StateName.BEATS_STOPPED: float(event.action == "beats_off")}


def check_places(events: Sequence[Event], places: Places) -> None:
    """Raise TimelineError when an event names a place that does not exist."""
    errors = []
    for event in events:
        try:
            prefixes_of(event, places)
        except TimelineError as error:
            errors.append(str(error))
    if errors:
        raise TimelineError("\n".join(errors))


def _lines(name: str, error: ValidationError) -> Iterable[str]:
    for problem in error.errors(include_url=False, include_context=False):
        position, *path = problem["loc"] or ("",)
        field_path = ".".join(str(part) for part in path if part not in _ACTIONS)
        where = f"event {position + 1}" if isinstance(position, int) else "the file"
        yield f"{name}: {where}: {field_path + ': ' if field_path else ''}{problem['msg'].removeprefix('Value error, ')}"
