"""Targets that read packets of devices and of whoever pretends to be one."""

import re
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity.engine import SnmpEngine

from monitor.inputs.traps import EngineIdentity, TrapReceiver, TrapUser, new_engine
from probes import dns_message, mqtt_packet
from probes.datagram import UnreadableError
from probes.icmp import packet
from probes.sip import message as sip_message
from probes.snmp.ber import BerError, arcs, element, encode_oid, integer, oid_text, tlv, value
from probes.snmp.keys import KeyRing
from probes.snmp.message import CommunitySpeaker
from probes.snmp.model import Binding, Community, SnmpRequestError, UsmUser
from probes.snmp.tables import TableWalk
from probes.snmp.v3 import UserSpeaker
from tests.fuzz.target import Target

T = TypeVar("T")
GET = 0xA0
RESPONSE = 0xA2
ID = b"\x02\x04\x7f\x7f\x7f\x7f"
"""Stands in an input for the number that the request under way has."""
_NUMBER = re.compile(rb"\x02\x04(....)", re.DOTALL)
COLUMN = "1.3.6.1.2.1.2.2.1.2"
MOST_ROWS = 50
COMMUNITY = "tin-cua-thiet-bi"

_echo = packet.Echo(is_reply=True, identifier=7, sequence=9, payload=b"payload of ours, 24 bytes")
_header = bytes.fromhex("45000054000040004001b6a87f0000017f000001")
ICMP_SEEDS = (
    packet.encode_echo(_echo),
    packet.encode_echo_v6(_echo),
    _header + packet.encode_echo(_echo),
    b"\x03\x01\xfc\xfe\x00\x00\x00\x00" + _header + packet.encode_echo(_echo),
)


def icmp(data: bytes) -> None:
    """Any bytes are a message or a flaw; an echo is what its own encoding says."""
    for body in (data, packet.strip_ipv4(data)):
        for found, encode, decode in (
            (packet.decode(body), packet.encode_echo, packet.decode),
            (packet.decode_v6(body), packet.encode_echo_v6, packet.decode_v6),
        ):
            if isinstance(found, packet.Echo):
                assert decode(encode(found)) == found
            elif isinstance(found, packet.IcmpError):
                assert found.kind in packet.ErrorKind


def ber(data: bytes) -> None:
    """Any bytes are an element within bounds, whose contents are a value, or a BerError."""
    with suppress(BerError):
        tag, start, stop = element(data, 0, len(data))
        assert 0 < start <= stop <= len(data)
        found = value(data, tag, start, stop)
        assert found is None or isinstance(found, int | float | str | bytes)
    with suppress(BerError):
        text = oid_text(data)
        assert arcs(encode_oid(text)) == (arcs(data) or (0,))  # an empty OID is read as the zero one


class Given:
    """A wire on which every question is answered with `data`; no answer that is taken is silence."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.ends_at = 0.0

    async def exchange(self, datagram: bytes, accept: Callable[[bytes], T | None]) -> T:
        numbers = _NUMBER.findall(datagram)
        data = self._data
        for number in numbers:
            data = data.replace(ID, b"\x02\x04" + number, 1)
        with suppress(BerError):  # as the real wire does
            found = accept(data)
            if found is not None:
                return found
        raise TimeoutError


def _driven(asking: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits; None when no answer was taken."""
    try:
        asking.send(None)
    except StopIteration as ended:
        return ended.value
    except (TimeoutError, SnmpRequestError):
        return None
    asking.close()
    raise AssertionError("it waits")


def _pdu(*bindings: bytes) -> bytes:
    return tlv(RESPONSE, ID + b"\x02\x01\x00\x02\x01\x00" + tlv(0x30, b"".join(bindings)))


_binding = tlv(0x30, tlv(6, encode_oid("1.3.6.1.2.1.1.3.0")) + b"\x43\x01\x07")
COMMUNITY_SEEDS = (
    tlv(0x30, integer(1) + tlv(4, COMMUNITY.encode()) + _pdu(_binding)),
    tlv(0x30, integer(0) + tlv(4, COMMUNITY.encode()) + _pdu(_binding, _binding)),
    tlv(0x30, integer(1) + tlv(4, b"public") + _pdu()),
)


def snmp_community(data: bytes) -> None:
    """Only what names our community and our request is an answer."""
    for version in ("1", "2c"):
        speaker = CommunitySpeaker(Community(version, COMMUNITY))
        answer = _driven(speaker.ask(Given(data), GET, [encode_oid("1.3.6.1.2.1.1.3.0")]))
        if answer is not None:
            assert COMMUNITY.encode() in data
            assert all(isinstance(each.oid, bytes) for each in answer.bindings)


_user = tlv(
    0x30, tlv(4, b"\x80\x00\x00\x00\x05abcde") + integer(3) + integer(99) + b"\x04\x01u\x04\x00\x04\x00"
)
_report = tlv(
    0xA8,
    ID
    + b"\x02\x01\x00\x02\x01\x00"
    + tlv(0x30, tlv(0x30, tlv(6, encode_oid("1.3.6.1.6.3.15.1.1.4.0")) + b"\x41\x01\x01")),
)
V3_SEEDS = tuple(
    tlv(
        0x30, integer(3) + tlv(0x30, ID + integer(65_507) + tlv(4, flags) + integer(3)) + tlv(4, _user) + body
    )
    for flags, body in (
        (b"\x00", tlv(0x30, tlv(4, b"") + tlv(4, b"") + _report)),
        (b"\x03", tlv(4, bytes(24))),
        (b"\x01", tlv(0x30, tlv(4, b"") + tlv(4, b"") + _pdu(_binding))),
    )
)


def snmp_v3(data: bytes) -> None:
    """Nothing unsigned makes a v3 session believe anything but where its engine is."""
    user = UsmUser("u", "none", "", "", "none")
    speaker = UserSpeaker(user, KeyRing())
    with suppress(RuntimeError):  # an engine was found: keys are made in a thread, which needs a loop
        _driven(speaker.ask(Given(data), GET, ()))


def snmp_table(data: bytes) -> None:
    """A walk ends: by rows, by order, by octets, or because nothing is left."""
    walk, at = TableWalk([COLUMN, COLUMN + ".9"], most_rows=MOST_ROWS), 0
    for _ in range(4 * MOST_ROWS):
        asked = walk.next_oids(10)
        if not asked:
            break
        bindings = []
        for position in asked:
            step = data[at % len(data)] if data else 0
            at += 1
            tail = data[at % len(data) : at % len(data) + step % 5] if data else b""
            base = position if step & 8 else encode_oid(COLUMN)
            bindings.append(Binding(base + tail, tail or step, step > 250))  # rarely the end
        try:
            walk.take(bindings)
        except SnmpRequestError:
            break
    else:
        raise AssertionError("a walk without end")
    assert sum(len(rows) for rows in walk.found.values()) <= 2 * (MOST_ROWS + 1)


TRAP_SEEDS = (
    tlv(
        0x30,
        integer(1)
        + tlv(4, COMMUNITY.encode())
        + tlv(
            0xA7,
            b"\x02\x01\x05\x02\x01\x00\x02\x01\x00"
            + tlv(
                0x30,
                tlv(0x30, tlv(6, encode_oid("1.3.6.1.2.1.1.3.0")) + b"\x43\x01\x07")
                + tlv(
                    0x30,
                    tlv(6, encode_oid("1.3.6.1.6.3.1.1.4.1.0")) + tlv(6, encode_oid("1.3.6.1.6.3.1.1.5.3")),
                ),
            ),
        ),
    ),
    V3_SEEDS[1],
)


@cache
def _traps() -> tuple[SnmpEngine, TrapReceiver, list[str]]:
    heard: list[str] = []
    receiver = TrapReceiver(lambda trap: heard.append(trap.oid))
    user = TrapUser("u", "sha256", "mat-khau-thu-1", "mat-khau-thu-2", ("8000000005010203040506",))
    identity = EngineIdentity("80000000050102030405060708", 7)
    return new_engine(receiver, [COMMUNITY], [user], identity), receiver, heard


def trap(data: bytes) -> None:
    """Pysnmp makes what it will of a datagram: only one with our community, or a signature, is a notification."""
    engine, receiver, heard = _traps()
    heard.clear()
    receiver.judge(
        "127.0.0.1",
        lambda: engine.message_dispatcher.receive_message(engine, udp.DOMAIN_NAME, ("127.0.0.1", 162), data),
    )
    if heard:
        assert COMMUNITY.encode() in data


DNS_SEEDS = (
    bytes.fromhex("123481800001000100000000")
    + b"\x03cong\x02vn\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x7f\x00\x00\x01",
    bytes.fromhex("123481800001000100000000")
    + b"\xc0\x0c\x00\x01\x00\x01\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x05\x00\x04\x03abc",
    dns_message.encode_question(7, dns_message.Question("cong.vn", 1), wants_recursion=True),
)


def dns(data: bytes) -> None:
    """A message, none, or a reason; names do not run in circles."""
    with suppress(UnreadableError):
        found = dns_message.decode(data)
        if found is not None:
            assert all(len(record.text) < 70_000 for record in found.answers)


SIP_SEEDS = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nCSeq: 1 OPTIONS\r\nCall-ID: x\r\nContent-Length: 0\r\n\r\n",
    b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 9\r\n\tfolded\r\n\r\n",
)


def sip(data: bytes) -> None:
    """A response, a request or neither; a whole message also may begin like one."""
    found = sip_message.parse_response(data)
    if found is not None:
        assert 100 <= found.status <= 999
        assert found.body_bytes >= 0
    length = sip_message.request_body_bytes(data)
    assert length is None or length >= 0
    sip_message.may_begin(data)


def mqtt(data: bytes) -> None:
    """A packet or MalformedError; a length is bounded."""
    with suppress(mqtt_packet.MalformedError):
        length = mqtt_packet.body_length(data[:5])
        assert length is None or 0 <= length <= mqtt_packet.MOST_BYTES
    with suppress(mqtt_packet.MalformedError):
        mqtt_packet.parse(data[0] if data else 0, data[1:])


TARGETS: Mapping[str, Target] = {
    "icmp": Target(icmp, ICMP_SEEDS, 256),
    "ber": Target(
        ber, (b"\x30\x03\x02\x01\x05", b"\x06\x03\x2b\x06\x01", b"\x9f\x78\x04\x41\x20\x00\x00"), 512
    ),
    "snmp-community": Target(snmp_community, COMMUNITY_SEEDS, 2_048),
    "snmp-v3": Target(snmp_v3, V3_SEEDS, 2_048),
    "snmp-table": Target(snmp_table, (b"\x01\x01\x02\x01\x03", b"\x00\x01"), 512),
    "trap": Target(trap, TRAP_SEEDS, 1_024),
    "dns": Target(dns, DNS_SEEDS, 1_024),
    "sip": Target(sip, SIP_SEEDS),
    "mqtt": Target(
        mqtt,
        (b"\x20\x03\x00\x00\x00", b"\x90\x04\x00\x01\x00\x00", b"\x30\x07\x00\x01a\x00{}\n"),
        512,
    ),
}
