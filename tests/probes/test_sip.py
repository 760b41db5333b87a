import asyncio
import hashlib
import socket
import ssl
from pathlib import Path

import pytest

from probes.reading import FailureReason, Reading
from probes.sip.probe import KIND, SipOptions, is_alive
from tests.probes.certificates import make_authority
from tests.probes.namespace import OUR_ADDRESS, STRANGER, TARGET, in_namespace, ip, open_tun
from tests.probes.secrets import PUBLIC
from tests.probes.servers import endless, lateness, responding, saying, serving, silent_udp_port
from tests.probes.sip_device import answer, field, saying_status, stream
from tests.servers.sipp import running_sipp


async def probe(address: str | int, *, timeout_s: float = 1.0, **options: object) -> Reading:
    where = f"127.0.0.1:{address}" if isinstance(address, int) else address
    async with KIND.connect(PUBLIC) as measure:
        return await measure(where, SipOptions.model_validate(options), timeout_s=timeout_s)


@pytest.mark.alone
async def test_sipp_answers_over_udp(tmp_path: Path) -> None:
    with running_sipp(tmp_path) as port:
        seen = await probe(port)
        again = await probe(port)

    assert seen.ok
    assert again.ok
    assert seen.metrics["sip_status"] == 200
    assert 0 < seen.metrics["answer_s"] <= seen.metrics["answer_most_s"] < 0.5
    assert seen.metrics["retransmissions"] == 0
    assert seen.notes == {"sip_answer": "200 OK", "sip_server": "sipp"}


async def test_sipp_answers_over_tcp(tmp_path: Path) -> None:
    with running_sipp(tmp_path, transport="tcp") as port:
        seen = await probe(port, transport="tcp")

    assert seen.ok
    assert seen.metrics.keys() == {"connect_s", "answer_s", "answer_most_s", "sip_status", "ignored"}


async def test_sipp_that_is_out_of_service_is_not_well(tmp_path: Path) -> None:
    with running_sipp(tmp_path, status="503 Service Unavailable") as port:
        seen = await probe(port)

    assert seen.reason is FailureReason.UNEXPECTED_ANSWER
    assert seen.metrics["sip_status"] == 503
    assert "503 Service Unavailable" in seen.detail


@pytest.mark.parametrize("status", [200, 301, 401, 403, 404, 405, 407, 480, 481, 486, 501, 600, 603])
def test_any_answer_of_a_working_stack_proves_life(status: int) -> None:
    assert is_alive(status)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_failures_of_the_server_itself_do_not(status: int) -> None:
    assert not is_alive(status)


async def test_the_request_comes_from_where_its_via_says() -> None:
    async with responding(saying_status("200 OK")) as server:
        await probe(server.port)

    request, asker = server.heard[0]
    assert request.startswith(f"OPTIONS sip:127.0.0.1:{server.port} SIP/2.0".encode())
    assert field(request, "Via").startswith(f"SIP/2.0/UDP 127.0.0.1:{asker[1]};branch=z9hG4bK")


async def test_every_run_has_identifiers_of_its_own() -> None:
    async with responding(saying_status("200 OK")) as server:
        await asyncio.gather(*(probe(server.port) for _ in range(5)))

    for name in ("Call-ID", "Via", "From"):
        assert len({field(request, name) for request, _ in server.heard}) == 5


@pytest.mark.alone
async def test_a_lost_request_is_sent_again_and_the_answer_is_timed_from_the_last_one() -> None:
    heard: list[bytes] = []

    def second_only(request: bytes) -> list[bytes]:
        heard.append(request)
        return [answer(request)] if len(heard) == 2 else []

    async with responding(second_only) as server:
        seen = await probe(server.port, timeout_s=2)

    assert seen.ok
    assert heard[0] == heard[1]
    assert seen.metrics["retransmissions"] == 1
    assert seen.metrics["answer_s"] < 0.4
    assert 0.5 <= seen.metrics["answer_most_s"] < 1.0


async def test_silence_is_told_with_the_number_of_attempts() -> None:
    with silent_udp_port() as port:
        seen = await probe(port, timeout_s=1.9)

    assert seen.reason is FailureReason.TIMEOUT
    assert seen.metrics == {"retransmissions": 2, "ignored": 0}


async def test_provisional_answers_are_waited_through() -> None:
    async with responding(saying_status("100 Trying", "180 Ringing", "486 Busy Here")) as server:
        seen = await probe(server.port)

    assert seen.ok
    assert seen.metrics["sip_status"] == 486
    assert seen.metrics["ignored"] == 0


async def test_strange_messages_before_the_answer_are_passed_over_and_counted() -> None:
    def respond(request: bytes) -> list[bytes]:
        return [b"\xff\xfe", b"\r\n", request, answer(request, call_id="other"), answer(request)]

    async with responding(respond) as server:
        seen = await probe(server.port)

    assert seen.ok
    assert seen.metrics["ignored"] == 4


@pytest.mark.alone
async def test_a_flood_of_garbage_holds_up_neither_the_loop_nor_the_deadline() -> None:
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    async with responding(lambda _: [b"x" * 1_000] * 3_000) as server, lateness() as late:
        seen = await probe(server.port, timeout_s=0.5)

    assert seen.reason is FailureReason.PROTOCOL
    assert loop.time() - started_at < 0.6 + late.most_s


async def test_a_stream_may_bring_other_messages_with_bodies_first() -> None:
    def respond(request: bytes) -> list[bytes]:
        strange = answer(request, call_id="other").replace(
            b"Length: 0\r\n\r\n", b"Length: 9\r\n\r\nSIP/2.0\r\n"
        )
        return [b"\r\n\r\n" + strange[:20], strange[20:], request, answer(request, "405 Method Not Allowed")]

    async with serving(stream(respond)) as port:
        seen = await probe(port, transport="tcp")

    assert seen.ok
    assert seen.metrics["sip_status"] == 405
    assert seen.metrics["ignored"] == 2


@pytest.mark.alone
async def test_a_stream_of_small_messages_does_not_hold_up_the_others() -> None:
    script = endless(b"OPTIONS x SIP/2.0\r\n\r\n" * 20_000)
    async with serving(script) as port, lateness() as late:
        seen = await probe(port, transport="tcp", timeout_s=0.5)

    assert seen.reason is FailureReason.TIMEOUT
    assert late.held_s < 0.1


async def test_a_huge_body_is_not_read() -> None:
    async with serving(
        stream(lambda asked: [answer(asked).replace(b"Length: 0", b"Length: 999999999")])
    ) as port:
        assert (await probe(port, transport="tcp")).ok


@pytest.mark.alone
@pytest.mark.parametrize("words", [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail\r\n", b"\x00"])
async def test_another_protocol_is_told_at_once(words: bytes) -> None:
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    async with serving(saying(words, stay_s=5)) as port:
        seen = await probe(port, transport="tcp", timeout_s=5)

    assert seen.reason is FailureReason.PROTOCOL
    assert loop.time() - started_at < 2


async def test_a_self_signed_device_is_known_by_its_pinned_certificate(tmp_path: Path) -> None:
    context = make_authority(tmp_path).server("device", names=("device",))
    blocks = (tmp_path / "device.pem").read_text().partition("-----BEGIN CERTIFICATE-----")
    der = ssl.PEM_cert_to_DER_cert(blocks[1] + blocks[2])
    fingerprint = hashlib.sha256(der).hexdigest()
    with_colons = ":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    async with serving(stream(saying_status("200 OK")), tls=context) as port:
        assert (await probe(port, transport="tls", fingerprint=fingerprint)).ok
        assert (await probe(port, transport="tls", fingerprint=with_colons)).ok
        other = await probe(port, transport="tls", fingerprint="00" * 32)
        untrusted = await probe(port, transport="tls")

    assert other.reason is FailureReason.TLS
    assert "fingerprint" in other.detail
    assert untrusted.reason is FailureReason.TLS


async def test_a_ca_file_that_cannot_be_read_is_our_fault(tmp_path: Path) -> None:
    seen = await probe(1, transport="tls", ca_file=str(tmp_path / "missing.pem"))

    assert seen.reason is FailureReason.LOCAL
    assert "ca_file" in seen.detail


async def test_ipv6_is_asked_with_brackets() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        server.bind(("::1", 0))
        port = server.getsockname()[1]
        asked = asyncio.create_task(probe(f"[::1]:{port}"))
        async with asyncio.timeout(2):
            request, asker = await loop.sock_recvfrom(server, 2_048)
        server.sendto(answer(request), asker)
        seen = await asked

    assert seen.ok
    assert request.startswith(f"OPTIONS sip:[::1]:{port} SIP/2.0".encode())
    assert f"SIP/2.0/UDP [::1]:{asker[1]};" in field(request, "Via")


def test_a_router_that_says_unreachable_is_about_the_target() -> None:
    async def story() -> Reading:
        with open_tun() as tun:
            tun.answer_udp_with_error(STRANGER, OUR_ADDRESS, 1)
            return await probe(f"{TARGET}:5060", timeout_s=2)

    assert in_namespace(story).reason is FailureReason.UNREACHABLE


def test_no_route_is_our_fault() -> None:
    assert in_namespace(lambda: probe(f"{TARGET}:5060")).reason is FailureReason.LOCAL


def test_a_route_that_says_unreachable_is_our_fault() -> None:
    async def story() -> Reading:
        ip("route", "add", "unreachable", "10.66.0.0/24")
        return await probe(f"{TARGET}:5060")

    assert in_namespace(story).reason is FailureReason.LOCAL


def test_a_message_of_the_device_stays_one_clean_line() -> None:
    async def story() -> Reading:
        async with responding(
            lambda asked: [answer(asked, "503 a\x00\x1b[31m\u202e" + "b" * 999, Server="x\x07" * 500)]
        ) as server:
            return await probe(server.port)

    seen = asyncio.run(story())
    assert seen.detail.isprintable()
    assert len(seen.detail) < 200
    assert all(words.isprintable() and len(words) <= 200 for words in seen.notes.values())
