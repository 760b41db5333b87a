"""The `ntp` probe: is a time server alive, synchronised and right? One client packet (RFC 5905 7.3, 8).

The offset is against this machine's clock: when that one is wrong, every server's offset grows at once.
`chronyd -Q 'server 127.0.0.1'` produces the traffic.
"""

import asyncio
import secrets
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probes.connection import own_deadline
from probes.datagram import Received, UnreadableError, ask
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, ProbeError, Reading, failed
from probes.resolve import Resolver, open_resolver

_PACKET = struct.Struct("!BBbbIII4Q")
_CLIENT = 4 << 3 | 3  # version 4, mode 3
_SERVER_MODE = 4
_LEAP_UNKNOWN = 3
_STRATUM_UNSYNCHRONISED = 16
_SHORT_UNITS = 1 << 16
_UNITS = 1 << 32
_NTP_EPOCH_S = 2_208_988_800  # 1970 after 1900
_NS = 1_000_000_000
_CLOCK_SLACK_NS = 10_000_000
_KISS_WORDS = {
    "DENY": "máy chủ giờ từ chối phục vụ máy giám sát (DENY)",
    "RSTR": "máy chủ giờ từ chối phục vụ máy giám sát (RSTR)",
    "RATE": "máy chủ giờ yêu cầu hỏi thưa hơn (RATE)",
}

METRICS = {
    "offset_s": Metric("độ lệch giờ", "How far the server's clock is from this machine's, without sign"),
    "rtt_s": Metric("độ trễ", "Round trip without the server's own time"),
    "stratum": Metric(
        "tầng đồng hồ (stratum)", "Distance from a reference clock, 1 to 15; 16: not synchronised"
    ),
    "leap": Metric("báo giây nhuận", "Leap indicator: 0 none, 1 and 2 announced, 3 not synchronised"),
    "root_dispersion_s": Metric(
        "độ bất định giờ gốc", "Greatest error against the reference clock, as it says"
    ),
}


class NtpOptions(Options):
    """Options of `ntp`. The address is an IP address or a host name."""

    port: Annotated[int, Field(ge=1, le=65_535)] = 123
    """UDP port."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's packet that answers ours, and when ours left and it came, by this machine's clock."""

    leap: int
    stratum: int
    root_dispersion_s: float
    reference: bytes
    """Kiss code when the stratum is 0."""
    sent_ns: int
    arrived_ns: int
    server_received: int
    """NTP timestamp: seconds since 1900 modulo 2^32, times 2^32; so is the next."""
    server_sent: int

    def offset_s(self) -> float:
        """Return server's clock minus ours (RFC 5905 8, theta), in whatever era (it is less than 68 years)."""
        there = _signed(self.server_received - timestamp(self.sent_ns))
        back = _signed(self.server_sent - timestamp(self.arrived_ns))
        return (there + back) / 2 / _UNITS

    def rtt_s(self) -> float:
        """Return the round trip without the server's own time (RFC 5905 8, delta), at least 0."""
        inside_s = _signed(self.server_sent - self.server_received) / _UNITS
        return max(0.0, (self.arrived_ns - self.sent_ns) / _NS - inside_s)


def timestamp(wall_ns: int) -> int:
    """Return nanoseconds since 1970 as an NTP timestamp."""
    whole_s, rest_ns = divmod(wall_ns, _NS)
    return (whole_s + _NTP_EPOCH_S) % _UNITS * _UNITS + rest_ns * _UNITS // _NS


def _signed(difference: int) -> int:
    """Return the difference of two timestamps, the nearest one: they wrap in 2036."""
    return (difference + (1 << 63)) % (1 << 64) - (1 << 63)


@asynccontextmanager
async def connect(shared: Shared, *, wall_ns: Callable[[], int] = time.time_ns) -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_resolver(shared.places) as resolver:
        yield _NtpProbe(resolver, wall_ns)


class _NtpProbe:
    def __init__(self, resolver: Resolver, wall_ns: Callable[[], int]) -> None:
        self._resolver = resolver
        self._wall_ns = wall_ns

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Ask once."""
        if not isinstance(options, NtpOptions):
            raise TypeError("ntp needs NtpOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        exchange = _Exchange(self._wall_ns)
        try:
            ip = await self._resolver.first(address, within_s=ends_at - loop.time())
            answer = await ask(ip, options.port, exchange.question, exchange.read, ends_at=ends_at)
        except ProbeError as error:
            return failed(error.reason, error.detail)
        if not exchange.is_clock_steady():
            return failed(FailureReason.LOCAL, "đồng hồ của máy giám sát bị chỉnh trong lúc đo")
        return judge(answer)


class _Exchange:
    """One question. Its transmit timestamp is random: the origin of the right answer, and it tells nobody our time."""

    def __init__(self, wall_ns: Callable[[], int]) -> None:
        self._wall_ns = wall_ns
        self._cookie = secrets.randbits(64) | 1
        self._sent_ns = self._sent_mono_ns = 0
        self._took_ns = self._took_mono_ns = 0

    def question(self) -> bytes:
        self._sent_mono_ns = time.monotonic_ns()
        self._sent_ns = self._wall_ns()
        return _PACKET.pack(_CLIENT, 0, 0, 0, 0, 0, 0, 0, 0, 0, self._cookie)

    def read(self, received: Received) -> Answer | None:
        arrived_ns = self._wall_ns() if received.wall_ns is None else received.wall_ns
        if len(received.data) < _PACKET.size:
            raise UnreadableError("câu trả lời không phải gói NTP")
        first, stratum, _, _, _, dispersion, reference, _, origin, server_received, server_sent = (
            _PACKET.unpack_from(received.data)
        )
        if origin != self._cookie:
            return None
        if first & 7 != _SERVER_MODE:
            raise UnreadableError("gói NTP trả lời không ở chế độ máy chủ (mode 4)")
        self._took_ns = arrived_ns - self._sent_ns
        self._took_mono_ns = time.monotonic_ns() - self._sent_mono_ns
        return Answer(
            first >> 6,
            stratum,
            dispersion / _SHORT_UNITS,
            reference.to_bytes(4, "big"),
            self._sent_ns,
            arrived_ns,
            server_received,
            server_sent,
        )

    def is_clock_steady(self) -> bool:
        """Whether the wall clock moved between 0 and what the monotonic clock did (arrival is read later)."""
        return -_CLOCK_SLACK_NS <= self._took_ns <= self._took_mono_ns + _CLOCK_SLACK_NS


def judge(answer: Answer) -> Reading:
    """Turn an answer into a reading. A server that is not synchronised, or will not serve, has no offset."""
    kiss = answer.reference.rstrip(b"\0")
    if answer.stratum == 0 and kiss.isalpha():
        code = kiss.decode("ascii")
        words = _KISS_WORDS.get(code, f"máy chủ giờ không phục vụ (kiss-o'-death {code})")
        return failed(FailureReason.UNEXPECTED_ANSWER, words)
    # RFC 5905 7.3: 0 on the wire is 16 in the state.
    stratum = min(answer.stratum or _STRATUM_UNSYNCHRONISED, _STRATUM_UNSYNCHRONISED)
    metrics = {
        "rtt_s": answer.rtt_s(),
        "stratum": float(stratum),
        "leap": float(answer.leap),
        "root_dispersion_s": answer.root_dispersion_s,
    }
    if answer.leap == _LEAP_UNKNOWN or stratum == _STRATUM_UNSYNCHRONISED:
        return failed(FailureReason.UNEXPECTED_ANSWER, "máy chủ giờ chưa đồng bộ với nguồn nào", **metrics)
    if answer.server_sent == 0 or _signed(answer.server_sent - answer.server_received) < 0:
        return failed(FailureReason.PROTOCOL, "máy chủ giờ trả lời nhãn thời gian vô lý", **metrics)
    offset_s = answer.offset_s()
    metrics["offset_s"] = abs(offset_s)
    side = "nhanh" if offset_s > 0 else "chậm"
    how_far = f"{abs(offset_s):.6f}".replace(".", ",")
    notes = {"offset": f"đồng hồ máy chủ {side} hơn máy giám sát {how_far} giây"}
    return Reading(ok=True, metrics=metrics, notes=notes)


KIND = Kind(
    "ntp",
    "Ask a time server once: is it alive, synchronised, and right?",
    NtpOptions,
    METRICS,
    connect,
    min_gap_s=16.0,  # RFC 5905 7.2 (MINPOLL): servers answer faster askers with a kiss of death
)
