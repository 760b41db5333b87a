import asyncio

import pytest

from probes.reading import FailureReason, Reading
from probes.tcp import KIND, TcpOptions, split_address
from tests.probes.namespace import OUR_ADDRESS, STRANGER, TARGET, in_namespace, ip, open_tun
from tests.probes.secrets import PUBLIC
from tests.probes.servers import black_hole, refused_port, serving


async def probe(address: str, *, port: int | None = None, timeout_s: float = 1.0) -> Reading:
    async with KIND.connect(PUBLIC) as measure:
        return await measure(address, TcpOptions(port=port), timeout_s=timeout_s)


@pytest.mark.alone
async def test_an_open_port_tells_the_time_of_the_handshake() -> None:
    async def script(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(script) as port:
        seen = await probe(f"127.0.0.1:{port}")
        by_option = await probe("localhost", port=port)

    assert seen.ok
    assert seen.metrics.keys() == {"connect_s"}
    assert 0 < seen.metrics["connect_s"] < 0.5
    assert by_option.ok


async def test_the_server_sees_an_orderly_end_and_no_data() -> None:
    ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def script(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        ended.set_result(await reader.read())

    async with serving(script) as port:
        await probe(f"127.0.0.1:{port}")
        async with asyncio.timeout(2):
            assert await ended == b""


async def test_a_greeting_does_not_matter() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.vn ESMTP\r\n")
        await reader.read()

    async with serving(script) as port:
        assert (await probe(f"127.0.0.1:{port}")).ok


async def test_refused_and_black_holed_are_told_apart() -> None:
    assert (await probe(f"127.0.0.1:{refused_port()}")).reason is FailureReason.REFUSED
    with black_hole() as port:
        assert (await probe(f"127.0.0.1:{port}", timeout_s=0.3)).reason is FailureReason.TIMEOUT


async def test_no_port_is_our_fault() -> None:
    assert (await probe("127.0.0.1")).reason is FailureReason.LOCAL
    assert (await probe("127.0.0.1:99999")).reason is FailureReason.LOCAL


def test_no_route_is_our_fault() -> None:
    assert in_namespace(lambda: probe(f"{TARGET}:80")).reason is FailureReason.LOCAL


def test_a_route_that_says_unreachable_is_our_fault() -> None:
    async def story() -> Reading:
        ip("route", "add", "unreachable", "10.66.0.0/24")
        return await probe(f"{TARGET}:80")

    assert in_namespace(story).reason is FailureReason.LOCAL


@pytest.mark.parametrize("code", [0, 1])
def test_a_router_that_says_unreachable_is_about_the_target(code: int) -> None:
    async def story() -> Reading:
        with open_tun() as tun:
            tun.answer_tcp_with_error(STRANGER, OUR_ADDRESS, code)
            return await probe(f"{TARGET}:80", timeout_s=2)

    assert in_namespace(story).reason is FailureReason.UNREACHABLE


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.1:1720", ("10.0.0.1", 1720)),
        ("10.0.0.1", ("10.0.0.1", 80)),
        ("portal.test:443", ("portal.test", 443)),
        ("portal.test", ("portal.test", 80)),
        ("[::1]:22", ("::1", 22)),
        ("::1", ("::1", 80)),
        ("host:0", ("host", None)),
        ("host:x", ("host", None)),
        ("host:²", ("host", None)),
    ],
)
def test_addresses_are_split(address: str, expected: tuple[str, int | None]) -> None:
    assert split_address(address, 80) == expected
