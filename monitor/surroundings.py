"""What the settings give to every kind of probe."""

from monitor.clock import Clock
from monitor.plan import open_secrets
from monitor.settings.settings import Settings
from probes.beats import BeatBook
from probes.kind import Secrets, Shared
from probes.snmp.session import Sessions


def surroundings(settings: Settings, clock: Clock, secrets: Secrets | None = None) -> Shared:
    """Return the surroundings; `secrets`: in place of the settings' own."""
    return Shared(
        open_secrets(settings) if secrets is None else secrets,
        BeatBook(opened_mono=clock.monotonic()),
        Sessions(requests_per_s=settings.devices.snmp_requests_per_s),
        web=settings.http.declared(),
        snmp_ranges=settings.snmp.accounts(),
    )
