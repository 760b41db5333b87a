"""The API of reports: what cannot be understood is refused whole, nothing is cut or emptied unseen, all is on record."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from monitor.report.editions.desk import ReportDesk
from monitor.report.process import Job, ReportBuildError, ReportProcess
from monitor.settings.settings import Settings
from monitor.storage.state import StateStore
from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app
from tests.clock import FakeClock
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.samples import province, snapshot_of

NOW = 1_796_200_000.0
AT = "/api/v1/reports/2026-11"
Client = TestClient[Any, Any]


class FullDisk(ReportProcess):
    async def build(self, job: Job) -> dict[str, Any]:
        raise ReportBuildError(f"{job.period}: ổ đĩa đầy")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore.open(tmp_path / "state.db", now=NOW) as opened:
        yield opened


@pytest.fixture
def held(store: StateStore, tmp_path: Path) -> HeldDaemon:
    settings = Settings(province="Quảng Ngãi", inventory=[Path("x")], state_dir=tmp_path)
    inventory = province(communes=2)
    desk = ReportDesk(
        store.database,
        FullDisk(tmp_path / "x.yaml", tmp_path),
        clock=FakeClock(NOW),
        settings=lambda: settings,
        inventory=lambda: inventory,
    )
    return HeldDaemon(snapshot_of(inventory), stored=store, reports=desk)


@pytest.fixture
async def client(held: HeldDaemon) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_app(held, SocketDoor()))) as opened:
        yield opened


async def post(client: Client, path: str, body: object) -> tuple[int, dict[str, Any]]:
    answer = await client.post(f"{AT}/{path}", json=body)
    return answer.status, await answer.json()


async def changes(client: Client) -> dict[str, Any]:
    found = await (await client.get(f"{AT}/changes")).json()
    return {key: found[key] for key in ("fields", "overrides", "additions")}


REFUSED: tuple[tuple[str, object, str], ...] = (
    ("fields", {"key": "signer", "who": "Lan"}, "value: thiếu"),
    ("fields", {"key": "backup_power_missing", "value": 12, "who": "Lan"}, "value: "),
    ("fields", {"key": "signer", "value": "x" * 3_001, "who": "Lan"}, "value: "),
    ("fields", {"key": "number", "value": "12", "who": "Lan"}, "không có phần ghi tay 'number'"),
    ("sentences/K1", {"used": 1, "who": "Lan"}, "used: "),
    ("sentences/K1", {"position": float("nan"), "who": "Lan"}, "position: "),
    ("sentences/K1", {"position": 0, "who": "Lan"}, "position: "),
    ("sentences/K1", {"restore": "yes", "who": "Lan"}, "restore: "),
    ("sentences/K1", {"text": ["a"], "who": "Lan"}, "text: "),
    ("sentences/K1", {"text": "\n\u200b", "who": "Lan"}, "câu trống"),
    ("sentences/K1", {"text": "n\ud800", "who": "Lan"}, "ký tự hỏng"),
    ("sentences/K1", {"texts": "a", "who": "Lan"}, "texts"),
    ("sentences/K1", {"who": "Lan"}, "chưa nói sửa gì"),
    ("sentences/..%2F..%2Fx", {"used": True, "who": "Lan"}, "không phải mã câu"),
    ("sentences", {"section": "head", "text": "a", "who": "Lan"}, "section: "),
    ("sentences", {"section": "causes", "text": "a", "who": 7}, "who: "),
    ("freeze", {"kind": "year", "who": "Lan"}, "kind: "),
    ("freeze", {"kind": "report", "who": "Lan"}, "chưa chốt: 2026-11: ổ đĩa đầy"),
    ("freeze", [], "cần một đối tượng JSON"),
)


async def test_what_cannot_be_kept_is_refused_and_changes_nothing(client: Client) -> None:
    for path, body, told in REFUSED:
        status, answer = await post(client, path, body)

        assert status in {400, 422}, (path, body)
        assert told in answer["detail"], (path, body)
    assert await changes(client) == {"fields": {}, "overrides": [], "additions": []}


async def test_what_names_no_period_is_refused(client: Client) -> None:
    for period in ("..%2F..%2Fetc", "2026-13", "2026-11%00", "x" * 400):
        assert (await client.get(f"/api/v1/reports/{period}/changes")).status == 404, period


async def test_a_text_is_one_clean_line_and_what_it_was_written_over_stays_as_it_was(
    client: Client, store: StateStore
) -> None:
    over = "Tại 10.1.2.3: " + "đường truyền còn gián đoạn; " * 150
    body = {"text": "Đường\ntruyền \u202echậm.", "autoText": over, "who": "Lan"}
    status, _ = await post(client, "sentences/H1:dung-chung.tthc", body)
    assert status == 200

    [kept] = (await changes(client))["overrides"]
    assert (kept["id"], kept["text"]) == ("H1:dung-chung.tthc", "Đường truyền chậm.")
    rows = await store.database.read(
        lambda connection: connection.execute(
            "select auto_text, audit.who, action from report_override, audit where action like 'report.%'"
        ).fetchall()
    )
    assert rows == [(over, "Lan", "report.edited")]


async def test_the_second_of_two_who_edit_one_sentence_hears_of_the_first(client: Client) -> None:
    body = {"used": False, "seen": "", "who": "Lan"}
    assert (await post(client, "sentences/K1", body))[0] == 200

    status, told = await post(client, "sentences/K1", {**body, "who": "Hoa"})

    assert status == 409
    assert "Lan" in told["detail"]


async def test_files_are_built_beside_and_what_came_of_it_is_told(client: Client) -> None:
    status, begun = await post(client, "files", {})
    assert (status, begun["running"], begun["names"]) == (202, True, {})

    async with asyncio.timeout(5):
        while (told := await (await client.get(f"{AT}/files")).json())["running"]:
            await asyncio.sleep(0)
    assert told["refusal"] == "2026-11: ổ đĩa đầy"


async def test_a_time_of_which_nothing_is_known_has_no_draft(client: Client) -> None:
    answer = await client.get(f"{AT}/draft")

    assert answer.status == 422
    assert (await answer.json())["hint"]
