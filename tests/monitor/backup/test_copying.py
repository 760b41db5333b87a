"""R22: a copy of what is in use is whole, private and restorable, or it is not there."""

import asyncio
import multiprocessing
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from monitor.backup.copies import find_copies, read_manifest
from monitor.backup.copying import make_copy, make_copy_at
from monitor.backup.verifying import verify
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.opening import Synchronous, open_writer
from monitor.storage.snapshot import StoppedError, Work
from tests.monitor.backup.samples import WORK, ask, fill, rows
from tests.monitor.storage.samples import T0

NOW = T0 + 86_400


async def test_a_copy_holds_both_databases_and_the_versions_and_says_so(tmp_path: Path) -> None:
    await fill(tmp_path / "state")

    copy = make_copy(tmp_path / "state", tmp_path / "copies", with_results=True, now=NOW, work=WORK)

    assert copy.folder == tmp_path / "copies" / "backup-20260203T024000Z"
    assert read_manifest(copy.folder) == copy.manifest
    assert rows(copy.folder / "state.db", "incident") == 20
    assert rows(copy.folder / "results.db", "result") == 50
    assert sorted(copy.manifest.others) == [
        "inventory/000001-0123456789ab/1/tinh.yaml",
        "inventory/000001-0123456789ab/meta.json",
    ]
    assert [verdict.error for verdict in verify(copy.folder, WORK)] == [None, None]
    assert find_copies(tmp_path / "copies").copies == (copy,)


async def test_nobody_else_may_read_a_copy_and_no_key_is_in_it(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    ((key,),) = ask(tmp_path / "state" / "state.db", "select value from meta where key = 'link_key'")

    copy = make_copy(tmp_path / "state", tmp_path / "copies", with_results=False, now=NOW, work=WORK)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (copy.folder, copy.folder.parent)}
    assert modes == {0o700}
    assert stat.S_IMODE((copy.folder / "state.db").stat().st_mode) == 0o600
    assert str(key).encode() not in (copy.folder / "state.db").read_bytes()
    assert sorted(path.name for path in copy.folder.iterdir()) == ["inventory", "manifest.json", "state.db"]


async def test_what_root_copies_belongs_to_the_service(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    if os.geteuid() != 0:
        pytest.fail("this test changes owners: run it as root (or in a container where you are root)")
    os.chown(tmp_path / "state", 12_345, 12_345)

    make_copy(tmp_path / "state", tmp_path / "copies", with_results=True, now=NOW, work=WORK)

    owners = {path.stat().st_uid for path in (tmp_path / "copies", *(tmp_path / "copies").rglob("*"))}
    assert owners == {12_345}


COPY = """
import sys
from pathlib import Path
from monitor.backup.copying import make_copy_at
from monitor.storage.snapshot import Work
state, target = map(Path, sys.argv[1:])
print(make_copy_at(state, target, with_results=True, now=1_770_000_000.0, work=Work()).folder)
"""


async def test_where_nobody_can_be_given_files_as_on_a_stick_a_copy_is_made_all_the_same(
    tmp_path: Path,
) -> None:
    await fill(tmp_path / "state")
    os.chown(tmp_path / "state", 12_345, 12_345)
    without: list[str | Path] = ["setpriv", "--bounding-set=-chown", "--inh-caps=-chown"]

    command = [*without, sys.executable, "-c", COPY, tmp_path / "state", tmp_path / "stick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: ASYNC221 (nothing else runs)

    assert (done.stdout, done.stderr) == (f"{tmp_path / 'stick'}\n", "")
    assert [verdict.error for verdict in verify(tmp_path / "stick", WORK)] == [None, None]


def copy_until_killed(folder: Path, said: Connection) -> None:
    said.send_bytes(b"begun")
    for number in range(1_000):
        make_copy(folder / "state", folder / "copies", with_results=True, now=NOW + number, work=WORK)


def kill_while_copying(folder: Path, kills: int) -> None:
    chance = random.Random()  # noqa: S311 (moments of death)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    for _ in range(kills):
        shutil.rmtree(folder / "copies", ignore_errors=True)
        reading, writing = context.Pipe(duplex=False)
        process = context.Process(target=copy_until_killed, args=(folder, writing), daemon=True)
        process.start()
        assert reading.poll(20.0)
        time.sleep(chance.uniform(0.0, 0.15))  # noqa: TID251 (another process works)
        process.kill()
        process.join(10.0)
        found = find_copies(folder / "copies")
        assert found.broken == {}
        for copy in found.copies[:2]:
            assert all(verdict.error is None for verdict in verify(copy.folder, WORK))
        later = make_copy(folder / "state", folder / "copies", with_results=False, now=NOW - 1, work=WORK)
        assert list((folder / "copies").glob(".unfinished*")) == []
        assert later in find_copies(folder / "copies").copies


async def test_killed_in_the_middle_no_half_copy_is_taken_for_a_good_one(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    await asyncio.to_thread(kill_while_copying, tmp_path, 2)


@pytest.mark.slow
async def test_killed_fifty_times_no_half_copy_is_taken_for_a_good_one(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    await asyncio.to_thread(kill_while_copying, tmp_path, 50)


async def test_without_room_nothing_is_begun_and_the_remedy_is_told(tmp_path: Path) -> None:
    await fill(tmp_path / "state")

    with pytest.raises(StorageError, match="giải phóng dung lượng") as caught:
        make_copy(
            tmp_path / "state",
            tmp_path / "copies",
            with_results=False,
            now=NOW,
            work=Work(spare_bytes=2**60),
        )

    assert caught.value.fault is StorageFault.FULL
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [".lock"]


async def test_asked_to_stop_it_leaves_nothing(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    stop = threading.Event()

    def tell(_what: str, ratio: float | None) -> None:
        if ratio is not None:
            stop.set()

    with pytest.raises(StoppedError):
        make_copy(
            tmp_path / "state",
            tmp_path / "copies",
            with_results=False,
            now=NOW,
            work=Work(tell, stop, spare_bytes=0),
        )

    assert [path.name for path in (tmp_path / "copies").iterdir()] == [".lock"]


def test_a_copy_that_would_keep_the_log_from_being_emptied_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    path = tmp_path / "state" / "state.db"
    writer, _ = open_writer(path, schema="state", synchronous=Synchronous.NORMAL, now=T0)
    with closing(writer):
        many = "insert into audit (at, who, action, detail) values (?, 'a', 'b', ?)"
        writer.executemany(many, ((n, "x" * 4_000) for n in range(5_000)))
        writer.execute("pragma wal_checkpoint(truncate)")

        def writes(what: str, _ratio: float | None) -> None:
            if what.startswith("sao chép"):
                writer.executemany(many, ((n, "x" * 4_000) for n in range(50)))

        with pytest.raises(StorageError, match="đã thôi chép") as caught:
            make_copy(
                tmp_path / "state",
                tmp_path / "copies",
                with_results=False,
                now=NOW,
                work=Work(writes, spare_bytes=0, log_at_most_bytes=2**20),
            )

    assert caught.value.fault is StorageFault.HELD
    assert find_copies(tmp_path / "copies").copies == ()


async def test_two_copies_of_one_second_and_one_of_a_given_name_stand_beside_each_other(
    tmp_path: Path,
) -> None:
    await fill(tmp_path / "state")
    for _ in range(2):
        make_copy(tmp_path / "state", tmp_path / "copies", with_results=False, now=NOW, work=WORK)
    make_copy_at(tmp_path / "state", tmp_path / "truoc", with_results=False, now=NOW, work=WORK)

    with pytest.raises(StorageError, match="đã có"):
        make_copy_at(tmp_path / "state", tmp_path / "truoc", with_results=False, now=NOW, work=WORK)

    assert len(find_copies(tmp_path / "copies").copies) == 2


async def test_a_damaged_database_is_not_copied_as_if_it_were_sound(tmp_path: Path) -> None:
    await fill(tmp_path / "state", incidents=300)
    path = tmp_path / "state" / "state.db"
    sound = path.read_bytes()
    path.write_bytes(sound[:40_960] + bytes(8_192) + sound[49_152:])

    with pytest.raises(StorageError) as caught:
        make_copy(tmp_path / "state", tmp_path / "copies", with_results=False, now=NOW, work=WORK)

    assert caught.value.fault is StorageFault.CORRUPT
    assert find_copies(tmp_path / "copies").copies == ()


@pytest.mark.alone
def test_a_large_copy_does_not_let_commits_wait(tmp_path: Path) -> None:
    """The figure for 500 MB is in the module; here 40 MB, and a bound that a busy machine keeps."""
    (tmp_path / "state").mkdir()
    path = tmp_path / "state" / "state.db"
    writer, _ = open_writer(path, schema="state", synchronous=Synchronous.FULL, now=T0)
    with closing(writer):
        writer.execute("begin")
        writer.executemany(
            "insert into audit (at, who, action, detail) values (?, 'a', 'b', ?)",
            ((n, "x" * 900) for n in range(40_000)),
        )
        writer.execute("commit")
        longest = _longest_commit(writer, tmp_path)
    assert longest < 2.0
    assert path.with_name("state.db-wal").exists() is False


def _longest_commit(writer: sqlite3.Connection, folder: Path) -> float:
    copying = threading.Thread(
        target=make_copy,
        args=(folder / "state", folder / "copies"),
        kwargs={"with_results": False, "now": NOW, "work": WORK},
    )
    copying.start()
    longest = 0.0
    while copying.is_alive():
        begun = time.monotonic()
        writer.execute("begin immediate")
        writer.execute("insert into audit (at, who, action) values (0, 'a', 'b')")
        writer.execute("commit")
        longest = max(longest, time.monotonic() - begun)
        time.sleep(0.002)  # noqa: TID251 (a thread of the test)
    copying.join()
    return longest
