"""Places of `heartbeat`: assets in the book of beats."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probes.beats import Beat
from probes.heartbeat import HeartbeatOptions
from probes.reading import FailureReason
from tests.probes.faults import Fault, Place, Transport
from tests.probes.secrets import PUBLIC

TRANSPORT = Transport.PASSIVE
UNROUTED = "kiosk-01"
OPTIONS = HeartbeatOptions()


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    beats, now = PUBLIC.beats, time.monotonic()
    opened_mono, beats.opened_mono = beats.opened_mono, now - 1_000
    beats.open_way("http", now_mono=now - 1_000)
    beats.record("kiosk-lively", Beat(now, {"uptime_s": 60.0, "app_alive": 1.0}, "http"))
    beats.record("kiosk-late", Beat(now - 400, {}, "http"))
    try:
        yield [
            Place(Fault.NONE, "kiosk-lively", OPTIONS, None),
            Place(Fault.SILENT, "kiosk-late", OPTIONS, FailureReason.TIMEOUT),
            Place(Fault.SILENT, "kiosk-unheard", OPTIONS, FailureReason.TIMEOUT),
            Place(Fault.UNUSABLE, "kiosk-new", HeartbeatOptions(max_age_s=5_000), FailureReason.LOCAL),
        ]
    finally:
        beats.keep_only({})
        beats.ways.clear()
        beats.opened_mono = opened_mono
