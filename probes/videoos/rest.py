"""The only requests that ever go to a VideoOS device, and one run's connection for them. Judges nothing.

ALLOWED is all of it: the login and its end, and four things to read. Everything that moves a camera, calls, hangs up
or reboots is a POST, PUT or DELETE elsewhere, and cannot be sent from here.

Devices that are asked over connections left open are said to lock up: a connection lasts for one run.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.tracing import Trace
from yarl import URL

from probes.dial import StreamError, dial
from probes.handshake import TlsContexts
from probes.http.session import ask_once
from probes.reading import FailureReason
from probes.trust import TlsTrust, TrustedTls

SESSION = "/rest/current/session"
SYSTEM = "/rest/system"
STATUS = "/rest/system/status"
CONFERENCES = "/rest/conferences"
ALLOWED: Mapping[str, re.Pattern[str]] = {
    "POST": re.compile(re.escape(SESSION)),
    "DELETE": re.compile(re.escape(SESSION)),
    "GET": re.compile(r"/rest/system|/rest/system/status|/rest/conferences(/[0-9]{1,6}/mediastats)?"),
}
"""Method -> paths, whole."""
BODY_BYTES = 262_144
_HEADER_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Device:
    """Where a device is. `name` is the host as the inventory writes it, for its certificate."""

    ip: str
    port: int
    name: str


class Answer(NamedTuple):
    """A whole answer. `cookies` are those that it set."""

    status: int
    body: bytes
    cookies: Mapping[str, str]


class Rest:
    """One run's connection to one device. Made by `open_rest`."""

    def __init__(self, session: aiohttp.ClientSession, root: URL) -> None:
        self._session = session
        self._root = root

    async def send(
        self, method: str, path: str, *, headers: Mapping[str, str], json: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request of ALLOWED (ValueError otherwise) and read its answer.

        StreamError tells of a connection that did not come about and of a body that is too large; aiohttp's errors
        and OSError of one that broke. The caller owns the deadline.
        """
        pattern = ALLOWED.get(method)
        if pattern is None or pattern.fullmatch(path) is None:
            raise ValueError(f"{method} {path} is not allowed")
        async with self._session.request(
            method, self._root.with_path(path), allow_redirects=False, headers=headers, json=json
        ) as response:
            body = b""
            while chunk := await response.content.readany():
                body += chunk
                if len(body) > BODY_BYTES:
                    response.close()
                    raise StreamError(FailureReason.UNEXPECTED_ANSWER, "câu trả lời của thiết bị quá lớn")
            cookies = {name: morsel.value for name, morsel in response.cookies.items()}
            return Answer(response.status, body, cookies)


@asynccontextmanager
async def open_rest(
    device: Device, trust: TlsTrust, contexts: TlsContexts, *, ends_at: float
) -> AsyncIterator[Rest]:
    """Yield a way to ask the device; the connection is opened by the first request and closed at the end."""
    session = aiohttp.ClientSession(
        connector=_DeviceConnector(device, TrustedTls(contexts, trust, device.name), ends_at=ends_at),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        headers={"User-Agent": "tslcd-monitor", "Accept": "application/json", "Accept-Encoding": "identity"},
        auto_decompress=False,
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
    )
    ask_once(session)
    async with session:
        yield Rest(session, URL.build(scheme="https", host=device.name, port=device.port))


class _DeviceConnector(aiohttp.BaseConnector):
    """Opens connections to one device, one at a time, whatever a URL says."""

    def __init__(self, device: Device, tls: TrustedTls, *, ends_at: float) -> None:
        super().__init__(limit=1)
        self._device = device
        self._tls = tls
        self._ends_at = ends_at

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,  # noqa: ARG002 (aiohttp's signature)
        traces: list[Trace],  # noqa: ARG002 (aiohttp's signature)
        timeout: aiohttp.ClientTimeout,  # noqa: ARG002, ASYNC109 (aiohttp's signature)
    ) -> ResponseHandler:
        """Do what aiohttp leaves to each kind of connector."""
        sock = (await dial((self._device.ip,), self._device.port, ends_at=self._ends_at)).sock
        _, made = await self._tls.over(sock, self._factory)
        return made
