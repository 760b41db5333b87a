"""When to try again: how long a letter waits after a failure, and how long a whole channel rests. Pure.

Waits are spread by a share that only depends on who waits, so that not all come back at the same moment.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from alerts.channels.base import CHANNEL_WIDE, DeliveryError, DeliveryFailure

RETRY_WAITS_S: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
"""Wait after the first, second, ... failed attempt; the last repeats, and bounds what a server may ask for."""
REST_WAITS_S: Final = (5.0, 15.0, 30.0, 60.0)
"""How long a channel rests after the first, second, ... failure that would meet every letter."""
LONGEST_REST_S: Final = 3_600.0
"""Bounds what a channel may ask for: an hour later it is asked again, with one letter."""
FAILURES_IN_A_ROW: Final = 3
"""Different letters that fail one after the other, whatever the reason: then the channel rests."""
SHORTEST_S: Final = 1.0

_SPREAD: Final = 0.2
_NEEDS_A_PERSON: Final = frozenset({DeliveryFailure.AUTH, DeliveryFailure.ACCOUNT, DeliveryFailure.QUOTA})
_LETTERS_OWN: Final = frozenset(
    {DeliveryFailure.COMPOSE, DeliveryFailure.RECIPIENT, DeliveryFailure.WINDOW, DeliveryFailure.REJECTED}
)


@dataclass(frozen=True, slots=True)
class Condition:
    """How a channel does. `failing_since_at`: since when it fails, None while it works; `rest_until_at`: not before.

    `is_hopeless`: it will fail until a person or the calendar mends it.
    """

    failing_since_at: float | None = None
    rest_until_at: float = float("-inf")
    is_hopeless: bool = False
    in_a_row: int = 0
    rests: int = 0

    def is_resting(self, now: float) -> bool:
        """Whether nothing is sent at this moment."""
        return now < self.rest_until_at

    @property
    def is_down(self) -> bool:
        """Whether its failures would meet every letter."""
        return self.failing_since_at is not None


WORKS: Final = Condition()


def after_failure(condition: Condition, error: DeliveryError, now: float, *, channel: str) -> Condition:
    """Return how the channel does after an attempt failed; what only concerns its letter changes nothing."""
    if error.reason in _LETTERS_OWN:
        return condition
    in_a_row = condition.in_a_row + 1
    if error.reason not in CHANNEL_WIDE and in_a_row < FAILURES_IN_A_ROW:
        return replace(condition, in_a_row=in_a_row)
    if error.retry_after_s is None:
        wait_s = spread(REST_WAITS_S[min(condition.rests, len(REST_WAITS_S) - 1)], channel)
    else:
        wait_s = min(max(error.retry_after_s, SHORTEST_S), LONGEST_REST_S)
    since_at = now if condition.failing_since_at is None else condition.failing_since_at
    is_hopeless = error.reason in _NEEDS_A_PERSON or (error.permanent and error.reason in CHANNEL_WIDE)
    return Condition(since_at, now + wait_s, is_hopeless, in_a_row, condition.rests + 1)


def retry_wait_s(attempts: int, who: str, asked_s: float | None = None) -> float:
    """Return how long to wait after the `attempts`-th failure; `asked_s`: what the server asked for."""
    if asked_s is not None:
        return min(max(asked_s, SHORTEST_S), RETRY_WAITS_S[-1])
    return spread(RETRY_WAITS_S[min(attempts, len(RETRY_WAITS_S)) - 1], who)


def spread(wait_s: float, who: str) -> float:
    """Return the wait, longer by a share that depends on `who` alone."""
    share = int.from_bytes(hashlib.sha256(who.encode()).digest()[:4], "big") / 2**32
    return wait_s * (1 + _SPREAD * share)
