"""R10 on a real full disk: a small tmpfs that the test mounts (root needed)."""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.series.log import ResultLog
from monitor.storage.ballast import Ballast
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.state import StateStore
from tests.monitor.storage.disks import free_space, leave_free, mounted_tmpfs
from tests.monitor.storage.samples import T0, integrity, opening, result

DISK_BYTES = 3 * 2**20
PAGE_BYTES = 4_096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_tmpfs(tmp_path, size_bytes=DISK_BYTES) as disk:
        yield disk


def names(folder: Path, pattern: str) -> list[str]:
    return [entry.name for entry in folder.glob(pattern)]


async def stored_incidents(store: StateStore) -> int:
    return len(await store.incidents(open_only=True, limit=10_000))


async def test_commits_that_meet_a_full_disk_at_any_point_lose_and_double_nothing(small_disk: Path) -> None:
    path = small_disk / "state.db"
    acked = 0
    async with StateStore.open(path, now=T0) as store:
        for pages in range(20):
            leave_free(small_disk, pages * PAGE_BYTES)
            fault = None
            while fault is None:
                try:
                    await store.commit(opening(acked))
                    acked += 1
                except StorageError as error:
                    fault = error.fault
            assert fault in {StorageFault.FULL, StorageFault.IO}
            assert await stored_incidents(store) in {acked, acked + 1}

            free_space(small_disk)
            await store.commit(opening(acked))
            acked += 1
            assert await stored_incidents(store) == acked
            assert len(await store.outbox.due("email", T0, 10_000)) == acked

    assert integrity(path) == "ok"


async def test_the_fault_says_what_a_person_can_do(small_disk: Path) -> None:
    async with StateStore.open(small_disk / "state.db", now=T0) as store:
        leave_free(small_disk, 0)
        with pytest.raises(StorageError, match="giải phóng dung lượng") as caught:
            await store.commit_many([opening(number) for number in range(1_000)])
        assert caught.value.what == f"{small_disk}/state.db: ổ đĩa đầy (SQLITE_FULL)"
        assert str(small_disk) in caught.value.remedy
        free_space(small_disk)


async def test_results_wait_in_memory_until_the_disk_has_room_again(small_disk: Path) -> None:
    path = small_disk / "results.db"
    async with ResultLog.open(path, now=T0, reserve_bytes=0) as log:
        leave_free(small_disk, 0)
        for number in range(2_000):
            log.append(result(number))
        await log.flush()
        await log.flush()
        assert log.fault is not None
        assert log.fault.fault is StorageFault.FULL
        assert (log.queued, log.dropped) == (2_000, 0)

        free_space(small_disk)
        await log.flush()
        assert log.fault is None
        assert [entry.result for entry in await log.read_after(0, 5_000)] == [result(n) for n in range(2_000)]

    assert integrity(path) == "ok"


async def test_results_stop_before_the_disk_is_full_so_that_alerts_go_on(small_disk: Path) -> None:
    async with (
        StateStore.open(small_disk / "state.db", now=T0) as store,
        ResultLog.open(small_disk / "results.db", now=T0, reserve_bytes=2**20) as log,
    ):
        leave_free(small_disk, 2**20 - PAGE_BYTES)

        log.append(result(1))
        await log.flush()
        for number in range(10):
            await store.commit(opening(number))

        assert log.fault is not None
        assert log.queued == 1
        assert await stored_incidents(store) == 10
        free_space(small_disk)
        await log.flush()
        assert log.queued == 0


def ballast_in(folder: Path) -> Ballast:
    return Ballast(folder / "ballast", size_bytes=2**20, keep_free_bytes=2**18)


async def test_the_ballast_makes_room_for_alerts_on_a_full_disk_and_is_made_again(small_disk: Path) -> None:
    ballast = ballast_in(small_disk)
    assert ballast.make()
    async with StateStore.open(small_disk / "state.db", now=T0, ballast=ballast) as store:
        leave_free(small_disk, 0)
        for number in range(15):
            await store.commit(opening(number))
        assert await stored_incidents(store) == 15
        assert not ballast.is_there
        assert not ballast.make(), "it would take the room that is needed"

        free_space(small_disk)
        assert ballast.make()
    assert integrity(small_disk / "state.db") == "ok"


async def test_the_ballast_is_made_beside_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers: list[str] = []
    allocate = os.posix_fallocate

    def noted(descriptor: int, offset: int, length: int) -> None:
        makers.append(threading.current_thread().name)
        allocate(descriptor, offset, length)

    monkeypatch.setattr(os, "posix_fallocate", noted)
    ballast = ballast_in(tmp_path)
    async with StateStore.open(tmp_path / "state.db", now=T0, ballast=ballast) as store:
        assert ballast.is_there
        assert ballast.give_up(StorageFault.FULL)
        assert await store.database.make_ballast()

    assert ballast.is_there
    assert makers == ["state-writer_0", "state-writer_0"]


async def test_it_starts_on_a_full_disk_by_giving_up_the_ballast(small_disk: Path) -> None:
    ballast = ballast_in(small_disk)
    assert ballast.make()
    leave_free(small_disk, 0)

    async with StateStore.open(small_disk / "state.db", now=T0, ballast=ballast) as store:
        await store.commit(opening(1))

    assert not ballast.is_there


def test_a_disk_without_room_has_no_ballast_and_keeps_what_it_has(small_disk: Path) -> None:
    ballast = ballast_in(small_disk)
    leave_free(small_disk, 2**20)

    assert not ballast.make()
    assert names(small_disk, "ballast") == []
    assert not ballast.give_up(StorageFault.FULL)
    free_space(small_disk)
    assert ballast.make()
    assert not ballast.give_up(StorageFault.LOCKED)
    assert ballast.is_there


async def test_closing_on_a_full_disk_raises_nothing_and_loses_no_commit(small_disk: Path) -> None:
    path = small_disk / "state.db"
    async with StateStore.open(path, now=T0) as store:
        for number in range(20):
            await store.commit(opening(number))
        leave_free(small_disk, 0)

    free_space(small_disk)
    async with StateStore.open(path, now=T0) as store:
        assert await stored_incidents(store) == 20


async def test_starting_on_a_full_disk_is_told_with_a_remedy(small_disk: Path) -> None:
    leave_free(small_disk, 0)

    with pytest.raises(StorageError) as caught:
        async with StateStore.open(small_disk / "state.db", now=T0):
            pass

    assert caught.value.fault in {StorageFault.FULL, StorageFault.IO}
    assert names(small_disk, "*damaged*") == []


async def test_starting_on_a_read_only_disk_is_told_with_a_remedy(small_disk: Path) -> None:
    path = small_disk / "state.db"
    async with StateStore.open(path, now=T0):
        pass
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)  # noqa: ASYNC221 (once)

    with pytest.raises(StorageError) as caught:
        async with StateStore.open(path, now=T0):
            pass

    assert caught.value.fault in {StorageFault.READ_ONLY, StorageFault.IO}
