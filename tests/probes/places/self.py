"""Places of `self`: parts of the monitor, in the book of its looks at itself."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probes.own import Look, Sign
from probes.reading import FailureReason
from probes.self import SelfOptions
from tests.probes.faults import Fault, Place, Transport
from tests.probes.secrets import PUBLIC

TRANSPORT = Transport.PASSIVE
UNROUTED = "giam-sat"
OPTIONS = SelfOptions(sign=Sign.DISK)


@asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    own, now = PUBLIC.own, time.monotonic()
    own.record(
        {
            Sign.DISK: Look(now, {"disk_left_ratio": 0.5, "troubles": 0.0, "failing": 0.0}),
            Sign.CLOCK: Look(now - 1_000, {"clock_steps": 0.0}),
        }
    )
    try:
        yield [
            Place(Fault.NONE, "giam-sat", OPTIONS, None),
            Place(Fault.SILENT, "giam-sat", SelfOptions(sign=Sign.CLOCK), FailureReason.LOCAL),
            Place(Fault.UNUSABLE, "giam-sat", SelfOptions(sign=Sign.BACKUP), FailureReason.LOCAL),
        ]
    finally:
        own.record({})
