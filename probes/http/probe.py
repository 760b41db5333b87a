"""The `http` probe: one request on a fresh connection, and the redirects allowed.

Every server is hostile: one deadline over everything, header sizes limited, the body capped after decompression, no
cookies, no connection reused, redirects only by the rule of probes.http.redirect.
"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from probes.connection import own_deadline
from probes.dial import StreamError
from probes.handshake import Handshake, TlsContexts
from probes.http.failure import explain
from probes.http.judgement import Answer, judge
from probes.http.opening import Exchange, Hop, Tunnel
from probes.http.options import METRICS, HttpOptions
from probes.http.redirect import NO_URL, is_web, may_follow, next_url
from probes.http.session import UNDER_WAY, open_session
from probes.http.text import charset_of
from probes.kind import Kind, Options, Probe, Secrets, Shared, no_secret
from probes.reach import DeclaredPlaces
from probes.reading import FailureReason, ProbeError, Reading, failed
from probes.resolve import NotAllowedError, ResolveError, Resolver, open_resolver
from probes.wording import one_line, seconds

_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_PHASE_WORDS = {
    "prepare": "máy giám sát chưa chuẩn bị xong",
    "dns": "máy chủ phân giải tên (DNS) không trả lời",
    "proxy": "không kết nối được tới proxy",
    "tunnel": "proxy chưa nối được tới máy đích",
    "connect": "không kết nối được",
    "tls": "đã kết nối nhưng bắt tay TLS chưa xong",
    "answer": "đã kết nối nhưng không có câu trả lời",
    "body": "nội dung trả lời chưa xong",
}
_OUR_PHASES = frozenset({"prepare", "dns", "proxy"})
"""Our own resolver's and proxy's silence is not the target's."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What one run asks, secrets filled in."""

    first: URL
    options: HttpOptions
    headers: Mapping[str, str] = field(repr=False)
    """For the first host only."""
    has_credentials: bool
    """Whether some of the headers are secret."""
    proxy: URL | None
    proxy_authorization: str | None = field(repr=False)

    def is_first(self, url: URL) -> bool:
        """Whether this URL may get what is meant for the first host."""
        return url.origin() == self.first.origin()


@asynccontextmanager
async def connect(shared: Shared, *, nameservers: tuple[str, ...] = ()) -> AsyncIterator[Probe]:
    """Yield the probe; without `nameservers` (`address:port`) it asks those of the system."""
    async with open_resolver(shared.places, nameservers=nameservers) as resolver, open_session() as session:
        yield _HttpProbe(shared.secrets, shared.places, resolver, session)


class _HttpProbe:
    def __init__(
        self, secrets: Secrets, places: DeclaredPlaces, resolver: Resolver, session: aiohttp.ClientSession
    ) -> None:
        self._secrets = secrets
        self._places = places
        self._resolver = resolver
        self._session = session
        self._contexts = TlsContexts(alpn=("http/1.1",))

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Send one request and follow the redirects allowed."""
        if not isinstance(options, HttpOptions):
            raise TypeError("http needs HttpOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        exchange = Exchange(loop.time(), ends_at)
        try:
            async with asyncio.timeout_at(ends_at):
                request = await self._prepare(address, options)
                exchange.started_at = loop.time()
                reading = await self._follow(request, exchange)
        except TimeoutError:
            reason = FailureReason.LOCAL if exchange.phase in _OUR_PHASES else FailureReason.TIMEOUT
            reading = failed(reason, f"{_PHASE_WORDS[exchange.phase]} trong {seconds(timeout_s)}")
        except ProbeError as error:
            reading = failed(error.reason, error.detail)
        except (aiohttp.ClientError, OSError) as error:
            reading = failed(*explain(error))
        return Reading(
            ok=reading.ok,
            metrics=exchange.metrics,
            reason=reading.reason,
            detail=reading.detail,
            notes=exchange.notes,
        )

    async def _prepare(self, address: str, options: HttpOptions) -> _Request:
        """Fill in what the request needs; StreamError tells what is missing on our side."""
        url = _parse(address)
        if url is None:
            raise StreamError(FailureReason.LOCAL, "địa chỉ không phải URL http hoặc https")
        if url.scheme == "https" or options.max_redirects:
            await self._contexts.get(options.policy())
        headers = dict(options.request_headers)
        if options.host_header is not None:
            headers["Host"] = options.host_header
        proxy_authorization = None
        try:
            for name, secret in options.header_secrets.items():
                headers[name] = _sendable(secret, self._secrets.get(secret))
            if options.proxy_secret is not None:
                proxy_authorization = _basic(self._secrets.get(options.proxy_secret))
        except KeyError as error:
            raise StreamError(FailureReason.LOCAL, no_secret(error)) from None
        has_account = bool(url.user or url.password)
        if has_account:
            if any(name.lower() == "authorization" for name in headers):
                detail = "tài khoản vừa ở địa chỉ vừa ở header_secrets (Authorization)"
                raise StreamError(FailureReason.LOCAL, detail)
            headers["Authorization"] = _basic(f"{url.user or ''}:{url.password or ''}")
        return _Request(
            first=url.with_user(None),
            options=options,
            headers=headers,
            has_credentials=has_account or bool(options.header_secrets),
            proxy=None if options.proxy is None else URL(options.proxy),
            proxy_authorization=proxy_authorization,
        )

    async def _follow(self, request: _Request, exchange: Exchange) -> Reading:
        options, url = request.options, request.first
        target = addresses = await self._first_addresses(request, exchange)
        for followed in range(options.max_redirects + 1):
            if options.max_redirects:
                exchange.metrics["redirects"] = float(followed)
            result = await self._ask(url, addresses, request, exchange)
            if isinstance(result, Reading):
                return result
            wrong = _wrong_way(result, request)
            if wrong:
                return failed(FailureReason.UNEXPECTED_ANSWER, f"{wrong}: {_shown(result)}")
            if followed == options.max_redirects:
                break
            url, took = result, dict[str, float]()
            if request.proxy is None:
                exchange.phase = "dns"
                try:
                    # Whether the target may lead to loopback is may_follow's to say.
                    addresses, took = await self._resolver.timed_addresses(_host(url), may_loop=True)
                except NotAllowedError:
                    addresses = ()
                if not addresses or not may_follow(target, addresses):
                    detail = f"chuyển hướng tới địa chỉ không được phép theo: {_shown(url)}"
                    return failed(FailureReason.UNEXPECTED_ANSWER, detail)
            exchange.go_on(**took)
        return failed(FailureReason.UNEXPECTED_ANSWER, "quá nhiều lần chuyển hướng")

    async def _first_addresses(self, request: _Request, exchange: Exchange) -> Sequence[str]:
        """Look up the first host, or the proxy: what is wrong with its name is our fault."""
        exchange.phase = "dns"
        try:
            addresses, took = await self._resolver.timed_addresses(_host(request.proxy or request.first))
        except ResolveError as error:
            if request.proxy is None:
                raise
            raise StreamError(FailureReason.LOCAL, f"không tới được proxy: {error.detail}") from error
        if request.proxy is not None:
            refused = self._places.refused_unseen(_host(request.first))
            if refused is not None:
                raise NotAllowedError(refused)
        exchange.metrics.update(took)
        return addresses

    async def _ask(
        self, url: URL, addresses: Sequence[str], request: _Request, exchange: Exchange
    ) -> Reading | URL:
        """Send one request; return the reading, or where a redirect that may still be followed leads."""
        loop = asyncio.get_running_loop()
        options = request.options
        hop = self._hop(url, addresses, request, exchange)
        headers = dict(request.headers) if request.is_first(url) else {}
        if request.proxy is not None and hop.tunnel is None and request.proxy_authorization is not None:
            headers["Proxy-Authorization"] = request.proxy_authorization
        UNDER_WAY.set(hop)
        async with self._session.request(
            options.method,
            url,
            allow_redirects=False,
            headers=headers,
            proxy=request.proxy if hop.tunnel is None else None,
        ) as response:
            head_at = loop.time()
            exchange.phase = "body"
            exchange.metrics["first_byte_s"] = head_at - exchange.started_at
            exchange.metrics["http_status"] = float(response.status)
            to = _redirect(response, url, exchange)
            if to is not None and (options.max_redirects or (options.same_host and _leaves(to, request))):
                return to or failed(
                    FailureReason.UNEXPECTED_ANSWER, "chuyển hướng tới nơi không phải http hoặc https"
                )
            body, is_whole = await _read_body(response, options.max_body_bytes)
            ended_at = loop.time()
            exchange.metrics["body_s"] = ended_at - head_at
            exchange.metrics["total_s"] = ended_at - exchange.started_at
            if is_whole:
                exchange.metrics["body_bytes"] = float(len(body))
            charset = charset_of(response.headers.get("Content-Type", ""))
            answer = Answer(response.status, response.headers, body, is_whole, charset)
        has_credentials = request.has_credentials and request.is_first(url)
        finding = judge(answer, options, exchange.metrics, has_credentials=has_credentials)
        return Reading(ok=True) if finding is None else failed(finding.reason, finding.detail)

    def _hop(self, url: URL, addresses: Sequence[str], request: _Request, exchange: Exchange) -> Hop:
        is_tls = url.scheme == "https"
        name = url.raw_host or ""
        if request.options.host_header is not None and request.is_first(url):
            name = request.options.host_header.partition(":")[0]
        proxy, port = request.proxy, url.port or 0
        shown_host = f"[{url.raw_host}]" if ":" in (url.raw_host or "") else url.raw_host
        return Hop(
            exchange=exchange,
            addresses=addresses,
            port=port if proxy is None else proxy.port or 0,
            is_proxied=proxy is not None,
            tunnel=Tunnel(f"{shown_host}:{port}", request.proxy_authorization) if proxy and is_tls else None,
            handshake=self._handshake(name, request.options, exchange) if is_tls else None,
        )

    def _handshake(self, name: str, options: HttpOptions, exchange: Exchange) -> Handshake:
        return Handshake(self._contexts, options.policy(), name, exchange.metrics, exchange.notes)


def _parse(address: str) -> URL | None:
    with contextlib.suppress(*NO_URL):
        url = URL(address)
        return url if is_web(url) else None
    return None


def _host(url: URL) -> str:
    """Return the host as a resolver takes it: of a name its ASCII form (`host` fails on some), a zone as written."""
    return (url.raw_host or "").replace("%25", "%")


def _basic(account: str) -> str:
    """Return `user:password` as the value of a header field, in UTF-8 (RFC 7617)."""
    return "Basic " + base64.b64encode(account.encode()).decode("ascii")


def _sendable(name: str, value: str) -> str:
    """Return a secret that can be a header's value; KeyError when it cannot be one."""
    if not value.isprintable() or not value.isascii():
        raise KeyError(name)
    return value


def _redirect(response: aiohttp.ClientResponse, url: URL, exchange: Exchange) -> URL | None:
    """Return where a redirect leads (an empty URL: nowhere we would go), None when it is none."""
    location = response.headers.get("Location")
    if not location or response.status not in _REDIRECT_STATUSES:
        return None
    to = next_url(url, location)
    exchange.notes["redirected_to"] = _shown(location if to is None else str(to))
    return to or URL()


def _leaves(to: URL, request: _Request) -> bool:
    """Whether a redirect leads to another host."""
    return bool(to) and to.raw_host != request.first.raw_host


def _wrong_way(to: URL, request: _Request) -> str:
    """Return why a redirect must not be followed whatever its address, or nothing."""
    if not _leaves(to, request):
        return ""
    if request.options.same_host:
        return "chuyển hướng sang máy chủ khác"
    # Its address is the proxy's to look up: nobody could say how private it is.
    return "qua proxy không theo chuyển hướng sang máy chủ khác" if request.proxy is not None else ""


async def _read_body(response: aiohttp.ClientResponse, most_bytes: int) -> tuple[bytes, bool]:
    """Return the decompressed body and whether that is all of it: reading ends as soon as it is larger than allowed."""
    chunks = []
    size = 0
    while chunk := await response.content.readany():
        size += len(chunk)
        chunks.append(chunk)
        if size > most_bytes:
            response.close()
            return b"".join(chunks), False
    return b"".join(chunks), True


def _shown(location: URL | str) -> str:
    """Write a URL, or what should have been one, without user-info and query: they may be secret."""
    plain = str(location).partition("?")[0].partition("#")[0]
    scheme, slashes, rest = plain.partition("//")
    authority, slash, path = rest.partition("/")
    return one_line(f"{scheme}{slashes}{authority.rpartition('@')[2]}{slash}{path}", 120)


KIND = Kind(
    "http", "One HTTP request, its phases timed, its answer judged.", HttpOptions, METRICS, connect, lane=400
)
