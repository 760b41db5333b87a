"""Zalo in the daemon: its channels built from settings, its inbox polled, its account looked at several times a day."""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from alerts.channels.base import Channel, DeliveryError
from alerts.channels.http_client import HttpClient
from alerts.channels.zalo_api import ZaloApi
from alerts.channels.zalo_bot import ZaloBotChannel, ZaloBotConfig
from alerts.channels.zalo_bot_api import BotApi
from alerts.channels.zalo_file import TokenFile
from alerts.channels.zalo_oa import ZaloOaChannel, ZaloOaConfig
from alerts.channels.zalo_text import Guard
from alerts.channels.zalo_token import TokenSource, ZaloApp
from alerts.channels.zbs import Parameter, ZbsChannel, ZbsConfig
from inventory.model import Inventory
from monitor.bug_fence import kept_going
from monitor.clock import Clock
from monitor.inputs.zalo_updates import Chat, HandOn, ZaloUpdates
from monitor.programs_out import OutgoingError, SecretOf
from monitor.settings.settings import Settings
from monitor.settings.zalo import ZaloBotSettings, ZaloOaSettings, ZbsSettings

log = logging.getLogger(__name__)

TOKEN_FILE: Final = "zalo-oa.json"  # noqa: S105 (the name of a file)
CHECK_S: Final = 6 * 3_600.0
"""Between looks at the account: each also keeps the token from growing old where nothing is sent."""
CHECK_AGAIN_S: Final = 900.0
_WORD: Final = re.compile(r"[\w.:-]+")


def zalo_channels(
    settings: Settings, secret_of: SecretOf, guard: Guard, *, now: Callable[[], float]
) -> dict[str, Channel]:
    """Build those that are configured, by name. `now`: Unix seconds. Raises OutgoingError."""
    built: dict[str, Channel] = {}
    if settings.zalo_bot is not None:
        built["zalo_bot"] = ZaloBotChannel(ZaloBotConfig(bot_api(settings.zalo_bot, secret_of), guard, now))
    if settings.zalo_oa is not None:
        api = oa_api(settings, settings.zalo_oa, secret_of, now=now)
        built["zalo_oa"] = ZaloOaChannel(ZaloOaConfig(api, guard, now, settings.zalo_oa.base_url))
        if settings.zbs is not None:
            built["zbs"] = ZbsChannel(_zbs(settings, settings.zbs, api, guard, now=now))
    return built


def bot_api(settings: ZaloBotSettings, secret_of: SecretOf) -> BotApi:
    """Return the bot's calls. Raises OutgoingError."""
    try:
        return BotApi(
            (secret_of(settings.token_secret) or "").strip(), HttpClient(), base_url=settings.base_url
        )
    except ValueError:
        message = (
            f"zalo_bot: bí mật '{settings.token_secret}' không phải mã (token) của bot, dạng 123456789:abc"
        )
    raise OutgoingError(f"{message}; chép lại mã từ tin nhắn của Zalo Bot Manager")


def oa_api(
    settings: Settings, account: ZaloOaSettings, secret_of: SecretOf, *, now: Callable[[], float]
) -> ZaloApi:
    """Return the Official Account's calls. Raises OutgoingError."""
    client = HttpClient()
    try:
        app = ZaloApp(
            app_id=account.app_id,
            secret=(secret_of(account.secret_secret) or "").strip(),
            oauth_url=account.oauth_url,
            proves=account.appsecret_proof,
        )
        tokens = TokenSource(app, TokenFile(settings.state_dir / TOKEN_FILE), client, now)
    except ValueError:
        message = f"zalo_oa: bí mật '{account.secret_secret}' không phải khóa bí mật của ứng dụng"
    else:
        return ZaloApi(client, tokens, now)
    raise OutgoingError(f"{message}; chép lại khóa bí mật (khoảng 20 ký tự) từ developers.zalo.me")


def _zbs(
    settings: Settings, zbs: ZbsSettings, api: ZaloApi, guard: Guard, *, now: Callable[[], float]
) -> ZbsConfig:
    return ZbsConfig(
        template_id=zbs.template_id,
        api=api,
        guard=guard,
        now=now,
        parameters={name: Parameter(each.fact, each.limit) for name, each in zbs.parameters.items()},
        zone=ZoneInfo(settings.timezone),
        base_url=zbs.base_url,
    )


class ZaloInput:
    """What goes on besides sending: names to keep out of texts, messages of the bot, the account's state."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        guard: Guard,
        settings: Settings,
        hand_on: HandOn,
        *,
        clock: Clock,
    ) -> None:
        self._guard = guard
        self._public_host = urlsplit(settings.public_url or "").hostname
        self._clock = clock
        bot, account = channels.get("zalo_bot"), channels.get("zalo_oa")
        self._account = account if isinstance(account, ZaloOaChannel) else None
        self._updates: ZaloUpdates | None = None
        if isinstance(bot, ZaloBotChannel) and settings.zalo_bot is not None and settings.zalo_bot.poll:
            self._updates = ZaloUpdates(bot.bot, hand_on, clock=clock)

    @property
    def fault(self) -> str:
        """Why the bot's messages cannot be heard, one line for people; "" when they can."""
        return "" if self._updates is None else self._updates.fault

    @property
    def is_listening(self) -> bool:
        """Whether the bot's messages are asked for."""
        return self._updates is not None

    @property
    def chats(self) -> tuple[Chat, ...]:
        """Who wrote to the bot lately, the latest first."""
        return () if self._updates is None else self._updates.chats

    def adopt(self, inventory: Inventory) -> None:
        """Keep the addresses and host names of this inventory out of texts from now on."""
        self._guard.names = internal_names(inventory) - {self._public_host or ""}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Poll and look until the block ends."""
        loops: dict[str, Callable[[], Awaitable[None]]] = {}
        if self._updates is not None:
            loops["zalo:updates"] = self._updates.run
        if self._account is not None:
            loops["zalo:account"] = self._look_at_account
        async with kept_going(loops, self._clock):
            yield

    async def _look_at_account(self) -> None:
        while self._account is not None:
            wait_s = CHECK_S
            try:
                await self._account.check()
            except DeliveryError as error:
                log.warning("zalo_account_not_checked reason=%s error=%s", error.reason, error)
                wait_s = CHECK_AGAIN_S
            await self._clock.sleep(wait_s)


def internal_names(inventory: Inventory) -> frozenset[str]:
    """Return addresses and host names of what is watched, lower case, but those that are shown as a target's name."""
    shown = {word.lower() for target in inventory.targets.values() for word in _WORD.findall(target.name)}
    addresses = {check.address for check in inventory.checks.values()}
    hosts = {urlsplit(address).hostname or "" if "://" in address else address for address in addresses}
    return frozenset(host.lower() for host in hosts if ("." in host or ":" in host)) - shown
