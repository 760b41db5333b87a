"""A program that commits and says so, for tests that let system calls fail: `python -m tests.monitor.storage.acking FOLDER COUNT`."""

import asyncio
import sys
from pathlib import Path

from monitor.series.log import ResultLog
from monitor.storage.errors import StorageError
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, opening, result

TRIES = 5


async def commit_and_say(folder: Path, count: int) -> None:
    """Say `opened N` and `logged N` for what is on the disk. What fails is tried again, like the daemon does."""
    async with (
        StateStore.open(folder / "state.db", now=T0) as store,
        ResultLog.open(folder / "results.db", now=T0) as log,
    ):
        for number in range(count):
            for _ in range(TRIES):
                try:
                    await store.commit(opening(number))
                except StorageError as error:
                    print(f"failed {error.fault}", flush=True)
                else:
                    print(f"opened {number}", flush=True)
                    break
            log.append(result(number))
            await log.flush()
            if log.fault is None:
                print(f"logged {number}", flush=True)
            else:
                print(f"failed {log.fault.fault}", flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(commit_and_say(Path(sys.argv[1]), int(sys.argv[2])))
    except StorageError as refusal:
        print(f"refused {refusal.fault}", flush=True)
