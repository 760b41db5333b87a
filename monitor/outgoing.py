"""What leaves the daemon: channels built from settings, series to InfluxDB."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

from alerts.channels import CHANNELS
from alerts.channels.base import Channel, Closable, DeliveryError, DeliveryFailure
from alerts.channels.email import EmailChannel, EmailConfig
from alerts.channels.file import FileChannel, FileConfig
from alerts.channels.zalo_text import Guard
from alerts.messages.message import Message
from alerts.world import World
from monitor.clock import Clock, SystemClock
from monitor.influx.event_streams import event_streams
from monitor.influx.forwarder import Forwarder, Pace
from monitor.influx.opening import open_server
from monitor.influx.tags import CheckTags, Tagging
from monitor.plan import Plan, open_secrets
from monitor.programs_out import OutgoingError, channels_to_programs
from monitor.report.editions.keeping import FOLDER
from monitor.secrets import SecretError
from monitor.series.log import ResultLog
from monitor.settings.settings import Settings
from monitor.storage.state import StateStore
from monitor.zalo import zalo_channels
from probes.kinds import KINDS

__all__ = ["OutgoingError", "build_channels", "close_channels", "open_forwarder", "secret_of"]


def build_channels(plan: Plan, guard: Guard) -> Mapping[str, Channel]:
    """Build every channel: those that are not configured say so to rows that are left of them. Raises OutgoingError.

    `guard` keeps names of the network out of what goes to chat services.
    """
    settings = plan.settings
    channels: dict[str, Channel] = {name: _Unconfigured(name) for name in CHANNELS}
    if settings.email is not None:
        email = settings.email
        config = EmailConfig(
            host=email.host,
            port=email.port,
            security=email.security,
            sender=email.sender,
            timeout_s=email.timeout_s,
            username=email.username,
            password=secret_of(settings, email.password_secret),
            ca_file=email.ca_file,
            files_dir=settings.state_dir / FOLDER,
        )
        try:
            channels["email"] = EmailChannel(config)
        except OSError as error:
            raise OutgoingError(f"email.ca_file: {error.strerror or 'không phải PEM'}") from error
        except ValueError as error:
            raise OutgoingError(f"email.sender: '{email.sender}' không phải địa chỉ thư điện tử") from error
    if settings.file is not None:
        channels["file"] = FileChannel(FileConfig(settings.file.path))
    now, find = SystemClock().now, partial(secret_of, settings)
    channels |= channels_to_programs(settings, find, now=now)
    return channels | zalo_channels(settings, find, guard, now=now)


async def close_channels(channels: Mapping[str, Channel]) -> None:
    """Let every channel end what must not be cut, and close its connections."""
    for channel in channels.values():
        if isinstance(channel, Closable):
            await channel.aclose()


class _Unconfigured:
    """Stands for a channel that left the settings, or came with a reload: its rows are tried, fail visibly, and wait."""

    knows_repeats = True

    def __init__(self, name: str) -> None:
        self._name = name

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        del message, recipient, message_id, thread_id
        text = f"channel '{self._name}' is not in the settings the daemon was started with"
        raise DeliveryError(text, DeliveryFailure.SENDER)


async def open_forwarder(
    stack: AsyncExitStack, plan: Plan, world: World, results: ResultLog, state: StateStore, *, clock: Clock
) -> Forwarder | None:
    """Open the way to InfluxDB, or return None when none is configured. Raises OutgoingError."""
    influx = plan.settings.influx
    if influx is None:
        return None
    token = secret_of(plan.settings, influx.token_secret)
    if influx.api == "v1" and token is not None and ":" not in token:
        raise OutgoingError(
            f"influx.token_secret: với api v1, bí mật '{influx.token_secret}' là tên:mật-khẩu"
        )
    server = await stack.enter_async_context(open_server(influx, token))
    tagging = Tagging(KINDS)

    def tags_of(check_id: str) -> CheckTags:
        return tagging.of(world.inventory, check_id)

    return Forwarder(
        results,
        server,
        tags_of=tags_of,
        clock=clock,
        pace=Pace(influx.batch_rows, influx.catch_up_rows_per_s),
        events=event_streams(tags_of, state=state.database, results=results.database),
    )


def secret_of(settings: Settings, name: str | None) -> str | None:
    """Return the secret of this name, None for none. Raises OutgoingError when it is not there."""
    try:
        return open_secrets(settings).get(name) if name else None
    except SecretError as error:
        raise OutgoingError(f"{error}; {error.remedy}") from error
