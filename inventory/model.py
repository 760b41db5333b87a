"""What is watched, as frozen values: units, targets, checks. No YAML here (schema.py), no state (alerts)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probes.kind import Options


class Layer(StrEnum):
    """Which part of the province's digital infrastructure a target belongs to."""

    TSLCD = "tslcd"
    CONFERENCE = "conference"
    KIOSK = "kiosk"
    PC = "pc"
    SHARED = "shared"
    CENTRAL = "central"
    INFRA = "infra"


class Equipped(StrEnum):
    """Whether the thing exists. Only YES is probed; NO is shown as "chưa trang bị", never as a fault."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit or provincial body. `code` is the official 5-digit code or a slug; names are NFC."""

    code: str
    name: str
    kind: str
    area: str
    """Area of the overview: "qn" (Quảng Ngãi cũ), "kt" (Kon Tum cũ), "province"."""
    former_district: str = ""


@dataclass(frozen=True, slots=True)
class Circuit:
    """A leased line."""

    id: str
    provider: str
    contract_code: str = ""
    hotline: str = ""
    bandwidth_bps: float | None = None
    """Contracted bandwidth in bit/s, towards the unit, and both ways unless `bandwidth_up_bps` is given."""
    bandwidth_up_bps: float | None = None
    """Contracted bandwidth from the unit, where it differs."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on one metric: at or beyond `warning` / `critical` the verdict is at least that level.

    Beyond means above, or below when `below` is set. None: no limit of that level.
    """

    metric: str
    warning: float | None = None
    critical: float | None = None
    below: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A thing with an address. `depends_on` lists target ids, each of which it needs to be reachable."""

    id: str
    name: str
    unit_code: str
    layer: Layer
    profile: str
    address: str
    depends_on: tuple[str, ...] = ()
    circuit_id: str | None = None
    anchor: bool = False
    equipped: Equipped = Equipped.YES
    enabled: bool = True
    impact: str = ""
    """What people lose when it is down, one Vietnamese clause for messages."""
    first_action: str = ""
    """What to do first, one Vietnamese clause for messages."""
    tags: tuple[str, ...] = ()

    @property
    def is_watched(self) -> bool:
        """Whether its checks run."""
        return self.enabled and self.equipped is Equipped.YES


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of probe applied to one target. `id` is `<target id>/<kind>` or `<target id>/<label>`."""

    id: str
    target_id: str
    kind: str
    address: str
    options: Options
    interval_s: float
    retry_interval_s: float
    timeout_s: float
    failures_to_down: int
    successes_to_up: int
    thresholds: tuple[Threshold, ...] = ()
    policy: str = "default"
    min_gap_s: float = 0.0
    """Least time between the starts of two runs, whoever asks for them."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything watched, validated: ids are unique, dependencies exist and have no cycle.

    `checks` holds only checks of watched targets, a target's primary (reachability) check first.
    `parents` and `children` are relations between checks: every check but a target's primary one depends on the
    primary; the primary depends on the primaries of the target's `depends_on` (through targets that are not
    watched). `ancestors_first` lists check ids so that parents come before children.
    """

    units: Mapping[str, Unit]
    targets: Mapping[str, Target]
    checks: Mapping[str, Check]
    circuits: Mapping[str, Circuit] = field(default_factory=dict)
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ancestors_first: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    """Primary check ids of the watched anchor targets."""
    digest: str = ""
    """SHA-256 of the source files: names the version."""
