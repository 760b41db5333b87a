"""Zalo on loopback: oauth, openapi, business and bot behind four base paths of one aiohttp application.

It answers as Zalo was seen to answer, collects what a client does against the contract in `violations`, and
misbehaves on demand: `fail(route, fault)` queues faults for the next calls of a route.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

VIETNAM_S = 7 * 3600
DAY_S = 86_400


@dataclass
class Fault:
    """What happens instead of the answer: a status and body, a delay, or a dropped connection.

    `accept`: the request is carried out all the same (rotated, recorded), only its answer is lost.
    """

    status: int = 200
    body: str | dict[str, Any] | None = None
    drop: bool = False
    accept: bool = False
    delay_s: float = 0.0
    hold: asyncio.Event | None = None


@dataclass(frozen=True)
class Logged:
    """One request as it came."""

    route: str
    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Sent:
    """One message that Zalo accepted. `by` is cs, group, phone, uid or bot."""

    by: str
    to: str
    text: str
    message_id: str
    tracking_id: str = ""


@dataclass
class OAuthState:
    app_id: str = "1234567890123456789"
    secret: str = "app-secret-for-tests"
    is_active: bool = True
    expires_in: Any = "90000"
    """None: the field is missing."""
    life_s: float = 90_000.0
    without_refresh: bool = False
    reused: Literal["empty", "-14020", "-14014"] = "empty"
    quoted: bool = False
    kills_old: bool = False
    access: dict[str, float] = field(default_factory=dict)
    """Access token -> when it ends."""
    refresh: dict[str, str] = field(default_factory=dict)
    """Refresh token -> fresh, used or lost (used, but the answer never arrived)."""
    refresh_until: dict[str, float] = field(default_factory=dict)
    codes: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Authorisation code -> (challenge, when it ends)."""
    in_flight: int = 0


@dataclass
class OaState:
    proves: bool = False
    rejected: Literal["-216", "-220", "401"] = "-216"
    rejected_text: str = "Access token is invalid"
    package: str = ""
    """ "-224" or "-221" when the account may not send."""
    too_long: int = -201
    per_minute: int = 4_000
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    """User id -> state (ok, blocked, offline), last_at (last interaction or None)."""
    groups: dict[str, str] = field(default_factory=dict)
    """Group id -> enabled or disabled."""
    sub_quota: int = 500
    assets: dict[str, float] = field(default_factory=dict)
    package_until: str = "18/03/2027"
    calls: dict[int, int] = field(default_factory=lambda: defaultdict(int))


@dataclass
class ZbsState:
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Template id -> status, params {name: max length}, no_night."""
    states: dict[str, int] = field(default_factory=dict)
    """Phone -> the error code of that person."""
    admins: set[str] = field(default_factory=set)
    balance: int = 1_000
    daily: int = 500
    sent_on: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    tracked: dict[str, str] = field(default_factory=dict)
    delivered_after_s: float = 5.0


@dataclass
class BotState:
    token: str = "123456789:abc-DEF_xyz"
    mode: Literal["always_200", "mirror_error_code"] = "always_200"
    replay: Literal["replay", "consume", "list"] = "replay"
    chats: set[str] = field(default_factory=set)
    webhook: str = ""
    webhook_secret: str = ""
    no_webhook: Literal["404", "empty"] = "404"
    refuses_markdown: bool = False
    monthly: int | None = None
    sent: int = 0
    updates: deque[dict[str, Any]] = field(default_factory=deque)
    polls: deque[float] = field(default_factory=lambda: deque(maxlen=4))
    polling: int = 0
    idle_s: float | None = None
    """How long an idle poll is held; None: what the client asks for, of the fake's own clock."""
    came: asyncio.Event = field(default_factory=asyncio.Event)


class FakeZalo:
    """All of Zalo's state. `now` is the injected clock (Unix seconds)."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.oauth = OAuthState()
        self.oa = OaState()
        self.zbs = ZbsState()
        self.bot = BotState()
        self.requests: list[Logged] = []
        self.sent: list[Sent] = []
        self.violations: list[str] = []
        self.url = ""
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._ids = 0

    @property
    def oauth_url(self) -> str:
        return f"{self.url}/oauth"

    @property
    def openapi_url(self) -> str:
        return f"{self.url}/openapi"

    @property
    def business_url(self) -> str:
        return f"{self.url}/business"

    @property
    def bot_url(self) -> str:
        return f"{self.url}/botapi"

    def fail(self, route: str, *faults: Fault) -> None:
        """Let the next calls of `route` (refresh, cs, group, phone, getoa, sendMessage, getUpdates ...) go wrong."""
        self._faults[route].extend(faults)

    def next_fault(self, route: str) -> Fault | None:
        queue = self._faults[route]
        return queue.popleft() if queue else None

    def new_id(self, length: int = 20) -> str:
        self._ids += 1
        return f"{self._ids:0{length}x}"

    def issue(self, *, life_s: float | None = None) -> tuple[str, str]:
        """Give out a fresh pair of tokens, as a login does."""
        self._ids += 1
        access, refresh = f"AT-{self._ids}", f"RT-{self._ids}"
        self.oauth.access[access] = self.now() + (self.oauth.life_s if life_s is None else life_s)
        self.oauth.refresh[refresh] = "fresh"
        self.oauth.refresh_until[refresh] = self.now() + 90 * DAY_S
        return access, refresh

    def kill_access(self, access: str) -> None:
        self.oauth.access.pop(access, None)

    def calls(self, route: str) -> list[Logged]:
        return [request for request in self.requests if request.route == route]

    def violate(self, what: str) -> None:
        self.violations.append(what)

    async def log(self, route: str, request: web.Request) -> Logged:
        logged = Logged(
            route,
            request.method,
            request.path,
            {name.lower(): value for name, value in request.headers.items()},
            dict(request.query),
            await request.read(),
            self.now(),
        )
        self.requests.append(logged)
        return logged

    async def answer(
        self, request: web.Request, fault: Fault | None, real: Callable[[], Any]
    ) -> web.Response:
        """Answer with `real()` (JSON or a Response), unless a fault wants otherwise."""
        if fault is None:
            return as_response(real())
        if fault.hold is not None:
            await fault.hold.wait()
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.accept:
            answered = real()
            if not fault.drop:
                return as_response(answered)
        if fault.drop:
            transport = request.transport
            if transport is not None:
                transport.abort()
            return web.Response(status=500)
        body = fault.body
        if isinstance(body, dict):
            return web.json_response(body, status=fault.status)
        return web.Response(status=fault.status, text=body or "")

    def application(self) -> web.Application:
        from tests.servers.fake_zalo_bot import add_bot  # noqa: PLC0415 (rooms know the house)
        from tests.servers.fake_zalo_oa import add_oa  # noqa: PLC0415
        from tests.servers.fake_zalo_oauth import add_oauth  # noqa: PLC0415
        from tests.servers.fake_zalo_zbs import add_zbs  # noqa: PLC0415

        app = web.Application(client_max_size=8_000_000)
        for add in (add_oauth, add_oa, add_zbs, add_bot):
            add(app, self)
        return app


def as_response(answer: Any) -> web.Response:
    return answer if isinstance(answer, web.Response) else web.json_response(answer)


def day_of(now: float) -> int:
    """The number of the day in Vietnam."""
    return int((now + VIETNAM_S) // DAY_S)


@asynccontextmanager
async def open_zalo(now: Callable[[], float]) -> AsyncIterator[FakeZalo]:
    """Serve on a free loopback port; at the end nothing may have been done against the contract."""
    zalo = FakeZalo(now)
    runner = web.AppRunner(zalo.application(), access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        zalo.url = f"http://{host}:{port}"
        yield zalo
    finally:
        await runner.cleanup()
    assert zalo.violations == []
