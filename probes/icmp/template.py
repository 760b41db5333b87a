"""Echo requests that differ only in what names them, and the replies they must get. Pure: no socket, no clock.

Everything from the identifier on is built once for a request and compared as a whole with its reply. The payload's
ticket counts down as the sequence counts up, so that the checksum (RFC 1071: a sum modulo 0xFFFF) is the same for
every request and every payload size, and nothing is added up packet by packet.
"""

import struct
from dataclasses import dataclass

from probes.icmp import packet

NONCE_BYTES = 16
MIN_PAYLOAD_BYTES = NONCE_BYTES + 8  # nonce and ticket
SEQUENCES = 0xFFFF
"""Sequence numbers in use, 0 to 65,534: the sequence is the ticket modulo this, as checksums count."""

_ONES = 0xFFFF
_REPLY_SUM = 0x5AA5
"""What all words of a reply but the checksum add up to: far from the two ways to write zero."""
_REQUEST_SUM = _REPLY_SUM + (packet.ECHO_REQUEST << 8)
_TICKETS = (1 << 62) // _ONES * _ONES


@dataclass(frozen=True, slots=True)
class Template:
    """Requests of one size. `body.pack(prefix | sequence, nonce, countdown - ticket, padding)` follows `request_head`."""

    body: struct.Struct
    prefix: int
    """The identifier, where the 32 bits of identifier and sequence want it."""
    nonce: bytes
    countdown: int
    padding: bytes

    def tail(self, ticket: int) -> bytes:
        """Return a request from its identifier on; its reply is the same from there on."""
        return self.body.pack(
            self.prefix | ticket % SEQUENCES, self.nonce, self.countdown - ticket, self.padding
        )


def template(*, identifier: int, nonce: bytes, payload_bytes: int) -> Template:
    """Return the template of requests with `payload_bytes` (24 at least) after the ICMP header."""
    padding = bytes(index & 0xFF for index in range(payload_bytes - MIN_PAYLOAD_BYTES))
    even = padding + b"\0" * (len(padding) % 2)
    constant = identifier + int.from_bytes(nonce, "big") + int.from_bytes(even, "big")
    return Template(
        body=struct.Struct(f"!I{NONCE_BYTES}sQ{len(padding)}s"),
        prefix=identifier << 16,
        nonce=nonce,
        countdown=_TICKETS + (_REPLY_SUM - constant) % _ONES,
        padding=padding,
    )


def request_head(*, is_v4: bool) -> bytes:
    """Return type, code and checksum of every request (ICMPv6: the kernel fills the checksum in, RFC 3542 3.1)."""
    if is_v4:
        return struct.pack("!BBH", packet.ECHO_REQUEST, 0, _ONES - _REQUEST_SUM)
    return struct.pack("!BBH", packet.ECHO_REQUEST_V6, 0, 0)


def reply_head(*, is_v4: bool) -> bytes:
    """Return the start of every right reply: type, code and checksum (ICMPv6: the kernel has checked the checksum)."""
    if is_v4:
        return struct.pack("!BBH", packet.ECHO_REPLY, 0, _ONES - _REPLY_SUM)
    return struct.pack("!BB", packet.ECHO_REPLY_V6, 0)
