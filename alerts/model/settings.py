"""How alerting behaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from alerts.oncall.model import Directory, Policy
from inventory.model import Layer


@dataclass(frozen=True, slots=True)
class QuietHours:
    """At night only severities up to `wakes` are told; the rest waits for the morning. Minutes of the local day."""

    from_minute: int = 22 * 60
    to_minute: int = 7 * 60
    wakes: int = 1
    zone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """When failures are told as one.

    Within `window_s` of each other at least `least` and `share_ratio` of what has something in common: one cause.
    At least `storm_least` of one layer within `storm_window_s` of each other: a storm, whatever they have in common.
    A message waits at most `gather_s` while others are being looked at. A group is told anew when its size changed by
    `change_ratio`, at most every `update_s`, a storm every `digest_s`; it is over when `back_ratio` are back.
    """

    window_s: float = 180.0
    least: int = 3
    share_ratio: float = 0.6
    storm_least: int = 4
    storm_window_s: float = 900.0
    gather_s: float = 20.0
    change_ratio: float = 0.1
    update_s: float = 1_800.0
    digest_s: float = 3_600.0
    back_ratio: float = 0.9


@dataclass(frozen=True, slots=True)
class FlapSettings:
    """When coming and going is told as such.

    What goes down again within `reopen_s` of its recovery is the same incident; from then on a change of it is told
    when it has lasted for `settle_s`. `begin` times down within `window_s`: flapping, until it was up for `stable_s`,
    or down for `lost_s` (then it is plainly down).
    """

    reopen_s: float = 900.0
    settle_s: float = 120.0
    begin: int = 3
    window_s: float = 3_600.0
    stable_s: float = 1_800.0
    lost_s: float = 900.0


@dataclass(frozen=True, slots=True)
class MaintenanceNews:
    """Maintenance is told: `ahead_s` before it begins, when it begins, when it is over."""

    ahead_s: float = 3_600.0


SEVERITIES: Mapping[Layer, int] = {
    Layer.TSLCD: 1,
    Layer.INFRA: 1,
    Layer.SHARED: 1,
    Layer.CONFERENCE: 2,
    Layer.KIOSK: 3,
    Layer.PC: 3,
    Layer.CENTRAL: 3,
    Layer.SELF: 1,
}
"""How urgent the loss of one target is, by layer."""


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """How alerting behaves. All in seconds.

    `group_wait_s`: a problem message waits this long, so that its cause may swallow it. `recovery_wait_s`: a recovery
    message waits, so that it can say what has not come back. `parent_wait_s`: how long a child waits for a parent
    that gives no verdict. `new_target_quiet_s`: nobody is told of a target that is new for so long.
    `degraded_wait_s`: how long something must be degraded before it is an incident. `policies`: id -> who is told.
    """

    group_wait_s: float = 3.0
    recovery_wait_s: float = 10.0
    parent_wait_s: float = 180.0
    new_target_quiet_s: float = 1800.0
    degraded_wait_s: float = 600.0
    groups: GroupSettings = GroupSettings()
    flaps: FlapSettings = FlapSettings()
    quiet: QuietHours | None = QuietHours()
    maintenance: MaintenanceNews | None = None
    severities: Mapping[Layer, int] = field(default_factory=lambda: SEVERITIES)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    directory: Directory = field(default_factory=Directory)
