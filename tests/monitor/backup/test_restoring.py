"""A copy comes back whole, only when it is sound, and sends nothing again; what was there is kept."""

import asyncio
import multiprocessing
import os
import random
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from alerts.model.decision import Decision
from alerts.model.notification import CancelReason
from monitor.backup import verifying
from monitor.backup.copying import make_copy
from monitor.backup.restoring import examine_source, restore
from monitor.backup.verifying import verify, verify_file
from monitor.state_lock import StateLock, StateLockError
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.snapshot import Work
from monitor.storage.state import StateStore
from tests.monitor.backup.samples import WORK, ask, fill, restored, rows
from tests.monitor.storage.samples import T0, integrity, notification, opening

NOW = T0 + 86_400


async def copied(folder: Path, *, with_results: bool = False) -> Path:
    await fill(folder / "state")
    return make_copy(
        folder / "state", folder / "copies", with_results=with_results, now=NOW, work=WORK
    ).folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_what_was_copied_comes_back_and_what_was_there_is_set_aside(tmp_path: Path) -> None:
    copy = await copied(tmp_path, with_results=True)
    await fill(tmp_path / "state", first=20, incidents=10, results=7)

    done = restored(tmp_path / "state", copy, now=NOW + 60)

    assert rows(tmp_path / "state" / "state.db", "incident") == 20
    assert rows(tmp_path / "state" / "results.db", "result") == 50
    assert [put.aside and put.aside.name for put in done.put] == [
        "state.db.before-restore-20260203T024100Z",
        "results.db.before-restore-20260203T024100Z",
    ]
    assert rows(tmp_path / "state" / "state.db.before-restore-20260203T024100Z", "incident") == 30
    assert not done.with_versions
    async with StateStore.open(tmp_path / "state" / "state.db", now=NOW) as store:
        assert store.database.replaced is None
        assert (await store.load()).last_number["SC-2026"] == 29


async def test_a_copy_without_results_leaves_those_that_are_there(tmp_path: Path) -> None:
    copy = await copied(tmp_path)
    await fill(tmp_path / "state", first=50, incidents=0, results=5)

    restored(tmp_path / "state", copy, now=NOW)

    assert rows(tmp_path / "state" / "results.db", "result") == 55


async def test_onto_an_empty_machine_the_versions_of_the_inventory_come_too(tmp_path: Path) -> None:
    copy = await copied(tmp_path)

    done = restored(tmp_path / "new", copy, now=NOW)

    assert done.with_versions
    assert names(tmp_path / "new") == ["inventory", "state.db"]
    assert (tmp_path / "new" / "inventory" / "000001-0123456789ab" / "1" / "tinh.yaml").exists()
    assert done.put[0].aside is None
    # Nobody can say which numbers were given after the copy.
    assert done.numbers == {"SC-2026": 119}


async def test_what_root_restores_belongs_to_the_service_whose_folder_it_is(tmp_path: Path) -> None:
    copy = await copied(tmp_path, with_results=True)
    new = tmp_path / "new"
    new.mkdir(mode=0o700)
    os.chown(new, 12_345, 12_345)

    with StateLock(new):
        # Also what a restore leaves that came no further than this.
        assert (new / "lock").stat().st_uid == 12_345
        restored(new, copy, now=NOW)

    assert {path.stat().st_uid for path in new.rglob("*")} == {12_345}


async def test_what_was_sent_after_the_copy_is_not_sent_again(tmp_path: Path) -> None:
    await fill(tmp_path / "state", incidents=3)
    copy = make_copy(tmp_path / "state", tmp_path / "copies", with_results=False, now=NOW, work=WORK).folder
    async with StateStore.open(tmp_path / "state" / "state.db", now=NOW) as store:
        await store.outbox.claim((1,), "tin-1", NOW)
        await store.outbox.mark_sent((1,), NOW, receipt="250 ok")
        await store.outbox.cancel((2,), CancelReason.ACKNOWLEDGED)

    done = restored(tmp_path / "state", copy, now=T0 + 60)

    assert (done.settled.known, done.settled.kept, done.settled.cancelled) == (2, 1, ())
    fates = ask(
        tmp_path / "state" / "state.db", "select id, sent_at, receipt, cancel_reason from outbox order by id"
    )
    assert fates == [(1, NOW, "250 ok", None), (2, None, "", "acknowledged"), (3, None, "", None)]


async def test_messages_that_waited_for_hours_are_cancelled_and_listed(tmp_path: Path) -> None:
    await fill(tmp_path / "state", incidents=1)
    async with StateStore.open(tmp_path / "state" / "state.db", now=NOW) as store:
        await store.commit(Decision(notifications=(replace(notification(0, step=1), due_at=NOW - 60),)))
    copy = make_copy(tmp_path / "state", tmp_path / "copies", with_results=False, now=NOW, work=WORK).folder
    (tmp_path / "state" / "state.db").write_bytes(b"burnt" * 1_000)

    done = restored(tmp_path / "state", copy, now=NOW)

    assert [(row.about_id, row.recipient) for row in done.settled.cancelled] == [
        ("SC-2026-0000", "truc@example.vn")
    ]
    assert (done.settled.known, done.settled.kept) == (0, 1)
    path = tmp_path / "state" / "state.db"
    assert ask(path, "select cancel_reason from outbox order by id") == [("restored",), (None,)]
    assert (tmp_path / "state" / "state.db.before-restore-20260203T024000Z").read_bytes() == b"burnt" * 1_000


async def test_the_log_of_the_database_before_never_lies_beside_the_restored_one(tmp_path: Path) -> None:
    copy = await copied(tmp_path)
    state = tmp_path / "state"
    # What a crash leaves: the file, and commits in the log.
    async with StateStore.open(state / "state.db", now=NOW) as store:
        await store.commit_many([opening(number) for number in range(20, 40)])
        for name in ("state.db", "state.db-wal"):
            shutil.copy(state / name, tmp_path / name)
    for name in ("state.db", "state.db-wal"):
        shutil.copy(tmp_path / name, state / name)
    (state / "state.db.damaged").touch()

    done = restored(state, copy, now=NOW)

    assert rows(state / "state.db", "incident") == 20
    assert integrity(state / "state.db") == "ok"
    assert done.put[0].aside is not None
    assert rows(done.put[0].aside, "incident") == 40
    assert "state.db.damaged" not in names(state)


async def test_what_is_damaged_foreign_or_half_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    copy = await copied(tmp_path)
    sound = (copy / "state.db").read_bytes()
    path = tmp_path / "state" / "state.db"
    before = path.read_bytes()
    bent = tmp_path / "bent"
    faults: list[tuple[str, StorageFault]] = []

    def tried(name: str, source: Path) -> None:
        with pytest.raises(StorageError) as caught:
            restored(tmp_path / "state", source, now=NOW)
        faults.append((name, caught.value.fault))
        assert path.read_bytes() == before
        assert names(tmp_path / "state") == ["inventory", "results.db", "state.db"]

    shutil.copytree(copy, bent)
    (bent / "state.db").write_bytes(sound[:8_192] + bytes(64) + sound[8_256:])
    tried("one place differs from the manifest", bent)
    (bent / "state.db").write_bytes(sound[:-4_096])
    tried("cut off", bent / "state.db")
    (bent / "state.db").write_bytes(b"SQLite" * 1_000)
    tried("no database", bent / "state.db")
    (bent / "manifest.json").unlink()
    tried("no manifest", bent)
    tried("not there", tmp_path / "nothing")
    foreign = tmp_path / "foreign.db"
    ask(foreign, "create table phones (number text)")
    tried("another program's", foreign)
    newer = tmp_path / "newer.db"
    newer.write_bytes(sound)
    ask(newer, "pragma user_version = 99")
    tried("newer", newer)
    shorn = tmp_path / "shorn.db"
    shorn.write_bytes(sound)
    ask(shorn, "drop index transition_by_time")
    tried("an index is missing", shorn)

    assert [fault for _, fault in faults] == [
        *[StorageFault.CORRUPT] * 4,
        StorageFault.IO,
        StorageFault.REFUSED,
        StorageFault.NEWER,
        StorageFault.CORRUPT,
    ]


async def test_a_copy_is_verified_once_and_what_changes_while_somebody_thinks_it_over_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = await copied(tmp_path)
    sound = (copy / "state.db").read_bytes()
    looked: list[Path] = []
    check_pages = verifying.check_pages

    def counted(connection: sqlite3.Connection, path: Path, work: Work) -> None:
        looked.append(path)
        check_pages(connection, path, work)

    monkeypatch.setattr(verifying, "check_pages", counted)
    for source in (copy, copy / "state.db"):
        looked.clear()
        new = tmp_path / f"new-{source.name}"
        examined = examine_source(source, WORK)
        restore(new, source, examined, now=NOW, work=WORK)
        assert looked == [copy / "state.db"]
        assert rows(new / "state.db", "incident") == 20

        (copy / "state.db").write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        before = (new / "state.db").read_bytes()
        with pytest.raises(StorageError, match="lúc kiểm tra"):
            restore(new, source, examined, now=NOW + 1, work=WORK)
        assert (new / "state.db").read_bytes() == before
        (copy / "state.db").write_bytes(sound)

    (version,) = (copy / "inventory").rglob("tinh.yaml")
    version.write_text("areas: {x: 1}\n")
    with pytest.raises(StorageError, match=r"tinh\.yaml"):
        restore(tmp_path / "newer", copy, examined, now=NOW, work=WORK)
    assert not list((tmp_path / "newer").glob("state.db*"))


async def test_a_file_whose_log_lies_beside_it_is_refused_it_is_not_all_there_is(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    async with StateStore.open(tmp_path / "state" / "state.db", now=NOW) as store:
        await store.commit(opening(100))
        for name in ("state.db", "state.db-wal"):
            shutil.copy(tmp_path / "state" / name, crashed / name)

    with pytest.raises(StorageError, match=r"state\.db-wal"):
        restored(tmp_path / "state", crashed / "state.db", now=NOW)

    ask(crashed / "state.db", "pragma wal_checkpoint(truncate)")
    restored(tmp_path / "state", crashed / "state.db", now=NOW)
    assert rows(tmp_path / "state" / "state.db", "incident") == 21


async def test_while_another_program_reads_what_is_there_nothing_is_replaced(tmp_path: Path) -> None:
    copy = await copied(tmp_path, with_results=True)
    state = tmp_path / "state"
    reader, writer = (sqlite3.connect(state / "results.db", isolation_level=None) for _ in range(2))
    with closing(writer), closing(reader):
        reader.execute("begin")
        reader.execute("select * from result").fetchone()
        writer.execute("insert into name (text) values ('a')")

        with pytest.raises(StorageError) as caught:
            restored(state, copy, now=NOW)

        assert caught.value.fault is StorageFault.LOCKED
    assert [name for name in names(state) if "before" in name or "restoring" in name] == []
    assert len(restored(state, copy, now=NOW).put) == 2


async def test_a_single_file_can_be_restored_and_verified(tmp_path: Path) -> None:
    copy = await copied(tmp_path)
    before = names(copy)

    verdict = verify_file(copy / "state.db", WORK)
    restored(tmp_path / "new", copy / "state.db", now=NOW)

    assert (verdict.name, verdict.error) == ("state.db", None)
    assert rows(tmp_path / "new" / "state.db", "incident") == 20
    assert names(copy) == before, "verifying leaves nothing beside a copy"


async def test_verifying_finds_a_changed_version_of_the_inventory(tmp_path: Path) -> None:
    copy = await copied(tmp_path)
    (copy / "inventory" / "000001-0123456789ab" / "1" / "tinh.yaml").write_text("areas: {x: 1}\n")

    wrong = [verdict.path.name for verdict in verify(copy, WORK) if verdict.error is not None]

    assert wrong == ["tinh.yaml"]


def restore_and_say(folder: Path, copy: Path, said: Connection) -> None:
    said.send_bytes(b"begun")
    for number in range(1_000):
        restored(folder / "state", copy, now=NOW + number)


def kill_while_restoring(folder: Path, kills: int) -> None:
    chance = random.Random()  # noqa: S311 (moments of death)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    copy, path = folder / "copy", folder / "state" / "state.db"
    for _ in range(kills):
        reading, writing = context.Pipe(duplex=False)
        process = context.Process(target=restore_and_say, args=(folder, copy, writing), daemon=True)
        process.start()
        assert reading.poll(20.0)
        time.sleep(chance.uniform(0.0, 0.3))  # noqa: TID251 (another process works)
        process.kill()
        process.join(10.0)
        assert integrity(path) == "ok"
        assert rows(path, "incident") in {20, 30}, "one of the two"
        asides = list((folder / "state").glob("state.db.before-restore-*Z"))
        assert sum(rows(aside, "incident") == 30 for aside in asides) <= 1
        if rows(path, "incident") == 20:
            assert any(rows(aside, "incident") == 30 for aside in asides), "what was there is lost"
    restored(folder / "state", copy, now=NOW)
    assert list((folder / "state").glob("*.restoring*")) == []


async def killed_restores(folder: Path, kills: int) -> None:
    await fill(folder / "state")
    make_copy(folder / "state", folder, with_results=True, now=NOW, work=WORK).folder.rename(folder / "copy")
    await fill(folder / "state", first=20, incidents=10, results=3)
    await asyncio.to_thread(kill_while_restoring, folder, kills)


async def test_killed_while_restoring_the_one_or_the_other_is_there_whole(tmp_path: Path) -> None:
    await killed_restores(tmp_path, 2)


@pytest.mark.slow
async def test_killed_fifty_times_while_restoring_the_one_or_the_other_is_there_whole(tmp_path: Path) -> None:
    await killed_restores(tmp_path, 50)


def test_a_folder_in_use_is_not_locked_twice(tmp_path: Path) -> None:
    with StateLock(tmp_path), pytest.raises(StateLockError, match="systemctl stop"), StateLock(tmp_path):
        pass
    with StateLock(tmp_path):
        pass
