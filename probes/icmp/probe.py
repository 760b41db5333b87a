"""The `icmp` probe: one burst of echo requests gives loss, round-trip times and jitter."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from math import ceil
from typing import Annotated

from pydantic import Field

from probes.connection import own_deadline
from probes.icmp.engine import MIN_PAYLOAD_BYTES, Engine, open_engine
from probes.icmp.flight import Burst, destination
from probes.icmp.packet import ErrorKind
from probes.icmp.sockets import REMEDY, IcmpRightsError
from probes.icmp.speech import band, speech
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, Reading, failed
from probes.resolve import ResolveError, Resolver, open_resolver
from probes.wording import errno_words, seconds

_ERROR_WORDS = {
    ErrorKind.UNREACHABLE: "không tới được máy đích",
    ErrorKind.PROHIBITED: "bị chặn theo chính sách",
    ErrorKind.TTL_EXCEEDED: "hết TTL (có thể lặp định tuyến)",
    ErrorKind.TOO_BIG: "gói quá lớn cho đường truyền",
    ErrorKind.PARAMETER: "lỗi tham số gói tin",
}

METRICS = {
    "sent": Metric("số gói đã gửi", "Echo requests that left this machine"),
    "received": Metric("số gói trả lời", "Requests answered in time; duplicates count once"),
    "loss_ratio": Metric("tỷ lệ mất gói", "Lost / sent, 0 to 1", alarm="mất gói"),
    "rtt_min_s": Metric("độ trễ nhỏ nhất", "Least round-trip time"),
    "rtt_p50_s": Metric("độ trễ trung vị", "Median round-trip time", alarm="độ trễ"),
    "rtt_p95_s": Metric("độ trễ p95", "95th percentile of the round-trip times, nearest rank"),
    "rtt_max_s": Metric("độ trễ lớn nhất", "Greatest round-trip time"),
    "jitter_s": Metric(
        "độ dao động trễ", "Mean absolute difference of the round-trip times of adjacent requests; needs two"
    ),
    "duplicates": Metric(
        "số gói trả lời lặp", "Replies beyond the first to one request; absent when there is none"
    ),
    "reordered": Metric(
        "số gói trả lời sai thứ tự",
        "Replies to a request sent before one already answered (RFC 4737); absent when there is none",
    ),
}
SPEECH_METRICS = {
    "speech_r": Metric(
        "chỉ số thoại ước tính (R)",
        "Speech index, 0 to 100: an estimate from ping by the E-model (ITU-T G.107)",
    ),
    "speech_mos": Metric(
        "điểm thoại ước tính (MOS)", "The same estimate as a mean opinion score, 1 to 4.5; nobody's opinion"
    ),
}


class IcmpOptions(Options):
    """Options of `icmp`. The address is an IP address or a host name."""

    count: Annotated[int, Field(ge=1, le=100)] = 5
    """Echo requests in one burst. Loss is seen in steps of 1 / count."""
    spacing_s: Annotated[float, Field(ge=0.01, le=5)] = 0.2
    """Seconds between two requests; less if the burst would fill more than half of the timeout."""
    payload_bytes: Annotated[int, Field(ge=MIN_PAYLOAD_BYTES, le=1_472)] = 56
    """Bytes after the ICMP header (56 makes packets of 84 bytes; 1472 fills an Ethernet frame)."""
    dscp: Annotated[int, Field(ge=0, le=63)] = 0
    """DSCP code point of the requests (34 = AF41, 46 = EF)."""
    speech: bool = False
    """Also estimate how speech over this way would be heard (`speech_r`, `speech_mos`); needs a `count` of 2."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS | SPEECH_METRICS if self.speech else METRICS)


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe. Missing ICMP rights do not fail here: each reading then says so, with the remedy."""
    async with open_engine() as engine, open_resolver(shared.places) as resolver:
        yield _IcmpProbe(engine, resolver)


class _IcmpProbe:
    def __init__(self, engine: Engine, resolver: Resolver) -> None:
        self._engine = engine
        self._resolver = resolver

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Send one burst. Not one reply is `timeout`, or `unreachable` when an ICMP error says so."""
        if not isinstance(options, IcmpOptions):
            raise TypeError("icmp needs IcmpOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        try:
            to = destination(await self._resolver.first(address, within_s=ends_at - loop.time()))
        except ResolveError as error:
            return failed(error.reason, error.detail)
        except ValueError:
            return failed(FailureReason.LOCAL, "địa chỉ không phải địa chỉ đơn hướng (unicast)")
        within_s = ends_at - loop.time()
        spacing_s = options.spacing_s
        if options.count > 1:
            spacing_s = min(spacing_s, within_s / 2 / (options.count - 1))
        burst = await self._engine.burst(
            to,
            count=options.count,
            spacing_s=spacing_s,
            within_s=within_s,
            payload_bytes=options.payload_bytes,
            dscp=options.dscp,
        )
        return reading(burst, timeout_s=timeout_s, with_speech=options.speech)


def reading(burst: Burst, *, timeout_s: float, with_speech: bool = False) -> Reading:
    """Turn a finished burst into a reading. Nothing sent says nothing about the target: `local`, no loss, no round trips.

    `with_speech` adds the speech index when jitter was measured, and its band as the note `speech_band`.
    """
    sent = burst.sent
    received = [rtt for rtt in burst.rtts_s if rtt is not None]
    metrics = {"sent": float(sent), "received": float(len(received))}
    if not received and burst.send_errors:
        return failed(
            FailureReason.LOCAL, _local_detail(burst.send_errors[max(burst.send_errors)]), **metrics
        )
    if sent == 0:
        return failed(FailureReason.LOCAL, "máy giám sát chưa kịp gửi gói nào", **metrics)
    metrics["loss_ratio"] = (sent - len(received)) / sent
    rtts_s = burst.round_trips_s()
    if not received:
        reason, detail = FailureReason.TIMEOUT, f"{sent} gói không có trả lời trong {seconds(timeout_s)}"
        if burst.errors:
            error = burst.errors[max(burst.errors)]
            reason = FailureReason.UNREACHABLE
            detail = f"{error.reporter} báo: {_ERROR_WORDS[error.kind]} (mã {error.code})"
        return Reading(ok=False, metrics=metrics, reason=reason, detail=detail, rtts_s=rtts_s)
    metrics |= round_trip_metrics(burst.rtts_s)
    if burst.duplicates:
        metrics["duplicates"] = float(burst.duplicates)
    if burst.reordered:
        metrics["reordered"] = float(burst.reordered)
    if not with_speech or "jitter_s" not in metrics:
        return Reading(ok=True, metrics=metrics, rtts_s=rtts_s)
    index = speech(rtt_s=metrics["rtt_p50_s"], jitter_s=metrics["jitter_s"], loss_ratio=metrics["loss_ratio"])
    metrics |= {"speech_r": index.r, "speech_mos": index.mos}
    return Reading(ok=True, metrics=metrics, rtts_s=rtts_s, notes={"speech_band": band(index.r)})


def round_trip_metrics(rtts_s: Sequence[float | None]) -> dict[str, float]:
    """Return rtt_min_s, rtt_p50_s, rtt_p95_s (nearest rank), rtt_max_s, and jitter_s.

    Jitter is the mean absolute difference of the round trips of adjacent sequence numbers; missing when no two
    adjacent requests were answered. It is neither RFC 3550's smoothed estimator nor RFC 3393's one-way variation.
    At least one round trip is needed.
    """
    received = sorted([rtt for rtt in rtts_s if rtt is not None])
    middle = len(received) // 2
    metrics = {
        "rtt_min_s": received[0],
        "rtt_p50_s": received[middle] if len(received) % 2 else (received[middle - 1] + received[middle]) / 2,
        "rtt_p95_s": received[ceil(0.95 * len(received)) - 1],
        "rtt_max_s": received[-1],
    }
    differences = [
        abs(second - first) for first, second in pairwise(rtts_s) if first is not None and second is not None
    ]
    if differences:
        metrics["jitter_s"] = sum(differences) / len(differences)
    return metrics


def _local_detail(error: OSError) -> str:
    return REMEDY if isinstance(error, IcmpRightsError) else errno_words(error.errno)


KIND = Kind(
    "icmp",
    "One burst of echo requests: loss, round-trip times, jitter, reordering, duplicates.",
    IcmpOptions,
    METRICS | SPEECH_METRICS,
    connect,
    lane=4_000,
)
