"""What is said of a group at the moment of sending: from what is stored, whatever the engine has forgotten since."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from alerts import engine
from alerts.delivery.letter import Letter, News
from alerts.incidents.lives import forget_closed
from alerts.model.incident import Incident
from alerts.model.notification import NotificationKind
from alerts.world import World
from monitor.composer import Composer
from monitor.plan import Plan
from monitor.settings.settings import Settings
from monitor.settings.web import WebSettings
from monitor.storage.state import StateStore
from tests.alerts.communes import NODE, checks_of, communes
from tests.alerts.province import EPOCH, SETTINGS
from tests.alerts.simulator import Simulator
from tests.clock import FakeClock

CUT = 70.0
BACK = 400.0
LATE = 1_600.0
"""When the last ones are back: the others ended too long before to be reopened."""
EIGHT = range(62, 70)
LAND = communes(devices=0)


def simulate(ends: Mapping[int, float], until: float) -> Simulator:
    """Communes fall at CUT, each is back at its own time."""
    chance = Random(3)  # noqa: S311 (phases, no secrets)
    outages = {each: [(CUT, end)] for number, end in ends.items() for each in checks_of(LAND, [number])}
    phases = {each: chance.random() for each in LAND.checks}
    return Simulator(LAND, outages, phases=phases, tick_s=5.0).run_until(until)


async def end_as_told(folder: Path, simulator: Simulator) -> tuple[Incident, str]:
    """Store all that was decided and return the group with the message of its end, composed now."""
    (group,) = [each for each in simulator.opened if each.is_group]
    async with StateStore.open(folder / "state.db", now=EPOCH) as store:
        await store.commit_many([decision for _, decision in simulator.decisions])
        text = await composed(store, simulator.world, group.id, EPOCH + simulator.mono)
    return group, text


async def composed(
    store: StateStore,
    world: World,
    incident_id: str,
    now: float,
    *,
    channel: str = "email",
    base: str | None = None,
    pages: str | None = None,
) -> str:
    folder = store.database.path.parent
    settings = Settings(
        province="Quảng Ngãi",
        inventory=[folder],
        state_dir=folder,
        public_url=base,
        web=WebSettings(url=pages),
    )
    plan = Plan(folder / "monitor.yaml", settings, world.inventory)
    composer = Composer(lambda: plan, world, store, clock=FakeClock(now))
    news = News(incident_id, NotificationKind.RESOLVED, (1,))
    composer.links = lambda incident_id, person: f"{base}/a/{incident_id}.{person}"
    return (await composer.compose(Letter(channel, "truc@example.vn", "ngoc", (news,)))).text


@pytest.mark.parametrize(
    ("base", "channel", "is_linked"),
    [
        ("https://giamsat.example", "zalo_bot", True),
        ("http://10.51.250.10:8444", "zalo_bot", False),
        ("http://10.51.250.10:8444", "email", True),
    ],
)
async def test_service_of_others_gets_no_link_that_would_lose_its_address(
    tmp_path: Path, base: str, channel: str, *, is_linked: bool
) -> None:
    simulator = simulate(dict.fromkeys(EIGHT, BACK), BACK + 60.0)
    (group,) = [each for each in simulator.opened if each.is_group]
    async with StateStore.open(tmp_path / "state.db", now=EPOCH) as store:
        await store.commit_many([decision for _, decision in simulator.decisions])
        now = EPOCH + simulator.mono
        text = await composed(store, simulator.world, group.id, now, channel=channel, base=base, pages=base)
        without = await composed(store, simulator.world, group.id, now, channel=channel, base=base)

    assert (f"{base}/su-co/{group.id}" in text) is is_linked
    assert "Chi tiết" not in without
    assert (base in text) is is_linked
    assert ("http" in text) is is_linked


@pytest.mark.parametrize("waited_s", [12.0, 7_200.0], ids=["at once", "after two hours of a dead channel"])
async def test_the_end_of_a_group_counts_all_that_ever_belonged_to_it(
    tmp_path: Path, waited_s: float
) -> None:
    ends = dict.fromkeys(EIGHT, BACK) | {EIGHT[0]: LATE, EIGHT[1]: LATE}
    simulator = simulate(ends, LATE + 60.0)
    forget_closed(simulator.world, EPOCH + simulator.mono + waited_s)
    group, text = await end_as_told(tmp_path, simulator)

    assert not group.is_open
    assert "08/08 xã" in text


async def test_the_end_of_a_group_names_those_that_are_not_back(tmp_path: Path) -> None:
    numbers = range(62, 82)
    simulator = simulate(dict.fromkeys(numbers, BACK) | {numbers[0]: LATE}, BACK + 200.0)
    group, text = await end_as_told(tmp_path, simulator)

    assert not group.is_open
    assert [each.is_open for each in simulator.opened if each.part_of is None and not each.is_group] == [True]
    assert "19/20 xã" in text
    assert "Còn lại chưa khôi phục: 62." in text


async def test_what_is_removed_while_the_daemon_is_off_is_called_by_its_name(tmp_path: Path) -> None:
    simulator = simulate({62: 9_999.0}, CUT + 100.0)
    (incident,) = simulator.opened
    without = replace(
        LAND,
        units={},
        targets={"nut": LAND.targets["nut"]},
        checks={NODE: LAND.checks[NODE]},
        ancestors_first=(NODE,),
    )
    without = replace(without, parents={}, children={})
    now = EPOCH + 500.0
    async with StateStore.open(tmp_path / "state.db", now=now) as store:
        await store.commit_many([decision for _, decision in simulator.decisions])
        world, decision = engine.start(without, SETTINGS, await store.load(), now=now, mono=0.0)
        await store.commit(decision)
        text = await composed(store, world, incident.id, now)

    assert "Xã 62: đã đưa ra khỏi danh sách giám sát" in text
    assert "21062.cpe" in text.splitlines()[0]
