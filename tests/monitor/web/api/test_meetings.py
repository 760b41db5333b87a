"""The API of meetings: entered, listed, withdrawn; what cannot be is refused in words; everything is on record."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from alerts import engine
from alerts.model.decision import SavedState
from alerts.model.settings import AlertSettings
from inventory.model import Inventory, Layer, Target, Unit
from monitor.storage.state import StateStore
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app
from tests.alerts.province import check
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.lived import ChosenDoor
from tests.monitor.web.samples import province, snapshot_of

GOOD = {
    "title": "Giao ban",
    "begins": "2026-01-10T08:00:00+07:00",
    "ends": "2026-01-10T10:00:00+07:00",
    "who": "Lan",
    "registered": 128,
}
LAND = Inventory(
    units={code: Unit(code, f"Xã {code}", "xã", "qn") for code in ("a", "b")},
    targets={"a.vcs": Target("a.vcs", "Điểm cầu", "a", Layer.CONFERENCE, "vcs-endpoint", "x")},
    checks={"a.vcs/icmp": check("a.vcs/icmp")},
    digest="bản-1",
)

Client = TestClient[Any, Any]


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[HeldDaemon]:
    world, _ = engine.start(LAND, AlertSettings(), SavedState(), now=0.0, mono=0.0)
    async with StateStore.open(tmp_path / "state.db", now=0.0) as store:
        yield HeldDaemon(snapshot_of(province(communes=2)), stored=store, world=world)


@pytest.fixture
async def client(held: HeldDaemon) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_app(held, SocketDoor()))) as opened:
        yield opened


async def listed(client: Client) -> list[dict[str, Any]]:
    span = {"from": "2026-01-10T00:00:00+07:00", "until": "2026-01-11T00:00:00+07:00"}
    answer = await (await client.get("/api/v1/meetings", params=span)).json()
    items: list[dict[str, Any]] = answer["items"]
    return items


async def test_a_meeting_is_entered_listed_and_withdrawn(client: Client, held: HeldDaemon) -> None:
    made = (await (await client.post("/api/v1/meetings", json=GOOD)).json())["item"]
    assert made["id"].startswith("HOP-")
    assert (made["title"], made["registered"], made["withdrawn"]) == ("Giao ban", 128, None)
    assert await listed(client) == [made]

    gone = f"/api/v1/meetings/{made['id']}/withdraw"
    assert (await (await client.post(gone, json={"who": "An"})).json())["item"]["withdrawn"] is not None
    assert (await client.post(gone, json={"who": "An"})).status == 409

    audit = [each for each in await held.state.audit_log(10) if each.action.startswith("meeting.")]
    assert [(each.who, each.action, each.digest) for each in audit] == [
        ("An", "meeting.withdrawn", "bản-1"),
        ("Lan", "meeting.entered", "bản-1"),
    ]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"title": "  "}, 422),
        ({"role": "admin"}, 400),
        ({"begins": "08:00"}, 400),
        ({"ends": "2026-01-10T10:00:00"}, 400),
        ({"begins": "9999-12-31T23:00:00+00:00", "ends": "9999-12-31T23:59:00+00:00"}, 400),
        ({"begins": "0001-01-01T00:00:00+14:00"}, 400),
        ({"begins": 1e400}, 400),
        ({"ends": "2026-01-10T08:00:00+07:00"}, 422),
        ({"ends": "2026-01-14T08:00:00+07:00"}, 422),
        ({"units": "a"}, 400),
        ({"units": ["z"]}, 422),
        ({"units": ["b"]}, 422),
        ({"registered": "nhiều"}, 400),
        ({"registered": True}, 400),
        ({"registered": float("nan")}, 400),
        ({"registered": 10**30}, 422),
        ({"title": "\ud800Họp"}, 400),
        ({"registered": 0}, 422),
    ],
)
async def test_what_is_wrong_is_refused_with_a_remedy(
    client: Client, changes: dict[str, object], status: int
) -> None:
    answer = await client.post("/api/v1/meetings", json={**GOOD, **changes})
    body = await answer.json()

    assert answer.status == status
    assert body["detail"]
    assert body.get("hint") or "registered: cần số nguyên" in body["detail"]
    assert await listed(client) == []


async def test_hostile_names_are_kept_as_one_line_that_can_be_read_again(client: Client) -> None:
    names = ("Họp\r\nX-Evil: 1", "Họp\x00\n\x1b[31m 2", "<script>&=SUM(3)", "\u202eHọp 4", "Họp " * 200)
    for number, name in enumerate(names):
        made = await client.post("/api/v1/meetings", json={**GOOD, "title": name, "note": name, "who": name})
        assert made.status == 200, number

    found = await listed(client)
    assert len(found) == len(names)
    assert all(item["title"].isprintable() and 0 < len(item["title"]) <= 300 for item in found)


async def test_what_is_entered_twice_counts_once(client: Client, held: HeldDaemon) -> None:
    first = (await (await client.post("/api/v1/meetings", json=GOOD)).json())["item"]
    again = (await (await client.post("/api/v1/meetings", json=GOOD)).json())["item"]
    held.held = replace(held.held, now=held.held.now + 60)
    refused = await client.post("/api/v1/meetings", json={**GOOD, "who": "An"})

    assert again == first, "the same request again"
    assert refused.status == 409
    assert "meeting list" in (await refused.json())["hint"]
    assert len(await listed(client)) == 1
    others = await client.post("/api/v1/meetings", json={**GOOD, "units": ["a"]})
    assert others.status == 200, "another group at the same time"
    await client.post(f"/api/v1/meetings/{first['id']}/withdraw", json={"who": "An"})
    assert (await client.post("/api/v1/meetings", json=GOOD)).status == 200, "the first was taken back"


async def test_two_at_once_get_ids_of_their_own(client: Client, held: HeldDaemon) -> None:
    answers = await asyncio.gather(
        *(client.post("/api/v1/meetings", json={**GOOD, "title": f"Họp {number}"}) for number in range(5))
    )

    assert {answer.status for answer in answers} == {200}
    assert len({item["id"] for item in await listed(client)}) == 5
    actions = [each.action for each in await held.state.audit_log(50)]
    assert actions.count("meeting.entered") == 5


async def test_what_is_not_there_cannot_be_withdrawn(client: Client) -> None:
    assert (await client.post("/api/v1/meetings/HOP-2026-0001/withdraw", json={"who": "An"})).status == 404
    assert (await client.post("/api/v1/meetings", data=b"{")).status in {400, 415}
    assert (await client.get("/api/v1/meetings")).status == 400


async def test_who_signed_in_is_noted_whatever_they_write(held: HeldDaemon) -> None:
    async with TestClient(TestServer(make_app(held, ChosenDoor()))) as client:
        made = await client.post("/api/v1/meetings", json=GOOD, headers={"X-Role": "reporter"})
        refused = await client.post("/api/v1/meetings", json=GOOD, headers={"X-Role": "duty"})
        unknown = await client.post("/api/v1/meetings", json=GOOD)

        assert (await made.json())["item"]["who"] == "Báo Cáo"
        assert (refused.status, unknown.status) == (403, 401)
