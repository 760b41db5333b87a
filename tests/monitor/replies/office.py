"""A duty office with two open incidents, a real state.db and the listener on loopback, for tests of replies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import aiohttp

from alerts.model.decision import Decision
from alerts.model.incident import Incident
from alerts.oncall.model import Address, Contact, Directory
from monitor.replies.deeds import Deeds
from monitor.replies.listener import Replies
from monitor.replies.people import Said
from monitor.settings.replies import RepliesSettings
from monitor.settings.settings import Settings
from monitor.settings.web import WebSettings
from monitor.settings.zalo import ZaloOaSettings
from monitor.storage.audit import AuditEntry
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from monitor.storage.used_once import is_used
from tests.alerts.quiet_land import NOON, SETTINGS, Watch, land
from tests.clock import FakeClock

NGOC = Contact("ngoc", "Ngọc", (Address("email", "ngoc@qn.example"), Address("zalo_bot", "c-ngoc")))
PHUNG = Contact("phung", "Phụng", (Address("zalo_bot", "c-phung"), Address("zalo_oa", "user:u-phung")))
DUTY = Contact(
    "to-truc", "Tổ trực", (Address("zalo_bot", "g-truc"), Address("zalo_oa", "group:g-oa")), is_group=True
)
DIRECTORY = Directory({each.id: each for each in (NGOC, PHUNG, DUTY)})
FIRST, SECOND = "SC-2026-0001", "SC-2026-0002"
OA_SECRET, BOT_SECRET = "oa-secret-key-for-tests", "bot-secret-for-tests"


class Secrets:
    def get(self, name: str) -> str:
        return {"oa": OA_SECRET, "bot": BOT_SECRET}[name]


@dataclass
class Office:
    watch: Watch
    clock: FakeClock
    replies: Replies
    state: StateStore
    base: str
    session: aiohttp.ClientSession
    decisions: list[Decision] = field(default_factory=list)
    notes: list[AuditEntry] = field(default_factory=list)
    number: int = 0
    unreadable: int = 0
    """How many of the next looks into the store fail."""
    is_full: bool = False

    def incident(self, incident_id: str = FIRST) -> Incident:
        world = self.watch.world
        return world.incidents.get(incident_id) or world.closed[incident_id]

    def link(self, contact: str = "ngoc", incident: str = FIRST) -> str:
        url = self.replies.link_for(incident, contact)
        assert url.startswith("https://giamsat.example/a/")
        return self.base + url.removeprefix("https://giamsat.example")

    async def get(self, url: str, method: str = "GET") -> tuple[int, str]:
        async with self.session.request(method, url) as response:
            return response.status, await response.text()

    async def post(self, url: str, **fields: str) -> tuple[int, str]:
        async with self.session.post(url, data=fields) as response:
            return response.status, await response.text()

    async def say(
        self, text: str, chat: str = "c-ngoc", user: str = "", message_id: str = "", channel: str = "zalo_bot"
    ) -> str | None:
        """Say it in a chat; return the answer, None when there is none."""
        self.number += 1
        before = len(self.decisions)
        said = Said(channel, chat, user or chat, message_id or f"m{self.number}", text)
        await self.replies.chats.hear(said)
        answers = [
            "\n".join([bulletin.facts["text"], *bulletin.facts["lines"]])
            for decision in self.decisions[before:]
            for bulletin in decision.bulletins
            if bulletin.id.startswith("reply:")
        ]
        return answers[0] if answers else None


@asynccontextmanager
async def open_office(folder: Path, clock: FakeClock | None = None) -> AsyncIterator[Office]:
    clock = clock or FakeClock(NOON)
    watch = Watch(land(), replace(SETTINGS, directory=DIRECTORY))
    watch.down("1.cpe")
    watch.down("2.cpe")
    assert set(watch.world.incidents) == {FIRST, SECOND}
    settings = Settings(
        province="Quảng Ngãi",
        inventory=[],
        state_dir=folder,
        public_url="https://giamsat.example/",
        web=WebSettings(url="https://trang.example"),
        replies=RepliesSettings(port=0, zalo_oa_webhook=True, zalo_bot_webhook_secret="bot"),
        zalo_oa=ZaloOaSettings(app_id="1234567890123456789", webhook_secret="oa"),
    )
    decisions: list[Decision] = []
    notes: list[AuditEntry] = []
    async with StateStore.open(folder / "state.db", now=clock.now()) as state:
        for decision in watch.decisions:
            await state.commit(decision)

        async def do(decision: Decision) -> None:
            decisions.append(decision)
            if office.is_full:
                raise StorageError(StorageFault.FULL, "ổ đĩa đầy", "dọn ổ đĩa")
            await state.commit(decision)

        async def find(incident_id: str) -> Incident | None:
            record = await state.incident(incident_id)
            return None if record is None else record.incident

        async def note(entry: AuditEntry) -> None:
            notes.append(entry)

        async def is_known(token: str) -> bool:
            if office.unreadable:
                office.unreadable -= 1
                raise StorageError(StorageFault.IO, "không đọc được", "kiểm tra ổ đĩa")
            return await state.database.read(partial(is_used, token=token))

        deeds = Deeds(do, find, note, is_known)
        replies = Replies(settings, watch.world, deeds, bytes(32), clock=clock)
        async with (
            replies.listening(Secrets()) as address,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        ):
            assert address is not None
            base = f"http://127.0.0.1:{address[1]}"
            office = Office(watch, clock, replies, state, base, session, decisions, notes)
            yield office
