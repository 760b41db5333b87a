"""How messages are delivered."""

from typing import Annotated

from pydantic import Field

from monitor.settings.base import PositiveSeconds, Section


class DeliverySettings(Section):
    """When another channel is used, when somebody is told of it, and how a channel's month is shared out."""

    fallback_s: PositiveSeconds = 120
    """A channel that fails for so long is replaced by the person's next address."""
    late_s: PositiveSeconds = 300
    """A message that waits for so long is told on another channel, to the policy `self` (else `default`)."""
    share_for_urgent: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.8
    """Beyond this share of a channel's messages of the month only severity 1 goes at once; the rest waits for 07:00."""
