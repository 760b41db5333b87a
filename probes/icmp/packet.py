"""ICMP and ICMPv6 messages as values: encode echo requests, decode what comes back. No socket, no clock.

RFC 792 (ICMP), RFC 4443 (ICMPv6), RFC 1071 (checksum), RFC 4884 (padding after the quote).
Traffic to look at: `ping -c1 127.0.0.1` and `tcpdump -ni lo -X icmp`.
"""

import socket
import struct
from dataclasses import dataclass
from enum import StrEnum

HEADER_BYTES = 8
ECHO_REPLY = 0
ECHO_REQUEST = 8
ECHO_REQUEST_V6 = 128
ECHO_REPLY_V6 = 129

_HEADER = struct.Struct("!BBHHH")
_IPV4 = 4
_IPV6 = 6
_IPV4_MIN_BYTES = 20
_IPV6_BYTES = 40
_IPPROTO_ICMP = 1
_IPPROTO_ICMPV6 = 58


class ErrorKind(StrEnum):
    """What an ICMP error says, the same for both families."""

    UNREACHABLE = "unreachable"
    PROHIBITED = "prohibited"
    TTL_EXCEEDED = "ttl_exceeded"
    TOO_BIG = "too_big"
    PARAMETER = "parameter"


class Flaw(StrEnum):
    """Why bytes are not a message we can use."""

    TRUNCATED = "truncated"
    CHECKSUM = "checksum"
    OTHER_TYPE = "other_type"
    BAD_QUOTE = "bad_quote"
    """An ICMP error that does not quote an echo request."""


@dataclass(frozen=True, slots=True)
class Echo:
    """An echo request or reply."""

    is_reply: bool
    identifier: int
    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP error about an echo request; `payload` is as much of the request's payload as was quoted."""

    kind: ErrorKind
    code: int
    destination: str
    identifier: int
    sequence: int
    payload: bytes


Message = Echo | IcmpError | Flaw

# RFC 792, RFC 1812 5.2.7.1: codes of type 3 that mean "a filter said no".
_PROHIBITED_V4 = frozenset({9, 10, 13})
_TOO_BIG_V4 = 4
_PROHIBITED_V6 = frozenset({1, 5, 6})


def checksum(message: bytes) -> int:
    """Return the Internet checksum (RFC 1071); 0 for a message whose checksum field is right.

    One's complement addition of 16-bit words is arithmetic modulo 0xFFFF, and so is the whole message read as
    one number: that costs one division instead of a loop.
    """
    if len(message) % 2:
        message += b"\0"
    number = int.from_bytes(message, "big")
    if number == 0:
        return 0xFFFF
    return (0xFFFF - number % 0xFFFF) % 0xFFFF


def encode_echo(echo: Echo) -> bytes:
    """Return the ICMP (IPv4) message with its checksum."""
    kind = ECHO_REPLY if echo.is_reply else ECHO_REQUEST
    plain = _HEADER.pack(kind, 0, 0, echo.identifier, echo.sequence) + echo.payload
    return _HEADER.pack(kind, 0, checksum(plain), echo.identifier, echo.sequence) + echo.payload


def encode_echo_v6(echo: Echo) -> bytes:
    """Return the ICMPv6 message; its checksum stays 0, the kernel fills it in (RFC 3542 3.1)."""
    kind = ECHO_REPLY_V6 if echo.is_reply else ECHO_REQUEST_V6
    return _HEADER.pack(kind, 0, 0, echo.identifier, echo.sequence) + echo.payload


def strip_ipv4(datagram: bytes) -> bytes:
    """Return what follows the IPv4 header; empty when the header is not whole."""
    if len(datagram) < _IPV4_MIN_BYTES:
        return b""
    return datagram[max(_IPV4_MIN_BYTES, (datagram[0] & 0x0F) * 4) :]


def decode(message: bytes) -> Message:
    """Decode an ICMP (IPv4) message without its IP header; any bytes are allowed."""
    if len(message) < HEADER_BYTES:
        return Flaw.TRUNCATED
    if checksum(message) != 0:
        return Flaw.CHECKSUM
    kind, code, _, identifier, sequence = _HEADER.unpack_from(message)
    if kind in {ECHO_REPLY, ECHO_REQUEST} and code == 0:
        return Echo(kind == ECHO_REPLY, identifier, sequence, message[HEADER_BYTES:])
    error = error_kind(kind, code)
    if error is None:
        return Flaw.OTHER_TYPE
    return _decode_quote(error, code, message[HEADER_BYTES:])


def decode_v6(message: bytes) -> Message:
    """Decode an ICMPv6 message; its checksum was verified by the kernel (RFC 3542 3.1)."""
    if len(message) < HEADER_BYTES:
        return Flaw.TRUNCATED
    kind, code, _, identifier, sequence = _HEADER.unpack_from(message)
    if kind in {ECHO_REPLY_V6, ECHO_REQUEST_V6} and code == 0:
        return Echo(kind == ECHO_REPLY_V6, identifier, sequence, message[HEADER_BYTES:])
    error = error_kind_v6(kind, code)
    if error is None:
        return Flaw.OTHER_TYPE
    return _decode_quote_v6(error, code, message[HEADER_BYTES:])


def error_kind(kind: int, code: int) -> ErrorKind | None:
    """Tell what an ICMP type and code mean for an echo request; None: not an error about a packet of ours."""
    match kind:
        case 3 if code in _PROHIBITED_V4:
            return ErrorKind.PROHIBITED
        case 3 if code == _TOO_BIG_V4:
            return ErrorKind.TOO_BIG
        case 3:
            return ErrorKind.UNREACHABLE
        case 11:
            return ErrorKind.TTL_EXCEEDED
        case 12:
            return ErrorKind.PARAMETER
        case _:
            return None


def error_kind_v6(kind: int, code: int) -> ErrorKind | None:
    """Tell what an ICMPv6 type and code mean for an echo request; None: not an error."""
    match kind:
        case 1 if code in _PROHIBITED_V6:
            return ErrorKind.PROHIBITED
        case 1:
            return ErrorKind.UNREACHABLE
        case 2:
            return ErrorKind.TOO_BIG
        case 3:
            return ErrorKind.TTL_EXCEEDED
        case 4:
            return ErrorKind.PARAMETER
        case _:
            return None


def _decode_quote(error: ErrorKind, code: int, quote: bytes) -> IcmpError | Flaw:
    if len(quote) < _IPV4_MIN_BYTES or quote[0] >> 4 != _IPV4:
        return Flaw.BAD_QUOTE
    request = strip_ipv4(quote)
    fragment_offset = int.from_bytes(quote[6:8], "big") & 0x1FFF
    is_request = len(request) >= HEADER_BYTES and request[0] == ECHO_REQUEST and request[1] == 0
    if quote[9] != _IPPROTO_ICMP or fragment_offset or not is_request:
        return Flaw.BAD_QUOTE
    destination = socket.inet_ntop(socket.AF_INET, quote[16:20])
    return _quoted(error, code, destination, request)


def _decode_quote_v6(error: ErrorKind, code: int, quote: bytes) -> IcmpError | Flaw:
    request = quote[_IPV6_BYTES:]
    is_request = len(request) >= HEADER_BYTES and request[0] == ECHO_REQUEST_V6 and request[1] == 0
    if not is_request or quote[0] >> 4 != _IPV6 or quote[6] != _IPPROTO_ICMPV6:
        return Flaw.BAD_QUOTE
    destination = socket.inet_ntop(socket.AF_INET6, quote[24:40])
    return _quoted(error, code, destination, request)


def _quoted(error: ErrorKind, code: int, destination: str, request: bytes) -> IcmpError:
    _, _, _, identifier, sequence = _HEADER.unpack_from(request)
    return IcmpError(error, code, destination, identifier, sequence, request[HEADER_BYTES:])
