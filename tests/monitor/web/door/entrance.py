"""The whole application over TCP behind its real door, and browsers that talk to it as browsers do."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from monitor.people.hashing import Hashing
from monitor.settings.web import WebSettings
from monitor.web.door.public import PublicDoor
from monitor.web.server import make_app
from tests.monitor.people.office import LONG, Office, opened
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon, settings_of

PROXY = {"X-Forwarded-Proto": "https"}


@dataclass
class Browser:
    """Keeps cookies by hand, so that a test sees and changes them."""

    client: TestClient[web.Request, web.Application]
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        scheme = self.headers.get("X-Forwarded-Proto", "http")
        return f"{scheme}://{self.client.host}:{self.client.port}"

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> ClientResponse:
        return await self._send("GET", path, headers or {})

    async def post(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        **more: Any,
    ) -> ClientResponse:
        """Send a form of our own page; `headers` override what a browser says of it."""
        own = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        if form is not None:
            more["data"] = form
        return await self._send(method, path, {k: v for k, v in own.items() if v}, **more)

    async def mark(self, path: str = "/dang-nhap") -> str:
        """Return the mark in the form of a page."""
        text = await (await self.get(path)).text()
        found = re.search(r'name="csrf" value="([^"]*)"', text)
        assert found is not None, text[:500]
        return found[1]

    async def sign_in(self, name: str, password: str = LONG, **more: str) -> ClientResponse:
        form = {"csrf": await self.mark(), "ten": name, "mat-khau": password, **more}
        return await self.post("/dang-nhap", form)

    async def me(self, **headers: str) -> dict[str, Any]:
        found: dict[str, Any] = await (await self.get("/api/v1/me", headers)).json()
        return found

    async def _send(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> ClientResponse:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        all_headers = {**self.headers, **headers, **({"Cookie": cookie} if cookie else {})}
        response = await self.client.request(method, path, headers=all_headers, allow_redirects=False, **more)
        for line in response.headers.getall("Set-Cookie", []):
            name, _, rest = line.partition("=")
            value, _, flags = rest.partition(";")
            self.flags[name] = flags
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        await response.read()
        return response


@dataclass
class Entrance:
    office: Office
    daemon: HeldDaemon
    client: TestClient[web.Request, web.Application]

    def browser(self, **headers: str) -> Browser:
        return Browser(self.client, headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def pass_time(self, seconds: float) -> None:
        await self.office.clock.advance(seconds)
        self.daemon.held = replace(self.daemon.held, now=self.office.clock.now())


@asynccontextmanager
async def entrance(
    folder: Path, *, secrets_dir: Path | None = None, hashing: Hashing | None = None, **web_settings: Any
) -> AsyncIterator[Entrance]:
    """Open it; `web_settings`: section `web` of the settings; `hashing`: other than one that takes no time."""
    async with opened(folder, hashing=hashing, **web_settings) as office:
        settings = settings_of("Quảng Ngãi").model_copy(
            update={"web": WebSettings(**web_settings), "secrets_dir": secrets_dir}
        )
        held = samples.snapshot_of(samples.province(communes=3))
        daemon = HeldDaemon(held, settings=settings, people=office.desk)
        async with TestClient(
            TestServer(make_app(daemon, PublicDoor(daemon))), cookie_jar=DummyCookieJar()
        ) as client:
            yield Entrance(office, daemon, client)
