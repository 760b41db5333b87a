"""What the tests of Zalo share: a clock turned by hand, channels against the fake, tokens on the disk."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from alerts.channels.base import DeliveryError
from alerts.channels.http_client import HttpClient
from alerts.channels.zalo_api import ZaloApi
from alerts.channels.zalo_bot import ZaloBotChannel, ZaloBotConfig
from alerts.channels.zalo_bot_api import BotApi
from alerts.channels.zalo_file import TokenFile, TokenPair
from alerts.channels.zalo_oa import ZaloOaChannel, ZaloOaConfig
from alerts.channels.zalo_text import Guard
from alerts.channels.zalo_token import TokenSource, ZaloApp
from alerts.channels.zbs import Fact, Parameter, ZbsChannel, ZbsConfig
from alerts.messages.message import Message
from alerts.model.notification import NotificationKind
from tests.clock import FakeClock
from tests.servers.fake_zalo import FakeZalo

NOON = 1_779_858_000.0
"""2026-05-27 12:00 in Vietnam."""
HOUR_S = 3_600.0
USER = "2512523625412515"
GROUP = "4a9bf1c2"
CHAT = "6ede9afa66b88fe6d6a9"
PHONE = "84987654321"


@dataclass
class Hand:
    """A clock that a test sets."""

    at: float = NOON

    def now(self) -> float:
        return self.at


def message(text: str = "MẤT KẾT NỐI xã Đăk Rơ Wa", *, severity: int = 1) -> Message:
    return Message(
        about_id="SC-2026-0042",
        kind=NotificationKind.OPENED,
        composed_at=NOON,
        subject="[SỰ CỐ SC-2026-0042] xã Đăk Rơ Wa",
        headline=text.partition("\n")[0],
        text=text,
        body=text,
        severity=severity,
    )


@dataclass
class Office:
    """Official Account, templates and bot as one process has them, over one token file."""

    zalo: FakeZalo
    hand: Hand | FakeClock
    folder: Path
    client: HttpClient = field(default_factory=HttpClient)
    proves: bool = False

    def __post_init__(self) -> None:
        zalo, now, guard = self.zalo, self.hand.now, Guard()
        app = ZaloApp(zalo.oauth.app_id, zalo.oauth.secret, zalo.oauth_url, proves=self.proves)
        self.file = TokenFile(self.folder / "zalo-oa.json")
        self.tokens = TokenSource(app, self.file, self.client, now)
        api = ZaloApi(self.client, self.tokens, now)
        self.oa = ZaloOaChannel(ZaloOaConfig(api, guard, now, zalo.openapi_url))
        parameters = {"noi_dung": Parameter(Fact.HEADLINE, 30), "ma": Parameter(Fact.ID, 20)}
        self.zbs = ZbsChannel(ZbsConfig("12345", api, guard, now, parameters, base_url=zalo.business_url))
        self.bot_api = BotApi(zalo.bot.token, self.client, base_url=zalo.bot_url)
        self.bot = ZaloBotChannel(ZaloBotConfig(self.bot_api, guard, now))

    async def log_in(self, *, age_s: float = 2 * HOUR_S, life_s: float = 90_000.0) -> TokenPair:
        """Put a pair on the disk that was issued `age_s` ago."""
        access, refresh = self.zalo.issue(life_s=life_s - age_s)
        now = self.hand.now()
        pair = TokenPair(access, refresh, expires_at=now - age_s + life_s, saved_at=now - age_s)
        await self.file.save(pair)
        return pair

    def stored(self) -> dict[str, object]:
        stored: dict[str, object] = json.loads(self.file.path.read_text())
        return stored

    async def tell(self, to: str = f"user:{USER}", text: str = "MẤT KẾT NỐI xã Đăk Rơ Wa") -> str:
        return await self.oa.send(message(text), to, message_id="m-1", thread_id="t-1")

    async def tell_bot(self, text: str = "MẤT KẾT NỐI xã Đăk Rơ Wa", to: str = CHAT) -> str:
        return await self.bot.send(message(text), to, message_id="m-1", thread_id="t-1")

    async def tell_phone(self, to: str = PHONE, message_id: str = "m-1") -> str:
        return await self.zbs.send(message(), to, message_id=message_id, thread_id="t-1")


def open_for_business(zalo: FakeZalo) -> None:
    """Somebody who wrote an hour ago, a group, a template, a chat of the bot."""
    zalo.oa.users[USER] = {"state": "ok", "last_at": zalo.now() - HOUR_S}
    zalo.oa.groups[GROUP] = "enabled"
    zalo.zbs.templates["12345"] = {"status": "ENABLE", "params": {"noi_dung": 30, "ma": 20}}
    zalo.bot.chats.add(CHAT)


@asynccontextmanager
async def open_office(
    zalo: FakeZalo, hand: Hand | FakeClock, folder: Path, *, proves: bool = False
) -> AsyncIterator[Office]:
    office = Office(zalo, hand, folder, proves=proves)
    try:
        yield office
    finally:
        await office.oa.aclose()
        await office.client.aclose()


async def refusal(sending: object) -> DeliveryError:
    """Wait for what must fail, and return how it did."""
    try:
        await sending  # type: ignore[misc]
    except DeliveryError as error:
        return error
    raise AssertionError("it was sent")
