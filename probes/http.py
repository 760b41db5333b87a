"""The `http` probe: one request, its phases timed, status, size and a keyword judged.

Every server is hostile: one deadline over everything, header sizes limited, the body capped after decompression, no
cookies, no connection reused, redirects only by the rule of http_redirect. RFC 9110, RFC 9112.
"""

import asyncio
import ssl
import unicodedata
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import aiohttp
from pydantic import AfterValidator, Field
from yarl import URL

from probes.connection import own_deadline
from probes.http_failure import explain
from probes.http_redirect import may_follow, next_url
from probes.http_session import UNDER_WAY, Exchange, Pinned, open_session
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, Reading, failed
from probes.resolve import ResolveError, Resolver, ip_literal, open_resolver
from probes.wording import one_line, seconds

_AUTH_STATUSES = frozenset({401, 407})
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_CHARSETS = frozenset(
    {
        *("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "latin1"),
        *("gb2312", "gbk", "gb18030", "big5", "euc-kr", "euc-jp", "shift_jis", "koi8-r"),
        *(f"iso-8859-{part}" for part in (*range(1, 12), *range(13, 17))),
        *(f"windows-{page}" for page in range(1250, 1259)),
    }
)
"""Charsets that a page may name; any other is read as UTF-8."""
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_PHASE_WORDS = {
    "connect": "không kết nối được",
    "answer": "đã kết nối nhưng không có câu trả lời",
    "body": "nội dung trả lời chưa xong",
}


def _check_statuses(text: str) -> str:
    try:
        ranges = status_ranges(text)
    except ValueError:
        ranges = []
    # RFC 9110 15: status codes.
    if not ranges or any(not 100 <= low <= high <= 599 for low, high in ranges):  # noqa: PLR2004
        raise ValueError("cần mã trạng thái hoặc khoảng mã từ 100 đến 599, ví dụ 200-299,401")
    return text


def status_ranges(text: str) -> list[tuple[int, int]]:
    """Parse `200-299,401` into inclusive ranges; ValueError when it is not of that form."""
    ranges = []
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        ranges.append((int(low), int(high if dash else low)))
    return ranges


METRICS = {
    "dns_s": Metric("thời gian phân giải tên", "Look-up of the host's name; missing for an IP address"),
    "connect_s": Metric("thời gian kết nối", "TCP handshake, TLS included"),
    "first_byte_s": Metric("thời gian tới byte đầu", "From the start to the end of the answer's header"),
    "total_s": Metric("thời gian trả lời", "From the start to the end of the body"),
    "http_status": Metric("mã trạng thái HTTP", "Status code of the answer"),
    "body_bytes": Metric("kích thước nội dung", "Bytes of the body after decompression"),
}


class HttpOptions(Options):
    """Options of `http`. The address is a URL (http or https); its user-info is sent as basic authentication."""

    method: Literal["GET", "HEAD"] = "GET"
    """Request method."""
    expected_statuses: Annotated[str, AfterValidator(_check_statuses)] = "200-399"
    """Status codes that are fine: numbers and ranges with commas between, such as `200-299,401`."""
    keyword: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Plain text that must occur in the body, upper and lower case as written. Default: none."""
    max_body_bytes: Annotated[int, Field(ge=1, le=16_777_216)] = 262_144
    """Largest body in bytes after decompression; a larger one is an unexpected answer."""
    max_redirects: Annotated[int, Field(ge=0, le=3)] = 0
    """Redirects to follow; with 0 a redirect is the answer itself."""
    verify_tls: bool = True
    """Whether the certificate must be valid, trusted and for this name."""
    ca_file: Path | None = None
    """Additional certificate authority (PEM). Default: the system's only."""
    host_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(:[0-9]{1,5})?$", max_length=253)] | None = (
        None
    )
    """Host to ask for instead of the URL's, in the Host header and in TLS. Default: the URL's."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)


@asynccontextmanager
async def connect(_shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    pinned = Pinned()
    async with open_resolver() as resolver, open_session(pinned) as session:
        yield _HttpProbe(resolver, pinned, session)


class _HttpProbe:
    def __init__(self, resolver: Resolver, pinned: Pinned, session: aiohttp.ClientSession) -> None:
        self._resolver = resolver
        self._pinned = pinned
        self._session = session
        self._contexts: dict[tuple[bool, Path | None, float], ssl.SSLContext] = {}

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Send one request (and follow the redirects allowed); see `Metrics` in docs for the phases."""
        if not isinstance(options, HttpOptions):
            raise TypeError("http needs HttpOptions")
        loop = asyncio.get_running_loop()
        exchange = Exchange(loop.time())
        ends_at = exchange.started_at + own_deadline(timeout_s)
        url = _parse(address)
        if url is None:
            return failed(FailureReason.LOCAL, "địa chỉ không phải URL http hoặc https")
        if url.scheme == "https" or options.max_redirects:
            try:
                exchange.tls = self._context(options)
            except OSError as error:
                return failed(
                    FailureReason.LOCAL, f"không đọc được ca_file: {error.strerror or 'không phải PEM'}"
                )
        try:
            target = await self._look_up(url, exchange, ends_at)
            async with asyncio.timeout_at(ends_at):
                return await self._follow(url, target, options, exchange)
        except TimeoutError:
            detail = f"{_PHASE_WORDS[exchange.phase]} trong {seconds(timeout_s)}"
            return failed(FailureReason.TIMEOUT, detail, **exchange.metrics)
        except ResolveError as error:
            return failed(error.reason, error.detail, **exchange.metrics)
        except (aiohttp.ClientError, OSError) as error:
            reason, detail = explain(error, ip=exchange.ip, is_tls=exchange.is_tls)
            return failed(reason, detail, **exchange.metrics)

    async def _look_up(self, url: URL, exchange: Exchange, ends_at: float) -> Sequence[str]:
        """Return the host's addresses; `dns_s` only when there was a name."""
        host = url.host or ""
        literal = ip_literal(host)
        if literal is not None:
            exchange.ip = literal
            return (literal,)
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        await self._resolver.first(host, within_s=ends_at - started_at)
        addresses = await self._resolver.addresses(host)
        exchange.metrics["dns_s"] = loop.time() - started_at
        exchange.ip = addresses[0]
        return addresses

    async def _follow(
        self, url: URL, target: Sequence[str], options: HttpOptions, exchange: Exchange
    ) -> Reading:
        self._pinned.addresses[url.raw_host or ""] = target
        result = await self._request(self._session, url, options, exchange)
        for _ in range(options.max_redirects):
            if isinstance(result, Reading):
                return result
            addresses = await self._resolver.addresses(result.host or "")
            if not may_follow(target, addresses):
                detail = f"chuyển hướng tới địa chỉ không được phép theo: {_shown(result)}"
                return failed(FailureReason.UNEXPECTED_ANSWER, detail, **exchange.metrics)
            exchange.ip, exchange.phase = addresses[0], "connect"
            pinned = Pinned()
            pinned.addresses[result.raw_host or ""] = addresses
            async with open_session(pinned) as session:
                result = await self._request(session, result, options, exchange)
        if isinstance(result, Reading):
            return result
        return failed(FailureReason.UNEXPECTED_ANSWER, "quá nhiều lần chuyển hướng", **exchange.metrics)

    async def _request(
        self, session: aiohttp.ClientSession, url: URL, options: HttpOptions, exchange: Exchange
    ) -> Reading | URL:
        """Send one request; return the reading, or where a redirect that may still be followed leads."""
        loop = asyncio.get_running_loop()
        exchange.is_tls = url.scheme == "https"
        UNDER_WAY.set(exchange)
        async with session.request(
            options.method,
            url,
            allow_redirects=False,
            ssl=exchange.tls,
            headers={"Host": options.host_header} if options.host_header else None,
            server_hostname=options.host_header.partition(":")[0] if options.host_header else None,
        ) as response:
            exchange.phase = "body"
            exchange.metrics["first_byte_s"] = loop.time() - exchange.started_at
            exchange.metrics["http_status"] = float(response.status)
            location = response.headers.get("Location")
            if options.max_redirects and location and response.status in _REDIRECT_STATUSES:
                to = next_url(url, location)
                if to is None:
                    detail = "chuyển hướng tới nơi không phải http hoặc https"
                    return failed(FailureReason.UNEXPECTED_ANSWER, detail, **exchange.metrics)
                return to
            body = await _read_body(response, options)
            exchange.metrics["total_s"] = loop.time() - exchange.started_at
            if body is None:
                detail = f"nội dung lớn hơn {options.max_body_bytes} byte"
                return failed(FailureReason.UNEXPECTED_ANSWER, detail, **exchange.metrics)
            exchange.metrics["body_bytes"] = float(len(body))
            return _judge(response, body, options, exchange, has_credentials=bool(url.user))

    def _context(self, options: HttpOptions) -> ssl.SSLContext:
        """Return the TLS context of these options; loading the authorities takes some 20 ms, so it is kept."""
        changed_at = options.ca_file.stat().st_mtime if options.ca_file else 0.0
        key = (options.verify_tls, options.ca_file, changed_at)
        context = self._contexts.get(key)
        if context is None:
            context = ssl.create_default_context()
            if options.ca_file is not None:
                context.load_verify_locations(cafile=options.ca_file)
            if not options.verify_tls:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._contexts[key] = context
        return context


def _parse(address: str) -> URL | None:
    try:
        url = URL(address)
    except ValueError:
        return None
    return url if url.scheme in {"http", "https"} and url.host else None


async def _read_body(response: aiohttp.ClientResponse, options: HttpOptions) -> bytes | None:
    """Return the decompressed body, or None as soon as it is larger than allowed."""
    chunks = []
    size = 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > options.max_body_bytes:
            response.close()
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _judge(
    response: aiohttp.ClientResponse,
    body: bytes,
    options: HttpOptions,
    exchange: Exchange,
    *,
    has_credentials: bool,
) -> Reading:
    status = response.status
    if not any(low <= status <= high for low, high in status_ranges(options.expected_statuses)):
        is_auth = has_credentials and status in _AUTH_STATUSES
        reason = FailureReason.AUTH if is_auth else FailureReason.UNEXPECTED_ANSWER
        return failed(reason, f"mã trạng thái {status}, cần {options.expected_statuses}", **exchange.metrics)
    if options.keyword is not None and not _contains(body, options.keyword, response.charset):
        return failed(
            FailureReason.UNEXPECTED_ANSWER, "không thấy từ khóa trong nội dung", **exchange.metrics
        )
    return Reading(ok=True, metrics=exchange.metrics)


def _contains(body: bytes, keyword: str, charset: str | None) -> bool:
    """Search plain text for any usual spelling of the keyword.

    The body is left as it came: bringing a hostile one to NFC takes the square of its length, as some of Python's
    codecs do, and Python remembers every charset it was ever asked for. So only those of the web are decoded.
    """
    name = (charset or "").lower()
    text = body.decode(name if name in _CHARSETS else "utf-8", "replace")
    return any(spelling in text for spelling in _spellings(keyword))


@lru_cache(maxsize=4_096)
def _spellings(keyword: str) -> frozenset[str]:
    """Write Vietnamese composed, decomposed, and as the old code page 1258: composed but for the tones."""
    composed = unicodedata.normalize("NFC", keyword)
    toned = "".join(map(_with_tone_apart, composed))
    return frozenset({composed, unicodedata.normalize("NFD", keyword), toned})


def _with_tone_apart(letter: str) -> str:
    marks = unicodedata.normalize("NFD", letter)
    tones = "".join(mark for mark in marks if mark in _TONES)
    return unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES)) + tones


def _shown(url: URL) -> str:
    """Write a URL without user-info and query."""
    return one_line(str(url.with_user(None).with_query(None).with_fragment(None)), 120)


KIND = Kind(
    "http", "One HTTP request, its phases timed, its answer judged.", HttpOptions, METRICS, connect, lane=400
)
