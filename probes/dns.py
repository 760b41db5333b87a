"""The `dns` probe: one question to one name server, its answer judged (RFC 1035, RFC 2181).

The target is the server, not the name: what it says of itself (SERVFAIL, REFUSED) is its fault here, while the same words
from this machine's own resolver make other probes blind (probes.resolve).
"""

import asyncio
import ipaddress
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from probes.connection import connect_failure, own_deadline
from probes.datagram import ExchangeError, Received, UnreadableError, ask
from probes.dns_message import Message, Question, Record, RecordType, decode, encode_question
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, ProbeError, Reading, failed
from probes.resolve import ResolveError, Resolver, ascii_name, ip_literal, open_resolver
from probes.wording import one_line

_RCODES = {"answer": 0, "nodata": 0, "servfail": 2, "nxdomain": 3, "refused": 5}
_RCODE_WORDS = {
    1: "máy chủ không hiểu câu hỏi (FORMERR)",
    2: "máy chủ không tra được tên này (SERVFAIL)",
    3: "máy chủ nói tên này không tồn tại (NXDOMAIN)",
    4: "máy chủ không hỗ trợ câu hỏi này (NOTIMP)",
    5: "máy chủ từ chối trả lời câu hỏi này (REFUSED)",
    9: "máy chủ không quản lý vùng tên này (NOTAUTH)",
}
_NODATA_WORDS = "máy chủ nói tên này không có bản ghi {} (NODATA)"
_CNAMES_MAX = 16
_NOTE_RECORDS = 8
_LENGTH = struct.Struct("!H")

METRICS = {
    "answer_s": Metric(
        "thời gian trả lời", "From the question to the whole answer, a second one over TCP included"
    ),
    "answers": Metric("số bản ghi trả lời", "Records of the wanted type for the name, at most 1000"),
    "ttl_s": Metric("thời hạn bản ghi (TTL)", "Least time to live of these records"),
    "soa_serial": Metric("số hiệu vùng tên (SOA serial)", "Serial number of the zone, when `type` is SOA"),
    "authoritative": Metric(
        "máy chủ có thẩm quyền", "1 when the server answers from a zone of its own, else 0"
    ),
}


def _check_name(text: str) -> str:
    if text == ".":
        return text
    try:
        return ascii_name(text)
    except ResolveError as error:
        raise ValueError(error.detail) from None


class DnsOptions(Options):
    """Options of `dns`. The address is the name server's: an IP address or a host name."""

    name: Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_check_name)]
    """Name to ask for; an IP address when `type` is PTR."""
    type: Literal["A", "AAAA", "SOA", "NS", "MX", "CNAME", "TXT", "PTR"] = "A"
    """Type of the records to ask for."""
    outcome: Literal["answer", "nodata", "nxdomain", "refused", "servfail"] = "answer"
    """What the server must say: records, that there are none, that the name does not exist, or an error."""
    expected: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=300)], ...], Field(max_length=50)
    ] = ()
    """Records that must be among the answers, as in a zone file: `10.0.0.1`, `10 mail.example.vn`. Default: any."""
    only_expected: bool = False
    """Whether there must be no others than `expected`."""
    recursion: bool = True
    """Whether to ask for recursion; false asks an authoritative server for its own zones only."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 53
    """UDP and TCP port."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.expected and self.outcome != "answer":
            raise ValueError("expected chỉ dùng khi outcome là answer")
        if self.only_expected and not self.expected:
            raise ValueError("only_expected cần có expected")
        for text in self.expected:
            try:
                normal(text, self.type)
            except ValueError:
                raise ValueError(f"expected: '{text}' không phải địa chỉ của bản ghi {self.type}") from None
        return self

    def question(self) -> Question:
        """Return what is to be asked."""
        literal = ip_literal(self.name) if self.type == "PTR" else None
        name = ipaddress.ip_address(literal).reverse_pointer if literal else self.name
        return Question(name, RecordType[self.type])

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS) - (frozenset() if self.type == "SOA" else {"soa_serial"})


def normal(text: str, of_type: str) -> str:
    """Return a record's text in the form of `Record.text`; ValueError when an address is none."""
    match of_type:
        case "A":
            return str(ipaddress.IPv4Address(text))
        case "AAAA":
            return str(ipaddress.IPv6Address(text))
        case "TXT":
            return text
        case _:
            return " ".join(part.lower().removesuffix(".") or "." for part in text.split())


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_resolver(shared.places) as resolver:
        yield _DnsProbe(resolver)


class _DnsProbe:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Ask once, over TCP again when the answer does not fit into a datagram."""
        if not isinstance(options, DnsOptions):
            raise TypeError("dns needs DnsOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        try:
            ip = await self._resolver.first(address, within_s=ends_at - loop.time())
            asked_at = loop.time()
            message = await _ask_udp(ip, options, ends_at=ends_at)
            if message.is_truncated:
                message = await _ask_tcp(ip, options, ends_at=ends_at)
        except ProbeError as error:
            return failed(error.reason, error.detail)
        return judge(message, options, answer_s=loop.time() - asked_at)


async def _ask_udp(ip: str, options: DnsOptions, *, ends_at: float) -> Message:
    message_id = secrets.randbits(16)
    question = options.question()
    query = encode_question(message_id, question, wants_recursion=options.recursion)

    def read(received: Received) -> Message | None:
        return _read(received.data, message_id, question)

    return await ask(ip, options.port, lambda: query, read, ends_at=ends_at)


def _read(data: bytes, message_id: int, question: Question) -> Message | None:
    """Return the answer to this question, None when it answers something else; UnreadableError as `decode`."""
    message = decode(data)
    if message is None or message.id != message_id:
        return None
    # Some servers leave the question out of an error (RFC 1035 does not ask for it).
    if message.question is None and message.rcode != 0:
        return message
    return message if message.question == question else None


async def _ask_tcp(ip: str, options: DnsOptions, *, ends_at: float) -> Message:
    """Ask over TCP (RFC 7766). ExchangeError says why there is no answer."""
    message_id = secrets.randbits(16)
    question = options.question()
    query = encode_question(message_id, question, wants_recursion=options.recursion)
    prefix = "câu trả lời UDP bị cắt, hỏi lại qua TCP"
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout_at(ends_at):
            try:
                reader, writer = await asyncio.open_connection(ip, options.port)
            except OSError as error:
                reason, detail = connect_failure(error, ip)
                raise ExchangeError(reason, f"{prefix}: {detail}") from error
            writer.write(_LENGTH.pack(len(query)) + query)
            (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
            message = _read(await reader.readexactly(size), message_id, question)
    except TimeoutError:
        raise ExchangeError(FailureReason.TIMEOUT, f"{prefix}: không có trả lời") from None
    except (asyncio.IncompleteReadError, OSError) as error:
        raise ExchangeError(FailureReason.PROTOCOL, f"{prefix}: kết nối bị cắt giữa chừng") from error
    except UnreadableError as error:
        raise ExchangeError(FailureReason.PROTOCOL, f"{prefix}: {error}") from error
    finally:
        if writer is not None:
            writer.transport.abort()
    if message is None or message.is_truncated:
        raise ExchangeError(FailureReason.PROTOCOL, f"{prefix}: câu trả lời cho câu hỏi khác")
    return message


def judge(message: Message, options: DnsOptions, *, answer_s: float) -> Reading:
    """Turn an answer into a reading: what the server says against what it is to say."""
    metrics = {"answer_s": answer_s, "authoritative": float(message.is_authoritative)}
    wanted_rcode = _RCODES[options.outcome]
    if message.rcode != wanted_rcode:
        words = _RCODE_WORDS.get(message.rcode, f"máy chủ báo lỗi DNS số {message.rcode}")
        if message.rcode == 0:
            words = f"máy chủ trả lời bình thường, mong đợi {options.outcome.upper()}"
        return failed(FailureReason.UNEXPECTED_ANSWER, words, **metrics)
    if wanted_rcode != 0:
        return Reading(ok=True, metrics=metrics)
    records = found(message, options.question())
    if records is None:
        detail = "chuỗi bí danh (CNAME) lặp vòng hoặc quá dài"
        return failed(FailureReason.UNEXPECTED_ANSWER, detail, **metrics)
    metrics["answers"] = float(len(records))
    notes = {}
    if records:
        metrics["ttl_s"] = float(min(record.ttl_s for record in records))
        if options.type == "SOA":
            metrics["soa_serial"] = float(records[0].text.split(" ")[2])
        notes["records"] = one_line("; ".join(record.text for record in records[:_NOTE_RECORDS]))
    wrong = _difference([record.text for record in records], options)
    reason = FailureReason.UNEXPECTED_ANSWER if wrong else None
    return Reading(ok=not wrong, metrics=metrics, reason=reason, detail=wrong, notes=notes)


def found(message: Message, question: Question) -> list[Record] | None:
    """Return the records that answer the question, along its chain of aliases; None when the chain has no end."""
    name = question.name.lower()
    aliases = {record.name: record.text for record in message.answers if record.type == RecordType.CNAME}
    if question.type != RecordType.CNAME:
        for _ in range(_CNAMES_MAX):
            if name not in aliases:
                break
            name = aliases[name]
        else:
            return None
    return [record for record in message.answers if (record.name, record.type) == (name, question.type)]


def _difference(texts: list[str], options: DnsOptions) -> str:
    """Return in words what is wrong with the records, "" when nothing is."""
    if not texts:
        return "" if options.outcome == "nodata" else _NODATA_WORDS.format(options.type)
    if options.outcome == "nodata":
        return f"mong đợi không có bản ghi, máy chủ trả lời {one_line(', '.join(texts), 120)}"
    wanted = {normal(text, options.type) for text in options.expected}
    missing = wanted - set(texts)
    if missing:
        seen = one_line(", ".join(texts), 90)
        return f"thiếu bản ghi {one_line(', '.join(sorted(missing)), 90)}; máy chủ trả lời {seen}"
    extra = set(texts) - wanted
    if options.only_expected and extra:
        return f"thừa bản ghi {one_line(', '.join(sorted(extra)), 150)}"
    return ""


KIND = Kind("dns", "Ask one name server one question.", DnsOptions, METRICS, connect)
