"""How long somebody who guesses waits: longer each time, for each account and for each address. Pure.

Attempts are noted before the password is looked at, so that many at once do not slip through.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MOST_SUBJECTS: Final = 20_000
"""How many accounts and addresses are remembered; the one that was quiet for longest is forgotten."""
_IPV6_NETWORK_BITS: Final = 64
"""What one household or office gets: a guesser has all of it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`free` attempts without a delay, then `first_delay_s`, doubled each time; at most `limit` within `window_s`."""

    free: int
    first_delay_s: float
    longest_delay_s: float
    limit: int
    window_s: float


ADDRESS_RULE: Final = Rule(free=5, first_delay_s=1.0, longest_delay_s=300.0, limit=20, window_s=3_600.0)
BEGUN_RULE: Final = Rule(free=30, first_delay_s=1.0, longest_delay_s=300.0, limit=60, window_s=3_600.0)
"""For an address: sign-ins begun at the central sign-on from which nobody came in. No guesses, but we remember each."""
ACCOUNT_RULE: Final = Rule(free=3, first_delay_s=1.0, longest_delay_s=900.0, limit=20, window_s=86_400.0)


def wait_s(failed: Iterable[float], now: float, rule: Rule) -> float:
    """Return how long the next attempt has to wait, 0 when it may come; `failed`: when earlier ones failed.

    A clock that was set back makes nobody wait for longer than the rule says.
    """
    times = sorted(min(at, now) for at in failed if at > now - rule.window_s)
    if not times:
        return 0.0
    until_at = 0.0
    if len(times) >= rule.limit:
        until_at = times[-rule.limit] + rule.window_s
    if len(times) >= rule.free:
        doubled = rule.first_delay_s * 2 ** min(len(times) - rule.free, 30)
        until_at = max(until_at, times[-1] + min(doubled, rule.longest_delay_s))
    return max(0.0, until_at - now)


def network_of(address: str) -> str:
    """Return what an address is counted as: an IPv4 address, the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_NETWORK_BITS), strict=False))


class Attempts:
    """Who failed when, under one rule. `now` is an argument everywhere."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._failed: OrderedDict[str, list[float]] = OrderedDict()

    def wait_s(self, subject: str, now: float) -> float:
        """Return how long the next attempt has to wait."""
        return wait_s(self._failed.get(subject, ()), now, self.rule)

    def note(self, subject: str, now: float) -> None:
        """Note an attempt."""
        recent = [min(at, now) for at in self._failed.pop(subject, ()) if at > now - self.rule.window_s]
        self._failed[subject] = [*recent, now][-self.rule.limit :]
        if len(self._failed) > MOST_SUBJECTS:
            self._failed.popitem(last=False)

    def take_back(self, subject: str, at: float) -> None:
        """Take back one attempt: it did not fail."""
        times = self._failed.get(subject, [])
        if at in times:
            times.remove(at)
        if not times:
            self._failed.pop(subject, None)

    def forget(self, subject: str) -> None:
        """Forget the attempts of a subject: its owner came in."""
        self._failed.pop(subject, None)
