"""The `heartbeat` probe: how old is the last sign of life that an asset sent by itself? Sends nothing, waits for nothing.

For machines that nobody can reach from outside (kiosks and PCs behind an office's gateway). How beats come in:
monitor/inputs/heartbeats.py. Whatever kept beats from arriving on our side (a fresh start, a sleeping machine, a lost
broker) is our own fault and never the asset's. Ages are monotonic: a step of the wall clock changes none.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from pydantic import Field

from probes.beats import Beat, BeatBook, Way
from probes.kind import Kind, Metric, Options, Probe, Shared
from probes.reading import FailureReason, Reading, failed

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

METRICS = {
    "beat_age_s": Metric("tuổi của nhịp cuối", "Time since the last beat arrived"),
    "uptime_s": Metric("thời gian máy đã chạy", "Time since the machine was started, as it says"),
    "disk_free_ratio": Metric(
        "tỷ lệ ổ đĩa còn trống",
        "Free part of the machine's disk, as it says",
        alarm="ổ đĩa sắp đầy, còn trống",
    ),
    "app_alive": Metric(
        "ứng dụng trên máy còn chạy",
        "1 while the machine's application runs, as it says; else 0",
        alarm="ứng dụng trên máy đã dừng",
    ),
}


class HeartbeatOptions(Options):
    """Options of `heartbeat`. The address is the asset's code as it stands in its beats; default: the target's id."""

    max_age_s: Annotated[float, Field(ge=1, le=7 * _DAY)] = 180.0
    """How old the last beat may be, in seconds. Three times the beat's interval forgives two lost ones."""
    token_serial: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Serial number of the asset's token; a higher one revokes the tokens made before."""

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe."""
    yield _HeartbeatProbe(shared.beats)


class _HeartbeatProbe:
    def __init__(self, beats: BeatBook) -> None:
        self._beats = beats

    async def __call__(self, address: str, options: Options, *, timeout_s: float) -> Reading:
        """Return what is known of the asset, at once."""
        del timeout_s
        if not isinstance(options, HeartbeatOptions):
            raise TypeError("heartbeat needs HeartbeatOptions")
        now_mono = time.monotonic()
        self._beats.attend(now_mono)
        return read_beat(self._beats, address, max_age_s=options.max_age_s, now_mono=now_mono)


def read_beat(beats: BeatBook, asset: str, *, max_age_s: float, now_mono: float) -> Reading:
    """Return the asset's last beat; `timeout` when it is too old or never came, `local` when it could not have come."""
    beat = beats.last(asset)
    age_s = None if beat is None else max(0.0, now_mono - beat.received_mono)
    if beat is not None and age_s is not None and age_s <= max_age_s:
        return Reading(ok=True, metrics={**beat.metrics, "beat_age_s": age_s})
    ours = _our_fault(beats, beat, max_age_s=max_age_s, now_mono=now_mono)
    if ours:
        return failed(FailureReason.LOCAL, ours)
    if age_s is not None:
        return failed(FailureReason.TIMEOUT, f"nhịp cuối cách đây {_lasting(age_s)}", beat_age_s=age_s)
    return failed(
        FailureReason.TIMEOUT,
        f"chưa có nhịp nào từ {_lasting(now_mono - beats.opened_mono)} nay, mã '{asset}'",
    )


def _our_fault(beats: BeatBook, beat: Beat | None, *, max_age_s: float, now_mono: float) -> str:
    """Say why a beat that is missing may have been kept off by us, "" when it was not."""
    if not beats.ways:
        return (
            "ở đây không có ai nhận nhịp: xem tslcd-monitor status, "
            "hoặc thêm phần heartbeats vào cấu hình của tiến trình giám sát"
        )
    used = beats.ways.get(beat.way) if beat is not None else None
    for way in [used] if used is not None else beats.ways.values():
        why = _closed_or_young(way, beats.opened_mono, max_age_s=max_age_s, now_mono=now_mono)
        if why:
            return why
    return ""


def _closed_or_young(way: Way, opened_mono: float, *, max_age_s: float, now_mono: float) -> str:
    if way.open_since_mono is None:
        return way.trouble
    if now_mono - max(opened_mono, way.open_since_mono) < max_age_s:
        return "mới khởi động hoặc mới nối lại, chưa đủ thời gian chờ nhịp đầu tiên"
    return ""


def _lasting(seconds: float) -> str:
    """Write a duration in its largest whole unit."""
    for size, unit in ((_DAY, "ngày"), (_HOUR, "giờ"), (_MINUTE, "phút")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} giây"


KIND = Kind(
    "heartbeat",
    "Look up how old the last beat is that an asset sent over HTTPS or MQTT.",
    HeartbeatOptions,
    METRICS,
    connect,
)
