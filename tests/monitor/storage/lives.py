"""A daemon in small for the kill test: one task commits and acknowledges, another delivers. Lives until it is killed."""

import asyncio
from multiprocessing.connection import Connection
from pathlib import Path

from monitor.storage.results import ResultLog
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, opening, result


def live(folder: Path, first: int, words: Connection) -> None:
    """Run one life. It says `acked <number>` after a commit, `sent <key>` when a message left."""
    asyncio.run(_live(folder, first, words))


async def _live(folder: Path, first: int, words: Connection) -> None:
    async with (
        StateStore.open(folder / "state.db", now=T0) as store,
        ResultLog.open(folder / "results.db", now=T0) as log,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(_decide(store, log, first, words), name="decide")
        tasks.create_task(_deliver(store, words), name="deliver")


async def _decide(store: StateStore, log: ResultLog, first: int, words: Connection) -> None:
    number = first
    while True:
        log.append(result(number))
        await log.flush()
        words.send_bytes(f"logged {number}".encode())
        await store.commit(opening(number))
        words.send_bytes(f"acked {number}".encode())
        number += 1


async def _deliver(store: StateStore, words: Connection) -> None:
    while True:
        for row in await store.due("email", T0, 10):
            if await store.claim(row.id, T0):
                words.send_bytes(f"sent {row.notification.dedup_key}".encode())
                await store.mark_sent(row.id, T0)
