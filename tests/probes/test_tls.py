import asyncio
import ssl
from pathlib import Path

import pytest

from probes.reading import FailureReason, Reading
from probes.starttls import StartTls
from probes.tls import KIND, TlsOptions
from tests.probes.certificates import Authority, make_authority
from tests.probes.secrets import PUBLIC
from tests.probes.servers import Script, mute, saying, serving

DAY_S = 86_400
GREETINGS: dict[StartTls, bytes] = {
    "smtp": b"220-mail.test\r\n220 ready\r\n",
    "imap": b"* OK [CAPABILITY IMAP4rev2 STARTTLS] ready\r\n",
    "pop3": b"+OK ready\r\n",
    "ldap": b"",
}
LDAP_OK = bytes.fromhex("300c0201017807") + b"\x0a\x01\x00\x04\x00\x04\x00"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


async def probe(
    script: Script, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1", **options: object
) -> Reading:
    async with serving(script, tls=tls) as port, KIND.connect(PUBLIC) as measure:
        return await measure(f"{host}:{port}", TlsOptions.model_validate(options), timeout_s=1.0)


def mail_server(protocol: StartTls, tls: ssl.SSLContext, *, asked: list[bytes] | None = None) -> Script:
    """Return a server that offers TLS as its protocol does."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETINGS[protocol])
        if protocol == "smtp":
            line = await reader.readline()
            if asked is not None:
                asked.append(line)
            writer.write(b"250-mail.test\r\n250-SIZE 1\r\n250 STARTTLS\r\n")
        if protocol == "ldap":
            await reader.readexactly(31)
            writer.write(LDAP_OK)
        else:
            line = await reader.readline()
            yes = {"smtp": b"220 go\r\n", "imap": b"* x\r\na1 OK go\r\n", "pop3": b"+OK go\r\n"}
            writer.write(yes[protocol])
        await writer.drain()
        await writer.start_tls(tls)
        await reader.read()

    return script


async def test_a_port_shows_its_certificate(authority: Authority) -> None:
    seen = await probe(mute, authority.server("good"), ca_file=authority.file)

    assert seen.ok
    assert seen.metrics.keys() == {"connect_s", "tls_s", "certificate_s", "certificate_lifetime_ratio"}
    assert 29 * DAY_S < seen.metrics["certificate_s"] < 30 * DAY_S
    assert seen.notes["tls_issuer"] == "authority"


@pytest.mark.parametrize("protocol", GREETINGS)
async def test_tls_is_asked_for_in_the_servers_own_protocol(authority: Authority, protocol: StartTls) -> None:
    seen = await probe(
        mail_server(protocol, authority.server("mail")), ca_file=authority.file, starttls=protocol
    )

    assert seen.ok, seen
    assert seen.metrics["starttls_s"] > 0
    assert seen.metrics["certificate_s"] > 0


async def test_a_certificate_that_fails_is_read_after_starttls_too(authority: Authority) -> None:
    asked: list[bytes] = []
    expired = authority.server("expired", starts=-30, ends=-2)

    seen = await probe(mail_server("smtp", expired, asked=asked), ca_file=authority.file, starttls="smtp")

    assert seen.reason is FailureReason.TLS
    assert seen.detail == "chứng thư TLS đã hết hạn"
    assert seen.metrics["certificate_s"] < -DAY_S
    assert asked == [b"EHLO [127.0.0.1]\r\n"] * 2


async def test_another_name_can_be_asked_for(authority: Authority) -> None:
    tls = authority.server("other", names=("mail.example.vn",))

    wrong = await probe(mute, tls, ca_file=authority.file)
    right = await probe(mute, tls, ca_file=authority.file, server_name="mail.example.vn")

    assert wrong.detail == "chứng thư TLS không đúng tên máy chủ"
    assert right.ok


async def test_a_host_name_has_a_dns_phase(authority: Authority) -> None:
    seen = await probe(mute, authority.server("good"), host="localhost", ca_file=authority.file)

    assert seen.ok
    assert "dns_s" in seen.metrics


@pytest.mark.parametrize(
    ("protocol", "words", "reason"),
    [
        ("smtp", b"554 go away\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("smtp", b"SSH-2.0-OpenSSH_9.2\r\n", FailureReason.PROTOCOL),
        ("smtp", b"220 a\r\n250 b\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("smtp", b"220 a\r\n250-STARTTLS\r\n250 b\r\n220 go\r\ninjected", FailureReason.PROTOCOL),
        ("smtp", b"220-" + b"x" * 5_000, FailureReason.PROTOCOL),
        ("smtp", b"220-x\r\n" * 100, FailureReason.PROTOCOL),
        ("smtp", "２２０ a\r\n".encode(), FailureReason.PROTOCOL),
        ("imap", b"* BYE full\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("imap", b"* OK\r\na1 BAD what\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("imap", b"* OK\r\nnonsense\r\n", FailureReason.PROTOCOL),
        ("imap", b"* OK\r\n" * 100, FailureReason.PROTOCOL),
        ("imap", b"hello\r\n", FailureReason.PROTOCOL),
        ("pop3", b"-ERR no\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("pop3", b"+OK\r\n-ERR no\r\n", FailureReason.UNEXPECTED_ANSWER),
        ("pop3", b"hello\r\n", FailureReason.PROTOCOL),
        ("ldap", b"\x30\x84\x00\x00", FailureReason.PROTOCOL),
        ("ldap", b"hello", FailureReason.PROTOCOL),
        ("ldap", LDAP_OK.replace(b"\x0a\x01\x00", b"\x0a\x01\x34"), FailureReason.UNEXPECTED_ANSWER),
        ("ldap", LDAP_OK.replace(b"\x78", b"\x61"), FailureReason.PROTOCOL),
    ],
)
async def test_a_server_that_does_not_start_tls_has_one_reason(
    protocol: StartTls, words: bytes, reason: FailureReason
) -> None:
    seen = await probe(saying(words, stay_s=0.5), starttls=protocol)

    assert seen.reason is reason, seen
    assert seen.detail.isprintable()


async def test_a_handshake_that_stalls_is_a_timeout() -> None:
    seen = await probe(mute)

    assert seen.reason is FailureReason.TIMEOUT
    assert seen.detail.startswith("đã kết nối nhưng bắt tay TLS chưa xong")
    assert seen.metrics.keys() == {"connect_s"}


async def test_a_missing_authority_file_is_our_fault() -> None:
    seen = await probe(mute, ca_file=str(Path("/nonexistent")))

    assert seen.reason is FailureReason.LOCAL
