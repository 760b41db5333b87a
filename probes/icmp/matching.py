"""Which request an arriving message answers, and what it is called when it answers none. No socket, no clock.

A request is found by its sequence number in a ring. Everything from the identifier on must be what was sent, and
come from the address asked; an ICMP error must quote a request still awaited. What is not so is counted under its
own name and changes nothing.
"""

import errno
import os
import socket

from probes.icmp import packet
from probes.icmp.flight import Burst, Counters, EchoError, Flight
from probes.icmp.template import MIN_PAYLOAD_BYTES, NONCE_BYTES, SEQUENCES, reply_head

STEP_TOLERANCE_NS = 1_000_000
"""How far wall and monotonic clock may drift apart in one round trip, beyond the 0.1 % an NTP slew may add."""
_SEARCHED = 5_000  # sequence numbers tried for a free one: more than a sweep has unanswered


class Matching:
    """The requests of one socket that await a reply."""

    def __init__(
        self, family: socket.AddressFamily, counters: Counters, *, identifier: int, nonce: bytes
    ) -> None:
        self.flights: list[Flight | None] = [None] * (SEQUENCES + 1)
        """By sequence number; the last is never used."""
        self._family = family
        self._is_v4 = family == socket.AF_INET
        self._counters = counters
        self._identifier = identifier
        self._nonce = nonce
        self._reply_head = reply_head(is_v4=self._is_v4)

    def free_ticket(self, ticket: int, now_ns: int) -> int:
        """Return the first ticket from this on whose sequence is free; OSError (ENOBUFS) when too many await replies.

        The number of a request that is answered, or whose wait is over, may be taken again. `now_ns` is wall time.
        """
        for candidate in range(ticket, ticket + _SEARCHED):
            flight = self.flights[candidate % SEQUENCES]
            if flight is None:
                return candidate
            _, _, volley, position, sent_ns = flight
            burst = volley.burst
            is_settled = burst.rtts_s[position] is not None or position in burst.errors
            if is_settled or abs(now_ns - sent_ns) > volley.wait_ns:
                return candidate
        raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))

    def forget(self, burst: Burst) -> None:
        """Stop awaiting a burst: what still comes is late."""
        flights = self.flights
        for tickets in burst.tickets:
            for ticket in tickets:
                flight = flights[ticket % SEQUENCES]
                if flight is not None and flight[2].burst is burst:
                    flights[ticket % SEQUENCES] = None

    def take(self, body: bytes, source: bytes, at_ns: int | None, now_ns: int, offset_ns: int) -> None:
        """Deal with one ICMP message from `source`. `at_ns` is the kernel's receive time, None when unknown."""
        head = self._reply_head
        flight = self._find(int.from_bytes(body[4:8], "big")) if body.startswith(head) else None
        if flight is not None and flight[0] == body[4:] and flight[1] == source:
            self.answer(flight, at_ns, now_ns, offset_ns)
        else:
            self._sort_out(body, source)

    def answer(self, flight: Flight, at_ns: int | None, now_ns: int, offset_ns: int) -> None:
        """Note the exact reply to a request. `offset_ns` is the wall clock minus the monotonic clock now."""
        _, _, volley, index, sent_ns = flight
        burst = volley.burst
        elapsed_ns = now_ns - (sent_ns - volley.wall_offset_ns)
        drift_ns = abs(offset_ns - volley.wall_offset_ns)
        if at_ns is not None and drift_ns <= STEP_TOLERANCE_NS + elapsed_ns // 1000:
            rtt_ns = at_ns - sent_ns
        else:
            # The wall clock was set while the packet was under way: the kernel's time is of no use.
            self._counters.clock_stepped += 1
            rtt_ns = elapsed_ns
        if burst.rtts_s[index] is not None:
            burst.duplicates += 1
            self._counters.duplicate += 1
        elif rtt_ns > volley.wait_ns:
            self._counters.late += 1
        else:
            self._counters.answered += 1
            burst.answer(index, max(rtt_ns, 0) / 1e9)

    def queued_error(self, body: bytes, host: str, error: EchoError | None) -> None:
        """Deal with an error that the kernel matched to a request it sent to `host`, with the request's bytes."""
        flight = self._find(int.from_bytes(body[4:8], "big"))
        if error is None or flight is None or not self._is_about(flight, host, body[8:]):
            self._counters.error_unmatched += 1
        else:
            self._report(flight, error)

    def _find(self, identity: int) -> Flight | None:
        return self.flights[identity & 0xFFFF] if identity >> 16 == self._identifier else None

    def _sort_out(self, body: bytes, source: bytes) -> None:
        """Deal with everything that is not the exact reply awaited: rare, so clarity before speed."""
        match packet.decode(body) if self._is_v4 else packet.decode_v6(body):
            case packet.Echo(is_reply=True) as echo:
                self._odd_reply(echo, source)
            case packet.IcmpError() as error:
                self._error(error, socket.inet_ntop(self._family, source))
            case packet.Flaw.TRUNCATED:
                self._counters.truncated += 1
            case packet.Flaw.CHECKSUM:
                self._counters.corrupt += 1
            case packet.Flaw.BAD_QUOTE:
                self._counters.error_unmatched += 1
            case _:
                self._counters.other += 1

    def _odd_reply(self, echo: packet.Echo, source: bytes) -> None:
        counters = self._counters
        flight = self._find(echo.identifier << 16 | echo.sequence)
        sent = b"" if flight is None else _payload(flight)
        if len(echo.payload) < max(MIN_PAYLOAD_BYTES, len(sent)) and self._nonce.startswith(
            echo.payload[:NONCE_BYTES]
        ):
            counters.truncated += 1
        elif not echo.payload.startswith(self._nonce):
            counters.foreign += 1
        elif flight is None or echo.payload[:MIN_PAYLOAD_BYTES] != sent[:MIN_PAYLOAD_BYTES]:
            counters.late += 1
        elif flight[1] != source:
            counters.spoofed += 1
        else:
            counters.altered += 1

    def _error(self, error: packet.IcmpError, reporter: str) -> None:
        flight = self._find(error.identifier << 16 | error.sequence)
        if flight is None or not self._is_about(flight, error.destination, error.payload):
            self._counters.error_unmatched += 1
        else:
            self._report(flight, EchoError(error.kind, error.code, reporter))

    def _report(self, flight: Flight, error: EchoError) -> None:
        self._counters.error += 1
        _, _, volley, index, _ = flight
        burst = volley.burst
        if index not in burst.errors and burst.rtts_s[index] is None:
            burst.errors[index] = error
            burst.settle_one()

    def _is_about(self, flight: Flight, host: str, quoted: bytes) -> bool:
        """Compare the address asked and what was quoted of the payload.

        A router owes only 8 bytes of ICMP header (RFC 792).
        """
        own = _payload(flight)
        length = min(len(own), len(quoted))
        return flight[1] == socket.inet_pton(self._family, host) and own[:length] == quoted[:length]


def _payload(flight: Flight) -> bytes:
    return flight[0][4:]
