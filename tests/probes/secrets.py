"""Secrets and surroundings for tests."""

import ipaddress
import time

from probes.beats import BeatBook
from probes.kind import Secrets, Shared
from probes.reach import DeclaredPlaces

OWN_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
"""The tests' servers, and what their nameserver says of every name."""


class FixedSecrets:
    """Knows the secrets it was given."""

    def __init__(self, **known: str) -> None:
        self._known = known

    def get(self, name: str) -> str:
        try:
            return self._known[name.replace("-", "_")]
        except KeyError:
            raise KeyError(name) from None


def shared(secrets: Secrets) -> Shared:
    return Shared(secrets, BeatBook(opened_mono=time.monotonic()), places=DeclaredPlaces(OWN_NETWORKS))


COMMUNITY = FixedSecrets(
    snmp_community="public", videoos_user="monitor", videoos_password="not a default password"
)
PUBLIC = shared(COMMUNITY)
