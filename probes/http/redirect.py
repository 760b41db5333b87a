"""Where a redirect may lead. A monitored server is not trusted to point the monitor at other machines. No I/O.

A redirect is followed only to http or https, without the first address's credentials, and only to addresses that are
no more private than the one first asked:

- public addresses always;
- private ones (RFC 1918, RFC 4193, RFC 6598 and everything else not global) if the target's own address is private
  or loopback;
- loopback and unspecified addresses if the target's own address is loopback;
- link-local (169.254.0.0/16 with the clouds' metadata service, fe80::/10) and multicast never.

What the settings declare (probes.reach) holds beside it. The addresses checked are the ones connected to, so a name that changes its address in between gains nothing.
"""

import contextlib
import re
from collections.abc import Sequence

from yarl import URL

from probes.reach import Reach, reach

_LOCATION_CHARACTERS = 8_000  # RFC 9110 4.1: everybody should take as many
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)")
_AUTHORITY_CHARACTERS = 320
"""Of which a name has 253. Bringing a hostile one to ASCII takes the square of its length."""
NO_URL = (ValueError, IndexError)
"""What yarl raises, now or later, for a text that is no URL."""


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
