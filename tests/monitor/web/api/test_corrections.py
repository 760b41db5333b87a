"""The API of corrections: what cannot be understood is refused in words, what is not there is not found."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from monitor.accounting.desk import CorrectionDesk
from monitor.settings.storage import AccountingSettings
from monitor.storage.state import StateStore
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app
from tests.clock import FakeClock
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.lived import ChosenDoor
from tests.monitor.web.samples import province, snapshot_of

GOOD = {
    "from": "2026-01-10T08:00:00+07:00",
    "until": "2026-01-10T10:00:00+07:00",
    "countsAs": "maintenance",
    "was": "down",
    "reason": "nâng cấp",
    "who": "Lan",
    "approver": "An",
}

Client = TestClient[Any, Any]


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[HeldDaemon]:
    land, clock = province(communes=2), FakeClock()
    async with StateStore.open(tmp_path / "state.db", now=clock.now()) as store:
        desk = CorrectionDesk(
            store.database, clock=clock, inventory=lambda: land, settings=AccountingSettings
        )
        yield HeldDaemon(snapshot_of(land), corrections=desk)


@pytest.fixture
async def client(held: HeldDaemon) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_app(held, SocketDoor()))) as opened:
        yield opened


def some_check() -> str:
    return next(iter(province(communes=2).checks))


async def test_an_entry_is_made_listed_and_withdrawn(client: Client) -> None:
    made = await (await client.post("/api/v1/corrections", json={**GOOD, "checks": [some_check()]})).json()
    assert (made["item"]["id"], made["item"]["countsAs"]) == (1, "maintenance")

    back = {"reason": "nhầm", "who": "Lan", "approver": "An"}
    gone = await (await client.post("/api/v1/corrections/1/withdraw", json=back)).json()
    assert gone["item"]["withdraws"] == 1
    assert (await client.post("/api/v1/corrections/1/withdraw", json=back)).status == 409

    span = {"from": "2026-01-10T09:59:00+07:00", "until": "2026-01-11T00:00:00+07:00"}
    listed = await (await client.get("/api/v1/corrections", params=span)).json()
    assert [(each["id"], each["withdrawnBy"]) for each in listed["items"]] == [(1, 2), (2, None)]


async def test_trying_out_keeps_nothing(client: Client) -> None:
    body = {**GOOD, "checks": [some_check()]}
    assert (await (await client.post("/api/v1/corrections/preview", json=body)).json())["item"]["id"] is None

    span = {"from": "2026-01-01T00:00:00+07:00", "until": "2026-02-01T00:00:00+07:00"}
    assert (await (await client.get("/api/v1/corrections", params=span)).json())["items"] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"checks": "x"}, 400),
        ({"checks": [1]}, 400),
        ({"checks": ["không có"]}, 422),
        ({"checks": []}, 422),
        ({"from": "08:00"}, 400),
        ({"from": "2026-01-10T08:00:00"}, 400),
        ({"until": None}, 400),
        ({"countsAs": "tốt"}, 400),
        ({"countsAs": "off_hours"}, 422),
        ({"was": "x"}, 400),
        ({"reason": 7}, 400),
        ({"reason": " "}, 422),
        ({"approver": "LAN"}, 422),
    ],
)
async def test_what_is_wrong_is_refused_with_a_remedy(
    client: Client, changes: dict[str, object], status: int
) -> None:
    answer = await client.post("/api/v1/corrections", json={**GOOD, "checks": [some_check()], **changes})

    body = await answer.json()
    assert answer.status == status, body
    assert body["detail"]
    assert body["hint"]


async def test_what_is_no_request_or_not_there_is_said_so(client: Client) -> None:
    assert (await client.post("/api/v1/corrections", data=b"[")).status in {400, 415}
    assert (await client.post("/api/v1/corrections/9/withdraw", json={})).status == 404
    assert (await client.post("/api/v1/corrections/x/withdraw", json={})).status == 404
    assert (await client.get("/api/v1/corrections")).status == 400


async def test_who_signed_in_is_noted_whatever_they_write(held: HeldDaemon) -> None:
    body = {**GOOD, "checks": [some_check()]}
    async with TestClient(TestServer(make_app(held, ChosenDoor()))) as outside:
        made = await outside.post("/api/v1/corrections", json=body, headers={"X-Role": "reporter"})
        assert (await made.json())["item"]["who"] == "Báo Cáo"
        for role in ("commune", "leader", "screen"):
            refused = await outside.post("/api/v1/corrections", json=body, headers={"X-Role": role})
            assert refused.status == 403
