"""A DNS server on loopback that answers each name by its first label; counts the questions."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

_RESPONSE = 0x8180
_CODES = {"servfail": 2, "nxdomain": 3, "refused": 5}
_TTLS = {"ttl0": 0, "forever": 0x7FFFFFFF}


class Nameserver(asyncio.DatagramProtocol):
    """Answers each name as its first label says: 127.0.0.1 unless it is one of these.

    `silent` no answer, `nodata` an empty one, `many` a thousand addresses, `both` ::1 besides, `loop` an alias of itself,
    `mixed` 8.8.8.8 and 127.0.0.1, `cut` a truncated answer (nobody listens on TCP), `rebind` 9.9.9.9 the first time.
    """

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.port = 0
        self._is_bound = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own datagram transport is no DatagramTransport (CPython 3.11).
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        labels, position = [], 12
        while length := data[position]:
            labels.append(data[position + 1 : position + 1 + length].decode())
            position += 1 + length
        kind = struct.unpack_from("!H", data, position + 1)[0]
        question = data[12 : position + 5]
        label = labels[0]
        self.questions.append(".".join(labels))
        if label.startswith("silent"):
            return
        addresses = [] if kind != 1 or label in _CODES or label == "nodata" else [bytes([127, 0, 0, 1])]
        if label == "many" and addresses:
            addresses = [bytes([127, 0, number // 250, 1 + number % 250]) for number in range(1_000)]
        if label == "rebind" and addresses and not self._is_bound:
            addresses, self._is_bound = [bytes([9, 9, 9, 9])], True
        if label == "mixed" and addresses:
            addresses = [bytes([8, 8, 8, 8]), *addresses]
        if label == "both" and kind == 28:
            addresses = [bytes(15) + b"\x01"]
        if label == "loop":
            kind, addresses = 5, [b"\xc0\x0c"]
        if label == "cut":
            addresses = []
        ttl = _TTLS.get(label, 60)
        records = b"".join(
            struct.pack("!HHHIH", 0xC00C, kind, 1, ttl, len(address)) + address for address in addresses
        )
        flags = _RESPONSE | _CODES.get(label, 0) | (0x0200 if label == "cut" else 0)
        header = data[:2] + struct.pack("!HHHHH", flags, 1, len(addresses), 0, 0)
        self._transport.sendto(header + question + records, addr)


@asynccontextmanager
async def running_nameserver() -> AsyncIterator[Nameserver]:
    """Run it on a free port."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        Nameserver, local_addr=("127.0.0.1", 0), family=socket.AF_INET
    )
    server.port = transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
