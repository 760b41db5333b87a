import asyncio
import contextlib
import datetime as dt
import os
import socket
import ssl
from pathlib import Path

import pytest

from probes.handshake import MinVersion, handshake_words
from probes.http import KIND, HttpOptions
from probes.reading import FailureReason, Reading
from tests.probes.certificates import Authority, certificate_der, make_authority, pem, self_signed
from tests.probes.secrets import PUBLIC
from tests.probes.servers import Script, answering, lateness, page, serving

DAY_S = 86_400
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
    min_tls_version: MinVersion = "1.2",
) -> Reading:
    options = HttpOptions(
        ca_file=ca_file, verify_tls=verify_tls, host_header=host_header, min_tls_version=min_tls_version
    )
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


async def test_a_certificate_that_fails_is_read_all_the_same(authority: Authority) -> None:
    seen = await probe(authority.server("expired", starts=-30, ends=-2), ca_file=authority.file)

    assert seen.reason is FailureReason.TLS
    assert -3 * DAY_S < seen.metrics["certificate_s"] < -DAY_S
    assert seen.metrics["certificate_lifetime_ratio"] == 0
    assert seen.notes["tls_subject"] == "expired"
    assert seen.notes["tls_issuer"] == "authority"


async def test_a_certificate_and_the_handshake_are_described(authority: Authority) -> None:
    seen = await probe(authority.server("good", ends=30), ca_file=authority.file)

    assert 29 * DAY_S < seen.metrics["certificate_s"] < 30 * DAY_S
    assert 0.9 < seen.metrics["certificate_lifetime_ratio"] < 1
    assert 0 < seen.metrics["connect_s"] < seen.metrics["first_byte_s"]
    assert 0 < seen.metrics["tls_s"] < seen.metrics["first_byte_s"]
    assert seen.notes["tls_protocol"] == "TLSv1.3"
    assert seen.notes["tls_names"] == "127.0.0.1, localhost"
    assert seen.notes["tls_chain"] == "1: good"
    assert seen.notes["tls_cipher"]


async def test_a_self_signed_certificate_is_called_so_until_it_is_trusted(tmp_path: Path) -> None:
    tls, pem = self_signed(tmp_path)
    trusted = tmp_path / "trusted.crt"
    trusted.write_bytes(pem)

    assert (await probe(tls)).detail == "chứng thư TLS tự ký, không do nơi cấp nào cấp"
    assert (await probe(tls, ca_file=trusted)).ok


async def test_a_failed_certificate_that_is_not_shown_twice_leaves_its_reason(authority: Authority) -> None:
    # The second handshake meets silence: it must neither outlast the deadline nor hide what the first one found.
    tls = authority.server("good")
    turns = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turns
        turns += 1
        if turns > 1:
            await reader.read()
            return
        await writer.start_tls(tls)

    seen = await probe(None, script=once, timeout_s=0.6)

    assert turns == 2
    assert seen.reason is FailureReason.TLS
    assert "certificate_s" not in seen.metrics


async def test_a_thousand_names_and_a_chain_of_64_kb_are_no_obstacle(authority: Authority) -> None:
    names = ("127.0.0.1", *(f"n{number}.example.vn" for number in range(999)))
    extra = certificate_der(names=999, now=dt.datetime.now(dt.UTC))  # noqa: TID251 (certificates have dates)
    padding = (pem(extra),) * (65_536 // len(extra))

    seen = await probe(authority.server("many", names=names, padding=padding), ca_file=authority.file)

    assert seen.ok
    assert seen.notes["tls_names"].endswith("(và 992 tên khác)")
    assert len(seen.notes["tls_chain"]) <= 200


@pytest.mark.alone
async def test_building_contexts_does_not_hold_up_the_others() -> None:
    async with lateness() as late:
        await asyncio.gather(*(probe(None, script=hang_up, timeout_s=1.0) for _ in range(4)))

    assert late.held_s < 0.1


async def test_a_changed_authority_file_is_read_again(authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "authorities.crt"
    file.write_bytes(make_authority(tmp_path, "other").file.read_bytes())
    options = HttpOptions(ca_file=file)
    async with serving(ANSWER, tls=authority.server("good")) as port, KIND.connect(PUBLIC) as measure:
        before = await measure(f"https://127.0.0.1:{port}/", options, timeout_s=2.0)
        file.write_bytes(authority.file.read_bytes())
        os.utime(file, (1, 1))
        after = await measure(f"https://127.0.0.1:{port}/", options, timeout_s=2.0)

    assert (before.reason, after.reason) == (FailureReason.TLS, None)


async def test_an_authority_file_that_is_no_pem_is_our_fault(tmp_path: Path) -> None:
    file = tmp_path / "no.pem"
    file.write_text("nothing")

    seen = await probe(None, ca_file=file)

    assert seen.reason is FailureReason.LOCAL
    assert "không phải PEM" in seen.detail


async def test_a_server_name_that_cannot_be_asked_for_is_our_fault(authority: Authority) -> None:
    seen = await probe(authority.server("good"), ca_file=authority.file, host_header=".x")

    assert seen.reason is FailureReason.LOCAL


async def test_a_server_that_never_says_goodbye_holds_no_descriptor(authority: Authority) -> None:
    # aiohttp 6490: without close_notify the transport waited for 30 s.
    async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(page(b"hello"))
        sock = writer.transport.get_extra_info("socket")
        writer.transport.pause_reading()
        await asyncio.sleep(5)
        sock.shutdown(2)

    options = HttpOptions(ca_file=authority.file)
    async with serving(stay, tls=authority.server("good")) as port, KIND.connect(PUBLIC) as measure:
        first = await measure(f"https://127.0.0.1:{port}/", options, timeout_s=2.0)
        assert first.ok
        ours = {link for link in sockets() if link[1] == port}
        async with asyncio.timeout(3):
            while ours & sockets():
                await asyncio.sleep(0.05)


def sockets() -> set[tuple[int, int]]:
    """Return our TCP connections that are not closed, as local and remote port (proc(5): net/tcp)."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    # Inode 0: no process holds it any more.
    return {
        (int(each[1].split(":")[1], 16), int(each[2].split(":")[1], 16)) for each in fields if each[9] != "0"
    }


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


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_an_old_device_can_be_asked_in_its_own_protocol(authority: Authority) -> None:
    tls = authority.server("old")
    tls.set_ciphers("DEFAULT:@SECLEVEL=0")
    tls.minimum_version = ssl.TLSVersion.TLSv1
    tls.maximum_version = ssl.TLSVersion.TLSv1

    refused = await probe(tls, ca_file=authority.file)
    seen = await probe(tls, ca_file=authority.file, min_tls_version="1.0")

    assert refused.reason is FailureReason.TLS
    assert seen.ok
    assert seen.notes["tls_protocol"] == "TLSv1"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_an_alert_about_the_version_is_put_into_words(authority: Authority) -> None:
    # By hand: asyncio's server closes before its alert is sent.
    old = authority.server("old")
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(back, there, server_hostname="127.0.0.1")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with pytest.raises(ssl.SSLError):
        old.wrap_bio(there, back, server_side=True).do_handshake()
    with pytest.raises(ssl.SSLError) as told:
        client.do_handshake()

    assert handshake_words(told.value) == "máy chủ chỉ có phiên bản TLS cũ hơn yêu cầu"


async def test_a_newer_protocol_can_be_demanded(authority: Authority) -> None:
    tls = authority.server("old")
    tls.maximum_version = ssl.TLSVersion.TLSv1_2

    assert (await probe(tls, ca_file=authority.file, min_tls_version="1.3")).reason is FailureReason.TLS


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
    # Unverified: loading authorities must not take the short time on a busy machine.
    assert (await probe(None, script=script, timeout_s=0.4, verify_tls=False)).reason is reason


def wanting_a_certificate(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Take one connection and send the alert that no client's certificate came; in TLS 1.3 after the handshake."""
    accepted, _ = listener.accept()
    secured = context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
    with contextlib.suppress(ssl.SSLError):
        secured.do_handshake()
    # Closing over an unread request would reset the connection, and the alert with it.
    with socket.socket(fileno=secured.detach()) as plain, contextlib.suppress(OSError):
        while plain.recv(4_096):
            pass


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_server_that_wants_our_certificate_is_a_tls_failure(
    authority: Authority, version: ssl.TLSVersion
) -> None:
    context = authority.server("mutual")
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked = asyncio.ensure_future(asyncio.to_thread(wanting_a_certificate, listener, context))
        async with KIND.connect(PUBLIC) as measure:
            options = HttpOptions(ca_file=authority.file)
            url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
            seen = await measure(url, options, timeout_s=2.0)
        await asked

    assert seen.reason is FailureReason.TLS
    assert "TLS" in seen.detail


async def test_plain_text_instead_of_a_handshake_is_a_tls_failure() -> None:
    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)

    assert (await probe(None, script=script)).reason is FailureReason.TLS
