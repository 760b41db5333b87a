"""What leaves the daemon: messages composed at send time, channels built from settings, series to InfluxDB."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from zoneinfo import ZoneInfo

from alerts.channels.base import Channel
from alerts.channels.email import EmailChannel, EmailConfig
from alerts.channels.file import FileChannel, FileConfig
from alerts.facts import Letterhead, gather_facts
from alerts.message import Message, compose
from alerts.model import Notification
from alerts.world import World
from monitor.clock import Clock
from monitor.plan import Plan, open_secrets
from monitor.settings import Settings
from monitor.storage.influx import CheckTags, Forwarder
from monitor.storage.line_server import LineServer
from monitor.storage.results import ResultLog
from monitor.storage.state import StateStore

HISTORY = 50
"""Earlier incidents of the same check that a message may speak of."""


class Composer:
    """Writes a notification's message from the incident as saved and from what the engine knows now."""

    def __init__(self, settings: Settings, world: World, state: StateStore, *, clock: Clock) -> None:
        self._letterhead = Letterhead(settings.province, ZoneInfo(settings.timezone), settings.public_url)
        self._world = world
        self._state = state
        self._clock = clock

    async def compose(self, notification: Notification) -> Message:
        """Return the message; LookupError if the incident is gone, StorageError if the store does not answer."""
        record = await self._state.incident(notification.incident_id)
        if record is None:
            raise LookupError(notification.incident_id)
        incident = record.incident
        facts = gather_facts(
            incident,
            self._world.inventory,
            self._world.statuses,
            now=self._clock.now(),
            letterhead=self._letterhead,
            history=await self._state.earlier_incidents(incident, limit=HISTORY),
            answered_at={
                check_id: progress.last_answer_at
                for check_id, progress in self._world.progress.items()
                if progress.last_answer_at is not None
            },
        )
        return compose(notification.kind, facts)


def build_channels(plan: Plan) -> Mapping[str, Channel]:
    """Build every channel that is configured."""
    settings = plan.settings
    channels: dict[str, Channel] = {}
    if settings.email is not None:
        email = settings.email
        secrets = open_secrets(settings)
        channels["email"] = EmailChannel(
            EmailConfig(
                host=email.host,
                port=email.port,
                security=email.security,
                sender=email.sender,
                timeout_s=email.timeout_s,
                username=email.username,
                password=secrets.get(email.password_secret) if email.password_secret else None,
                ca_file=email.ca_file,
            )
        )
    if settings.file is not None:
        channels["file"] = FileChannel(FileConfig(settings.file.path))
    return channels


async def open_forwarder(
    stack: AsyncExitStack, plan: Plan, world: World, results: ResultLog, *, clock: Clock
) -> Forwarder | None:
    """Open the way to InfluxDB, or return None when none is configured."""
    influx = plan.settings.influx
    if influx is None:
        return None
    token = open_secrets(plan.settings).get(influx.token_secret) if influx.token_secret else None
    server = await stack.enter_async_context(
        LineServer.open(influx.url, org=influx.org, bucket=influx.bucket, token=token)
    )

    def tags_of(check_id: str) -> CheckTags | None:
        check = world.inventory.checks.get(check_id)
        if check is None:
            return None
        target = world.inventory.targets[check.target_id]
        return CheckTags(kind=check.kind, target=target.id, unit=target.unit_code, layer=target.layer.value)

    return Forwarder(results, server, tags_of=tags_of, clock=clock, batch_rows=influx.batch_rows)
