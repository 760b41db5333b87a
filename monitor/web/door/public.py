"""The door of TCP: sessions by cookie, API tokens, and guests."""

from typing import Final

from aiohttp import web

from monitor.people.account import Account, Session
from monitor.people.principal import Principal, Way
from monitor.people.random_ids import csrf_of
from monitor.people.rights import GUEST_RIGHTS
from monitor.plan import open_secrets
from monitor.web.door.cookies import Held, held
from monitor.web.door.forgery import SAFE_METHODS, refuse_other_sites, require_own_page
from monitor.web.door.oidc import CentralSignOn
from monitor.web.door.sign_in import SignInPages
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.showing import PageDesk

BACKGROUND_HEADER: Final = "X-Background"
_STREAM: Final = "text/event-stream"


class PublicDoor:
    """Lets everybody in as a guest until they show who they are."""

    def __init__(self, daemon: DaemonPort) -> None:
        self._daemon = daemon

    async def principal(self, request: web.Request) -> Principal:
        """Return who asks. Raises RefusedError: a token that does not hold (401), a request of another site (403)."""
        source = request.remote or ""
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer":  # never together with a cookie, so no other site can have it sent
            return await self._program(secret.strip(), source)
        secret = held(request, Held.SESSION)
        found = await self._daemon.people.sessions.find(secret, source, is_active=is_activity(request))
        if found is None:
            if request.method not in SAFE_METHODS:
                refuse_other_sites(request, self._daemon.settings.web.url)
            return Principal(source=source, csrf=_mark_of_guest(request))
        principal = self._person(*found, secret, source)
        if request.method not in SAFE_METHODS:
            await require_own_page(request, principal.csrf, self._daemon.settings.web.url)
        return principal

    def add_pages(self, app: web.Application, pages: PageDesk) -> None:
        """Add the pages by which people come in and leave."""
        sign_in, settings = SignInPages(self._daemon, pages), self._daemon.settings
        sign_in.add(app)
        if settings.web.oidc is not None:
            CentralSignOn(
                self._daemon,
                settings.web.oidc,
                open_secrets(settings),
                sign_in.let_in,
                now=lambda: self._daemon.snapshot().now,
            ).add(app)

    async def _program(self, secret: str, source: str) -> Principal:
        found = await self._daemon.people.token(secret, source)
        if found is None:
            raise RefusedError(
                401,
                "mã truy cập API không đúng, đã hết hạn hoặc đã bị thu hồi",
                "lấy mã mới: trang Tài khoản của tôi, hoặc tslcd-monitor user token",
            )
        token, account = found
        return Principal(
            name=account.name,
            display_name=account.display_name,
            way=Way.TOKEN,
            role=account.role,
            rights=(token.scopes & account.rights) | GUEST_RIGHTS,
            unit_code=account.unit_code,
            source=source,
        )

    def _person(self, session: Session, account: Account, secret: str, source: str) -> Principal:
        idle_ends_at, ends_at = self._daemon.people.sessions.ends(session, account)
        return Principal(
            name=account.name,
            display_name=account.display_name,
            way=Way.SESSION,
            role=account.role,
            rights=account.rights,
            unit_code=account.unit_code,
            source=source,
            csrf=csrf_of(secret),
            session=session.id,
            idle_ends_at=idle_ends_at,
            ends_at=ends_at,
        )


def is_activity(request: web.Request) -> bool:
    """Whether a person did this: a stream that stays open and what a page asks by itself keep nobody signed in."""
    return request.headers.get(BACKGROUND_HEADER) != "1" and _STREAM not in request.headers.get("Accept", "")


def _mark_of_guest(request: web.Request) -> str:
    secret = held(request, Held.GUEST)
    return csrf_of(secret) if secret else ""
