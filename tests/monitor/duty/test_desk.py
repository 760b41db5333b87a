"""The desk with a real store: what it tells, when, to whom, and only once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, Incident
from alerts.model.notification import BulletinKind
from alerts.model.settings import AlertSettings
from alerts.oncall.model import Address, Contact, Directory, Policy, Rota, Shift, Step, Swap
from alerts.world import World
from monitor.duty.desk import Desk, with_swaps
from monitor.settings.alerting import AlertingSettings, BriefSettings
from monitor.settings.settings import Settings
from monitor.storage.duty import select_swaps
from monitor.storage.state import StateStore
from monitor.web.view import Snapshot, build_snapshot
from tests.clock import FakeClock
from tests.monitor.web import samples

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PEOPLE = {
    each.id: each
    for each in (
        Contact("ngoc", "Bích Ngọc", (Address("email", "ngoc@tinh.example"),)),
        Contact("an", "A Thiu", (Address("email", "an@tinh.example"),)),
    )
}
ROTA = Rota("csht", "Trực hạ tầng", (Shift("Ca ngày", 450, 1170, ("ngoc", "an"), date(2026, 11, 1)),))
POLICIES = {"default": Policy("default", (Step(("ngoc",)),))}


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@dataclass
class Room:
    """The daemon as the desk sees it."""

    state: StateStore
    clock: FakeClock
    world: World
    alerting: AlertingSettings = field(default_factory=AlertingSettings)
    told: list[Decision] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return Settings(province="Thử", inventory=[], state_dir=Path(), alerting=self.alerting)

    def snapshot(self) -> Snapshot:
        return build_snapshot(self.world, samples.HEALTH, self.clock.now())

    def carry_out(self, decision: Decision) -> None:
        self.told.append(decision)

    def desk(self) -> Desk:
        return Desk(self, self.world, self.state.database, clock=self.clock, zone=ZONE)

    def bulletins(self, kind: BulletinKind) -> list[Decision]:
        return [each for each in self.told if each.bulletins[0].kind is kind]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    clock = FakeClock(now=at("2026-11-24T06:58:00"))
    settings = AlertSettings(policies=POLICIES, directory=Directory(PEOPLE, {"csht": ROTA}))
    async with StateStore.open(tmp_path / "state.db", now=clock.now()) as state:
        world = samples.world_of(samples.province(communes=4))
        world.settings = settings
        yield Room(state, clock, world)


async def test_the_brief_comes_at_seven_once_to_whoever_is_told_first(room: Room) -> None:
    desk = room.desk()
    await desk.look()
    assert room.told == []

    await room.clock.advance(120)
    await desk.look()
    await desk.look()
    await room.desk().look()  # after a restart: the same id, which the store takes only once

    first, again = room.bulletins(BulletinKind.BRIEF)
    assert first.bulletins[0].id == again.bulletins[0].id == "brief:2026-11-24"
    assert [row.person for row in first.notifications] == ["ngoc"]
    assert {row.dedup_key for row in first.notifications} == {row.dedup_key for row in again.notifications}


async def test_the_brief_says_how_the_night_was(room: Room) -> None:
    ended = Incident(
        "SC-2026-0001", "x/icmp", at("2026-11-23T22:00:00"), at("2026-11-23T22:00:10"), "timeout"
    )
    ended = replace(ended, resolved_at=at("2026-11-23T23:30:00"), close_reason=CloseReason.RECOVERED)
    await room.state.commit(Decision(incidents=(ended,)))
    await room.clock.advance(120)
    await room.desk().look()

    facts = room.bulletins(BulletinKind.BRIEF)[0].bulletins[0].facts
    assert (facts["new"], facts["ended"], facts["longest_s"], facts["without_cause"]) == (1, 1, 5_400.0, 1)
    assert facts["open"] == 0
    assert facts["communes"] == 4


async def test_a_daemon_that_was_down_at_seven_tells_it_late_but_not_at_noon(room: Room) -> None:
    await room.clock.advance(2 * 3_600)
    await room.desk().look()
    assert len(room.bulletins(BulletinKind.BRIEF)) == 1

    room.told.clear()
    await room.clock.advance(3 * 3_600)
    await room.desk().look()
    assert room.bulletins(BulletinKind.BRIEF) == []


async def test_a_brief_that_is_not_wanted_is_not_told(room: Room) -> None:
    room.alerting = AlertingSettings(brief=None, hand_over=False)
    await room.clock.advance(3_600)
    await room.desk().look()

    assert room.told == []


async def test_the_brief_goes_to_whom_the_settings_name(room: Room) -> None:
    room.alerting = AlertingSettings(brief=BriefSettings(to=["an", "email:gd@tinh.example"]))
    await room.clock.advance(120)
    await room.desk().look()

    rows = room.bulletins(BulletinKind.BRIEF)[0].notifications
    assert [row.recipient for row in rows] == ["an@tinh.example", "gd@tinh.example"]


async def test_a_shift_is_handed_over_to_who_comes_and_who_leaves(room: Room) -> None:
    desk = room.desk()
    await room.clock.advance(33 * 60)  # 07:31
    await desk.look()
    await desk.look()

    (decision,) = room.bulletins(BulletinKind.SHIFT)
    facts = decision.bulletins[0].facts
    assert decision.bulletins[0].id == f"shift:csht:{at('2026-11-24T07:30:00'):.0f}"
    assert (facts["coming"], facts["leaving"], facts["shift"]) == (["A Thiu"], [], "Ca ngày")
    assert [row.person for row in decision.notifications] == ["an"]
    assert facts["since_at"] == at("2026-11-23T07:30:00")


async def test_a_swap_counts_at_once_and_after_a_restart(room: Room) -> None:
    desk = room.desk()
    await desk.swap(
        Swap("csht", "ngoc", at("2026-11-24T07:00:00"), at("2026-11-24T12:00:00"), "lead", "an nghỉ ốm")
    )

    await room.clock.advance(33 * 60)
    await desk.look()
    assert room.bulletins(BulletinKind.SHIFT)[0].bulletins[0].facts["coming"] == ["Bích Ngọc"]
    stored = await room.state.database.read(lambda connection: select_swaps(connection, room.clock.now()))
    assert with_swaps(AlertSettings(), stored).directory.swaps == desk.directory.swaps
    over = await room.state.database.read(
        lambda connection: select_swaps(connection, at("2026-11-24T12:00:00"))
    )
    assert over == []
    (entry,) = await room.state.audit_log(9)
    assert (entry.who, entry.action) == ("lead", "oncall.swapped")
    assert entry.detail == "csht: ngoc, 07:00 24/11/2026 – 12:00 24/11/2026: an nghỉ ốm"


async def test_what_the_store_has_is_not_told_again_after_a_restart_to_whoever_is_on_duty_by_then(
    room: Room,
) -> None:
    room.alerting = AlertingSettings(brief=BriefSettings(to=["an"]))
    await room.clock.advance(33 * 60)  # 07:31
    await room.desk().look()
    for decision in room.told:
        await room.state.commit(decision)
    told, room.told = room.told, []
    room.alerting = AlertingSettings(brief=BriefSettings(to=["ngoc"]))

    await room.desk().look()

    assert [each.bulletins[0].kind for each in told] == [BulletinKind.BRIEF, BulletinKind.SHIFT]
    assert room.told == []


async def test_nothing_is_told_twice_when_the_clock_is_set_back(room: Room) -> None:
    desk = room.desk()
    await room.clock.advance(33 * 60)
    await desk.look()
    before = len(room.told)
    room.clock.step_wall(-40 * 60)
    for _ in range(60):
        await desk.look()
        await room.clock.advance(60)

    assert len(room.told) == before == 2


async def test_whoever_stays_on_duty_is_handed_over_nothing(room: Room) -> None:
    shift = Shift("Cả ngày", 450, 450, ("ngoc", "an"), date(2026, 11, 1), turn_days=7)
    rota = Rota("csht", "Trực hạ tầng", (shift,))
    room.world.settings = replace(room.world.settings, directory=Directory(PEOPLE, {"csht": rota}))
    await room.clock.advance(33 * 60)
    for _ in range(7):
        await room.desk().look()
        await room.clock.advance(86_400)

    (handed,) = room.bulletins(BulletinKind.SHIFT)
    facts = handed.bulletins[0].facts
    assert (facts["leaving"], facts["coming"]) == (["A Thiu"], ["Bích Ngọc"])
