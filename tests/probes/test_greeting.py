"""What `tcp` hears when it is to wait for a greeting, plain and over TLS."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from probes.reading import FailureReason, Reading
from probes.tcp import KIND, TcpOptions
from tests.probes.certificates import Authority, make_authority
from tests.probes.secrets import PUBLIC
from tests.probes.servers import Script, mute, resetting, saying, serving


async def probe(
    script: Script, *, server_tls: ssl.SSLContext | None = None, timeout_s: float = 2.0, **options: Any
) -> Reading:
    async with serving(script, tls=server_tls) as port, KIND.connect(PUBLIC) as measure:
        return await measure(f"127.0.0.1:{port}", TcpOptions(**options), timeout_s=timeout_s)


@pytest.mark.parametrize(
    ("greeting", "words", "banner"),
    [
        ("smtp", b"220 mail.example.vn ESMTP\r\n", "220 mail.example.vn ESMTP"),
        ("smtp", b"220-mail.example.vn\r\n220-no spam\r\n220\r\n", "220-mail.example.vn"),
        ("ftp", b"220 FTP ready\n", "220 FTP ready"),
        ("pop3", b"+OK ready <1.2@example.vn>\r\n", "+OK ready <1.2@example.vn>"),
        ("imap", b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "* OK [CAPABILITY IMAP4rev1] ready"),
        ("imap", b"* PREAUTH hi\r\n", "* PREAUTH hi"),
        ("ssh", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH-2.0-OpenSSH_9.2p1 Debian-2"),
        ("ssh", b"Welcome\r\nto us\r\nSSH-1.99-Cisco-1.25\n", "SSH-1.99-Cisco-1.25"),
        ("RFB 003.", b"RFB 003.008\n", "RFB 003."),
        ("Chào", "Chào bạn".encode(), "Chào"),
        ("smtp", b"220 \x1b[2Jmail\xff\x00 x\r\n", "220 [2Jmail\ufffd x"),
        ("smtp", b"220 " + b"x" * 900 + b"\r\n", "220 " + "x" * 145 + "…"),
    ],
)
async def test_a_greeting_is_timed_and_noted(greeting: str, words: bytes, banner: str) -> None:
    seen = await probe(saying(words, stay_s=1), greeting=greeting)

    assert seen.ok, seen
    assert seen.metrics.keys() == {"connect_s", "greeting_s"}
    assert seen.notes == {"banner": banner}


@pytest.mark.parametrize(
    ("greeting", "words", "reason"),
    [
        ("smtp", b"554 no service\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("smtp", b"421 too busy\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("smtp", b"220-mail\r\n554 no\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("smtp", b"+OK\r\n", FailureReason.PROTOCOL),
        ("smtp", b"2200\r\n", FailureReason.PROTOCOL),
        ("smtp", b"220-mail\r\n" * 60, FailureReason.PROTOCOL),
        ("smtp", b"220 " + b"x" * 2_000, FailureReason.PROTOCOL),
        ("smtp", b"220 cut", FailureReason.PROTOCOL),
        ("smtp", b"", FailureReason.PROTOCOL),
        ("ftp", b"120 ready in 5 minutes\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("pop3", b"-ERR busy\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("pop3", b"220 mail\r\n", FailureReason.PROTOCOL),
        ("imap", b"* BYE go away\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("imap", b"OK\r\n", FailureReason.PROTOCOL),
        ("ssh", b"SSH-1.5-old\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("ssh", b"x\r\n" * 60, FailureReason.PROTOCOL),
        ("RFB", b"RTB", FailureReason.UNEXPECTED_ANSWER),
        ("RFB", b"R", FailureReason.PROTOCOL),
    ],
)
async def test_another_greeting_and_no_greeting_are_told_apart(
    greeting: str, words: bytes, reason: FailureReason
) -> None:
    seen = await probe(saying(words), greeting=greeting)

    assert seen.reason is reason, seen
    assert seen.metrics.keys() == {"connect_s"}


async def test_a_reset_before_the_greeting_is_not_of_the_protocol() -> None:
    seen = await probe(resetting(b"220-ma", after_request=False), greeting="smtp")

    assert seen.reason is FailureReason.PROTOCOL


async def test_a_server_that_says_nothing_is_a_timeout_with_its_own_words() -> None:
    seen = await probe(mute, greeting="smtp", timeout_s=0.2)

    assert (seen.reason, seen.detail) == (
        FailureReason.TIMEOUT,
        "đã kết nối nhưng máy chủ chưa chào xong trong 0,2 giây",
    )


@pytest.mark.parametrize(
    ("greeting", "words", "goodbye"),
    [
        ("smtp", b"220 mail\r\n", b"QUIT\r\n"),
        ("ftp", b"220 files\r\n", b"QUIT\r\n"),
        ("pop3", b"+OK\r\n", b"QUIT\r\n"),
        ("imap", b"* OK\r\n", b"a1 LOGOUT\r\n"),
        ("ssh", b"SSH-2.0-x\r\n", b""),
        ("hello", b"hello", b""),
    ],
)
async def test_the_probe_leaves_politely(greeting: str, words: bytes, goodbye: bytes) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        said = await reader.readline()
        writer.write(b"bye\r\n")
        heard.set_result(said)

    async with serving(script) as port, KIND.connect(PUBLIC) as measure:
        seen = await measure(f"127.0.0.1:{port}", TcpOptions(greeting=greeting), timeout_s=2.0)
        async with asyncio.timeout(2):
            assert await heard == goodbye

    assert seen.ok


@pytest.mark.alone
async def test_a_server_that_ignores_the_goodbye_is_fine_and_keeps_nobody_past_the_deadline() -> None:
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    seen = await probe(saying(b"220 mail\r\n", stay_s=5), greeting="smtp", timeout_s=0.3)

    assert seen.ok
    assert loop.time() - started_at < 0.5


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


async def test_a_greeting_may_come_over_tls(authority: Authority) -> None:
    server = authority.server("good")
    greeted = await probe(
        saying(b"* OK ready\r\n", stay_s=1),
        server_tls=server,
        tls=True,
        ca_file=authority.file,
        greeting="imap",
    )
    silent = await probe(mute, server_tls=server, tls=True, ca_file=authority.file)

    assert greeted.ok, greeted
    assert greeted.metrics.keys() == {"connect_s", "tls_s", "greeting_s"}
    assert greeted.notes == {"banner": "* OK ready"}
    assert silent.ok
    assert silent.metrics.keys() == {"connect_s", "tls_s"}


async def test_certificates_are_verified_unless_one_says_otherwise(authority: Authority) -> None:
    other = authority.server("other", names=("mail.example.vn",))

    async def secured(**options: Any) -> Reading:
        return await probe(mute, server_tls=other, tls=True, **options)

    assert (await secured(ca_file=authority.file)).detail == "chứng thư TLS không đúng tên máy chủ"
    assert (await secured(ca_file=authority.file)).reason is FailureReason.TLS
    assert (await secured(ca_file=authority.file, server_name="mail.example.vn")).ok
    assert (await secured(server_name="mail.example.vn")).reason is FailureReason.TLS
    assert (await secured(verify_tls=False)).ok


async def test_what_is_no_tls_and_a_missing_authority_are_told_apart(tmp_path: Path) -> None:
    plain = await probe(saying(b"220 mail\r\n", stay_s=1), tls=True)
    missing = await probe(mute, tls=True, ca_file=tmp_path / "none.pem")
    silent = await probe(mute, tls=True, verify_tls=False, timeout_s=0.2)

    assert (plain.reason, plain.detail) == (
        FailureReason.TLS,
        "bắt tay TLS không thành: máy chủ không nói TLS ở cổng này",
    )
    assert missing.reason is FailureReason.LOCAL
    assert (silent.reason, silent.detail) == (
        FailureReason.TIMEOUT,
        "đã kết nối nhưng bắt tay TLS chưa xong trong 0,2 giây",
    )


def test_only_what_is_switched_on_is_measured() -> None:
    assert TcpOptions().metrics() == {"connect_s"}
    assert TcpOptions(greeting="ssh").metrics() == {"connect_s", "greeting_s"}
    assert TcpOptions(tls=True).metrics() == {"connect_s", "tls_s"}
