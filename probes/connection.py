"""What TCP and HTTP probes share: deadlines, and which failure of a connection is whose fault."""

import errno
import socket

from probes.reading import FailureReason
from probes.wording import errno_words

_REFUSED = frozenset({errno.ECONNREFUSED, errno.ECONNRESET})
_NO_ROUTE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH})


def own_deadline(timeout_s: float) -> float:
    """Return how long a probe may wait itself: a little less than the caller, who cancels at `timeout_s`."""
    return timeout_s - min(0.05, timeout_s / 20)


def connect_failure(error: OSError, host: str) -> tuple[FailureReason, str]:
    """Tell reason and detail of a failed connect() to the IP address `host`.

    "Unreachable" is told by two parties with the same errno: our own routing table, or a router, a firewall or the
    failed address resolution of the last hop. Asking the routing table alone tells them apart.
    """
    words = errno_words(error.errno)
    if error.errno in _REFUSED:
        return FailureReason.REFUSED, words
    if error.errno == errno.ETIMEDOUT:
        return FailureReason.TIMEOUT, words
    if error.errno in _NO_ROUTE and has_route(host):
        return FailureReason.UNREACHABLE, words
    return FailureReason.LOCAL, words


def has_route(host: str) -> bool:
    """Whether our routing table knows a way to the IP address; nothing is sent."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((host, 9))
    except (OSError, ValueError):
        return False
    return True
