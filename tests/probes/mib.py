"""An SNMP agent with objects of a test's own: GET, GETNEXT and GETBULK of versions 1 and 2c (RFC 1157, RFC 3416)."""

import asyncio
import socket
from bisect import bisect_right
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from functools import cache
from typing import cast

from monitor.demo import ber

_GET, _NEXT, _RESPONSE = 0xA0, 0xA1, 0xA2
_NULL, _NO_SUCH_INSTANCE, _END_OF_VIEW = b"\x05\x00", b"\x81\x00", b"\x82\x00"
_NO_SUCH_NAME = 2

Objects = MutableMapping[str, bytes]
"""OID in dots -> encoded value. A test changes it while the agent runs."""


def counter32(value: int) -> bytes:
    return ber.encode_integer(value, ber.COUNTER32)


def gauge(value: int) -> bytes:
    return ber.encode_integer(value, ber.GAUGE32)


def ticks(value: int) -> bytes:
    return ber.encode_integer(value, ber.TIME_TICKS)


def counter64(value: int) -> bytes:
    return ber.encode_integer(value, ber.COUNTER64)


def text(value: str | bytes) -> bytes:
    return ber.encode(ber.OCTET_STRING, value.encode() if isinstance(value, str) else value)


class MibAgent(asyncio.DatagramProtocol):
    """Answers from `objects`, after `delay_s` and from `other_source` if there is one; remembers what was asked."""

    def __init__(self, objects: Objects, *, delay_s: float, other_source: socket.socket | None) -> None:
        self.objects = objects
        self.port = 0
        self.asked: list[list[str]] = []
        """The OIDs of all requests, one list a request."""
        self._delay_s = delay_s
        self._other_source = other_source

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._answer(data)
        asyncio.get_running_loop().call_later(self._delay_s, self._send, answer, addr)

    def _send(self, answer: bytes, addr: tuple[str, int]) -> None:
        if self._other_source is not None:
            self._other_source.sendto(answer, addr)
        else:
            self._transport.sendto(answer, addr)

    def _answer(self, data: bytes) -> bytes:
        version, community, (kind, pdu) = ber.decode(ber.decode_one(data, ber.SEQUENCE))
        request_id, _, repetitions, (_, bindings) = ber.decode(pdu)
        oids = [
            ".".join(map(str, ber.decode_oid(next(ber.decode(binding))[1])))
            for _, binding in ber.decode(bindings)
        ]
        self.asked.append(oids)
        found, missing = self._found(
            kind, oids, int.from_bytes(repetitions[1], "big"), is_first=version[1] == b"\0"
        )
        listed = [ber.encode_sequence([ber.encode_oid(_arcs(oid)), value]) for oid, value in found]
        states = [ber.encode_integer(_NO_SUCH_NAME if missing else 0), ber.encode_integer(missing)]
        answer = ber.encode_sequence(
            [ber.encode(*request_id), *states, ber.encode_sequence(listed)], tag=_RESPONSE
        )
        return ber.encode_sequence([ber.encode(*version), ber.encode(*community), answer])

    def _found(
        self, kind: int, oids: list[str], repetitions: int, *, is_first: bool
    ) -> tuple[list[tuple[str, bytes]], int]:
        """Return what is there, and for version 1 which of it is missing, counted from 1."""
        if kind == _GET:
            found = [(oid, self.objects.get(oid, _NO_SUCH_INSTANCE)) for oid in oids]
        else:
            found, last, known = [], oids, sorted(self.objects, key=_arcs)
            for _ in range(1 if kind == _NEXT else repetitions):
                row = [self._after(oid, known) for oid in last]
                found += row
                last = [oid for oid, _ in row]
        missing = [value in {_NO_SUCH_INSTANCE, _END_OF_VIEW} for _, value in found]
        if is_first and any(missing):
            return [(oid, _NULL) for oid in oids], missing.index(True) + 1
        return found, 0

    def _after(self, oid: str, known: list[str]) -> tuple[str, bytes]:
        position = bisect_right(known, _arcs(oid), key=_arcs)
        return (
            (known[position], self.objects[known[position]]) if position < len(known) else (oid, _END_OF_VIEW)
        )


@asynccontextmanager
async def running_mib(
    objects: Objects, *, delay_s: float = 0.0, other_source: socket.socket | None = None
) -> AsyncIterator[MibAgent]:
    """Run an agent on a free port of 127.0.0.1."""
    transport, agent = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: MibAgent(objects, delay_s=delay_s, other_source=other_source), local_addr=("127.0.0.1", 0)
    )
    agent.port = transport.get_extra_info("sockname")[1]
    try:
        yield agent
    finally:
        transport.close()


@cache
def _arcs(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))
