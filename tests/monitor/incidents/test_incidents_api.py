"""What people do to incidents, through the API of the Unix socket, on a real store."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, Ticket
from inventory.model import Layer, Target
from monitor.cli.incidents.export import cell, csv_text
from monitor.incidents.desk import IncidentDesk
from monitor.storage.state import StateStore
from monitor.web.incidents_api import add_incident_routes
from monitor.web.view import HealthFacts, Snapshot, build_snapshot
from tests.alerts.province import EPOCH, check, province
from tests.alerts.situations import healthy
from tests.alerts.story import Story

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = EPOCH + 1_000


@dataclass
class StoppedClock:
    """It is always NOW."""

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 1_000.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@dataclass
class Small:
    """As much of the daemon as this API needs."""

    story: Story
    incident_desk: IncidentDesk

    def snapshot(self) -> Snapshot:
        return build_snapshot(self.story.world, HealthFacts(version="1", started_at=NOW), NOW)


Api = TestClient[web.Request, web.Application]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """`a` and `b` are down; SC-2025-0001 ended long ago."""
    targets = {each: Target(each, each, "u", Layer.INFRA, "x", "127.0.0.1") for each in "ab"}
    story = healthy(replace(province([check("a"), check("b")]), targets=targets))
    story.fails("a", 60, 80, 100)
    story.fails("b", 300, 320, 340)
    async with StateStore.open(tmp_path / "state.db", now=NOW) as store:
        open_ones = tuple(story.ledger.incidents.values())
        old = replace(
            open_ones[0],
            id="SC-2025-0001",
            opened_at=EPOCH - 9e6,
            resolved_at=EPOCH - 8e6,
            close_reason=CloseReason.RECOVERED,
            ticket=Ticket("=1+1", EPOCH - 8.5e6),
        )
        await store.commit(Decision(incidents=(*open_ones, old)))
        desk = IncidentDesk(story.world, store, clock=StoppedClock(), do=store.commit)
        app = web.Application()
        add_incident_routes(app, Small(story, desk), ZONE)
        async with TestClient(TestServer(app)) as client:
            yield client


async def post(api: Api, incident_id: str, verb: str, **body: object) -> tuple[int, dict[str, object]]:
    response = await api.post(f"/api/v1/incidents/{incident_id}/{verb}", json={"who": "An", **body})
    answer = await response.json()
    return response.status, answer.get("item") or answer


async def test_an_incident_is_taken_for_a_while_and_given_back(api: Api) -> None:
    status, item = await post(api, "sc-2026-0001", "ack", text="đang gọi", durationS=3_600)
    assert (status, item["ackedBy"]) == (200, "An")
    assert item["ackedUntil"] is not None

    assert (await post(api, "SC-2026-0001", "unack"))[1]["ackedBy"] is None
    assert (await post(api, "SC-2026-0001", "unack"))[0] == 409


async def test_a_cause_and_a_ticket_are_kept_together_also_long_after_the_end(api: Api) -> None:
    await post(api, "SC-2025-0001", "cause", kind="line")
    status, item = await post(
        api, "SC-2025-0001", "ticket", number="VNPT-1", reported="2026-02-02 08:00", closed="2026-02-02 09:00"
    )

    assert status == 200
    assert item["choice"] is not None
    assert item["ticket"] == {
        "number": "VNPT-1",
        "reportedAt": "2026-02-02T08:00:00+07:00",
        "closedAt": "2026-02-02T09:00:00+07:00",
    }
    assert (await post(api, "SC-2025-0001", "note", text="đã đối soát"))[0] == 200


async def test_what_ended_long_ago_cannot_be_taken_or_closed(api: Api) -> None:
    for verb in ("ack", "close"):
        assert await post(api, "SC-2025-0001", verb) == (
            409,
            {
                "type": "about:blank",
                "status": 409,
                "title": "Lỗi",
                "detail": "SC-2025-0001 đã đóng",
                "hint": "vẫn ghi chú, chọn nguyên nhân và ghi số phiếu được",
            },
        )


async def test_incidents_are_merged_and_closed(api: Api) -> None:
    assert (await post(api, "SC-2026-0002", "merge", into="SC-2026-0001"))[1]["partOf"] == "SC-2026-0001"
    assert (await post(api, "SC-2026-0001", "close", text="thu hồi"))[1]["closeReason"] == "by_hand"
    assert (await post(api, "SC-2026-0002", "note", text="x"))[1]["closeReason"] == "by_hand"


@pytest.mark.parametrize(
    ("verb", "body", "said"),
    [
        ("ack", {"who": ""}, "who không được trống"),
        ("ack", {"until": "mai"}, "mai"),
        ("ack", {"until": "2020-01-01 00:00"}, "giờ kết thúc"),
        ("cause", {"kind": "ma"}, "chọn một trong"),
        ("cause", {"kind": "line", "side": "ai"}, "chọn một trong"),
        ("note", {"text": ""}, "không được trống"),
        ("note", {"text": 7}, "phải là chữ"),
        ("ticket", {"number": ""}, "không được trống"),
        ("ticket", {"number": "1", "reported": "9999-12-31T23:59-12:00"}, "năm phải từ"),
        ("ack", {"durationS": 31 * 86_400}, "dài nhất 30 ngày"),
        ("ack", {"durationS": float("nan")}, "dài nhất 30 ngày"),
        ("ack", {"until": "2099-01-01 00:00"}, "dài nhất 30 ngày"),
        ("merge", {}, "mã sự cố nhận phần gộp"),
    ],
)
async def test_what_cannot_be_understood_is_told(
    api: Api, verb: str, body: dict[str, object], said: str
) -> None:
    status, answer = await post(api, "SC-2026-0001", verb, **body)

    assert status == 400
    assert said in f"{answer['detail']}; {answer['hint']}"


async def test_a_merge_that_cannot_be_says_which_of_the_two_is_the_reason(api: Api) -> None:
    unknown = await post(api, "SC-2026-0002", "merge", into="SC-2026-0099")
    ended = await post(api, "SC-2026-0002", "merge", into="sc-2025-0001")

    assert (unknown[0], unknown[1]["detail"]) == (404, "không có sự cố SC-2026-0099")
    assert (ended[0], ended[1]["detail"]) == (409, "SC-2025-0001 đã đóng")


async def test_the_incidents_of_a_period_are_exported(api: Api) -> None:
    async def ids(**query: str) -> list[str]:
        response = await api.get("/api/v1/incident-export", params=query)
        return [item["id"] for item in (await response.json())["items"]]

    assert await ids() == ["SC-2025-0001", "SC-2026-0001", "SC-2026-0002"]
    assert await ids(**{"from": "2026-01-01 00:00"}) == ["SC-2026-0001", "SC-2026-0002"]
    assert await ids(to="2026-01-01 00:00") == ["SC-2025-0001"]


async def test_no_cell_of_the_csv_is_a_formula(api: Api) -> None:
    items = (await (await api.get("/api/v1/incident-export")).json())["items"]
    rows = list(csv.DictReader(io.StringIO(csv_text(items))))

    assert rows[0]["so_phieu"] == "'=1+1"
    for hostile in ("=x", "+x", "-x", "@x", "\tx", "\rx", " =x", "＝x"):
        assert cell(hostile).startswith("'")
    assert (cell(-1.5), cell(None), cell("a=b")) == ("-1.5", "", "a=b")
