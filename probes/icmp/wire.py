"""One family's ICMP socket at work: builds and sends requests, drains what arrives into the matching. Knows no probe.

Written flat where every request passes: at 100,000 a second each call and attribute shows.
"""

import socket
import struct
from collections.abc import Callable, Sequence

from probes.icmp import packet
from probes.icmp.flight import Burst, Counters, Destination, EchoError, Volley
from probes.icmp.inbox import BATCH, Inbox
from probes.icmp.matching import STEP_TOLERANCE_NS, Matching
from probes.icmp.sockets import IP_RECVERR, IPV6_RECVERR, IcmpSocket
from probes.icmp.template import SEQUENCES, Template, reply_head, request_head, template

_BATCHES = 4  # in one go, so that a flood does not hold the loop
_TIMESPEC = struct.Struct("=qq")
_EXTENDED_ERROR = struct.Struct("=IBBBBII")  # linux/errqueue.h sock_extended_err
_ORIGIN_LOCAL = 1
_RECEIVE_BYTES = 2048
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)
_ERROR_ANCILLARY_BYTES = 512


class Wire:
    """One family's socket, the requests awaiting a reply on it, and the clocks they are timed by."""

    def __init__(
        self,
        icmp: IcmpSocket,
        counters: Counters,
        inbox: Inbox | None,
        *,
        nonce: bytes,
        first_ticket: int,
        wall_ns: Callable[[], int],
        mono_ns: Callable[[], int],
    ) -> None:
        self.icmp = icmp
        self._counters = counters
        self._nonce = nonce
        self._ticket = first_ticket
        self._wall_ns = wall_ns
        self._mono_ns = mono_ns
        self._is_v4 = icmp.family == socket.AF_INET
        self._request_head = request_head(is_v4=self._is_v4)
        self._reply_head = reply_head(is_v4=self._is_v4)
        self._identifier = first_ticket & 0xFFFF if icmp.identifier is None else icmp.identifier
        self._matching = Matching(icmp.family, counters, identifier=self._identifier, nonce=nonce)
        self._templates: dict[int, Template] = {}
        self._inbox = inbox

    def send(
        self, burst: Burst, to: Sequence[Destination], *, payload_bytes: int, dscp: int, wait_ns: int
    ) -> None:
        """Send one request to each; OSError at the first the kernel refuses (`burst.attempted` tells which).

        Replies count for `wait_ns` from the sending of each. ENOBUFS when no sequence number is free.
        """
        flights, wall_ns, head = self._matching.flights, self._wall_ns, self._request_head
        own = self._template(payload_bytes)
        pack, prefix, nonce, countdown, padding = (
            *(own.body.pack, own.prefix, own.nonce),
            *(own.countdown, own.padding),
        )
        send = self._sender(dscp)
        volley = Volley(burst, wall_ns() - self._mono_ns(), wait_ns)
        first = ticket = self._ticket
        index = burst.attempted
        try:
            for packed, sockaddr in to:
                sequence = ticket % SEQUENCES
                if flights[sequence] is not None:
                    ticket = self._matching.free_ticket(ticket, wall_ns())
                    sequence = ticket % SEQUENCES
                tail = pack(prefix | sequence, nonce, countdown - ticket, padding)
                ticket += 1
                request = head + tail
                sent_ns = wall_ns()
                send(request, sockaddr)
                flights[sequence] = (tail, packed, volley, index, sent_ns)
                index += 1
        finally:
            sent = index - burst.attempted
            burst.attempted = index
            burst.outstanding += sent
            burst.tickets.append(range(first, ticket))
            self._counters.sent += sent
            self._ticket = ticket

    def forget(self, burst: Burst) -> None:
        """Stop awaiting a burst: what still comes is late."""
        self._matching.forget(burst)

    def drain(self) -> None:
        """Take what has arrived, at most a few hundred datagrams. Called when the socket is readable."""
        try:
            if self._inbox is None:
                self._drain_singly()
            else:
                self._drain_batches(self._inbox)
        except BlockingIOError:
            pass
        except OSError:
            # A pending error of a datagram socket; its details wait in the error queue.
            if self.icmp.is_raw:
                raise
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

    def _drain_batches(self, inbox: Inbox) -> None:
        for _ in range(_BATCHES):
            count = inbox.receive()
            self._take_batch(inbox, count)
            if count < BATCH:
                return

    def _take_batch(self, inbox: Inbox, count: int) -> None:
        """Match a batch: here the replies that are plainly right, in `Matching` everything else."""
        matching, right_head, usual = self._matching, self._reply_head, inbox.usual
        flights = matching.flights
        now_ns = self._mono_ns()
        offset_ns = self._wall_ns() - now_ns
        answered = 0
        for number, shape, (source, seconds, nanoseconds, head, tail), (sequence,) in inbox.arrivals(count):
            flight = flights[sequence] if shape == usual and head == right_head else None
            if flight is not None:
                expected, host, volley, index, sent_ns = flight
                if tail == expected and source == host:
                    burst = volley.burst
                    rtt_ns = seconds * 1_000_000_000 + nanoseconds - sent_ns
                    if (
                        0 < rtt_ns <= volley.wait_ns
                        and -STEP_TOLERANCE_NS < offset_ns - volley.wall_offset_ns < STEP_TOLERANCE_NS
                        and burst.rtts_s[index] is None
                    ):
                        # Burst.answer(), without the call.
                        burst.rtts_s[index] = rtt_ns / 1e9
                        if index < burst.highest:
                            burst.reordered += 1
                        else:
                            burst.highest = index
                        if not burst.errors:
                            burst.outstanding -= 1
                            if not burst.outstanding and burst.is_all_sent:
                                burst.finished.set()
                        answered += 1
                        continue
            if shape[1] & socket.MSG_TRUNC:
                self._counters.oversize += 1
                continue
            datagram, sender, at_ns = inbox.datagram(number, shape)
            matching.take(self._without_ip(datagram), sender, at_ns, now_ns, offset_ns)
        self._counters.answered += answered

    def _drain_singly(self) -> None:
        for _ in range(_BATCHES * BATCH):
            datagram, ancillary, flags, source = self.icmp.kernel.recvmsg(_RECEIVE_BYTES, _ANCILLARY_BYTES)
            if flags & socket.MSG_TRUNC:
                self._counters.oversize += 1
                continue
            at_ns = None
            if ancillary:
                seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
                at_ns = seconds * 1_000_000_000 + nanoseconds
            now_ns = self._mono_ns()
            packed = socket.inet_pton(self.icmp.family, source[0])
            self._matching.take(self._without_ip(datagram), packed, at_ns, now_ns, self._wall_ns() - now_ns)

    def _without_ip(self, datagram: bytes) -> bytes:
        return packet.strip_ipv4(datagram) if self._is_v4 and self.icmp.is_raw else datagram

    def _queued_error(self, body: bytes, host: str, content: bytes) -> None:
        _, origin, kind, code, _, _, _ = _EXTENDED_ERROR.unpack_from(content)
        if origin <= _ORIGIN_LOCAL:
            return
        meaning = packet.error_kind(kind, code) if self._is_v4 else packet.error_kind_v6(kind, code)
        offender = content[_EXTENDED_ERROR.size :]
        reporter = offender[4:8] if self._is_v4 else offender[8:24]
        error = None
        if meaning is not None:
            error = EchoError(meaning, code, socket.inet_ntop(self.icmp.family, reporter))
        self._matching.queued_error(body, host, error)

    def _template(self, payload_bytes: int) -> Template:
        own = self._templates.get(payload_bytes)
        if own is None:
            own = self._templates[payload_bytes] = template(
                identifier=self._identifier, nonce=self._nonce, payload_bytes=payload_bytes
            )
        if self._inbox is not None:
            self._inbox.expect(payload_bytes)
        return own

    def _sender(self, dscp: int) -> Callable[[bytes, tuple[str, int] | tuple[str, int, int, int]], int]:
        kernel = self.icmp.kernel
        if not dscp:
            return kernel.sendto
        level, kind = (
            (socket.IPPROTO_IP, socket.IP_TOS) if self._is_v4 else (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)
        )
        ancillary = [(level, kind, struct.pack("=i", dscp << 2))]
        return lambda request, sockaddr: kernel.sendmsg([request], ancillary, 0, sockaddr)
