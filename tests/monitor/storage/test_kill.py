"""R1: kill -9 in the middle of commits and sends. What was acknowledged is stored and sent; repeats are few."""

import multiprocessing
import random
import time
from collections import Counter, defaultdict
from multiprocessing.context import ForkServerContext
from pathlib import Path

from monitor.storage.results import ResultLog
from monitor.storage.state import StateStore
from tests.monitor.storage.lives import live
from tests.monitor.storage.samples import T0, integrity, notification

LIVES = 20
LONGEST_LIFE_S = 0.1
FIRST_WORD_S = 20.0


def one_life(context: ForkServerContext, folder: Path, first: int, seconds: float) -> list[str]:
    """Run a life, kill it `seconds` after its first word, return all it said."""
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(target=live, args=(folder, first, writing), daemon=True)
    process.start()
    writing.close()
    said: list[str] = []
    try:
        assert reading.poll(FIRST_WORD_S), "the life never began"
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if reading.poll(left):
                said.append(reading.recv_bytes().decode())
    finally:
        process.kill()
        process.join(10.0)
    try:
        while True:
            said.append(reading.recv_bytes().decode())
    except EOFError:
        return said
    finally:
        reading.close()


async def deliver_the_rest(store: StateStore, sink: Counter[str]) -> None:
    while rows := await store.due("email", T0, 100):
        for row in rows:
            assert await store.claim(row.id, T0)
            sink[row.notification.dedup_key] += 1
            await store.mark_sent(row.id, T0)


async def test_killed_twenty_times_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    chance = random.Random()  # noqa: S311 (moments of death)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.monitor.storage.lives"])
    numbers: dict[str, set[int]] = defaultdict(set)
    sink: Counter[str] = Counter()

    for life in range(LIVES):
        first = life * 10_000
        for word in one_life(context, tmp_path, first, chance.uniform(0.0, LONGEST_LIFE_S)):
            what, _, of = word.partition(" ")
            if what == "sent":
                sink[of] += 1
            else:
                numbers[what].add(int(of))

    assert integrity(tmp_path / "state.db") == integrity(tmp_path / "results.db") == "ok"
    async with StateStore.open(tmp_path / "state.db", now=T0) as store:
        assert store.database.replaced is None
        stored = {incident.id for incident in await store.incidents(open_only=True, limit=100_000)}
        assert {notification(number).incident_id for number in numbers["acked"]} <= stored
        await deliver_the_rest(store, sink)
    async with ResultLog.open(tmp_path / "results.db", now=T0) as log:
        logged = [entry.result.started_at - T0 for entry in await log.read_after(0, 100_000)]
    assert {notification(number).dedup_key for number in numbers["acked"]} <= set(sink)
    assert sum(sink.values()) - len(sink) <= LIVES
    assert numbers["logged"] <= {round(number) for number in logged}
    assert len(logged) == len(set(logged))
    assert len(numbers["acked"]) > LIVES
