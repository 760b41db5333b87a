"""The nightly copy in the daemon: what is kept, what is known of it, and who hears when it fails."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts import engine
from alerts.model.decision import Decision, SavedState
from monitor.backup.alarm import BackupAlarm
from monitor.backup.copies import find_copies
from monitor.backup.copying import make_copy
from monitor.backup.facts import CLOCK_SET_S, LATE_S, BackupFacts
from monitor.backup.nightly import Nightly
from monitor.settings.settings import Settings
from monitor.settings.storage import BackupSettings
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.snapshot import Work
from monitor.storage.state import StateStore
from tests.alerts.province import DUTY, SETTINGS, check, province
from tests.clock import FakeClock
from tests.monitor.backup.samples import WORK, fatten, fill
from tests.monitor.storage.disks import free_space, leave_free, mounted_tmpfs
from tests.monitor.storage.samples import T0

DAY = 86_400.0
NOW = T0 + DAY


def settings_in(folder: Path, **backup: object) -> Settings:
    return Settings(
        province="Tỉnh Thử",
        inventory=[],
        state_dir=folder / "state",
        backup=BackupSettings.model_validate({"keep_days": 2, "keep_weeks": 0, "keep_months": 0, **backup}),
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_tmpfs(tmp_path, size_bytes=8 * 2**20) as disk:
        yield disk


async def test_each_night_a_copy_is_made_and_the_old_ones_go(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    clock = FakeClock(now=NOW)
    nightly = Nightly(lambda: settings_in(tmp_path), clock=clock)

    for _ in range(4):
        await nightly.run()
        clock.step_wall(DAY)

    names = [copy.folder.name for copy in find_copies(tmp_path / "state" / "backups").copies]
    assert names == ["backup-20260206T024000Z", "backup-20260205T024000Z"]
    assert nightly.facts is not None
    assert nightly.facts.last_good_at == NOW + 3 * DAY
    assert nightly.facts.size_bytes > 100_000


async def test_what_is_broken_or_was_made_by_hand_elsewhere_is_not_dropped(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    folder = tmp_path / "state" / "backups"
    clock = FakeClock(now=NOW)
    nightly = Nightly(lambda: settings_in(tmp_path), clock=clock)
    (folder / "backup-20200101T000000Z").mkdir(parents=True)
    (folder / "cua-toi").mkdir()

    for _ in range(3):
        await nightly.run()
        clock.step_wall(DAY)

    assert len(list(folder.glob("backup-2026*"))) == 2
    assert (folder / "backup-20200101T000000Z").exists()
    assert (folder / "cua-toi").exists()


async def test_copies_that_people_made_or_took_away_are_seen(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    nightly = Nightly(lambda: settings_in(tmp_path), clock=FakeClock(now=NOW))
    await nightly.look()
    assert nightly.facts == BackupFacts(NOW)

    make_copy(tmp_path / "state", tmp_path / "state" / "backups", with_results=False, now=NOW - 60, work=WORK)
    await nightly.look()

    assert nightly.facts is not None
    assert nightly.facts.last_good_at == NOW - 60


async def test_switched_off_it_does_nothing(tmp_path: Path) -> None:
    nightly = Nightly(lambda: settings_in(tmp_path, enabled=False), clock=FakeClock(now=NOW))

    await nightly.run()
    await nightly.look()

    assert nightly.facts is None
    assert not (tmp_path / "state").exists()


def test_a_disk_that_fills_while_copying_leaves_nothing_and_keeps_what_was(
    tmp_path: Path, small_disk: Path
) -> None:
    asyncio.run(fill(tmp_path / "state"))
    fatten(tmp_path / "state" / "state.db", megabytes=3)
    kept = make_copy(tmp_path / "state", small_disk, with_results=False, now=NOW - DAY, work=WORK)

    def fills(what: str, _ratio: float | None) -> None:
        if what.startswith("sao chép"):
            leave_free(small_disk, 0)

    with pytest.raises(StorageError) as caught:
        make_copy(
            tmp_path / "state",
            small_disk,
            with_results=False,
            now=NOW,
            work=Work(fills, threading.Event(), spare_bytes=0),
        )

    assert caught.value.fault is StorageFault.FULL
    free_space(small_disk)
    assert find_copies(small_disk).copies == (kept,)
    assert list(small_disk.glob(".unfinished*")) == []


async def test_stopping_the_daemon_ends_a_copy_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    await fill(tmp_path / "state")
    fatten(tmp_path / "state" / "state.db", megabytes=5)
    nightly = Nightly(lambda: settings_in(tmp_path), clock=FakeClock(now=NOW))
    task = asyncio.create_task(nightly.run())
    await asyncio.sleep(0.01)

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    folder = tmp_path / "state" / "backups"
    assert list(folder.glob(".unfinished*")) == []
    assert threading.active_count() < 20
    assert nightly.facts is not None
    assert nightly.facts.error == ""


def test_a_clock_that_is_set_makes_no_copy_late_until_the_agenda_had_its_time(tmp_path: Path) -> None:
    clock = FakeClock(now=NOW)
    nightly = Nightly(lambda: settings_in(tmp_path), clock=clock)
    assert nightly.facts is not None
    ahead = NOW + 10 * 86_400
    assert nightly.facts.late_since_at(ahead) == NOW

    clock.step_wall(ahead - NOW)
    nightly.clock_stepped()

    assert nightly.facts.late_since_at(ahead + CLOCK_SET_S - 1) is None
    assert nightly.facts.late_since_at(ahead + CLOCK_SET_S) == NOW


async def test_people_hear_once_of_copies_that_fail_and_once_of_the_next_good_one(tmp_path: Path) -> None:
    clock = FakeClock(now=NOW)
    land = province([check("a")])
    world, _ = engine.start(land, SETTINGS, SavedState(), now=NOW, mono=clock.monotonic())
    said: list[tuple[str, list[str]]] = []
    facts: list[BackupFacts | None] = [BackupFacts(NOW)]

    async with StateStore.open(tmp_path / "state.db", now=NOW) as state:
        decided: list[Decision] = []

        async def look(*, anew: bool = False) -> None:
            if anew:
                alarms[0] = make()
            await alarms[0].look()
            for decision in decided:
                await state.commit(decision)
                said.extend(
                    (each.id, [n.recipient for n in decision.notifications]) for each in decision.bulletins
                )
            decided.clear()

        def make() -> BackupAlarm:
            return BackupAlarm(
                world, state, lambda: facts[0], clock=clock, carry_out=decided.append, failing=tuple
            )

        alarms = [make()]
        await look()
        assert said == []
        begun = BackupFacts(NOW, error="ổ đĩa đầy", failed_at=NOW)
        facts[0] = begun
        await look()
        await look()
        await look(anew=True)
        # After a restart nobody remembers why, but no copy came either.
        facts[0] = BackupFacts(NOW, last_good_at=NOW - DAY)
        await look(anew=True)
        facts[0] = replace(begun, error="", failed_at=None, last_good_at=NOW + 3_600)
        clock.step_wall(3_600)
        await look()
        await look()
        clock.step_wall(LATE_S + 1)
        await look()
        facts[0] = None
        await look(anew=True)
        await look()
        off = await state.outbox.bulletin(f"self:backup.nightly:{NOW + 3_600:.0f}:over")

    duty = [each.address for each in DUTY]
    alarm = f"self:backup.nightly:{NOW:.0f}"
    late = f"self:backup.nightly:{NOW + 3_600:.0f}"
    assert said == [(alarm, duty), (f"{alarm}:over", duty), (late, duty), (f"{late}:over", duty)]
    assert off is not None
    assert "đã tắt" in off.facts["symptom"], "there is no good copy again"
