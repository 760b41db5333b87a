"""HTTP of the channels that speak it: one request, one answer, or a DeliveryError that tells what may have arrived.

Every request has a connection of its own: on one that was kept open, a peer that had gone would leave it in doubt
whether the message arrived. Names are resolved without the default thread pool, and what they meant last is kept. URLs
may hold tokens: no error shows one, or carries one in its context.
"""

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.channels.connect import Opener

_ANSWER_BYTES: Final = 1_000_000
_CHUNK_BYTES: Final = 65_536
_CONNECT_S: Final = 10.0
_USER_AGENT: Final = "tslcd-monitor"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, cut at a megabyte. `retry_after` is that header, "" when there is none."""

    status: int
    content: bytes
    retry_after: str = ""

    @property
    def object(self) -> dict[str, Any] | None:
        """The JSON object of the body, None when it is none."""
        try:
            body = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return body if isinstance(body, dict) else None


class HttpClient:
    """One session, opened at the first request. Follows no redirect: it would carry tokens elsewhere.

    `tls`: whom to trust, when not the system's authorities.
    """

    def __init__(
        self,
        opener: Opener | None = None,
        *,
        connect_s: float = _CONNECT_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._opener = opener or Opener()
        self._connect_s = connect_s
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the session; a later request opens another."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self,
        method: str,
        url: str,
        *,
        within_s: float,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask and return the answer, whatever its status. `body` goes as JSON, `form` urlencoded, `content` as it is.

        Raises DeliveryError: CONNECT and TLS when nothing was sent; TIMEOUT and DISCONNECTED, in doubt, after that.
        """
        try:
            return await self._call(
                method, url, within_s=within_s, headers=headers, json=body, data=form or content, params=query
            )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            failure = _failure(error)
        # Outside of the handler: the library's error, with its URL, is not even the context of ours.
        raise failure

    async def _call(self, method: str, url: str, *, within_s: float, **parts: Any) -> Answer:
        timeout = aiohttp.ClientTimeout(total=within_s, connect=min(self._connect_s, within_s * 0.9))
        async with self._opened().request(
            method, url, timeout=timeout, allow_redirects=False, **parts
        ) as response:
            content = b""
            while len(content) < _ANSWER_BYTES and (chunk := await response.content.read(_CHUNK_BYTES)):
                content += chunk
            return Answer(response.status, content, response.headers.get("Retry-After", ""))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=_Resolver(self._opener, self._connect_s / 2),
                use_dns_cache=False,
                force_close=True,
                ssl=self._tls or True,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": _USER_AGENT},
            )
        return self._session


class _Resolver(AbstractResolver):
    def __init__(self, opener: Opener, within_s: float) -> None:
        self._opener = opener
        self._within_s = within_s

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        try:
            found = await self._opener.addresses(host, port, self._within_s)
        except TimeoutError:  # which aiohttp would take for one of the whole request
            raise OSError("the name cannot be resolved in time") from None
        return [
            ResolveResult(
                hostname=host,
                host=address[0],
                port=port,
                family=family_found,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for family_found, address in found
            if family in {socket.AF_UNSPEC, family_found}
        ]

    async def close(self) -> None:
        """Nothing is kept open."""


def _failure(error: Exception) -> DeliveryError:
    """Say what happened in our own words."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return DeliveryError("no secure connection", DeliveryFailure.TLS)
        case aiohttp.ClientConnectorError():
            cause = error.os_error.strerror or "the name cannot be resolved"
            return DeliveryError(f"no connection: {cause}", DeliveryFailure.CONNECT)
        case aiohttp.ConnectionTimeoutError():
            return DeliveryError("no connection in time", DeliveryFailure.CONNECT)
        case TimeoutError():
            return DeliveryError("no answer in time", DeliveryFailure.TIMEOUT, in_doubt=True)
        case aiohttp.InvalidURL() | ValueError():
            return DeliveryError("the address of the service is malformed", DeliveryFailure.SENDER)
        case _:
            text = f"connection broke: {type(error).__name__}"
            return DeliveryError(text, DeliveryFailure.DISCONNECTED, in_doubt=True)
