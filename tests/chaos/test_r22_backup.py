"""R22: what is copied while commits go on is a state that the database was in, and can be restored."""

import asyncio
from pathlib import Path

from monitor.backup.copies import find_copies
from monitor.backup.copying import make_copy
from monitor.storage.state import StateStore
from tests.chaos import promise
from tests.effort import sized
from tests.monitor.backup.samples import WORK, fill, restored, rows
from tests.monitor.storage.samples import T0, integrity, opening

NOW = T0 + 86_400


async def test_r22_copies_under_load_are_whole_and_come_back(tmp_path: Path) -> None:
    folder, copies, state = tmp_path, sized(short=4, long=20), tmp_path / "state"
    await fill(state, results=5)
    stop = asyncio.Event()
    done = [20]

    async with StateStore.open(state / "state.db", now=T0) as store:

        async def load() -> None:
            while not stop.is_set():
                await store.commit(opening(done[0]))
                done[0] += 1

        task = asyncio.create_task(load())
        for number in range(copies):
            before = done[0]
            copy = await asyncio.to_thread(
                make_copy,
                state,
                folder / "copies",
                with_results=False,
                now=NOW + number,
                work=WORK,
            )
            path = copy.folder / "state.db"
            assert integrity(path) == "ok"
            counts = {name: rows(path, name) for name in ("incident", "transition", "outbox", "incident_log")}
            assert len(set(counts.values())) == 1, counts
            assert before <= counts["incident"] <= done[0]
            assert copy.manifest.databases["state.db"].rows["incident"] == counts["incident"]
        stop.set()
        await task
    found = find_copies(folder / "copies").copies
    assert len(found) == copies
    for copy in found:
        back = folder / f"back-{copy.folder.name}"
        restored(back, copy.folder, now=NOW + copies)
        assert rows(back / "state.db", "incident") == copy.manifest.databases["state.db"].rows["incident"]
        async with StateStore.open(back / "state.db", now=NOW) as store:
            assert store.database.replaced is None
            await store.load()
    promise.told(
        22,
        "a copy made under load is whole, and comes back",
        f"{copies} copies while {done[0] - 20} commits went on: integrity ok, every table as long as the others, "
        f"{len(found)} restored and opened",
    )
