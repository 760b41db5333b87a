"""IP datagrams by hand, for tests that answer instead of the network."""

import socket
import struct

from probes.icmp.packet import checksum


def ipv4(source: str, destination: str, payload: bytes, *, protocol: int = 1) -> bytes:
    """Return an IPv4 datagram."""
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    start = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol)
    return start + struct.pack("!H", checksum(start + b"\0\0" + addresses)) + addresses + payload


def ipv6(source: str, destination: str, payload: bytes) -> bytes:
    """Return an IPv6 datagram with an ICMPv6 message."""
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    return struct.pack("!IHBB", 6 << 28, len(payload), 58, 64) + addresses + payload


def icmp_error(kind: int, code: int, quote: bytes) -> bytes:
    """Return an ICMP message that quotes a datagram."""
    return with_checksum(bytes([kind, code]) + bytes(6) + quote)


def with_checksum(message: bytes) -> bytes:
    """Put the right checksum into an ICMP message."""
    plain = message[:2] + b"\0\0" + message[4:]
    return message[:2] + struct.pack("!H", checksum(plain)) + message[4:]


def with_checksum_v6(source: str, destination: str, message: bytes) -> bytes:
    """Put the right checksum, pseudo-header included, into an ICMPv6 message (RFC 8200 8.1)."""
    plain = message[:2] + b"\0\0" + message[4:]
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    pseudo = addresses + struct.pack("!II", len(plain), 58)
    return message[:2] + struct.pack("!H", checksum(pseudo + plain)) + message[4:]
