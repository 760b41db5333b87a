"""R23: bytes flipped or cut off at many places of a file left by a crash, and of its write-ahead log: it always starts."""

import random
from collections import Counter
from pathlib import Path

import pytest

from monitor.series.log import ResultLog
from monitor.storage.errors import StorageError
from monitor.storage.state import StateStore
from tests.chaos import promise
from tests.effort import sized
from tests.monitor.storage.samples import T0, integrity, opening, result

BEFORE, AFTER = 20, 10
"""How much is in the database, and how much in its write-ahead log only."""
PLACES = sized(short=8, long=50)
"""Places in each of four files: 200 in the long form."""


async def crashed_state(folder: Path) -> tuple[bytes, bytes]:
    path = folder / "sound.db"
    async with StateStore.open(path, now=T0) as store:
        await store.commit_many([opening(number) for number in range(BEFORE)])
    async with StateStore.open(path, now=T0) as store:
        for number in range(BEFORE, BEFORE + AFTER):
            await store.commit(opening(number))
        return path.read_bytes(), path.with_name("sound.db-wal").read_bytes()


async def crashed_results(folder: Path) -> tuple[bytes, bytes]:
    path = folder / "sound.db"
    async with ResultLog.open(path, now=T0) as log:
        for number in range(BEFORE):
            log.append(result(number))
    async with ResultLog.open(path, now=T0) as log:
        for number in range(BEFORE, BEFORE + AFTER):
            log.append(result(number))
            await log.flush()
        return path.read_bytes(), path.with_name("sound.db-wal").read_bytes()


async def use_state(path: Path) -> tuple[Path | None, list[int]]:
    """Start, load, save, read back; return where a damaged file went, and which of the old things are left."""
    async with StateStore.open(path, now=T0) as store:
        await store.load()
        kept = sorted(int(each.id[8:]) for each in await store.incidents(open_only=True, limit=1_000))
        await store.commit(opening(999))
        assert await store.incident("SC-2026-0999")
    return store.database.replaced, kept


async def use_results(path: Path) -> tuple[Path | None, list[int]]:
    async with ResultLog.open(path, now=T0) as log:
        kept = [entry.seq - 1 for entry in await log.read_after(0, 1_000)]
        log.append(result(999))
        await log.flush()
        assert (await log.read_after(log.last_seq - 1, 1))[0].result.started_at >= T0 + 999
    return log.database.replaced, kept


def damage(sound: bytes, place: int, chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return sound[:place]
    return sound[:place] + chance.randbytes(16) + sound[place + 16 :]


async def try_places(folder: Path, schema: str, part: str, places: int) -> None:
    chance = random.Random(f"{schema} {part}")  # noqa: S311 (repeatable damage)
    crashed, use = {
        "state": (crashed_state, use_state),
        "results": (crashed_results, use_results),
    }[schema]
    database, wal = await crashed(folder)
    outcomes: Counter[str] = Counter()
    for number in range(places):
        path = folder / f"{number}.db"
        sound = database if part == "database" else wal
        # The first bytes matter most.
        place = chance.randrange(100) if number < places // 4 else chance.randrange(100, len(sound))
        damaged = damage(sound, place, chance)
        path.write_bytes(damaged if part == "database" else database)
        path.with_name(path.name + "-wal").write_bytes(damaged if part == "wal" else wal)
        try:
            aside, kept = await use(path)
        except StorageError as error:
            outcomes[f"aside at the second start: {error.fault}"] += 1
            aside, kept = await use(path)
            assert aside is not None, place
        else:
            outcomes["kept" if aside is None else "aside at once"] += 1
        if part == "wal":
            assert aside is None, "a write-ahead log costs at most what was in it"
            assert kept == list(range(len(kept))), place
            assert BEFORE <= len(kept) <= BEFORE + AFTER, place
        if aside is not None:
            assert aside.exists()
        assert integrity(path) == "ok", place
    assert set(outcomes) <= {"aside at once", "kept", "aside at the second start: corrupt"}
    promise.told(
        23,
        "it always starts, and what was damaged is set aside, never lost",
        f"{schema}.db, {part}: damaged at {places} places, started {places} times, {dict(outcomes)}",
    )


@pytest.mark.parametrize("schema", ["state", "results"])
@pytest.mark.parametrize("part", ["database", "wal"])
async def test_r23_it_starts_after_damage_anywhere(tmp_path: Path, schema: str, part: str) -> None:
    await try_places(tmp_path, schema, part, PLACES)


@pytest.mark.parametrize("missing", [("state.db",), ("results.db",), ("state.db", "results.db")])
async def test_r23_it_starts_without_its_files(tmp_path: Path, missing: tuple[str, ...]) -> None:
    for _ in range(2):
        async with (
            StateStore.open(tmp_path / "state.db", now=T0) as store,
            ResultLog.open(tmp_path / "results.db", now=T0) as log,
        ):
            await store.load()
            await store.commit(opening(1))
            log.append(result(1))
            await log.flush()
            assert len(await store.incidents(open_only=True, limit=10)) == 1
        for name in missing:
            (tmp_path / name).unlink()
    promise.told(23, "it always starts", f"without {' and '.join(missing)}: begun anew")
