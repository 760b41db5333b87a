"""One family's ICMP socket at work: builds and sends requests, drains and matches what arrives. Knows no probe.

The expected reply is computed when a request is sent, so one comparison of bytes checks type, code, checksum,
identifier, sequence, nonce, ticket and length. What is not that, or not from the address asked, is counted under
its own name and changes nothing. An ICMP error must quote a request still awaited.
"""

import errno
import os
import socket
import struct
from collections.abc import Callable, Sequence

from probes.icmp import packet
from probes.icmp.flight import Burst, Counters, Destination, EchoError, Flight
from probes.icmp.sockets import IP_RECVERR, IPV6_RECVERR, IcmpSocket

NONCE_BYTES = 16
MIN_PAYLOAD_BYTES = NONCE_BYTES + 8  # nonce and ticket
MAX_IN_FLIGHT = 60_000  # a datagram socket has 65,536 sequence numbers
_DRAIN_LIMIT = 512  # datagrams in one go, so that a flood does not hold the loop

_REQUEST = struct.Struct("!BBHI16sQ")
_KEY = struct.Struct("!I")
_TIMESPEC = struct.Struct("=qq")
_EXTENDED_ERROR = struct.Struct("=IBBBBII")  # linux/errqueue.h sock_extended_err
_ORIGIN_LOCAL = 1
_RECEIVE_BYTES = 2048
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)
_ERROR_ANCILLARY_BYTES = 512
_STEP_TOLERANCE_NS = 1_000_000
"""How far wall and monotonic clock may drift apart in one round trip, beyond the 0.1 % an NTP slew may add."""
_ONES = 0xFFFF


class Wire:
    """One family's socket, the requests awaiting a reply on it, and the matching."""

    def __init__(
        self,
        icmp: IcmpSocket,
        counters: Counters,
        *,
        nonce: bytes,
        first_ticket: int,
        wall_ns: Callable[[], int],
        mono_ns: Callable[[], int],
    ) -> None:
        self.icmp = icmp
        self.pending: dict[bytes, Flight] = {}
        self._counters = counters
        self._nonce = nonce
        self._ticket = first_ticket
        self._wall_ns = wall_ns
        self._mono_ns = mono_ns
        self._is_v4 = icmp.family == socket.AF_INET
        self._has_ip_header = self._is_v4 and icmp.is_raw

    def send(
        self, burst: Burst, to: Sequence[Destination], *, payload_bytes: int, dscp: int, wait_ns: int
    ) -> None:
        """Send one request to each; OSError at the first the kernel refuses (`burst.attempted` tells which).

        Replies count for `wait_ns` from the sending of each. Written flat: at 100,000 requests a second every
        call and attribute shows.
        """
        if len(self.pending) + len(to) > MAX_IN_FLIGHT:
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        send, wall_ns, pack = self.icmp.kernel.sendto, self._wall_ns, _REQUEST.pack
        pending, nonce, is_v4 = self.pending, self._nonce, self._is_v4
        fixed = None if self.icmp.identifier is None else self.icmp.identifier << 16
        ancillary = [self._traffic_class(dscp)] if dscp else None
        kind = packet.ECHO_REQUEST if is_v4 else packet.ECHO_REQUEST_V6
        padding, constant = self._load(payload_bytes)
        offset_ns = wall_ns() - self._mono_ns()
        ticket, index = self._ticket, burst.attempted
        try:
            for _, host, sockaddr in to:
                identity = ticket & 0xFFFFFFFF if fixed is None else fixed | ticket & 0xFFFF
                while (key := identity.to_bytes(4, "big")) in pending:
                    ticket += 1
                    identity = ticket & 0xFFFFFFFF if fixed is None else fixed | ticket & 0xFFFF
                # RFC 1071 sums are arithmetic modulo 0xFFFF: only what changes from packet to packet is added.
                total = constant + identity + ticket
                checksum = (_ONES - (total + 0x0800) % _ONES) % _ONES if is_v4 else 0
                request = pack(kind, 0, checksum, identity, nonce, ticket) + padding
                expected = request[4:]
                if is_v4:
                    expected = ((_ONES - total % _ONES) % _ONES).to_bytes(4, "big") + expected
                ticket += 1
                sent_wall_ns = wall_ns()
                if ancillary is None:
                    send(request, sockaddr)
                else:
                    self.icmp.kernel.sendmsg([request], ancillary, 0, sockaddr)
                pending[key] = Flight(expected, host, burst, index, sent_wall_ns, offset_ns, wait_ns)
                burst.keys.append(key)
                index += 1
        finally:
            sent = index - burst.attempted
            burst.attempted = index
            burst.outstanding += sent
            self._counters.sent += sent
            self._ticket = ticket

    def forget(self, burst: Burst) -> None:
        """Stop awaiting a burst: what still comes is late."""
        for key in burst.keys:
            flight = self.pending.get(key)
            if flight is not None and flight.burst is burst:
                del self.pending[key]

    def drain(self) -> None:
        """Take what has arrived, at most a few hundred datagrams. Called when the socket is readable."""
        receive, pending = self.icmp.kernel.recvmsg, self.pending
        is_v4, has_ip_header = self._is_v4, self._has_ip_header
        now_ns = self._mono_ns()
        offset_ns = self._wall_ns() - now_ns
        for _ in range(_DRAIN_LIMIT):
            try:
                body, ancillary, _, source = receive(_RECEIVE_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                break
            except OSError:
                # A pending error of a datagram socket; its details wait in the error queue.
                if self.icmp.is_raw:
                    raise
                break
            if has_ip_header:
                body = body[(body[0] & 0x0F) * 4 :]
            flight = pending.get(body[4:8])
            if (
                flight is not None
                and flight.host == source[0]
                and (body if is_v4 else body[4:]) == flight.expected
                and (is_v4 or body[0] == packet.ECHO_REPLY_V6)
            ):
                self._answer(flight, ancillary, now_ns, offset_ns)
            else:
                self._sort_out(body, source[0])
        if not self.icmp.is_raw:
            self.drain_errors()

    def drain_errors(self) -> None:
        """Read ICMP errors of a datagram socket from its error queue (ip(7), IP_RECVERR)."""
        while True:
            try:
                body, ancillary, _, source = self.icmp.kernel.recvmsg(
                    _RECEIVE_BYTES, _ERROR_ANCILLARY_BYTES, socket.MSG_ERRQUEUE
                )
            except OSError:
                return
            for level, kind, content in ancillary:
                if (level, kind) in {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}:
                    self._queued_error(body, source[0], content)

    def _queued_error(self, body: bytes, host: str, content: bytes) -> None:
        _, origin, kind, code, _, _, _ = _EXTENDED_ERROR.unpack_from(content)
        if origin <= _ORIGIN_LOCAL:
            return
        meaning = packet.error_kind(kind, code) if self._is_v4 else packet.error_kind_v6(kind, code)
        flight = self.pending.get(body[4:8])
        if (
            meaning is None
            or flight is None
            or flight.host != host
            or not self._is_quote_ours(flight, body[8:])
        ):
            self._counters.error_unmatched += 1
            return
        offender = content[_EXTENDED_ERROR.size :]
        reporter = (
            socket.inet_ntop(socket.AF_INET, offender[4:8])
            if self._is_v4
            else socket.inet_ntop(socket.AF_INET6, offender[8:24])
        )
        self._report(flight, EchoError(meaning, code, reporter))

    def _answer(
        self, flight: Flight, ancillary: list[tuple[int, int, bytes]], now_ns: int, offset_ns: int
    ) -> None:
        _, _, burst, index, sent_wall_ns, sent_offset_ns, wait_ns = flight
        elapsed_ns = now_ns - (sent_wall_ns - sent_offset_ns)
        if ancillary and abs(offset_ns - sent_offset_ns) <= _STEP_TOLERANCE_NS + elapsed_ns // 1000:
            seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
            rtt_ns = seconds * 1_000_000_000 + nanoseconds - sent_wall_ns
        else:
            # The wall clock was set while the packet was under way: the kernel's time is of no use.
            self._counters.clock_stepped += 1
            rtt_ns = elapsed_ns
        if burst.rtts_s[index] is not None:
            burst.duplicates += 1
            self._counters.duplicate += 1
        elif rtt_ns > wait_ns:
            self._counters.late += 1
        else:
            burst.rtts_s[index] = rtt_ns / 1e9 if rtt_ns > 0 else 0.0
            self._counters.answered += 1
            if index not in burst.errors:
                burst.settle_one()

    def _sort_out(self, body: bytes, source: str) -> None:
        """Deal with everything that is not the exact reply awaited: rare, so clarity before speed."""
        match packet.decode(body) if self._is_v4 else packet.decode_v6(body):
            case packet.Echo(is_reply=True) as echo:
                self._odd_reply(echo, body, source)
            case packet.IcmpError() as error:
                self._error(error, source)
            case packet.Flaw.TRUNCATED:
                self._counters.truncated += 1
            case packet.Flaw.CHECKSUM:
                self._counters.corrupt += 1
            case packet.Flaw.BAD_QUOTE:
                self._counters.error_unmatched += 1
            case _:
                self._counters.other += 1

    def _odd_reply(self, echo: packet.Echo, body: bytes, source: str) -> None:
        counters = self._counters
        flight = self.pending.get(body[4:8])
        sent = b"" if flight is None else self._payload(flight)
        if len(echo.payload) < max(MIN_PAYLOAD_BYTES, len(sent)) and self._nonce.startswith(
            echo.payload[:NONCE_BYTES]
        ):
            counters.truncated += 1
        elif not echo.payload.startswith(self._nonce):
            counters.foreign += 1
        elif flight is None or echo.payload[:MIN_PAYLOAD_BYTES] != sent[:MIN_PAYLOAD_BYTES]:
            counters.late += 1
        elif flight.host != source:
            counters.spoofed += 1
        else:
            counters.altered += 1

    def _error(self, error: packet.IcmpError, source: str) -> None:
        flight = self.pending.get(_KEY.pack(error.identifier << 16 | error.sequence))
        if (
            flight is None
            or flight.host != error.destination
            or not self._is_quote_ours(flight, error.payload)
        ):
            self._counters.error_unmatched += 1
            return
        self._report(flight, EchoError(error.kind, error.code, source))

    def _report(self, flight: Flight, error: EchoError) -> None:
        self._counters.error += 1
        burst, index = flight.burst, flight.position
        if index not in burst.errors and burst.rtts_s[index] is None:
            burst.errors[index] = error
            burst.settle_one()

    def _is_quote_ours(self, flight: Flight, quoted: bytes) -> bool:
        """Compare what was quoted of the payload; a router owes only 8 bytes of ICMP header (RFC 792)."""
        own = self._payload(flight)
        length = min(len(own), len(quoted))
        return own[:length] == quoted[:length]

    def _payload(self, flight: Flight) -> bytes:
        return flight.expected[8:] if self._is_v4 else flight.expected[4:]

    def _load(self, payload_bytes: int) -> tuple[bytes, int]:
        """Return the padding, and the sum of everything in the packet that never changes."""
        padding = bytes(index & 0xFF for index in range(payload_bytes - MIN_PAYLOAD_BYTES))
        even = padding + b"\0" * (len(padding) % 2)
        return padding, (int.from_bytes(self._nonce, "big") + int.from_bytes(even, "big")) % _ONES

    def _traffic_class(self, dscp: int) -> tuple[int, int, bytes]:
        level, kind = (
            (socket.IPPROTO_IP, socket.IP_TOS) if self._is_v4 else (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)
        )
        return level, kind, struct.pack("=i", dscp << 2)
