"""What the settings give to every kind of probe."""

from monitor.clock import Clock
from monitor.plan import secrets_of_checks
from monitor.settings.settings import Settings
from probes.beats import BeatBook
from probes.kind import Secrets, Shared
from probes.snmp.session import Sessions


def surroundings(settings: Settings, clock: Clock, secrets: Secrets | None = None) -> Shared:
    """Return the surroundings; `secrets`: in place of the settings' own."""
    return Shared(
        secrets_of_checks(settings) if secrets is None else secrets,
        BeatBook(opened_mono=clock.monotonic()),
        Sessions(requests_per_s=settings.devices.snmp_requests_per_s),
        places=settings.probes.declared(),
        snmp_ranges=settings.accounts(),
    )
