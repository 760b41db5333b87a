"""The contract of a probe: options beside the code, one async function that measures once."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from probes.beats import BeatBook
from probes.own import OwnBook
from probes.reach import ANY_PLACE, DeclaredPlaces
from probes.reading import Reading
from probes.snmp.session import Sessions
from probes.snmp_ranges import ANY_ADDRESS, AccountRanges


class Options(BaseModel):
    """Base of every kind's options: frozen, unknown keys are errors, every field described with its unit."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def secrets(self) -> frozenset[str]:
        """Names of the secrets these options refer to (checked when the inventory is loaded)."""
        return frozenset()

    def metrics(self) -> frozenset[str] | None:
        """Names of the metrics a reading may carry (a threshold on another would never speak); None: any."""
        return None


class Secrets(Protocol):
    """Where a probe gets a secret by its name."""

    def get(self, name: str) -> str:
        """Return the secret; KeyError when there is none of that name."""
        ...


def no_secret(error: KeyError) -> str:
    """Say which secret a probe cannot have, why, and what to do, as far as whoever keeps them says it."""
    remedy = getattr(error, "remedy", "")
    said = f"không dùng được bí mật '{error.args[0]}': {getattr(error, 'reason', 'chưa có')}"
    return f"{said}; {remedy}" if remedy else said


class Probe(Protocol):
    """Measure once.

    The caller owns the deadline: it cancels the call at `timeout_s`; a probe also keeps its own waits within it and
    returns `timeout` itself. No retries inside. Expected failures are readings, never exceptions.
    """

    def __call__(self, address: str, options: Options, *, timeout_s: float) -> Awaitable[Reading]:
        """Probe `address` (IP address, host name or URL, as the kind documents)."""
        ...


def as_written(value: object) -> object:
    """Take a number for the text it was written as: `version: 3` needs no quotes."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Metric(NamedTuple):
    """What a metric is called in messages, and what it means."""

    vi: str
    """Vietnamese noun phrase, lower case: `độ trễ trung vị`."""
    en: str
    """One English sentence without a full stop; the name's ending tells the unit."""
    alarm: str = ""
    """What messages say when a limit is crossed, where the bare name would not tell: `sắp hết cổng MCU, đã dùng`."""
    alarm_below_zero: str = ""
    """The same for a negative value, which is then shown without its sign: `chứng thư bảo mật đã hết hạn`."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the surroundings give to every kind of probe."""

    secrets: Secrets
    beats: BeatBook
    snmp: Sessions = field(default_factory=Sessions)
    """All kinds ask a device through these, so that it has one question at a time."""
    places: DeclaredPlaces = ANY_PLACE
    """What checks may connect to."""
    snmp_ranges: AccountRanges = ANY_ADDRESS
    """Which SNMP account is for which addresses."""
    own: OwnBook = field(default_factory=OwnBook)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of probe. `connect` holds what all its runs share (sockets, sessions) for the daemon's life."""

    name: str
    summary: str
    """One English sentence for the reference."""
    options: type[Options]
    metrics: Mapping[str, Metric]
    """What its readings may carry besides metrics that the options name."""
    connect: Callable[[Shared], AbstractAsyncContextManager[Probe]]
    lane: int = 1_000
    """How many runs may be under way at once, unless the settings say otherwise."""
    min_gap_s: float = 0.0
    """Least time between the starts of two runs of one check: some devices take a probe for a call."""
