"""R1 and R3: kill -9 in the middle of commits and sends, while channels fail half the time. Three logs must agree.

What was acknowledged (said after a commit), what arrived (said by the channels), what the database says at the end.
"""

import asyncio
import multiprocessing
import random
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from alerts.delivery.worker import Deliverer
from monitor.series.log import ResultLog
from monitor.storage.state import StateStore
from tests.chaos import promise
from tests.effort import sized
from tests.monitor.storage.lives import CHANNELS, SAMPLES, HastyClock, Sink, compose, live
from tests.monitor.storage.samples import CHECK, T0, integrity

LONGEST_LIFE_S = 0.3
LONG_LIFE_S = 1.3
"""Every so often one lasts longer than samples may be lost for."""
LONG_LIFE_EVERY = 8
LOST_AT_MOST_S = 1.0
SETTLING_HASTE = 5_000.0
FIRST_WORD_S = 20.0
SETTLED_WITHIN_S = 60.0


def one_life(
    context: ForkServerContext,
    folder: Path,
    first: int,
    seconds: float,
    began_at: float,
    *,
    blow: Callable[[], None] = lambda: None,
) -> tuple[list[str], list[str], float]:
    """Run a life, deal the `blow` `seconds` after its first word, then kill it.

    Returns what it said before the blow, what was heard later, and when the blow came.
    """
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(target=live, args=(folder, first, writing, began_at), daemon=True)
    process.start()
    writing.close()
    said: list[str] = []
    try:
        assert reading.poll(FIRST_WORD_S), "the life never began"
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if reading.poll(left):
                said.append(reading.recv_bytes().decode())
        while reading.poll(0):
            said.append(reading.recv_bytes().decode())
    finally:
        killed_mono = time.monotonic()
        blow()
        process.kill()
        process.join(10.0)
    return said, all_said(reading), killed_mono


def all_said(reading: Connection) -> list[str]:
    said = []
    try:
        while True:
            said.append(reading.recv_bytes().decode())
    except EOFError:
        return said
    finally:
        reading.close()


async def deliver_the_rest(store: StateStore, clock: HastyClock) -> list[str]:
    """Let channels that work send what is left; return what they said."""
    reading, writing = multiprocessing.Pipe(duplex=False)
    channels = {name: Sink(name, writing, faulty=False) for name in CHANNELS}
    task = asyncio.create_task(Deliverer(store.outbox, channels, compose, clock).run())
    said: list[str] = []
    ends_at = time.monotonic() + SETTLED_WITHIN_S
    while (await store.outbox.stats(clock.now())).waiting:
        assert time.monotonic() < ends_at, "not settled"
        await asyncio.sleep(0.02)
        while reading.poll(0):
            said.append(reading.recv_bytes().decode())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    writing.close()
    return said + all_said(reading)


async def test_r01_r03_kills_lose_nothing_acknowledged_and_no_sample_older_than_a_second(
    tmp_path: Path,
) -> None:
    kills = sized(short=8, long=200)
    await play(tmp_path, kills)


async def play(folder: Path, kills: int) -> None:
    chance = random.Random()  # noqa: S311 (moments of death)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.monitor.storage.lives"])
    began_at = time.time()  # noqa: TID251 (one clock for all lives)
    said: list[str] = []
    due: set[int] = set()
    for life in range(kills):
        is_long = life % LONG_LIFE_EVERY == LONG_LIFE_EVERY - 1
        seconds = LONG_LIFE_S if is_long else chance.uniform(0.0, LONGEST_LIFE_S)
        before, after, killed_mono = one_life(context, folder, 1 + life * 1_000, seconds, began_at)
        words = before + after
        said += words
        due |= samples_older_than(LOST_AT_MOST_S, words, killed_mono)
        # A copy of the files: whoever opens them would repair what is to be seen.
        assert sound_copies(folder, life), life

    async with StateStore.open(folder / "state.db", now=T0) as store:
        assert store.database.replaced is None
        hasty = HastyClock(time.time(), first=HastyClock(began_at).now(), haste=SETTLING_HASTE)  # noqa: TID251
        said += await deliver_the_rest(store, hasty)
        stored = {each.id: each for each in await store.incidents(open_only=False, limit=100_000)}
        rows = await store.database.read(
            lambda connection: connection.execute(
                "select about_id, kind, channel, message_id, sent_at, cancel_reason, dead_at from outbox"
            ).fetchall()
        )
    compare(said, stored, rows, kills)
    async with ResultLog.open(folder / "results.db", now=T0) as log:
        entries = await log.read_after(0, 1_000_000)
    for check_id, expected in (
        (CHECK, {int(word.split()[1]) for word in said if word.startswith("logged")}),
        (SAMPLES, due),
    ):
        logged = [
            round(entry.result.started_at - T0) for entry in entries if entry.result.check_id == check_id
        ]
        assert expected <= set(logged), check_id
        assert logged == sorted(set(logged)), check_id
    promise.told(
        3,
        f"kill -9 costs no measurement older than {LOST_AT_MOST_S:g} s",
        f"{kills} kills, {len(due)} measurements older than that, lost 0",
    )


def samples_older_than(seconds: float, words: list[str], killed_mono: float) -> set[int]:
    samples = [word.split() for word in words if word.startswith("sampled")]
    return {int(number) for _, number, mono in samples if float(mono) < killed_mono - seconds}


def sound_copies(folder: Path, life: int) -> bool:
    copies = folder / f"copy-{life}"
    copies.mkdir()
    for file in folder.glob("*.db*"):
        shutil.copy(file, copies)
    is_sound = integrity(copies / "state.db") == integrity(copies / "results.db") == "ok"
    shutil.rmtree(copies)
    return is_sound


def compare(said: list[str], stored: dict[str, Any], rows: list[Any], kills: int) -> None:
    numbers: dict[str, set[str]] = defaultdict(set)
    arrived: dict[str, list[tuple[str, str]]] = defaultdict(list)
    doubts: Counter[str] = Counter()
    for word in said:
        what, *rest = word.split(" ")
        if what == "sent":
            arrived[rest[0]].append((rest[1], rest[2]))
        elif what == "sampled":
            continue
        elif what == "doubt":
            doubts[rest[0]] += 1
        else:
            numbers[what].add(f"SC-2026-{int(rest[0]):04}")
    assert numbers["opened"] <= set(stored), "acknowledged, but not stored"
    assert all(not stored[each].is_open for each in numbers["closed"])
    assert [row for row in rows if row[4] is None] == [], "not settled, or given up"

    repeats = {}
    for channel in CHANNELS:
        ids = Counter(message_id for message_id, _ in arrived[channel])
        assert set(ids) == {row[3] for row in rows if row[2] == channel}, "the logs disagree on what arrived"
        assert len(set(arrived[channel])) == len(ids), "a repeat that says something else"
        repeats[channel] = sum(ids.values()) - len(ids)
        assert repeats[channel] <= kills + doubts[channel], "repeated without a doubt"
        heard = heard_on(arrived[channel])
        for each in numbers["opened"]:
            assert heard[each], f"lost: {each} on {channel}"
            ends = ["resolved:0", "resolved:1"]
            assert heard[each][0] in {"opened:0", "resolved:1"}, "an end that nobody had waited for"
            if not stored[each].is_open:
                assert heard[each][-1] in ends, f"the end of {each} was not told on {channel}"
                assert sum(kind in ends for kind in heard[each]) == 1
    promise.told(
        1,
        "kill -9 loses nothing acknowledged, and repeats one message a kill and channel at most",
        f"{kills} kills, {len(numbers['opened'])} incidents opened, {len(numbers['closed'])} closed, "
        f"{sum(map(len, arrived.values()))} messages arrived of {len(rows)} rows, lost 0, repeated {repeats} "
        f"(channels left {dict(doubts)} in doubt), integrity ok after each kill",
    )


def heard_on(messages: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Return incident -> what was heard of it in order, repeats left out."""
    heard: dict[str, list[str]] = defaultdict(list)
    for _, text in dict.fromkeys(messages):
        for news in text.split(","):
            about, _, kind = news.partition(":")
            heard[about].append(kind)
    return heard
