"""From the settings' words to what the engine needs."""

from alerts.model.settings import (
    SEVERITIES,
    AlertSettings,
    FlapSettings,
    GroupSettings,
    MaintenanceNews,
    QuietHours,
)
from alerts.oncall.model import Directory, Hours, Policy, Step
from inventory.times.texts import read_minute
from monitor.settings.alerting import AlertingSettings, NightSettings, PolicySettings

_MINUTE_S = 60


def alert_settings(alerting: AlertingSettings, directory: Directory, *, zone: str) -> AlertSettings:
    """Return how alerting behaves; `zone` is the province's."""
    return AlertSettings(
        group_wait_s=alerting.group_wait_s,
        recovery_wait_s=alerting.recovery_wait_s,
        parent_wait_s=alerting.parent_wait_s,
        new_target_quiet_s=alerting.new_target_quiet_s,
        degraded_wait_s=alerting.degraded_wait_s,
        groups=GroupSettings(**alerting.groups.model_dump()),
        flaps=FlapSettings(**alerting.flaps.model_dump()),
        quiet=None if alerting.night is None else _quiet(alerting.night, zone),
        maintenance=MaintenanceNews(alerting.maintenance_ahead_minutes * _MINUTE_S)
        if alerting.maintenance_messages
        else None,
        severities={**SEVERITIES, **alerting.severities},
        policies=policies_of(alerting),
        directory=directory,
    )


def policies_of(alerting: AlertingSettings) -> dict[str, Policy]:
    """Return the ladders by name."""
    return {name: _policy(name, ladder) for name, ladder in alerting.policies.items()}


def _policy(name: str, ladder: PolicySettings) -> Policy:
    steps = tuple(
        Step(tuple(step.to), step.after_minutes * _MINUTE_S, Hours(step.hours), step.every_channel)
        for step in ladder.steps
    )
    return Policy(name, steps, ladder.repeat_minutes * _MINUTE_S, ladder.calendar)


def _quiet(night: NightSettings, zone: str) -> QuietHours:
    return QuietHours(read_minute(night.from_), read_minute(night.to), night.wakes, zone)
