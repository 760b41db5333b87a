"""What the network may say instead of the right reply; the test is the network (a TUN device)."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import asdict

import pytest

from probes.icmp.engine import open_engine
from probes.icmp.flight import Burst, destination
from probes.icmp.packet import ErrorKind
from tests.probes.datagrams import icmp_error, ipv4, ipv6, with_checksum, with_checksum_v6
from tests.probes.namespace import (
    OUR_ADDRESS,
    OUR_ADDRESS_V6,
    STRANGER,
    STRANGER_V6,
    TARGET,
    TARGET_V6,
    Mode,
    Request,
    Tun,
    in_namespace,
    open_tun,
)

BOTH: list[Mode] = ["datagram", "raw"]
Network = Callable[[Tun], Coroutine[None, None, None]]


def meet(
    network: Network,
    *,
    mode: Mode,
    target: str = TARGET,
    count: int = 1,
    within_s: float = 0.15,
    in_batches: bool = True,
) -> tuple[Burst, dict[str, int]]:
    """Ping the target while `network` answers; return the burst and what was counted besides sending."""

    async def story() -> tuple[Burst, dict[str, int]]:
        with open_tun() as tun:
            async with open_engine(in_batches=in_batches) as engine:
                answering = asyncio.create_task(network(tun))
                done = await engine.burst(
                    destination(target),
                    count=count,
                    spacing_s=0.01,
                    within_s=within_s,
                    payload_bytes=56,
                    dscp=0,
                )
                await answering
                await asyncio.sleep(0.02)
                counted = {name: n for name, n in asdict(engine.counters).items() if n and name != "sent"}
                return done, counted

    return in_namespace(story, mode=mode)


def reply_to(request: Request, *, source: str = TARGET) -> bytes:
    return ipv4(source, OUR_ADDRESS, with_checksum(request.reply()))


def reply_to_v6(request: Request, *, source: str = TARGET_V6) -> bytes:
    return ipv6(source, OUR_ADDRESS_V6, with_checksum_v6(source, OUR_ADDRESS_V6, request.reply()))


@pytest.mark.parametrize("mode", BOTH)
def test_the_right_reply_counts(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        tun.inject(reply_to(await tun.request()))

    done, counted = meet(network, mode=mode)

    assert done.rtts_s[0] is not None
    assert counted == {"answered": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_silence_is_loss(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        await tun.request()

    done, counted = meet(network, mode=mode)

    assert done.sent == 1
    assert done.rtts_s == [None]
    assert counted == {}


@pytest.mark.parametrize("mode", BOTH)
def test_a_reply_from_another_address_is_spoofed(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        tun.inject(reply_to(await tun.request(), source=STRANGER))

    done, counted = meet(network, mode=mode)

    assert done.rtts_s == [None]
    assert counted == {"spoofed": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_a_reply_without_our_nonce_is_foreign(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        reply = (await tun.request()).reply()
        guess = reply[:8] + bytes(16) + reply[24:]
        tun.inject(ipv4(TARGET, OUR_ADDRESS, with_checksum(guess)))

    done, counted = meet(network, mode=mode)

    assert done.rtts_s == [None]
    assert counted == {"foreign": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_a_reply_with_other_padding_is_altered(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        reply = (await tun.request()).reply()
        tun.inject(ipv4(TARGET, OUR_ADDRESS, with_checksum(reply[:-1] + b"?")))
        tun.inject(ipv4(TARGET, OUR_ADDRESS, with_checksum(reply + b"more")))

    done, counted = meet(network, mode=mode)

    assert done.rtts_s == [None]
    assert counted == {"altered": 2}


@pytest.mark.parametrize("mode", BOTH)
def test_a_reply_after_the_deadline_is_late(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        request = await tun.request()
        await asyncio.sleep(0.15)
        tun.inject(reply_to(request))

    done, counted = meet(network, mode=mode, within_s=0.1)

    assert done.rtts_s == [None]
    assert counted == {"late": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_a_second_reply_is_a_duplicate(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        first, second = await tun.request(), await tun.request()
        for request in (first, first, first, second):
            tun.inject(reply_to(request))

    done, counted = meet(network, mode=mode, count=2)

    assert None not in done.rtts_s
    assert done.duplicates == 2
    assert counted == {"answered": 2, "duplicate": 2}


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("length", [8, 20, 31, 63])
def test_a_reply_with_less_payload_is_truncated(mode: Mode, length: int) -> None:
    async def network(tun: Tun) -> None:
        reply = (await tun.request()).reply()[:length]
        tun.inject(ipv4(TARGET, OUR_ADDRESS, with_checksum(reply)))

    done, counted = meet(network, mode=mode)

    assert done.rtts_s == [None]
    assert counted == {"truncated": 1}


@pytest.mark.parametrize("length", [1, 4, 7])
def test_a_reply_without_a_whole_header_is_dropped_by_the_kernel(length: int) -> None:
    async def network(tun: Tun) -> None:
        tun.inject(ipv4(TARGET, OUR_ADDRESS, (await tun.request()).reply()[:length]))

    done, counted = meet(network, mode="raw")

    assert done.rtts_s == [None]
    assert counted == {}


def test_a_reply_with_a_wrong_checksum_is_corrupt() -> None:
    async def network(tun: Tun) -> None:
        reply = bytearray(with_checksum((await tun.request()).reply()))
        reply[2] ^= 1
        tun.inject(ipv4(TARGET, OUR_ADDRESS, bytes(reply)))

    done, counted = meet(network, mode="raw")

    assert done.rtts_s == [None]
    assert counted == {"corrupt": 1}


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize(
    ("kind", "code", "meaning"),
    [
        (3, 1, ErrorKind.UNREACHABLE),
        (3, 13, ErrorKind.PROHIBITED),
        (11, 0, ErrorKind.TTL_EXCEEDED),
    ],
)
def test_an_error_that_quotes_our_request_ends_the_wait(
    mode: Mode, kind: int, code: int, meaning: ErrorKind
) -> None:
    async def network(tun: Tun) -> None:
        error = icmp_error(kind, code, (await tun.request()).datagram)
        tun.inject(ipv4(STRANGER, OUR_ADDRESS, error))

    done, counted = meet(network, mode=mode, within_s=5.0)

    assert done.rtts_s == [None]
    assert [(error.kind, error.code, error.reporter) for error in done.errors.values()] == [
        (meaning, code, STRANGER)
    ]
    assert counted == {"error": 1}


def test_a_router_may_quote_only_eight_bytes() -> None:
    async def network(tun: Tun) -> None:
        error = icmp_error(3, 1, (await tun.request()).datagram[:28])
        tun.inject(ipv4(STRANGER, OUR_ADDRESS, error))

    done, counted = meet(network, mode="raw", within_s=5.0)

    assert len(done.errors) == 1
    assert counted == {"error": 1}


def spoil_nonce(datagram: bytes) -> bytes:
    return datagram[:28] + bytes(16) + datagram[44:]


def spoil_identifier(datagram: bytes) -> bytes:
    return datagram[:24] + bytes([datagram[24] ^ 1]) + datagram[25:]


def spoil_sequence(datagram: bytes) -> bytes:
    return datagram[:26] + bytes([datagram[26] ^ 1]) + datagram[27:]


def spoil_destination(datagram: bytes) -> bytes:
    return datagram[:19] + b"\x63" + datagram[20:]


@pytest.mark.parametrize("spoil", [spoil_nonce, spoil_identifier, spoil_sequence, spoil_destination])
@pytest.mark.parametrize("mode", BOTH)
def test_an_error_that_quotes_another_packet_changes_nothing(
    spoil: Callable[[bytes], bytes], mode: Mode
) -> None:
    async def network(tun: Tun) -> None:
        request = await tun.request()
        tun.inject(ipv4(STRANGER, OUR_ADDRESS, icmp_error(3, 1, spoil(request.datagram))))
        await asyncio.sleep(0.05)
        tun.inject(reply_to(request))

    done, counted = meet(network, mode=mode)

    assert done.rtts_s[0] is not None
    assert done.errors == {}
    assert counted.pop("error_unmatched", 0) <= 1
    assert counted == {"answered": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_an_error_about_one_target_does_not_stop_the_next_request(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        first = await tun.request()
        tun.inject(ipv4(STRANGER, OUR_ADDRESS, icmp_error(3, 1, first.datagram)))
        tun.inject(reply_to(await tun.request()))

    done, counted = meet(network, mode=mode, count=2)

    assert done.rtts_s[0] is None
    assert done.rtts_s[1] is not None
    assert counted == {"answered": 1, "error": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_ipv6_is_matched_the_same_way(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        request = await tun.request()
        tun.inject(reply_to_v6(request, source=STRANGER_V6))
        tun.inject(reply_to_v6(request))

    done, counted = meet(network, mode=mode, target=TARGET_V6)

    assert done.rtts_s[0] is not None
    assert counted == {"answered": 1, "spoofed": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_an_icmpv6_error_that_quotes_our_request_ends_the_wait(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        error = bytes([1, 0]) + bytes(6) + (await tun.request()).datagram
        tun.inject(ipv6(STRANGER_V6, OUR_ADDRESS_V6, with_checksum_v6(STRANGER_V6, OUR_ADDRESS_V6, error)))

    done, counted = meet(network, mode=mode, target=TARGET_V6, within_s=5.0)

    assert [(error.kind, error.reporter) for error in done.errors.values()] == [
        (ErrorKind.UNREACHABLE, STRANGER_V6)
    ]
    assert counted == {"error": 1}


@pytest.mark.parametrize("in_batches", [True, False])
@pytest.mark.parametrize("mode", BOTH)
def test_a_reply_longer_than_any_to_us_is_oversize(mode: Mode, *, in_batches: bool) -> None:
    async def network(tun: Tun) -> None:
        reply = (await tun.request()).reply()
        tun.inject(ipv4(TARGET, OUR_ADDRESS, with_checksum(reply + bytes(3_000))))

    done, counted = meet(network, mode=mode, in_batches=in_batches)

    assert done.rtts_s == [None]
    assert counted == {"oversize": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_read_one_by_one_every_message_gets_the_same_name(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        first, second, third = [await tun.request() for _ in range(3)]
        tun.inject(ipv4(STRANGER, OUR_ADDRESS, icmp_error(3, 1, second.datagram)))
        tun.inject(reply_to(third))
        tun.inject(reply_to(first, source=STRANGER))
        tun.inject(reply_to(first))
        tun.inject(reply_to(first))
        tun.inject(ipv4(TARGET, OUR_ADDRESS, with_checksum(third.reply()[:-1] + b"?")))
        tun.inject(ipv4(TARGET, OUR_ADDRESS, with_checksum(third.reply()[:30])))

    done, counted = meet(network, mode=mode, count=3, within_s=2.0, in_batches=False)

    assert [rtt is None for rtt in done.rtts_s] == [False, True, False]
    assert done.reordered == 1
    assert counted == {"answered": 2, "error": 1, "spoofed": 1, "duplicate": 1, "altered": 1, "truncated": 1}


@pytest.mark.parametrize("mode", BOTH)
def test_a_reply_to_an_earlier_request_than_one_answered_is_reordered(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        requests = [await tun.request() for _ in range(4)]
        for index in (1, 0, 0, 3, 2):
            tun.inject(reply_to(requests[index]))

    done, counted = meet(network, mode=mode, count=4, within_s=2.0)

    assert done.reordered == 2
    assert counted == {"answered": 4, "duplicate": 1}


def test_a_flood_of_every_identifier_answers_nothing() -> None:
    async def network(tun: Tun) -> None:
        reply = (await tun.request()).reply()
        guess = reply[:8] + bytes(56)
        for identifier in range(0, 1 << 16, 8):
            for own in range(identifier, identifier + 8):
                message = guess[:4] + own.to_bytes(2, "big") + guess[6:]
                tun.inject(ipv4(TARGET, OUR_ADDRESS, with_checksum(message)))
            await asyncio.sleep(0)

    done, counted = meet(network, mode="raw", within_s=0.5)

    assert done.rtts_s == [None]
    assert counted.keys() == {"foreign"}


@pytest.mark.parametrize("mode", BOTH)
def test_a_redirect_changes_nothing(mode: Mode) -> None:
    async def network(tun: Tun) -> None:
        request = await tun.request()
        tun.inject(ipv4(STRANGER, OUR_ADDRESS, icmp_error(5, 1, request.datagram)))
        await asyncio.sleep(0.02)
        tun.inject(reply_to(request))

    done, counted = meet(network, mode=mode, within_s=2.0)

    assert done.rtts_s[0] is not None
    assert done.errors == {}
    assert counted.pop("error_unmatched", 0) <= 1
    assert counted == {"answered": 1}
