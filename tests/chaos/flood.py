"""Hostile packets at a steady rate: python -m tests.chaos.flood icmp|trap|beat RATE SECONDS FROM TO [PORT]; prints how many.

Run where the monitor's sockets are, as root: sources are forged with a raw socket (raw(7), IP_HDRINCL). `beat` opens
connections and says what no asset says; each is about five packets of the rate.
"""

import random
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

TICK_S: Final = 0.01
PACKETS_OF_A_CONNECTION: Final = 5
BEAT: Final = b"POST /beat HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nAuthorization: Bearer gia-mao\r\n\r\n"
TRAP: Final = bytes.fromhex(
    "3041020101040770726976617465a7330201010201000201003028300d06082b060102010103"
    "004301013017060a2b06010603010104010006092b0601060301010503"
)
"""A v2c trap of a community that is not ours."""


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(protocol: int, source: str, to: str, payload: bytes) -> bytes:
    """Return an IPv4 packet; the kernel fills in length and checksum of its header."""
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(to) + payload


def echo_reply(chance: random.Random) -> bytes:
    """Return an echo reply that nobody asked for."""
    body = chance.randbytes(60)
    return struct.pack("!BBH", 0, 0, checksum(b"\x00\x00\x00\x00" + body)) + body


def datagram(port: int, chance: random.Random) -> bytes:
    """Return a UDP datagram without checksum: a trap of a stranger, or noise."""
    body = TRAP if chance.random() < 0.5 else chance.randbytes(chance.randrange(2, 200))
    return struct.pack("!HHHH", chance.randrange(1_024, 65_536), port, 8 + len(body), 0) + body


def raw(make: Callable[[], bytes]) -> Callable[[], int]:
    """Return what sends one packet and says how many those were."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def send() -> int:
        packet = make()
        with suppress(BlockingIOError, OSError):
            sender.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
            return 1
        return 0

    return send


def knocking(source: str, to: str, port: int) -> Callable[[], int]:
    """Return what opens a connection, beats with a token that is none and leaves the ones before open for a while."""
    kept: list[socket.socket] = []

    def send() -> int:
        sock = socket.socket()
        sock.setblocking(False)
        with suppress(OSError):
            sock.bind((source, 0))
            sock.connect_ex((to, port))
        kept.append(sock)
        if len(kept) > 100:
            oldest = kept.pop(0)
            with suppress(OSError):
                oldest.send(BEAT)
            oldest.close()
        return PACKETS_OF_A_CONNECTION

    return send


def main(kind: str, rate: float, seconds: float, source: str, to: str, port: int) -> int:
    """Send for so long; return how many packets those were."""
    chance = random.Random(162)  # noqa: S311 (the same bytes each time)
    send = {
        "icmp": lambda: raw(lambda: ip_packet(socket.IPPROTO_ICMP, source, to, echo_reply(chance))),
        "trap": lambda: raw(lambda: ip_packet(socket.IPPROTO_UDP, source, to, datagram(port, chance))),
        "beat": lambda: knocking(source, to, port),
    }[kind]()
    sent, begun = 0, time.monotonic()
    while (passed_s := time.monotonic() - begun) < seconds:
        while sent < rate * passed_s:
            sent += send()
        time.sleep(TICK_S)  # noqa: TID251 (a sender does nothing else)
    return sent


if __name__ == "__main__":
    kind, rate, seconds, source, to, *port = sys.argv[1:]
    print(main(kind, float(rate), float(seconds), source, to, int(port[0]) if port else 0))
