"""Where a redirect may lead. A monitored server is not trusted to point the monitor at other machines. No I/O.

A redirect is followed only to http or https, without the first address's credentials, and only to addresses that are
no more private than the one first asked:

- public addresses always;
- private ones (RFC 1918, RFC 4193, RFC 6598 and everything else not global) if the target's own address is private
  or loopback;
- loopback and unspecified addresses if the target's own address is loopback;
- link-local (169.254.0.0/16 with the clouds' metadata service, fe80::/10) and multicast never.

The addresses checked are the ones connected to, so a name that changes its address in between gains nothing.
"""

import ipaddress
from collections.abc import Sequence
from enum import IntEnum

from yarl import URL


class Reach(IntEnum):
    """How private an address is; greater is more private."""

    PUBLIC = 0
    PRIVATE = 1
    LOOPBACK = 2
    FORBIDDEN = 3


def reach(address: str) -> Reach:
    """Classify an IP address; IPv4 inside IPv6 counts as the IPv4 address."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or parsed.sixtofour
        if embedded is not None:
            parsed = embedded
    if parsed.is_link_local or parsed.is_multicast:
        return Reach.FORBIDDEN
    if parsed.is_loopback or parsed.is_unspecified:
        return Reach.LOOPBACK
    return Reach.PUBLIC if parsed.is_global else Reach.PRIVATE


def may_follow(target: Sequence[str], addresses: Sequence[str]) -> bool:
    """Whether a target with the addresses `target` may redirect to a host with `addresses` (none may exceed)."""
    limit = min(max(map(reach, target)), Reach.LOOPBACK)
    return all(reach(address) <= limit for address in addresses)


def next_url(current: URL, location: str) -> URL | None:
    """Return where a redirect leads, without credentials and fragment; None: nowhere we would go."""
    try:
        url = current.join(URL(location))
    except ValueError:
        return None
    if url.scheme not in {"http", "https"} or not url.host:
        return None
    return url.with_user(None).with_fragment(None)
