import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from probes.http import KIND, HttpOptions
from probes.http.probe import connect
from probes.reading import FailureReason, Reading
from tests.probes.certificates import make_authority
from tests.probes.nameserver import running_nameserver
from tests.probes.secrets import PUBLIC, FixedSecrets, shared
from tests.probes.servers import (
    Script,
    answering,
    black_hole,
    dripping,
    endless,
    mute,
    page,
    refused_port,
    saying,
    serving,
)

ACCOUNT = shared(FixedSecrets(proxy_account="monitor:hunter2"))


class Proxy:
    """A proxy that knows one server, whatever it is asked for."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head)
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        if head.startswith(b"CONNECT "):
            writer.write(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        else:
            back.write(head)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(4_096):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def proxied(
    answer: bytes = page(b"fine"), tls: Path | None = None
) -> AsyncIterator[tuple[Proxy, str, Path]]:
    """Yield a proxy, its URL, and the file of the authority of the server behind it (if `tls` is a folder for it)."""
    async with AsyncExitStack() as stack:
        authority = None if tls is None else make_authority(tls)
        context = None if authority is None else authority.server("good", names=("portal.test",))
        proxy = Proxy(await stack.enter_async_context(serving(answering(answer), tls=context)))
        port = await stack.enter_async_context(serving(proxy))
        yield proxy, f"http://127.0.0.1:{port}", Path("/dev/null") if authority is None else authority.file


async def probe(url: str, **options: object) -> Reading:
    async with KIND.connect(ACCOUNT) as measure:
        return await measure(url, HttpOptions.model_validate(options), timeout_s=1.0)


async def test_a_proxy_is_told_the_whole_url() -> None:
    async with proxied() as (proxy, url, _):
        seen = await probe("http://portal.test:8080/x?y=1", proxy=url, proxy_secret="proxy-account")

    assert seen.ok, seen
    assert "dns_s" not in seen.metrics
    account = base64.b64encode(b"monitor:hunter2")
    assert proxy.asked[0].startswith(
        b"GET http://portal.test:8080/x?y=1 HTTP/1.1\r\nHost: portal.test:8080\r\n"
    )
    assert b"Proxy-Authorization: Basic " + account in proxy.asked[0]


async def test_tls_goes_through_a_tunnel(tmp_path: Path) -> None:
    async with proxied(tls=tmp_path) as (proxy, url, authority):
        seen = await probe(
            "https://portal.test/x", proxy=url, proxy_secret="proxy-account", ca_file=str(authority)
        )

    assert seen.ok, seen
    assert seen.metrics["tls_s"] > 0
    assert seen.metrics["certificate_s"] > 0
    assert proxy.asked[0].startswith(b"CONNECT portal.test:443 HTTP/1.1\r\nHost: portal.test:443\r\n")
    assert b"Proxy-Authorization: " in proxy.asked[0]


async def test_a_certificate_that_fails_is_read_through_the_tunnel(tmp_path: Path) -> None:
    async with proxied(tls=tmp_path) as (proxy, url, _):
        seen = await probe("https://portal.test/x", proxy=url)

    assert seen.reason is FailureReason.TLS
    assert seen.metrics["certificate_s"] > 0
    assert len(proxy.asked) == 2
    assert b"Proxy-Authorization" not in proxy.asked[0]


async def test_what_a_proxy_should_look_up_leads_nowhere_else() -> None:
    answer = page(b"", status="302 Found", headers="Location: http://other.test/\r\n")
    async with proxied(answer) as (proxy, url, _):
        followed = await probe("http://portal.test/", proxy=url, max_redirects=2)
        not_followed = await probe("http://portal.test/", proxy=url)

    assert followed.reason is FailureReason.UNEXPECTED_ANSWER
    assert followed.detail.startswith("qua proxy không theo chuyển hướng")
    assert not_followed.ok
    assert len(proxy.asked) == 2


async def test_a_proxy_that_wants_another_account_is_our_fault() -> None:
    async with serving(answering(page(b"", status="407 Who"))) as port:
        for url in ("http://portal.test/", "https://portal.test/"):
            seen = await probe(url, proxy=f"http://127.0.0.1:{port}", proxy_secret="proxy-account")

            assert seen.reason is FailureReason.LOCAL
            assert "hunter2" not in seen.detail


async def test_a_missing_account_is_our_fault() -> None:
    async with KIND.connect(PUBLIC) as measure:
        options = HttpOptions(proxy="http://127.0.0.1:1", proxy_secret="proxy-account")
        seen = await measure("http://portal.test/", options, timeout_s=1.0)

    assert seen.reason is FailureReason.LOCAL
    assert "proxy-account" in seen.detail


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (answering(b"HTTP/1.1 504 Gateway Timeout\r\n\r\n"), FailureReason.UNREACHABLE),
        (answering(b"HTTP/1.1 403 Forbidden\r\n\r\n"), FailureReason.LOCAL),
        (answering(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), FailureReason.LOCAL),
        (answering(b""), FailureReason.LOCAL),
        (answering(b"HTTP/1.1 200 OK\r\n\r\nhello"), FailureReason.LOCAL),
        (endless(b"x" * 4_096), FailureReason.LOCAL),
        (saying(b"HTTP/1.1 200"), FailureReason.LOCAL),
        (mute, FailureReason.TIMEOUT),
        (dripping(b"HTTP/1.1 200 OK\r\n\r\n" * 9), FailureReason.TIMEOUT),
    ],
)
async def test_a_proxy_that_opens_no_tunnel_has_one_reason(script: Script, reason: FailureReason) -> None:
    async with serving(script) as port:
        seen = await probe("https://portal.test/", proxy=f"http://127.0.0.1:{port}")

    assert seen.reason is reason, seen
    assert seen.detail.isprintable()


async def test_a_proxy_without_an_address_is_our_fault() -> None:
    options = HttpOptions(proxy="http://nxdomain.test:3128")
    async with (
        running_nameserver() as nameserver,
        connect(PUBLIC, nameservers=(f"127.0.0.1:{nameserver.port}",)) as measure,
    ):
        seen = await measure("http://portal.test/", options, timeout_s=1.0)

    assert seen.reason is FailureReason.LOCAL
    assert seen.detail.startswith("không tới được proxy: tên miền không tồn tại")


async def test_a_proxy_that_is_not_there_is_our_fault() -> None:
    assert (
        await probe("http://portal.test/", proxy=f"http://127.0.0.1:{refused_port()}")
    ).reason is FailureReason.LOCAL
    with black_hole() as port:
        seen = await probe("http://portal.test/", proxy=f"http://127.0.0.1:{port}")
    assert seen.reason is FailureReason.LOCAL
