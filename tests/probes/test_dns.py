"""The `dns` probe against dnsmasq, and against servers that no real one would be."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import ValidationError

from probes.dns import KIND, DnsOptions
from probes.dns_message import encode_name
from probes.reading import FailureReason, Reading
from tests.probes.places.dns import answer
from tests.probes.secrets import PUBLIC
from tests.probes.servers import Script, resetting, responding, saying, serving
from tests.servers.dnsmasq import running_dnsmasq

NAME = "portal.example.test"
ZONE = (
    "local=/example.test/",
    "auth-zone=example.test",
    "auth-server=ns.example.test",
    "auth-soa=2026010203",
    "auth-ttl=600",
    f"host-record={NAME},10.51.7.1,fd00::1",
    f"cname=www.example.test,{NAME}",
    "mx-host=example.test,mail.example.test,10",
    'txt-record=_dmarc.example.test,"v=DMARC1; p=none"',
    f"ptr-record=1.7.51.10.in-addr.arpa,{NAME}",
    *(f"host-record=many.example.test,10.9.0.{number}" for number in range(1, 61)),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_dnsmasq(tmp_path_factory.mktemp("dnsmasq"), *ZONE) as port:
        yield port


async def probe(port: int, name: str = NAME, *, timeout_s: float = 2.0, **options: Any) -> Reading:
    async with KIND.connect(PUBLIC) as measure:
        chosen = DnsOptions(name=name, port=port, **options)
        return await measure("127.0.0.1", chosen, timeout_s=timeout_s)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("name", "of_type", "expected"),
    [
        (NAME, "A", "10.51.7.1"),
        (NAME.upper(), "A", "10.51.7.1"),
        (NAME, "AAAA", "fd00:0::1"),
        ("www.example.test", "A", "10.51.7.1"),
        ("www.example.test", "CNAME", "Portal.Example.test."),
        ("example.test", "MX", "10 mail.example.test."),
        ("_dmarc.example.test", "TXT", "v=DMARC1; p=none"),
        ("10.51.7.1", "PTR", NAME),
    ],
)
async def test_every_type_of_record_is_compared(server: int, name: str, of_type: str, expected: str) -> None:
    seen = await probe(server, name, type=of_type, expected=(expected,), only_expected=True)

    assert seen.ok, seen
    assert seen.metrics["answers"] == 1
    assert 0 < seen.metrics["answer_s"] < 1
    assert seen.notes["records"]


async def test_a_zone_tells_its_serial_number_and_that_it_is_its_own(server: int) -> None:
    seen = await probe(server, "example.test", type="SOA")

    assert seen.ok
    assert seen.metrics.items() >= {"soa_serial": 2026010203.0, "authoritative": 1.0, "ttl_s": 600.0}.items()


async def test_missing_and_superfluous_records_are_named(server: int) -> None:
    missing = await probe(server, expected=("10.51.7.1", "10.51.7.2"))
    extra = await probe(server, "many.example.test", expected=("10.9.0.1",), only_expected=True)

    assert (missing.reason, extra.reason) == (FailureReason.UNEXPECTED_ANSWER,) * 2
    assert missing.detail == "thiếu bản ghi 10.51.7.2; máy chủ trả lời 10.51.7.1"
    assert extra.detail.startswith("thừa bản ghi 10.9.0.10, 10.9.0.11")
    assert (await probe(server, "many.example.test", expected=("10.9.0.1", "10.9.0.60"))).ok


async def test_an_answer_too_long_for_a_datagram_is_fetched_over_tcp(server: int) -> None:
    seen = await probe(server, "many.example.test")

    assert seen.ok
    assert seen.metrics["answers"] == 60


async def test_each_no_has_its_own_words(server: int) -> None:
    absent = await probe(server, "nowhere.example.test")
    no_record = await probe(server, type="MX")
    foreign = await probe(server, "other.vn")

    assert {seen.reason for seen in (absent, no_record, foreign)} == {FailureReason.UNEXPECTED_ANSWER}
    assert [seen.detail for seen in (absent, no_record, foreign)] == [
        "máy chủ nói tên này không tồn tại (NXDOMAIN)",
        "máy chủ nói tên này không có bản ghi MX (NODATA)",
        "máy chủ từ chối trả lời câu hỏi này (REFUSED)",
    ]


async def test_a_no_can_be_what_is_wanted(server: int) -> None:
    assert (await probe(server, "nowhere.example.test", outcome="nxdomain")).ok
    assert (await probe(server, type="MX", outcome="nodata")).ok
    assert (await probe(server, "other.vn", outcome="refused")).ok
    yes = await probe(server, outcome="nxdomain")
    also_yes = await probe(server, outcome="nodata")

    assert yes.detail == "máy chủ trả lời bình thường, mong đợi NXDOMAIN"
    assert also_yes.detail == "mong đợi không có bản ghi, máy chủ trả lời 10.51.7.1"


def alias(owner: bytes, to: bytes) -> bytes:
    return owner + struct.pack("!HHIH", 5, 1, 60, len(to)) + to


@pytest.mark.parametrize(
    ("records", "count", "detail"),
    [
        (alias(b"\xc0\x0c", b"\xc0\x0c"), 1, "chuỗi bí danh (CNAME) lặp vòng hoặc quá dài"),
        (
            b"".join(
                alias(encode_name(f"{n or 'portal'}.example.test"), encode_name(f"{n + 1}.example.test"))
                for n in range(20)
            ),
            20,
            "chuỗi bí danh (CNAME) lặp vòng hoặc quá dài",
        ),
        (
            alias(b"\xc0\x0c", encode_name("elsewhere.test")),
            1,
            "máy chủ nói tên này không có bản ghi A (NODATA)",
        ),
        (
            encode_name("unasked.test") + struct.pack("!HHIH", 1, 1, 60, 4) + bytes(4),
            1,
            "máy chủ nói tên này không có bản ghi A (NODATA)",
        ),
    ],
)
async def test_only_what_the_chain_of_aliases_leads_to_answers(
    records: bytes, count: int, detail: str
) -> None:
    async with responding(lambda query: [answer(query, records, count=count)]) as liar:
        assert (await probe(liar.port)).detail == detail


async def test_an_error_without_a_question_is_still_the_answer() -> None:
    async with responding(lambda query: [query[:2] + b"\x81\x82" + bytes(8)]) as server:
        seen = await probe(server.port)

    assert seen.detail == "máy chủ không tra được tên này (SERVFAIL)"


async def test_the_right_answer_is_taken_out_of_a_flood_of_others() -> None:
    def respond(query: bytes) -> Iterator[bytes]:
        for number in range(50):
            yield b"noise"
            yield answer(bytes([query[0] ^ 1, number]) + query[2:])
            yield answer(query).replace(b"portal", b"mortal")
        yield answer(query)

    async with responding(respond) as server:
        seen = await probe(server.port)

    assert seen.ok


async def test_every_question_has_a_new_id_and_a_new_port() -> None:
    async with responding(lambda query: [answer(query)]) as server:
        for _ in range(20):
            await probe(server.port)

    assert len({data[:2] for data, _ in server.heard}) > 15
    assert len({asker for _, asker in server.heard}) > 15
    assert all(data[2:4] == b"\x01\x00" for data, _ in server.heard)


async def test_recursion_is_asked_for_only_when_wanted() -> None:
    async with responding(lambda query: [answer(query)]) as server:
        await probe(server.port, recursion=False)

    assert [data[2:4] for data, _ in server.heard] == [b"\0\0"]


@asynccontextmanager
async def truncating(script: Script) -> AsyncIterator[int]:
    """Serve truncated answers over UDP, and the script over TCP on the same port."""

    def cut(query: bytes) -> list[bytes]:
        return [answer(query, b"", count=0, flags=0x8380)]

    while True:
        async with serving(script) as port, contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(responding(cut, port=port))
            except OSError:  # the UDP port of this number is another test's
                continue
            yield port
            return


def over_tcp(change: Callable[[bytes], bytes]) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
        data = change(answer(await reader.readexactly(size)))
        writer.write(struct.pack("!H", len(data)) + data)
        await reader.read()

    return script


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (over_tcp(lambda data: data), None),
        (over_tcp(lambda data: b"\xff\xff" + data[2:]), FailureReason.PROTOCOL),
        (over_tcp(lambda data: data[:2] + b"\x83" + data[3:]), FailureReason.PROTOCOL),
        (over_tcp(lambda data: data[:-1]), FailureReason.PROTOCOL),
        (saying(b"\x00"), FailureReason.PROTOCOL),
        (saying(b"\xff\xff" + bytes(100), stay_s=2), FailureReason.TIMEOUT),
        (resetting(b"\x00\x99"), FailureReason.PROTOCOL),
    ],
)
async def test_tcp_has_its_own_ways_to_fail(script: Script, reason: FailureReason | None) -> None:
    async with truncating(script) as port:
        seen = await probe(port, timeout_s=0.3)

    assert seen.reason is reason
    assert seen.ok or seen.detail.startswith("câu trả lời UDP bị cắt, hỏi lại qua TCP: ")


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a..b"},
        {"name": "bad name"},
        {"name": "x" * 64},
        {"name": NAME, "expected": ("not an address",)},
        {"name": NAME, "type": "AAAA", "expected": ("10.51.7.1",)},
        {"name": NAME, "outcome": "nxdomain", "expected": ("10.51.7.1",)},
        {"name": NAME, "only_expected": True},
        {},
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DnsOptions(**options)


def test_only_a_zone_has_a_serial_number() -> None:
    assert "soa_serial" not in DnsOptions(name=NAME).metrics()
    assert "soa_serial" in DnsOptions(name=NAME, type="SOA").metrics()
