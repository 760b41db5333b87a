"""The stream: who may listen, what is sent, and how it ends. Over a real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from alerts.model.checks import Status
from monitor.people.principal import Principal, Way
from monitor.people.rights import RIGHTS, Role
from monitor.web.door.base import admitted
from monitor.web.fence import fence
from monitor.web.framing import frame
from monitor.web.live.stream import BEAT_S, MOST_OF_ONE, Finder, LiveDesk
from monitor.web.pages.table import NAV, PAGES
from monitor.web.rendering import Renderer
from monitor.web.showing import PageDesk
from monitor.web.static_files import load_static
from tests.clock import FakeClock
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon

INVENTORY = samples.province(communes=6)
STATIC = load_static()


@dataclass
class HeldDoor:
    """A door at which the test says who asks."""

    role: Role | None = Role.DUTY

    async def principal(self, request: web.Request) -> Principal:
        if self.role is None:
            return Principal(source=request.remote or "")
        return Principal(name="ngoc", way=Way.SESSION, role=self.role, rights=RIGHTS[self.role])


@dataclass
class House:
    """A running application with its parts."""

    daemon: HeldDaemon
    door: HeldDoor
    clock: FakeClock
    client: TestClient[web.Request, web.Application] = field(init=False)
    live: LiveDesk = field(init=False)

    async def song(self, query: str = "?trang=/", **headers: str) -> ClientResponse:
        return await self.client.get(f"/song{query}", headers=headers)


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    daemon = HeldDaemon(samples.snapshot_of(INVENTORY))
    found = House(daemon, HeldDoor(), FakeClock())
    renderer = Renderer(
        daemon.settings, STATIC, NAV, lambda page, visit: frame(daemon.snapshot(), page, visit)
    )
    pages = PageDesk(daemon, renderer)
    app = web.Application(middlewares=[fence(pages), admitted(found.door)])
    found.live = LiveDesk(daemon, pages, found.door, clock=found.clock)
    found.live.add(app)
    async with TestClient(TestServer(app)) as client:
        found.client = client
        yield found


async def one(answer: ClientResponse) -> tuple[str, dict[str, object], str]:
    """Read one event: its name, data and id."""
    fields: dict[str, str] = {}
    async with asyncio.timeout(5):
        while "data" not in fields or fields.get("end") != "":
            line = (await answer.content.readline()).decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                fields["end"] = ""
    return fields["event"], json.loads(fields["data"]), fields.get("id", "")


async def test_a_stream_begins_with_the_time_and_everything_that_is_lacking() -> None:
    async with house() as at:
        answer = await at.song()
        hello, pieces = await one(answer), await one(answer)

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert hello[0] == "hello"
    assert hello[1]["now"] == samples.NOW
    assert pieces[0] == "pieces"
    assert pieces[2].startswith(at.live.hub.life)


async def test_a_browser_that_shows_the_newest_state_is_sent_only_changes() -> None:
    async with house() as at:
        answer = await at.song(f"?trang=/&tu={at.live.hub.life}-{at.daemon.changes.version}")
        await one(answer)
        at.daemon.held = samples.snapshot_of(INVENTORY, statuses={"21001.cpe/icmp": Status.DEGRADED})
        at.daemon.changes.note()
        name, data, _id = await one(answer)

    assert name == "pieces"
    assert "o-21001" in {each["id"] for each in data["pieces"]}  # type: ignore[union-attr]


async def test_after_a_restart_a_browser_gets_everything() -> None:
    async with house() as at:
        answer = await at.song("?trang=/", **{"Last-Event-ID": "0123abcd-99"})
        await one(answer)
        _name, data, _id = await one(answer)

    assert "map" in {each["id"] for each in data["pieces"]}  # type: ignore[union-attr]


async def test_beats_tell_the_time_while_nothing_happens() -> None:
    async with house() as at:
        answer = await at.song()
        await one(answer)
        await one(answer)
        await at.clock.advance(BEAT_S)
        name, data, _id = await one(answer)

    assert (name, data["asOf"]) == ("beat", samples.HEALTH.last_result_at)


async def test_a_session_that_ended_is_let_go_with_the_next_change() -> None:
    async with house() as at:
        answer = await at.song()
        await one(answer)
        await one(answer)
        at.door.role = None
        at.daemon.held = samples.snapshot_of(INVENTORY, statuses={"21001.cpe/icmp": Status.DEGRADED})
        at.daemon.changes.note()
        name, _data, _id = await one(answer)
        rest = await answer.content.read()

    assert name == "bye"
    assert rest == b""


async def test_a_role_that_changed_is_let_go_too() -> None:
    async with house() as at:
        answer = await at.song()
        await one(answer)
        await one(answer)
        at.door.role = Role.LEADER
        at.daemon.changes.note()
        name, _data, _id = await one(answer)

    assert name == "bye"


@pytest.mark.parametrize("is_late", [False, True])
async def test_browsers_that_leave_are_forgotten_quietly(
    is_late: bool,  # noqa: FBT001 (a case)
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house() as at:
        for _ in range(5):
            reader, writer = await asyncio.open_connection(at.client.host, at.client.port)
            writer.write(b"GET /song?trang=/ HTTP/1.1\r\nHost: %b\r\n\r\n" % at.client.host.encode())
            if is_late:
                await reader.readuntil(b"event: pieces")
            writer.transport.abort()
        async with asyncio.timeout(5):
            while at.live.hub.channels:
                at.daemon.changes.note()
                await at.clock.advance(BEAT_S)

    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_shutdown_says_bye() -> None:
    async with house() as at:
        answer = await at.song()
        await one(answer)
        await one(answer)
        at.live.hub.close()
        name, _data, _id = await one(answer)

    assert name == "bye"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_no_other_site_may_listen(headers: dict[str, str]) -> None:
    async with house() as at:
        assert (await at.song(**headers)).status == 403


async def test_whoever_may_not_see_the_page_may_not_listen_to_it() -> None:
    async with house() as at:
        at.door.role = None
        assert (await at.song()).status == 403
        at.door.role = Role.COMMUNE
        assert (await at.song()).status == 403
        assert (await at.song("?trang=/khong-co")).status == 404


async def test_one_account_has_so_many_streams_and_no_more() -> None:
    async with house() as at:
        open_ones = [await at.song() for _ in range(MOST_OF_ONE)]
        refused = await at.song()
        open_ones[0].close()
        for _ in range(50):
            await asyncio.sleep(0)
            at.daemon.changes.note()

        assert refused.status == 429
        for each in open_ones:
            each.close()


async def test_guests_leave_room_for_those_on_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.web.live.stream.MOST_OF_GUESTS", 2)
    async with house() as at:
        at.door.role = None
        guests = [await at.song("?trang=/tt") for _ in range(3)]
        at.door.role = Role.DUTY
        officer = await at.song()

        assert [each.status for each in guests] == [200, 200, 429]
        assert officer.status == 200
        for each in (*guests, officer):
            each.close()


async def test_addresses_with_places_find_their_page() -> None:
    find = Finder(PAGES)

    found = find("/xa/21001")
    assert found is not None
    assert found[0].path.startswith("/xa/")
    assert set(found[1].values()) == {"21001"}
    assert find("/xa/21001/x/y/z") is None
    assert find("//evil") is None


@pytest.mark.parametrize(
    "asked", ["?trang=" + "a=1%26" * 99, "?trang=%2F%3F" + "a%3D1%26" * 99, "?trang=http://[", "?tu=x"]
)
async def test_an_address_that_is_none_is_refused(asked: str) -> None:
    async with house() as at:
        answer = await at.song(asked)
        assert answer.status in {200, 400, 404}
        answer.close()
