"""A log and its compactor in small for the kill test: results are written and moved until the process is killed."""

import asyncio
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from monitor.series import result_rows
from monitor.series.compactor import Compactor
from monitor.series.model import Retention, StoredResult
from monitor.storage.database import Database
from monitor.storage.opening import Synchronous
from tests.clock import FakeClock
from tests.monitor.series.filling import ZONE
from tests.monitor.series.rolls import INTERVAL_S, varied

T0 = 1_770_001_200.0
CHECKS = ("a/icmp", "b/icmp", "c/http")
KEEP = Retention(raw_days=1_000, five_minutes_days=1_000, hours_days=1_000, days_days=1_000)
AT_ONCE = 240
LATE_BY = 350
"""Every seventh result of these many later ones comes with them: its hour is in a chunk by then."""


def stored(seq: int) -> StoredResult:
    """Return the result with that number; some come hours after they started."""
    place = seq - LATE_BY if seq % 7 == 0 and seq > LATE_BY else seq
    slot = place * 2 + (place != seq)
    return StoredResult(seq, varied(seq, T0 + slot * INTERVAL_S / 2, CHECKS[seq % len(CHECKS)]))


def compactor_of(database: Database, clock: FakeClock) -> Compactor:
    return Compactor(
        database,
        clock=clock,
        zone=ZONE,
        interval_of=lambda _: INTERVAL_S,
        retention=lambda: KEEP,
        readers=lambda: (),
    )


def live(path: Path, words: Connection) -> None:
    """Write and compact until killed; say each number that is on the disk."""
    asyncio.run(_live(path, words))


async def _live(path: Path, words: Connection) -> None:
    async with Database.open(path, schema="results", synchronous=Synchronous.NORMAL, now=T0) as database:
        seq = await database.read(result_rows.select_last_seq)
        refs = await database.read(result_rows.select_names)
        clock = FakeClock(now=T0)
        compactor = compactor_of(database, clock)
        while True:
            rows = [stored(number) for number in range(seq + 1, seq + 1 + AT_ONCE)]
            seq += len(rows)
            refs |= await database.write(partial(result_rows.append_rows, rows=rows, refs=refs))
            words.send_bytes(b"%d" % seq)
            clock.step_wall(rows[-1].result.started_at - clock.now())
            while await compactor.step():
                pass
