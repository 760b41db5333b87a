"""An SNMP agent of a test's own: it understands GET and says whatever the test wants (BER: ITU-T X.690, RFC 3416)."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

NO_SUCH_OBJECT = b"\x80\x00"


@dataclass(frozen=True, slots=True)
class Get:
    """A GET request; identifiers and OIDs are the bytes of their BER values."""

    version: bytes
    community: bytes
    request_id: bytes
    oids: tuple[bytes, ...]

    def reply(
        self,
        bindings: Iterable[tuple[bytes, bytes]],
        *,
        request_id: bytes | None = None,
        community: bytes | None = None,
        error: int = 0,
    ) -> bytes:
        """Return a response; each binding is an OID's bytes and a whole encoded value."""
        listed = b"".join(tlv(0x30, tlv(6, oid) + value) for oid, value in bindings)
        chosen_id = self.request_id if request_id is None else request_id
        pdu = tlv(2, chosen_id) + tlv(2, bytes([error])) + tlv(2, b"\0") + tlv(0x30, listed)
        chosen_community = self.community if community is None else community
        return tlv(0x30, tlv(2, self.version) + tlv(4, chosen_community) + tlv(0xA2, pdu))

    def answer(self, value: bytes) -> bytes:
        """Return the response that gives every object this value."""
        return self.reply([(oid, value) for oid in self.oids])


Behaviour = Callable[[Get], Iterable[bytes]]


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


def decode_get(data: bytes) -> Get:
    """Decode a request."""
    ((_, message),) = _elements(data)
    (_, version), (_, community), (_, pdu) = _elements(message)
    (_, request_id), _, _, (_, bindings) = _elements(pdu)
    oids = tuple(_elements(binding)[0][1] for _, binding in _elements(bindings))
    return Get(version, community, request_id, oids)


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    elements = []
    position = 0
    while position < len(data):
        tag, length = data[position], data[position + 1]
        position += 2
        if length >= 128:
            octets = length & 0x7F
            length = int.from_bytes(data[position : position + octets], "big")
            position += octets
        elements.append((tag, data[position : position + length]))
        position += length
    return elements
