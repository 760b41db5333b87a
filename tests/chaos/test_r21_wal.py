"""R21: another program reads results.db for long: the write-ahead log stays bounded, and nothing is lost."""

from dataclasses import replace
from pathlib import Path

from monitor.series.log import ResultLog
from monitor.storage.errors import StorageFault
from tests.chaos import promise
from tests.monitor.storage.disks import foreign_read
from tests.monitor.storage.samples import T0, integrity, result

LIMIT_BYTES = 16 * 2**20


async def test_r21_results_wait_in_memory_at_the_bound_and_go_on_by_themselves(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    number = 0
    largest = 0
    async with ResultLog.open(path, now=T0, wal_limit_bytes=LIMIT_BYTES) as log:
        with foreign_read(path) as end:
            while log.fault is None:
                for _ in range(500):
                    reading = replace(result().reading, detail="x" * 4_000)
                    log.append(replace(result(number), reading=reading))
                    number += 1
                await log.flush()
                largest = max(largest, log.database.wal_bytes)
                assert largest <= LIMIT_BYTES
            assert log.fault.fault is StorageFault.HELD
            assert "lsof" in log.fault.remedy
            assert (log.queued, log.dropped) == (500, 0)
            end()
        await log.flush()

        assert str(log.fault) == "None"
        assert (log.queued, log.dropped) == (0, 0)
        assert [entry.seq for entry in await log.read_after(0, 100_000)] == list(range(1, number + 1))
    assert integrity(path) == "ok"
    promise.told(
        21,
        f"a foreign read lets a log grow to its bound at most ({LIMIT_BYTES >> 20} MB here), and nothing is lost",
        f"{number} results, log {largest / 2**20:.1f} MB at most, 0 MB after the read, lost 0",
    )
