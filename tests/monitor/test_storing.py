"""Trouble with the daemon's own files: who is told, once, by which way, and of the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from alerts import engine
from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.delivery.letter import Letter
from alerts.delivery.store_alarm import AFTER_S
from alerts.delivery.straight import StraightWay
from alerts.messages.message import Message
from alerts.model.checks import Status
from alerts.model.decision import SavedState
from alerts.model.notification import Bulletin, NotificationKind
from alerts.world import World
from monitor.pipeline import Pipeline, Saver
from monitor.series.log import RESERVE_BYTES, WAL_LIMIT_BYTES, ResultLog
from monitor.storage.ballast import Ballast
from monitor.storage.database import LARGEST_COMMIT_BYTES
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.snapshot import LOG_AT_MOST_BYTES
from monitor.storage.state import StateStore
from monitor.storing import TEND_EVERY_S, StorageDesk
from monitor.web.health import WAL_LARGE_BYTES
from tests.alerts.province import DUTY, GOOD, SETTINGS, SILENT, check, province, result
from tests.clock import FakeClock
from tests.monitor.storage.disks import foreign_read, free_space, leave_free, mounted_tmpfs
from tests.monitor.storage.samples import integrity, opening

REFUSED = StorageError(StorageFault.IO, "state.db: không ghi được", "kiểm tra ổ đĩa")


@dataclass
class Mouth:
    """A channel that keeps what it was given, or refuses."""

    clock: FakeClock
    knows_repeats: bool = True
    works: bool = True
    said: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        del thread_id
        if not self.works:
            raise DeliveryError("no route", DeliveryFailure.CONNECT)
        self.said.append((recipient, message_id))
        assert message.text
        return ""


@dataclass
class Rig:
    """The parts of a daemon that matter here. `fault` is what state.db is said to have."""

    world: World
    state: StateStore
    results: ResultLog
    saver: Saver
    pipeline: Pipeline
    desk: StorageDesk
    clock: FakeClock
    mouth: Mouth
    fault: StorageError | None = None

    async def looks(self, seconds: float) -> None:
        """Look every two seconds, as the daemon does."""
        for _ in range(round(seconds / 2)):
            await self.clock.advance(2.0)
            await self.desk.look()

    async def bulletins(self) -> dict[str, list[str]]:
        """Return what was put into the outbox: id -> to whom."""
        await self.saver.drain()
        found: dict[str, list[str]] = {}
        for bulletin_id in await self.state.outbox.self_alarms(""):
            entries = await self.state.outbox.entries_of(bulletin_id)
            found[bulletin_id] = [each.row.notification.recipient for each in entries]
        return found

    def measures(self, *, ok: bool) -> None:
        now, mono = self.clock.now(), self.clock.monotonic()
        outcome = replace(result("a", GOOD if ok else SILENT, mono, 0.1), started_at=now)
        self.pipeline.handle(outcome)


@asynccontextmanager
async def rig(
    folder: Path,
    clock: FakeClock,
    *,
    ballast: Ballast | None = None,
    reserve_bytes: int = 0,
    rows: int = 1_000,
) -> AsyncIterator[Rig]:
    async with (
        StateStore.open(folder / "state.db", now=clock.now(), ballast=ballast) as state,
        ResultLog.open(
            folder / "results.db", now=clock.now(), reserve_bytes=reserve_bytes, queue_rows=rows
        ) as results,
    ):
        saver = Saver(state, clock=clock, saved=lambda: None)
        land = province([check("a", failures_to_down=2, interval_s=10.0)])
        world, decision = engine.start(land, SETTINGS, SavedState(), now=clock.now(), mono=clock.monotonic())
        pipeline = Pipeline(world, results=results, saver=saver, clock=clock)
        pipeline.carry_out(decision)
        mouth = Mouth(clock)

        async def compose(bulletin: Bulletin, letter: Letter) -> Message:
            return Message(
                bulletin.id, letter.news[0].kind, bulletin.at, "s", "h", str(bulletin.facts["symptom"]), "b"
            )

        desk = StorageDesk(
            world,
            state,
            results,
            StraightWay({"email": mouth, "file": mouth}, compose, dict),
            clock=clock,
            carry_out=pipeline.carry_out,
            state_fault=lambda: found.fault or saver.fault,
        )
        found = Rig(world, state, results, saver, pipeline, desk, clock, mouth)
        yield found


async def test_results_that_cannot_be_written_are_told_once_and_their_end_with_what_was_lost(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, FakeClock(), reserve_bytes=2**62, rows=3) as daemon:
        for number in range(5):
            daemon.measures(ok=True)
            await daemon.results.flush()
            await daemon.clock.advance(1.0)
            assert daemon.results.queued <= 3, number
        await daemon.looks(AFTER_S - 2)
        assert await daemon.bulletins() == {}
        await daemon.looks(300.0)
        ((alarm, told),) = (await daemon.bulletins()).items()
        assert alarm.startswith("self:store.results:17")
        assert told == [each.address for each in DUTY]
        daemon.measures(ok=True)

        daemon.results.reserve_bytes = 0
        await daemon.results.flush()
        await daemon.looks(AFTER_S - 2)
        assert len(await daemon.bulletins()) == 1, "it may come back at once"
        await daemon.looks(300.0)

        assert list(await daemon.bulletins()) == [alarm, alarm + ":over"]
        over = await daemon.state.outbox.bulletin(alarm + ":over")
        assert over is not None
        assert over.facts["consequence"] == "đã mất 3 kết quả đo, có ghi lại là khoảng trống"


async def test_a_short_trouble_is_not_told(tmp_path: Path) -> None:
    async with rig(tmp_path, FakeClock(), reserve_bytes=2**62) as daemon:
        daemon.measures(ok=True)
        await daemon.results.flush()
        await daemon.looks(30.0)
        daemon.results.reserve_bytes = 0
        await daemon.results.flush()
        await daemon.looks(300.0)

        assert await daemon.bulletins() == {}


async def test_a_store_that_takes_nothing_is_told_past_it_and_its_end_the_usual_way(tmp_path: Path) -> None:
    async with rig(tmp_path, FakeClock()) as daemon:
        daemon.fault = REFUSED
        daemon.mouth.works = False
        await daemon.looks(2 * AFTER_S)
        assert daemon.mouth.said == []
        daemon.mouth.works = True
        await daemon.looks(300.0)
        assert [to for to, _ in daemon.mouth.said] == [each.address for each in DUTY]
        assert len({message_id for _, message_id in daemon.mouth.said}) == 2
        assert await daemon.bulletins() == {}, "the store takes nothing"

        daemon.fault = None
        await daemon.looks(300.0)

        alarm, over = await daemon.bulletins()
        assert over == alarm + ":over"
        assert await daemon.bulletins() == {alarm: [], over: [each.address for each in DUTY]}
        assert len(daemon.mouth.said) == 2


async def test_results_wait_with_their_alarm_while_the_store_takes_nothing(tmp_path: Path) -> None:
    async with rig(tmp_path, FakeClock(), reserve_bytes=2**62) as daemon:
        daemon.fault = REFUSED
        daemon.measures(ok=True)
        await daemon.results.flush()
        await daemon.looks(300.0)

        assert len(daemon.mouth.said) == 2
        assert await daemon.bulletins() == {}


async def test_what_was_told_before_a_restart_is_not_told_again_and_ends(tmp_path: Path) -> None:
    clock = FakeClock()
    async with rig(tmp_path, clock, reserve_bytes=2**62) as daemon:
        daemon.measures(ok=True)
        await daemon.results.flush()
        await daemon.looks(2 * AFTER_S)
        (alarm,) = await daemon.bulletins()
        daemon.results.reserve_bytes = 0
    async with rig(tmp_path, clock, reserve_bytes=2**62) as daemon:
        daemon.measures(ok=True)
        await daemon.results.flush()
        await daemon.looks(300.0)
        assert list(await daemon.bulletins()) == [alarm]

        daemon.results.reserve_bytes = 0
        await daemon.results.flush()
        await daemon.looks(300.0)
        assert list(await daemon.bulletins()) == [alarm, alarm + ":over"]


async def test_a_foreign_read_that_holds_the_write_ahead_log_is_told_and_states_go_on(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, FakeClock()) as daemon:
        with foreign_read(tmp_path / "results.db") as end:
            while daemon.results.database.wal_bytes < WAL_LARGE_BYTES:
                for _ in range(40):
                    outcome = result("a", replace(GOOD, detail="x" * 50_000), 0.0, 0.1)
                    daemon.results.append(outcome)
                await daemon.results.flush()
            assert daemon.results.fault is None
            await daemon.looks(2 * AFTER_S)
            (alarm,) = await daemon.bulletins()
            assert alarm.startswith("self:store.results:")
            end()
        await daemon.looks(300.0)

        assert daemon.results.database.wal_bytes == 0
        assert list(await daemon.bulletins()) == [alarm, alarm + ":over"]


def test_a_copy_of_our_own_ends_before_it_would_be_told_as_another_programs_read() -> None:
    assert LOG_AT_MOST_BYTES < WAL_LARGE_BYTES <= WAL_LIMIT_BYTES - LARGEST_COMMIT_BYTES


async def test_a_damaged_file_that_was_set_aside_is_told(tmp_path: Path) -> None:
    (tmp_path / "results.db").write_bytes(b"not a database" * 100)
    async with rig(tmp_path, FakeClock()) as daemon:
        await daemon.looks(10.0)
        ((alarm, told),) = (await daemon.bulletins()).items()

        assert alarm.startswith("self:damaged.results.db:")
        assert told == [each.address for each in DUTY]
        bulletin = await daemon.state.outbox.bulletin(alarm)
        assert bulletin is not None
        assert "results.db.damaged-" in bulletin.facts["symptom"]


async def test_on_a_full_disk_probing_and_alerting_go_on_and_all_is_well_when_there_is_room(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    with mounted_tmpfs(tmp_path, size_bytes=16 * 2**20) as disk:
        ballast = Ballast(disk / "ballast", size_bytes=8 * 2**20, keep_free_bytes=2**20)
        assert ballast.make()
        async with rig(disk, clock, ballast=ballast) as daemon:
            daemon.results.reserve_bytes = 2**20
            for _ in range(5):
                daemon.measures(ok=True)
                await daemon.results.flush()
                await daemon.looks(10.0)
            leave_free(disk, 0)
            number = 0
            while ballast.is_there:  # ordinary decisions use up what SQLite still had
                await daemon.state.commit(opening(1_000 + number))
                number += 1
            for _ in range(12):
                daemon.measures(ok=False)
                await daemon.results.flush()
                await daemon.looks(10.0)
                await daemon.saver.drain()
            assert daemon.results.fault is not None
            assert daemon.results.reserve_bytes == RESERVE_BYTES + ballast.size_bytes
            assert daemon.world.states["a"].status is Status.DOWN
            assert daemon.saver.fault is None
            told = [
                each.row.notification.kind
                for incident in daemon.world.incidents.values()
                for each in await daemon.state.outbox.entries_of(incident.id)
            ]
            assert told.count(NotificationKind.OPENED) == 2
            assert list(await daemon.bulletins()) == [
                "self:store.results:" + _stamp(await daemon.bulletins())
            ]
            assert daemon.mouth.said == []

            free_space(disk)
            await daemon.looks(TEND_EVERY_S + 2)
            assert ballast.is_there
            daemon.results.reserve_bytes = 2**20
            await daemon.results.flush()
            assert (daemon.results.fault, daemon.results.queued, daemon.results.dropped) == (None, 0, 0)
            assert len(await daemon.results.read_after(0, 100)) == 17
        assert integrity(disk / "state.db") == integrity(disk / "results.db") == "ok"


def _stamp(bulletins: dict[str, list[str]]) -> str:
    return next(iter(bulletins)).split(":")[2]
