import asyncio
import ssl
from pathlib import Path

import pytest

from probes.http import KIND, HttpOptions
from probes.reading import FailureReason, Reading
from tests.probes.certificates import Authority, make_authority
from tests.probes.secrets import PUBLIC
from tests.probes.servers import Script, answering, page, serving

ANSWER = answering(page(b"hello"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


async def probe(
    tls: ssl.SSLContext | None,
    *,
    script: Script = ANSWER,
    ca_file: Path | None = None,
    host: str = "127.0.0.1",
    timeout_s: float = 2.0,
    verify_tls: bool = True,
    host_header: str | None = None,
) -> Reading:
    options = HttpOptions(ca_file=ca_file, verify_tls=verify_tls, host_header=host_header)
    async with serving(script, tls=tls) as port, KIND.connect(PUBLIC) as measure:
        return await measure(f"https://{host}:{port}/", options, timeout_s=timeout_s)


async def test_a_trusted_certificate_is_fine(authority: Authority) -> None:
    seen = await probe(authority.server("good"), ca_file=authority.file)

    assert seen.ok
    assert seen.metrics["http_status"] == 200


async def test_expired_untrusted_and_wrong_name_are_told_apart(authority: Authority) -> None:
    expired = authority.server("expired", starts=-30, ends=-1)
    early = authority.server("early", starts=5, ends=30)
    other = authority.server("other", names=("other.example.vn",))
    details = []

    for tls, trusted in ((expired, True), (early, True), (other, True), (authority.server("good"), False)):
        seen = await probe(tls, ca_file=authority.file if trusted else None)
        assert seen.reason is FailureReason.TLS
        details.append(seen.detail)

    assert details == [
        "chứng thư TLS đã hết hạn",
        "chứng thư TLS chưa có hiệu lực",
        "chứng thư TLS không đúng tên máy chủ",
        "chứng thư TLS chưa được tin cậy (không rõ nơi cấp)",
    ]


async def test_a_name_is_checked_too(authority: Authority) -> None:
    tls = authority.server("other", names=("other.example.vn",))

    seen = await probe(tls, ca_file=authority.file, host="localhost")

    assert seen.detail == "chứng thư TLS không đúng tên máy chủ"


async def test_the_host_header_is_the_name_that_is_checked(authority: Authority) -> None:
    tls = authority.server("other", names=("other.example.vn",))

    assert (await probe(tls, ca_file=authority.file, host_header="other.example.vn")).ok


async def test_verification_can_be_switched_off(authority: Authority) -> None:
    assert (await probe(authority.server("expired", starts=-30, ends=-1), verify_tls=False)).ok


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
async def test_an_old_protocol_is_a_tls_failure(authority: Authority) -> None:
    tls = authority.server("old")
    tls.minimum_version = ssl.TLSVersion.TLSv1_1
    tls.maximum_version = ssl.TLSVersion.TLSv1_1

    assert (await probe(tls, ca_file=authority.file)).reason is FailureReason.TLS


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def stall(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()
    await asyncio.sleep(5)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (answering(b"HTTP/1.1 200 OK\r\n\r\n"), FailureReason.TIMEOUT),
        (stall, FailureReason.TIMEOUT),
        (hang_up, FailureReason.TLS),
    ],
)
async def test_a_server_without_tls_has_one_reason(script: Script, reason: FailureReason) -> None:
    assert (await probe(None, script=script, timeout_s=0.4)).reason is reason


async def test_plain_text_instead_of_a_handshake_is_a_tls_failure() -> None:
    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)

    assert (await probe(None, script=script)).reason is FailureReason.TLS
