"""What the monitor knows of itself, sign by sign. Filled by monitor.own, read by the `self` probe. No I/O.

Kept in memory only: after a start nothing is known until the monitor has looked at itself once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Sign(StrEnum):
    """One part of the monitor that is looked at by itself."""

    MEASURING = "measuring"
    """Measurements run, in time, and lead to conclusions."""
    PROCESS = "process"
    """Memory, open files, the event loop."""
    DISK = "disk"
    """Room for the databases, and for how long it lasts."""
    STORES = "stores"
    """state.db and results.db take what is written."""
    BACKUP = "backup"
    DELIVERY = "delivery"
    """Messages leave the outbox."""
    CHANNELS = "channels"
    """Accounts, tokens, packages and quotas of the channels."""
    CERTIFICATES = "certificates"
    """Those of our own listeners."""
    CLOCK = "clock"
    NETWORK = "network"
    """Our own anchors answer."""
    OUTSIDE = "outside"
    """Whoever watches us from outside hears us (the dead-man's switch)."""
    FORWARDING = "forwarding"
    """InfluxDB takes what is measured."""
    LISTENERS = "listeners"
    """Pages, traps, beats and replies come in: our own listeners are open."""
    INVENTORY = "inventory"
    """What is watched is what the files say."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a sign found. `looked_mono` is monotonic seconds; `detail` is one line for people, "" for none."""

    looked_mono: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    detail: str = ""


class OwnBook:
    """The last look at each sign."""

    def __init__(self) -> None:
        self._looks: Mapping[Sign, Look] = {}

    def record(self, looks: Mapping[Sign, Look]) -> None:
        """Keep the newest looks; what is not among them is not known any more."""
        self._looks = dict(looks)

    def last(self, sign: Sign) -> Look | None:
        """Return the newest look at a sign, None when there was none."""
        return self._looks.get(sign)
