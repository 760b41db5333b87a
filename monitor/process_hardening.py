"""What the daemon and the command line do to their own process before they read a secret.

No core dump, and for the daemon no help from the surroundings.

A dump would hold every secret in clear, and the kernel hands it to a collector (core_pattern with a pipe) whatever the
size limit says. Proxies and ~/.netrc of the account that started us would lead requests, with their tokens, elsewhere;
our own clients do not read them, libraries of others (requests in apprise) do.
"""

import ctypes
import os
import resource
from collections.abc import MutableMapping

_PR_SET_DUMPABLE = 4  # prctl(2)
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy"})


def forgo_core_dumps() -> None:
    """Have the kernel write no memory of this process anywhere, and let nobody of its account attach to it."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def ignore_surroundings(environment: MutableMapping[str, str]) -> tuple[str, ...]:
    """Take proxies and netrc files out of the environment; return the names of what was there (values may be secret)."""
    dropped = tuple(sorted(name for name in environment if name.lower() in _PROXIES))
    for name in dropped:
        del environment[name]
    environment["NETRC"] = os.devnull  # without it, ~/.netrc would be read
    return dropped
