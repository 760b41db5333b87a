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

import contextlib
import ipaddress
import re
from collections.abc import Sequence
from enum import IntEnum

from yarl import URL

_LOCATION_CHARACTERS = 8_000  # RFC 9110 4.1: everybody should take as many
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)")
_AUTHORITY_CHARACTERS = 320
"""Of which a name has 253. Bringing a hostile one to ASCII takes the square of its length."""
NO_URL = (ValueError, IndexError)
"""What yarl raises, now or later, for a text that is no URL."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 2.1


class Reach(IntEnum):
    """How private an address is; greater is more private."""

    PUBLIC = 0
    PRIVATE = 1
    LOOPBACK = 2
    FORBIDDEN = 3


def reach(address: str) -> Reach:
    """Classify an IP address; IPv4 inside IPv6 counts as the IPv4 address, whatever translates it."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or parsed.sixtofour
        if parsed in _NAT64:
            embedded = ipaddress.IPv4Address(parsed.packed[12:])
        if embedded is not None:
            parsed = embedded
    if parsed.is_link_local or parsed.is_multicast:
        return Reach.FORBIDDEN
    if parsed.is_loopback or parsed.is_unspecified:
        return Reach.LOOPBACK
    return Reach.PUBLIC if parsed.is_global else Reach.PRIVATE


def may_follow(target: Sequence[str], addresses: Sequence[str]) -> bool:
    """Whether a target with the addresses `target` may redirect to a host with `addresses` (none may exceed).

    Of a target with several the least private counts: whoever answers for its name may add any.
    """
    limit = min(*map(reach, target), Reach.LOOPBACK)
    return all(reach(address) <= limit for address in addresses)


def next_url(current: URL, location: str) -> URL | None:
    """Return where a redirect leads, without credentials and fragment; None: nowhere we would go."""
    authority = _AUTHORITY.match(location)
    is_long = len(location) > _LOCATION_CHARACTERS or (
        authority is not None and len(authority[1]) > _AUTHORITY_CHARACTERS
    )
    if is_long or not location.isprintable():
        return None
    with contextlib.suppress(*NO_URL):
        url = current.join(URL(location)).with_user(None).with_fragment(None)
        return url if is_web(url) else None
    return None


def is_web(url: URL) -> bool:
    """Whether it is a whole URL of the web; raises NO_URL."""
    return bool(url.scheme in {"http", "https"} and url.raw_host and url.port)
