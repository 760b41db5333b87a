"""Accounts over a real state.db, a clock that is turned by hand, settings and units as a test wants them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyotp

from monitor.people.desk import PeopleDesk
from monitor.people.hashing import Hashing
from monitor.people.principal import By
from monitor.people.refusals import PeopleError, PeopleRefusal
from monitor.people.rights import Role
from monitor.people.signing_in import SignedIn, Ticket
from monitor.settings.web import WebSettings
from monitor.storage.state import StateStore
from tests.clock import FakeClock
from tests.monitor.web import samples

ROOT = By("root", "uid 0")
LONG = "bốn từ chẳng liên quan"
HOME = "10.1.2.3"
COMMUNE = "21484"


def quick() -> Hashing:
    """Return hashing that takes no time: how hard a hash is to guess is tested where hashing is."""
    return Hashing(passes=1, memory_kib=8)


@dataclass
class Office:
    desk: PeopleDesk
    state: StateStore
    clock: FakeClock
    plan: Any

    async def person(self, name: str, role: Role = Role.DUTY, password: str = LONG, unit: str = "") -> None:
        """Add an account that has set its password."""
        await self.desk.add(name, f"Người {name}", role, unit, ROOT)
        link = await self.desk.invite(name, ROOT)
        await self.desk.accept(link.token, password, HOME)

    async def sign_in(self, name: str, password: str = LONG, source: str = HOME) -> SignedIn:
        """Sign in; with a second factor set up on the way where it is wanted."""
        found = await self.desk.sign_in.password(name, password, source, "Firefox")
        if isinstance(found, SignedIn):
            return found
        return await self.desk.sign_in.code(found.secret, self.code(name), source, "Firefox")

    async def ticket(self, name: str, password: str = LONG, source: str = HOME) -> Ticket:
        found = await self.desk.sign_in.password(name, password, source, "Firefox")
        assert isinstance(found, Ticket)
        return found

    def code(self, name: str) -> str:
        """Return what the telephone shows now."""
        account = self.desk.account(name)
        assert account is not None
        secret = account.credentials.totp_secret or account.credentials.totp_pending
        assert secret is not None
        return pyotp.TOTP(secret).at(int(self.clock.now()))

    async def refusal(self, name: str, password: str, source: str = HOME) -> PeopleRefusal | None:
        """Return why somebody does not get in."""
        try:
            await self.desk.sign_in.password(name, password, source, "curl")
        except PeopleError as error:
            return error.reason
        return None

    async def deeds(self) -> list[tuple[str, str, str, str]]:
        """Return the audit log, the oldest first: who, from where, what, of whom."""
        return [(e.who, e.source, e.action, e.detail) for e in reversed(await self.state.audit_log(500))]

    async def reborn(self) -> "Office":
        """Return the office after a restart."""
        desk = PeopleDesk(self.state.database, clock=self.clock, plan=lambda: self.plan, hashing=quick())
        await desk.load()
        return Office(desk, self.state, self.clock, self.plan)


@asynccontextmanager
async def opened(folder: Path, *, hashing: Hashing | None = None, **web: Any) -> AsyncIterator[Office]:
    """Open an office; `web`: settings; `hashing`: other than one that takes no time."""
    clock = FakeClock(now=samples.NOW)
    plan: Any = SimpleNamespace(
        settings=SimpleNamespace(web=WebSettings(**web)), inventory=SimpleNamespace(units={COMMUNE: None})
    )
    async with StateStore.open(folder / "state.db", now=clock.now()) as state:
        desk = PeopleDesk(state.database, clock=clock, plan=lambda: plan, hashing=hashing or quick())
        await desk.load()
        yield Office(desk, state, clock, plan)
        desk.close()
