"""Secrets and surroundings for tests."""

import time

from probes.beats import BeatBook
from probes.kind import Secrets, Shared


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
    return Shared(secrets, BeatBook(opened_mono=time.monotonic()))


COMMUNITY = FixedSecrets(
    snmp_community="public", videoos_user="monitor", videoos_password="not a default password"
)
PUBLIC = shared(COMMUNITY)
