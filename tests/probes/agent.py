"""An SNMP agent of a test's own: it reads requests and says whatever the test wants, or what its objects are.

Its BER (ITU-T X.690, RFC 3416) is not the product's, so that the two check each other.
"""

import asyncio
import bisect
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import cast

NO_SUCH_OBJECT = b"\x80\x00"
NO_SUCH_INSTANCE = b"\x81\x00"
END_OF_VIEW = b"\x82\x00"
GET, GETNEXT, GETBULK = 0xA0, 0xA1, 0xA5
TOO_BIG, NO_SUCH_NAME, GEN_ERR = 1, 2, 5


@dataclass(frozen=True, slots=True)
class Get:
    """A request; identifiers and OIDs are the bytes of their BER values. `repetitions` is GETBULK's."""

    version: bytes
    community: bytes
    request_id: bytes
    oids: tuple[bytes, ...]
    kind: int = GET
    repetitions: int = 0

    @property
    def names(self) -> list[str]:
        """The OIDs in dotted text."""
        return [oid_text(oid) for oid in self.oids]

    def reply(
        self,
        bindings: Iterable[tuple[bytes, bytes]],
        *,
        request_id: bytes | None = None,
        community: bytes | None = None,
        error: int = 0,
        error_index: int = 0,
    ) -> bytes:
        """Return a response; each binding is an OID's bytes and a whole encoded value."""
        listed = b"".join(tlv(0x30, tlv(6, oid) + value) for oid, value in bindings)
        chosen_id = self.request_id if request_id is None else request_id
        pdu = tlv(2, chosen_id) + tlv(2, bytes([error])) + tlv(2, bytes([error_index])) + tlv(0x30, listed)
        chosen_community = self.community if community is None else community
        return tlv(0x30, tlv(2, self.version) + tlv(4, chosen_community) + tlv(0xA2, pdu))

    def answer(self, value: bytes) -> bytes:
        """Return the response that gives every object this value."""
        return self.reply([(oid, value) for oid in self.oids])

    def refusal(self, error: int, error_index: int = 0) -> bytes:
        """Return the response that gives the question back with an error (RFC 1157 4.1.2)."""
        nothing = [(oid, b"\x05\x00") for oid in self.oids]
        return self.reply(nothing, error=error, error_index=error_index)


Behaviour = Callable[[Get], Iterable[bytes]]


class Mib:
    """A well-behaved agent of these objects: OID in dotted text -> encoded value. They may change as it runs."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self.objects = objects
        self.asked: list[Get] = []

    def __call__(self, get: Get) -> list[bytes]:
        self.asked.append(get)
        bindings: list[tuple[bytes, bytes]] = []
        if get.kind == GET:
            bindings = [(oid_bytes(oid), self.objects.get(oid, NO_SUCH_INSTANCE)) for oid in get.names]
        else:
            known, row = sorted(self.objects, key=_arcs), get.names
            for _ in range(get.repetitions if get.kind == GETBULK else 1):
                found = [self._after(oid, known) for oid in row]
                row = [oid for oid, _ in found]
                bindings += [(oid_bytes(oid), value) for oid, value in found]
        if get.version == b"\x00":
            for number, (_, value) in enumerate(bindings, start=1):
                if value in {NO_SUCH_INSTANCE, END_OF_VIEW}:
                    return [get.refusal(NO_SUCH_NAME, number)]
        return [get.reply(bindings)]

    def _after(self, oid: str, known: list[str]) -> tuple[str, bytes]:
        place = bisect.bisect_right(known, _arcs(oid), key=_arcs)
        return (known[place], self.objects[known[place]]) if place < len(known) else (oid, END_OF_VIEW)


class Agent(asyncio.DatagramProtocol):
    """Answers each request after `delay_s` with what `behaviour` returns; remembers who asked."""

    def __init__(
        self, behaviour: Behaviour, *, delay_s: float = 0.0, other_source: socket.socket | None = None
    ) -> None:
        self.behaviour = behaviour
        self.port = 0
        self.askers: list[tuple[str, int]] = []
        self.at_once = 0
        self.most_at_once = 0
        self._delay_s = delay_s
        self._other_source = other_source

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.askers.append(addr)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        asyncio.get_running_loop().call_later(self._delay_s, self._respond, decode_get(data), addr)

    def _respond(self, get: Get, addr: tuple[str, int]) -> None:
        self.at_once -= 1
        for datagram in self.behaviour(get):
            if self._other_source is not None:
                self._other_source.sendto(datagram, addr)
            else:
                self._transport.sendto(datagram, addr)


@asynccontextmanager
async def running_agent(
    behaviour: Behaviour, *, delay_s: float = 0.0, other_source: socket.socket | None = None
) -> AsyncIterator[Agent]:
    """Run an agent on a free port of 127.0.0.1; answers leave from `other_source` if there is one."""
    transport, agent = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Agent(behaviour, delay_s=delay_s, other_source=other_source), local_addr=("127.0.0.1", 0)
    )
    agent.port = transport.get_extra_info("sockname")[1]
    try:
        yield agent
    finally:
        transport.close()


def tlv(tag: int, value: bytes) -> bytes:
    """Encode one element."""
    if len(value) < 128:
        return bytes([tag, len(value)]) + value
    length = len(value).to_bytes(4, "big")
    return bytes([tag, 0x84]) + length + value


def integer(value: int) -> bytes:
    """Encode an Integer32."""
    return tlv(2, value.to_bytes(4, "big", signed=True))


def counter32(value: int) -> bytes:
    return tlv(0x41, value.to_bytes(5, "big"))


def gauge(value: int) -> bytes:
    return tlv(0x42, value.to_bytes(5, "big"))


def ticks(value: int) -> bytes:
    return tlv(0x43, value.to_bytes(5, "big"))


def counter64(value: int) -> bytes:
    return tlv(0x46, value.to_bytes(9, "big"))


def text(value: str | bytes) -> bytes:
    return tlv(4, value.encode() if isinstance(value, str) else value)


def oid_bytes(text: str) -> bytes:
    """Encode an OID's contents."""
    first, second, *rest = map(int, text.split("."))
    octets = bytearray()
    for arc in (first * 40 + second, *rest):
        septets = [arc >> 7 * place & 0x7F for place in range(5)]
        while len(septets) > 1 and not septets[-1]:
            septets.pop()
        octets += bytes(septet | 0x80 for septet in reversed(septets[1:])) + bytes([septets[0]])
    return bytes(octets)


@cache
def _arcs(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


def oid_text(oid: bytes) -> str:
    """Decode an OID's contents that begin with 0 or 1."""
    found = [oid[0] // 40, oid[0] % 40]
    value = 0
    for octet in oid[1:]:
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            found.append(value)
            value = 0
    return ".".join(map(str, found))


def decode_get(data: bytes) -> Get:
    """Decode a request."""
    ((_, message),) = elements(data)
    (_, version), (_, community), (kind, pdu) = elements(message)
    (_, request_id), _, (_, repetitions), (_, bindings) = elements(pdu)
    oids = tuple(elements(binding)[0][1] for _, binding in elements(bindings))
    return Get(version, community, request_id, oids, kind, int.from_bytes(repetitions, "big"))


def elements(data: bytes) -> list[tuple[int, bytes]]:
    """Decode one element after the other: tag and contents."""
    found = []
    position = 0
    while position < len(data):
        tag, length = data[position], data[position + 1]
        position += 2
        if length >= 128:
            octets = length & 0x7F
            length = int.from_bytes(data[position : position + octets], "big")
            position += octets
        found.append((tag, data[position : position + length]))
        position += length
    return found
