"""The hub: what is rendered when, for whom, and what each who comes back lacks."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from alerts.model.checks import Status
from monitor.people.principal import Principal, Way
from monitor.people.rights import RIGHTS, Role
from monitor.storage.errors import StorageError, StorageFault
from monitor.web.framing import frame
from monitor.web.live.hub import GAP_S, WORDS_AGE_S, Channel, Hub
from monitor.web.pages.overview import OVERVIEW
from monitor.web.pages.table import NAV
from monitor.web.rendering import Renderer
from monitor.web.static_files import load_static
from monitor.web.view import Snapshot
from monitor.web.visiting import Visit
from tests.clock import FakeClock
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon

INVENTORY = samples.province(communes=12)
STATIC = load_static()


def who(role: Role, name: str = "ngoc") -> Principal:
    return Principal(
        name=name,
        display_name=f"<b>{name}</b>",
        way=Way.SESSION,
        role=role,
        rights=RIGHTS[role],
        csrf="dau-bi-mat",
    )


def looking(daemon: HeldDaemon, principal: Principal, **query: str) -> Visit:
    renderer = renderer_of(daemon)
    return Visit(principal=principal, path="/", query=query, zone=renderer.zone, now=daemon.held.now)


def renderer_of(daemon: HeldDaemon) -> Renderer:
    return Renderer(daemon.settings, STATIC, NAV, lambda page, visit: frame(daemon.snapshot(), page, visit))


def broken(*codes: str) -> Snapshot:
    return samples.snapshot_of(INVENTORY, statuses={f"{code}.cpe/icmp": Status.DEGRADED for code in codes})


@asynccontextmanager
async def running(daemon: HeldDaemon) -> AsyncIterator[tuple[Hub, FakeClock]]:
    clock = FakeClock()
    hub = Hub(daemon, renderer_of(daemon), clock)
    task = asyncio.create_task(hub.run())
    yield hub, clock
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def ids(channel: Channel, version: int) -> list[str]:
    return [piece_id for piece_id, _html in channel.lacking(version)]


async def test_only_the_tile_that_changed_leaves_the_server() -> None:
    daemon = HeldDaemon(broken())
    async with (
        running(daemon) as (hub, clock),
        hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))) as channel,
    ):
        before = channel.version
        daemon.held = broken("21003")
        daemon.changes.note()
        await clock.advance(2 * GAP_S)

        found = ids(channel, before)

    assert "o-21003" in found
    assert "map" not in found
    assert [each for each in found if each.startswith("o-")] == ["o-21003"]


async def test_everybody_who_may_see_the_same_shares_one_rendering_without_names() -> None:
    daemon = HeldDaemon(broken())
    async with (
        running(daemon) as (hub, _clock),
        hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY, "ngoc"))) as one,
        hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY, "minh"))) as other,
        hub.listening(OVERVIEW, looking(daemon, who(Role.LEADER, "an"))) as third,
    ):
        everything = "".join(html for channel in (one, third) for _id, html in channel.lacking(-1))
        assert one is other
        assert hub.channels == 2

    assert "ngoc" not in everything
    assert "dau-bi-mat" not in everything


async def test_nothing_is_rendered_while_nobody_listens() -> None:
    daemon = HeldDaemon(broken())
    async with running(daemon) as (hub, clock):
        async with hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))) as channel:
            version = channel.version
        daemon.changes.note()
        await clock.advance(10)

        assert hub.channels == 0
        assert channel.version == version


async def test_pages_are_rendered_at_most_once_a_second() -> None:
    daemon = HeldDaemon(broken())
    async with (
        running(daemon) as (hub, clock),
        hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))) as channel,
    ):
        versions = set()
        for _ in range(20):
            daemon.changes.note()
            await clock.advance(0.1)
            versions.add(channel.version)

    assert 2 <= len(versions) <= 4


async def test_whoever_comes_back_gets_what_they_lack_and_no_more() -> None:
    daemon = HeldDaemon(broken())
    async with (
        running(daemon) as (hub, clock),
        hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))) as channel,
    ):
        seen = []
        for code in ("21001", "21002"):
            seen.append(channel.version)
            daemon.held = broken("21001") if code == "21001" else broken("21001", "21002")
            daemon.changes.note()
            await clock.advance(2 * GAP_S)

        tiles = [sorted(each for each in ids(channel, version) if each.startswith("o-")) for version in seen]
        nothing = channel.event(channel.version, hub.life)

    assert tiles == [["o-21001", "o-21002"], ["o-21002"]]
    assert nothing == b""


async def test_whoever_knows_nothing_gets_every_piece_whole() -> None:
    daemon = HeldDaemon(broken())
    async with (
        running(daemon) as (hub, _clock),
        hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))) as channel,
    ):
        found = ids(channel, -1)

    assert found == ["bars", *OVERVIEW.pieces]


async def test_words_of_time_are_rendered_anew_though_nothing_happened() -> None:
    inventory = INVENTORY
    daemon = HeldDaemon(samples.snapshot_of(inventory, incidents=[samples.cut(inventory, 1, "21001")]))
    async with (
        running(daemon) as (hub, clock),
        hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))) as channel,
    ):
        before = channel.version
        daemon.held = replace(daemon.held, now=daemon.held.now + 120)
        await clock.advance(WORDS_AGE_S + 1)

        assert "matters" in ids(channel, before)


async def test_what_cannot_be_read_keeps_what_it_showed() -> None:
    daemon = HeldDaemon(broken())

    async def read(port: object, visit: Visit) -> object:
        if failing:
            raise StorageError(StorageFault.IO, "đĩa không trả lời", "kiểm tra ổ đĩa")
        return await OVERVIEW.read(port, visit)  # type: ignore[arg-type]

    failing = False
    page = replace(OVERVIEW, read=read)  # type: ignore[arg-type]
    async with (
        running(daemon) as (hub, clock),
        hub.listening(page, looking(daemon, who(Role.DUTY))) as channel,
    ):
        kept = dict(channel.lacking(-1))
        failing = True
        daemon.changes.note()
        await clock.advance(2)

        assert dict(channel.lacking(-1)) == kept


async def test_what_devices_say_never_becomes_markup_in_a_piece() -> None:
    hostile = "<script>alert(1)</script>\"'&"
    unit = samples.unit(0, name=f"Xã {hostile}")
    inventory = samples.inventory_of([unit], samples.commune_targets(unit))
    daemon = HeldDaemon(samples.snapshot_of(inventory, incidents=[samples.cut(inventory, 1, unit.code)]))
    async with (
        running(daemon) as (hub, _clock),
        hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))) as channel,
    ):
        sent = channel.event(-1, hub.life).decode()

    assert "<script" not in sent
    assert "\\n" in sent
    assert re.fullmatch(r"id: \S+\nevent: pieces\ndata: [^\n]+\n\n", sent)


async def test_who_leaves_at_once_does_not_end_it_for_all() -> None:
    daemon = HeldDaemon(broken())
    async with running(daemon) as (hub, clock):
        await clock.settle()  # it waits for somebody
        async with hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))):
            pass
        async with hub.listening(OVERVIEW, looking(daemon, who(Role.DUTY))) as channel:
            before = channel.version
            await clock.advance(GAP_S)
            daemon.changes.note()
            await clock.advance(GAP_S)
            assert channel.version > before
