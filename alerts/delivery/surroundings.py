"""What all workers of delivery share: how it behaves, and whom it asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from alerts.delivery.budget import Budget
from alerts.delivery.fallback import FALLBACK_S
from alerts.delivery.outbox import Outbox
from alerts.delivery.sending import Compose, DeliveryClock, DeliveryCounts
from alerts.model.hold import Hold
from alerts.model.notification import Notification
from alerts.oncall.model import Directory

HoldOf = Callable[[Notification], Hold | None]
"""Say what holds a notification back at this moment, None when it may go."""


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How delivery behaves. `deadline_s` bounds one attempt; `budgets` by channel, months by `zone`."""

    deadline_s: float = 30.0
    fallback_s: float = FALLBACK_S
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all workers share. `hold_of` is asked right before each attempt; `directory` is the one in force."""

    outbox: Outbox
    compose: Compose
    clock: DeliveryClock
    hold_of: HoldOf
    directory: Callable[[], Directory]
    rules: DeliveryRules
    counts: DeliveryCounts = field(default_factory=DeliveryCounts)
