import asyncio
import gzip
import resource

import pytest

from probes.http import KIND, HttpOptions
from probes.reading import FailureReason, Reading
from tests.probes.secrets import PUBLIC, FixedSecrets, shared
from tests.probes.servers import Script, answering, lateness, page, serving


async def probe(script: Script, *, timeout_s: float = 1.0, **options: object) -> Reading:
    async with serving(script) as port, KIND.connect(PUBLIC) as measure:
        return await measure(
            f"http://127.0.0.1:{port}/", HttpOptions.model_validate(options), timeout_s=timeout_s
        )


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "identity", "nonsense", "gzip;q=1"])
async def test_a_bomb_in_any_packing_is_cut_or_refused(encoding: str) -> None:
    packed = gzip.compress(gzip.compress(b"\0" * 100_000_000, 9), 9)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    seen = await probe(
        answering(page(packed, headers=f"Content-Encoding: {encoding}\r\n"), stay_s=0.5), keyword="trang chủ"
    )

    assert seen.reason in {FailureReason.UNEXPECTED_ANSWER, FailureReason.PROTOCOL}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 60_000


@pytest.mark.alone
async def test_a_bomb_does_not_hold_up_the_others() -> None:
    packed = gzip.compress(b"\0" * 100_000_000, 9)
    async with lateness() as late:
        seen = await probe(
            answering(page(packed, headers="Content-Encoding: gzip\r\n"), stay_s=0.5),
            max_body_bytes=16_777_216,
        )

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert late.held_s < 0.5


@pytest.mark.alone
@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"Content-Length: +5\r\n\r\nhello",
        b"Content-Length: 99999999999999999999999\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 5_000_000 + b"\r\nhello\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 100_000,
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 100_000,
        b"X: \x00\r\nContent-Length: 0\r\n\r\n",
        b" folded: x\r\nContent-Length: 0\r\n\r\n",
        b"no colon\r\n\r\n",
    ],
)
async def test_framing_that_can_be_read_two_ways_ends_soon(head: bytes) -> None:
    async with lateness() as late:
        seen = await probe(answering(b"HTTP/1.1 200 OK\r\n" + head), keyword="hello")

    assert seen.reason in {
        FailureReason.PROTOCOL,
        FailureReason.UNEXPECTED_ANSWER,
        FailureReason.TIMEOUT,
        None,
    }
    assert seen.detail.isprintable()
    assert late.held_s < 0.5


async def test_ten_thousand_cookies_and_one_of_a_megabyte_are_refused() -> None:
    for cookies in ("Set-Cookie: a=b\r\n" * 10_000, f"Set-Cookie: a={'b' * 1_000_000}\r\n"):
        seen = await probe(answering(page(b"", headers=cookies)))

        assert seen.reason is FailureReason.PROTOCOL


@pytest.mark.alone
@pytest.mark.parametrize("text", ["(a+)+$", "^a*b", ".", "[", "\\"])
async def test_a_keyword_is_plain_text_and_no_expression(text: str) -> None:
    body = b"a" * 200_000

    async with lateness() as late:
        seen = await probe(answering(page(body)), keyword=text)
        literal = await probe(answering(page(body + text.encode())), keyword=text)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert literal.ok
    assert late.held_s < 0.3


async def test_a_body_may_hold_anything() -> None:
    for body in (b"\0key\0", b"\xff\xfek\x00e\x00y\x00", b"\xc3key\xa0", b"\xef\xbb\xbfkey"):
        charset = "utf-16" if body.startswith(b"\xff\xfe") else "utf-8"
        answer = page(body, headers=f"Content-Type: text/html; charset={charset}\r\n")

        assert (await probe(answering(answer), keyword="key")).ok


async def test_a_server_that_half_closes_has_answered() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhello")
        writer.write_eof()
        await reader.read()

    seen = await probe(script, keyword="hello")

    assert seen.ok
    assert seen.metrics["body_bytes"] == 5


@pytest.mark.alone
async def test_hanging_targets_do_not_slow_the_others() -> None:
    # 200 of them: each costs the test two descriptors and this machine two sockets.
    async with (
        serving(answering(b"", stay_s=3)) as hanging,
        serving(answering(page(b"x"))) as well,
        KIND.connect(PUBLIC) as measure,
    ):
        hung = [
            asyncio.ensure_future(measure(f"http://127.0.0.1:{hanging}/", HttpOptions(), timeout_s=1.5))
            for _ in range(200)
        ]
        await asyncio.sleep(0.4)
        seen = await measure(f"http://127.0.0.1:{well}/", HttpOptions(), timeout_s=1.0)
        others = await asyncio.gather(*hung)

    assert seen.ok
    assert seen.metrics["total_s"] < 0.3
    assert {other.reason for other in others} == {FailureReason.TIMEOUT}


async def test_a_secret_that_cannot_be_a_header_is_our_fault() -> None:
    options = HttpOptions(header_secrets={"Authorization": "token"})
    async with KIND.connect(shared(FixedSecrets(token="a\r\nX: y"))) as measure:
        seen = await measure("http://127.0.0.1:1/", options, timeout_s=1.0)

    assert seen.reason is FailureReason.LOCAL
    assert "X: y" not in seen.detail
