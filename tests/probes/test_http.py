import asyncio
import base64
import encodings
import gzip
import resource
import unicodedata
import zlib

import pytest
from pydantic import ValidationError

from probes.http import KIND, HttpOptions
from probes.http.options import status_ranges
from probes.reading import FailureReason, Reading
from tests.probes.secrets import PUBLIC, FixedSecrets, shared
from tests.probes.servers import Script, answering, black_hole, lateness, page, refused_port, serving

OK_PAGE = page(b"<h1>C\xe1\xbb\x95ng d\xe1\xbb\x8bch v\xe1\xbb\xa5 c\xc3\xb4ng</h1>")


async def probe(url: str, *, timeout_s: float = 2.0, **options: object) -> Reading:
    async with KIND.connect(PUBLIC) as measure:
        return await measure(url, HttpOptions.model_validate(options), timeout_s=timeout_s)


async def probe_script(
    script: Script, *, path: str = "/", timeout_s: float = 2.0, **options: object
) -> Reading:
    async with serving(script) as port:
        return await probe(f"http://127.0.0.1:{port}{path}", timeout_s=timeout_s, **options)


async def test_a_page_gives_its_phases_status_and_size() -> None:
    seen = await probe_script(answering(OK_PAGE))

    assert seen.ok
    assert seen.metrics.keys() == {
        *("connect_s", "first_byte_s", "body_s", "total_s"),
        *("http_status", "body_bytes"),
    }
    assert seen.metrics["http_status"] == 200
    assert seen.metrics["body_bytes"] == 33
    assert 0 < seen.metrics["connect_s"] < seen.metrics["first_byte_s"] <= seen.metrics["total_s"]


async def test_a_name_has_a_dns_phase() -> None:
    async with serving(answering(OK_PAGE)) as port:
        seen = await probe(f"http://localhost:{port}/")

    assert seen.ok
    assert "dns_s" in seen.metrics


async def test_head_asks_for_no_body() -> None:
    seen = await probe_script(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"), method="HEAD")

    assert seen.ok
    assert seen.metrics["body_bytes"] == 0


async def test_a_keyword_is_found_however_its_marks_are_written() -> None:
    decomposed = unicodedata.normalize("NFD", "dịch vụ công")

    assert (await probe_script(answering(OK_PAGE), keyword=decomposed)).ok
    missing = await probe_script(answering(OK_PAGE), keyword="bảo trì")
    assert missing.reason is FailureReason.UNEXPECTED_ANSWER
    assert missing.metrics["http_status"] == 200


@pytest.mark.parametrize("how", ["NFC", "NFD", "a tone apart"])
async def test_a_page_may_write_its_marks_in_any_usual_way(how: str) -> None:
    # cp1258, the old Vietnamese code page, has the vowel and its circumflex in one character, the tone in another.
    text = (
        "c\u00f4\u0323ng vi\u00ea\u0323c"
        if how == "a tone apart"
        else unicodedata.normalize(how, "cộng việc")
    )

    assert (await probe_script(answering(page(text.encode())), keyword="cộng việc")).ok


@pytest.mark.alone
async def test_a_body_made_to_be_slow_to_search_does_not_hold_up_the_others() -> None:
    # Sorting these marks as normalisation does takes the square of their number: 10 s for half of this body.
    marks = ("\u0301" * 60_000 + "\u0323" * 60_000).encode()
    async with lateness() as late:
        seen = await probe_script(answering(page(marks)), keyword="trang chủ")

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert late.held_s < 0.5


@pytest.mark.alone
async def test_a_charset_made_to_be_slow_to_decode_does_not_hold_up_the_others() -> None:
    answer = page(b"b" * 200_000, headers="Content-Type: text/html; charset=punycode\r\n")
    async with lateness() as late:
        seen = await probe_script(answering(answer), keyword="trang chủ")

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert late.held_s < 0.5


async def test_invented_charsets_leave_nothing_in_memory() -> None:
    known = len(encodings._cache)  # type: ignore[attr-defined] (Python keeps every name it was ever asked for)
    for number in range(20):
        answer = page(b"x", headers=f"Content-Type: text/html; charset=q{number}\r\n")
        await probe_script(answering(answer), keyword="trang chủ")

    assert len(encodings._cache) == known  # type: ignore[attr-defined]


async def test_a_page_may_name_the_old_vietnamese_charset() -> None:
    answer = page("việc".encode(), headers="Content-Type: text/html; charset=UTF-8\r\n")
    assert (await probe_script(answering(answer), keyword="việc")).ok
    old = page(
        "vi\u00ea\u0323c".encode("cp1258"), headers="Content-Type: text/html; charset=Windows-1258\r\n"
    )
    assert (await probe_script(answering(old), keyword="việc")).ok


@pytest.mark.parametrize("charset", ["nonsense", "utf-16", "utf-8; x=\xff", "base64", "\x00"])
async def test_a_senseless_charset_does_not_stop_the_search(charset: str) -> None:
    answer = page(b"\xff\xfe\x00k\x00 keyword", headers=f"Content-Type: text/html; charset={charset}\r\n")

    assert (await probe_script(answering(answer), keyword="không có")).reason in {
        FailureReason.UNEXPECTED_ANSWER,
        FailureReason.PROTOCOL,
    }


@pytest.mark.parametrize(
    ("status", "expected", "ok"),
    [
        ("204 No Content", "200-399", True),
        ("503 Down", "200-399", False),
        ("401 Who", "200-299,401,403", True),
    ],
)
async def test_the_status_must_be_expected(status: str, expected: str, *, ok: bool) -> None:
    seen = await probe_script(answering(page(b"", status=status)), expected_statuses=expected)

    assert seen.ok is ok
    assert seen.metrics["http_status"] == int(status[:3])
    assert seen.reason in {None, FailureReason.UNEXPECTED_ANSWER}


async def test_rejected_credentials_are_auth() -> None:
    async with serving(answering(page(b"", status="401 Unauthorized"))) as port:
        seen = await probe(f"http://user:hunter2@127.0.0.1:{port}/?token=topsecret")

    assert seen.reason is FailureReason.AUTH
    assert "hunter2" not in seen.detail
    assert "topsecret" not in seen.detail


async def test_the_host_header_can_be_chosen() -> None:
    asked = bytearray()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK_PAGE)

    await probe_script(script, host_header="dichvucong.example.vn")

    assert b"\r\nHost: dichvucong.example.vn\r\n" in bytes(asked)
    assert b"\r\nAccept-Encoding: gzip\r\n" in bytes(asked)


async def test_cookies_are_not_kept() -> None:
    asked = bytearray()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.write(page(b"", headers="Set-Cookie: a=b\r\n" * 50))

    async with serving(script) as port, KIND.connect(PUBLIC) as measure:
        for _ in range(2):
            await measure(f"http://127.0.0.1:{port}/", HttpOptions(), timeout_s=1.0)

    assert b"cookie" not in bytes(asked).lower()


async def drip_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" * 10:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def endless_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        writer.write(b"X-%d: y\r\n" % number * 1_000)
        await writer.drain()
    await asyncio.sleep(5)


async def endless_continue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await writer.drain()


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def reset_in_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhalf")
    await writer.drain()
    await asyncio.sleep(0.02)
    writer.transport.abort()


FAULTS: dict[str, tuple[Script, FailureReason]] = {
    "silence": (answering(b"", stay_s=5), FailureReason.TIMEOUT),
    "dripped head": (drip_head, FailureReason.TIMEOUT),
    "dripped body": (drip_body, FailureReason.TIMEOUT),
    "body that never comes": (
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", stay_s=5),
        FailureReason.TIMEOUT,
    ),
    "closed without an answer": (answering(b""), FailureReason.PROTOCOL),
    "closed in the head": (answering(b"HTTP/1.1 200 OK\r\nContent-"), FailureReason.PROTOCOL),
    "truncated body": (
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nhalf"),
        FailureReason.PROTOCOL,
    ),
    "reset at once": (reset, FailureReason.PROTOCOL),
    "reset in the body": (reset_in_body, FailureReason.PROTOCOL),
    "ssh banner": (answering(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), FailureReason.PROTOCOL),
    "random bytes": (answering(bytes(range(256)) * 8), FailureReason.PROTOCOL),
    "negative length": (answering(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), FailureReason.PROTOCOL),
    "bad chunk": (
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nx"),
        FailureReason.PROTOCOL,
    ),
    "bad gzip": (answering(page(b"no gzip", headers="Content-Encoding: gzip\r\n")), FailureReason.PROTOCOL),
    "huge header": (
        answering(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2_000_000 + b"\r\n\r\n"),
        FailureReason.PROTOCOL,
    ),
    "endless headers": (endless_headers, FailureReason.PROTOCOL),
    "huge body": (answering(page(b"x" * 300_000)), FailureReason.UNEXPECTED_ANSWER),
    "endless body": (endless_body, FailureReason.UNEXPECTED_ANSWER),
    "wrong status": (answering(page(b"", status="500 Broken")), FailureReason.UNEXPECTED_ANSWER),
}


@pytest.mark.alone
@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_has_one_reason_within_the_deadline(name: str) -> None:
    script, reason = FAULTS[name]
    loop = asyncio.get_running_loop()
    started_at = loop.time()

    seen = await probe_script(script, timeout_s=0.5)

    assert seen.reason is reason
    assert seen.detail
    assert loop.time() - started_at < 1.5


async def test_endless_interim_answers_end() -> None:
    seen = await probe_script(endless_continue, timeout_s=0.5)

    assert seen.reason in {FailureReason.TIMEOUT, FailureReason.PROTOCOL}


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_cut_at_the_cap(encoding: str) -> None:
    plain = b"\0" * 200_000_000
    packed = gzip.compress(plain, 9) if encoding == "gzip" else zlib.compress(plain, 9)
    del plain
    answer = page(packed, headers=f"Content-Encoding: {encoding}\r\n")
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    seen = await probe_script(answering(answer, stay_s=1), timeout_s=2.0)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 60_000


@pytest.mark.parametrize("script", [reset, answering(b""), answering(b"HTTP/1.1 200 OK\r\nX")])
async def test_a_connection_that_breaks_is_not_tried_again(script: Script) -> None:
    asked = []

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(1)
        await script(reader, writer)

    seen = await probe_script(counting)

    assert seen.reason is FailureReason.PROTOCOL
    assert len(asked) == 1


async def test_refused_and_black_holed_are_told_apart() -> None:
    assert (await probe(f"http://127.0.0.1:{refused_port()}/")).reason is FailureReason.REFUSED
    with black_hole() as port:
        seen = await probe(f"http://127.0.0.1:{port}/", timeout_s=0.3)
    assert seen.reason is FailureReason.TIMEOUT
    assert seen.detail.startswith("không kết nối được")


@pytest.mark.parametrize(
    "address",
    [
        *("", "portal.test", "ftp://127.0.0.1/", "http://", "http://[::1", "http:///x"),
        *("http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/"),
    ],
)
async def test_an_address_that_is_no_url_is_our_fault(address: str) -> None:
    assert (await probe(address)).reason is FailureReason.LOCAL


async def test_a_missing_authority_file_is_our_fault() -> None:
    assert (await probe("https://127.0.0.1:1/", ca_file="/nonexistent.pem")).reason is FailureReason.LOCAL


def redirecting(location: str, *, status: str = "302 Found") -> bytes:
    return page(b"", status=status, headers=f"Location: {location}\r\n")


async def test_phases_add_up() -> None:
    async with serving(answering(OK_PAGE)) as port:
        seen = (await probe(f"http://localhost:{port}/")).metrics

    assert seen["dns_s"] + seen["connect_s"] <= seen["first_byte_s"]
    assert seen["first_byte_s"] + seen["body_s"] == pytest.approx(seen["total_s"])


@pytest.mark.alone
async def test_after_a_redirect_only_the_whole_is_counted_from_the_start() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_first = (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET / ")
        await asyncio.sleep(0.1 if is_first else 0.0)
        writer.write(redirecting("/new") if is_first else OK_PAGE)

    seen = (await probe_script(script, max_redirects=1)).metrics

    assert seen["connect_s"] + seen["body_s"] < 0.1 < seen["first_byte_s"] < seen["total_s"]


async def test_what_a_redirect_leads_to_is_not_told_by_the_redirect() -> None:
    seen = await probe_script(
        answering(redirecting(f"http://127.0.0.1:{refused_port()}/")), path="/a", max_redirects=1
    )

    assert seen.reason is FailureReason.REFUSED
    assert seen.metrics == {"redirects": 1}
    assert seen.notes.keys() == {"redirected_to"}


@pytest.mark.parametrize(
    "location", ["ftp://me:hunter2@other.test/x?token=hunter2", "http://me:hunter2@127.0.0.1/x//y@z?hunter2"]
)
async def test_a_location_is_shown_without_its_secrets(location: str) -> None:
    seen = await probe_script(answering(redirecting(location)))

    assert "/x" in seen.notes["redirected_to"]
    assert "hunter2" not in repr(seen)


@pytest.mark.parametrize(
    "location", ["http://xn--" + "a" * 100 + "/", "http://xn--x-/", "http://[", "//\u2024/"]
)
async def test_a_location_that_is_no_url_is_still_an_answer(location: str) -> None:
    assert (await probe_script(answering(redirecting(location)))).ok


@pytest.mark.alone
@pytest.mark.parametrize("parameters", [";a=b" * 3_500, ";a=" + "(" * 8_000, ";charset*=", ';charset="'])
async def test_a_content_type_made_to_fail_does_not(parameters: str) -> None:
    answer = page("việc".encode(), headers=f"Content-Type: text/html{parameters}\r\n")
    async with lateness() as late:
        seen = await probe_script(answering(answer), keyword="việc")

    assert seen.ok
    assert late.held_s < 0.2


async def test_a_redirect_is_the_answer_by_default() -> None:
    seen = await probe_script(answering(redirecting("http://169.254.169.254/")))

    assert seen.ok
    assert seen.metrics["http_status"] == 302


async def test_credentials_of_the_address_are_sent_like_any_others_to_the_first_host() -> None:
    asked: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(redirecting("/new") if asked[-1].startswith(b"GET / ") else OK_PAGE)

    async with serving(script) as port:
        seen = await probe(f"http://người:m%3Aật%40@127.0.0.1:{port}/", max_redirects=1)

    account = base64.b64encode("người:m:ật@".encode())
    assert seen.ok
    assert seen.metrics["http_status"] == 200
    assert [b"Authorization: Basic " + account + b"\r\n" in head for head in asked] == [True, True]


async def test_a_second_account_beside_the_addresss_is_our_fault() -> None:
    options = HttpOptions(header_secrets={"authorization": "token"})
    async with KIND.connect(shared(FixedSecrets(token="Bearer hunter2"))) as measure:
        seen = await measure("http://user:word@127.0.0.1:1/", options, timeout_s=1.0)

    assert seen.reason is FailureReason.LOCAL
    assert "hunter2" not in repr(seen)
    assert "word" not in repr(seen)


@pytest.mark.parametrize(
    "location",
    [
        "/",  # a loop
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://[bad",
        "http://u:secretword@169.254.169.254/?token=secretword",
    ],
)
async def test_a_redirect_that_must_not_be_followed_is_an_unexpected_answer(location: str) -> None:
    seen = await probe_script(answering(redirecting(location)), max_redirects=3)

    assert seen.reason in {FailureReason.UNEXPECTED_ANSWER, FailureReason.DNS}
    assert "secretword" not in seen.detail


async def test_a_line_break_in_location_injects_nothing() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: /a\r\r\nX-Evil: 1\r\nContent-Length: 0\r\n\r\n"

    seen = await probe_script(answering(answer), max_redirects=1)

    assert not seen.ok
    assert "\n" not in seen.detail


@pytest.mark.parametrize(
    ("text", "ranges"), [("200", [(200, 200)]), ("200-299, 401", [(200, 299), (401, 401)])]
)
def test_statuses_are_numbers_and_ranges(text: str, ranges: list[tuple[int, int]]) -> None:
    assert status_ranges(text) == ranges


@pytest.mark.parametrize("text", ["", "abc", "299-200", "99", "600", "200-", "200,,201", "-5"])
def test_senseless_statuses_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        HttpOptions(expected_statuses=text)
