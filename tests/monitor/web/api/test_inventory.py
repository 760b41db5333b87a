"""The API of the inventory's life."""

import getpass
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app, make_runner
from tests.monitor.lives_of_inventories import BROKEN, Life
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon


@pytest.fixture
async def life(tmp_path: Path) -> Life:
    life = Life(tmp_path)
    await life.start()
    return life


def held(life: Life) -> HeldDaemon:
    inventory = samples.province(communes=4)
    incident = samples.cut(inventory, 1, "21003")
    snapshot = samples.snapshot_of(inventory, incidents=[incident])
    return HeldDaemon(snapshot, reloading=life.reloading, life_notes=life.notes)


async def served(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = make_runner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


class Api:
    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session, self._base = session, base

    async def get(self, path: str) -> tuple[int, Any]:
        async with self._session.get(f"{self._base}/api/v1/{path}") as response:
            return response.status, await response.json(content_type=None)

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        async with self._session.post(f"{self._base}/api/v1/{path}", json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)


@pytest.fixture
async def api(life: Life) -> AsyncIterator[Api]:
    runner, base = await served(make_app(held(life), SocketDoor()))
    async with aiohttp.ClientSession() as session:
        yield Api(session, base)
    await runner.cleanup()


async def test_what_is_in_force(api: Api, life: Life) -> None:
    status, body = await api.get("inventory")

    assert status == 200
    assert body["digest"] == life.plan.inventory.digest
    assert (body["version"], body["how"], body["pinned"], body["pending"]) == (1, "start", None, None)
    assert body["counts"]["watched"] == 2


async def test_a_look_at_the_folder_tells_changes_and_the_incidents_that_would_close(
    api: Api, life: Life
) -> None:
    life.write(3)

    status, body = await api.post("inventory/validate", {})

    assert status == 200
    assert body["summary"] == "+1 đối tượng"
    assert body["closes"] == ["SC-2026-0001"]
    assert body["digest"] != body["running"]["digest"]


async def test_problems_come_with_file_line_and_remedy(api: Api, life: Life) -> None:
    life.file.write_text(BROKEN)

    status, body = await api.post("inventory/validate", {})

    assert (status, body["digest"]) == (200, None)
    assert body["problems"][0]["file"] == str(life.file)
    assert (await api.post("inventory/apply", {"digest": "x", "who": "Hoa"}))[0] == 422


async def test_files_that_changed_since_are_a_conflict(api: Api, life: Life) -> None:
    life.write(3)
    _, body = await api.post("inventory/validate", {})
    life.write(4)

    status, refused = await api.post("inventory/apply", {"digest": body["digest"], "who": "Hoa"})

    assert status == 409
    assert "đã đổi sau khi xem" in refused["detail"]
    assert life.targets == 2


async def test_apply_rollback_and_their_trace(api: Api, life: Life) -> None:
    life.write(3)
    _, seen = await api.post("inventory/validate", {})
    status, body = await api.post(
        "inventory/apply", {"digest": seen["digest"], "who": "Hoa\n", "comment": "c"}
    )
    assert (status, body["outcome"], body["version"], body["who"]) == (200, "swapped", 2, "Hoa")

    status, body = await api.post("inventory/rollback", {"version": 1, "who": "Hoa"})
    assert (status, body["version"], body["pinned"]["who"]) == (200, 1, "Hoa")

    _, versions = await api.get("inventory/versions")
    assert [(item["version"], item["inForce"], item["pinned"]) for item in versions["items"]] == [
        (2, False, False),
        (1, True, True),
    ]
    assert life.notes.actions[-2:] == ["apply", "rollback"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("inventory/validate", []),
        ("inventory/validate", {"version": "1"}),
        ("inventory/validate", {"version": True}),
        ("inventory/apply", {}),
        ("inventory/apply", {"digest": 1, "who": "Hoa"}),
        ("inventory/apply", {"digest": "x", "who": "Hoa", "force": True}),
        ("inventory/rollback", {"version": 2**60, "who": "Hoa"}),
        ("inventory/rollback", {"version": "1", "who": "Hoa"}),
    ],
)
async def test_what_is_not_understood_is_refused_and_changes_nothing(
    api: Api, life: Life, path: str, body: Any
) -> None:
    status, _ = await api.post(path, body)

    assert status == 400
    assert life.notes.actions == ["start"]


async def test_a_version_that_is_not_there_is_404(api: Api) -> None:
    assert (await api.post("inventory/validate", {"version": 9}))[0] == 404
    assert (await api.post("inventory/rollback", {"version": 9, "who": "Hoa"}))[0] == 404


async def test_a_change_thought_of_over_another_inventory_is_refused(api: Api, life: Life) -> None:
    running = life.plan.inventory.digest
    life.write(3)
    _, seen = await api.post("inventory/validate", {})
    body = {"digest": seen["digest"], "who": "Hoa"}

    status, refused = await api.post("inventory/apply", body, **{"If-Match": '"khac"'})
    assert (status, refused["title"]) == (412, "Đã có người thay đổi")
    assert life.targets == 2

    status, _ = await api.post("inventory/apply", body, **{"If-Match": f'"{running}"'})
    assert status == 200


async def test_who_is_not_said_is_whoever_sits_at_the_machine(api: Api, life: Life) -> None:
    life.write(3)
    _, seen = await api.post("inventory/validate", {})

    _, body = await api.post("inventory/apply", {"digest": seen["digest"]})

    assert body["who"] == getpass.getuser()


async def test_coverage_counts_the_inventory_in_force(api: Api) -> None:
    status, body = await api.get("inventory/coverage")
    assert (status, body["units"], body["items"]) == (200, 4, [])
    assert (await api.get("inventory/coverage?id=ups"))[0] == 404


async def test_a_diff_asks_and_changes_nothing(api: Api, life: Life) -> None:
    life.write(3)

    status, body = await api.get("inventory/diff")

    assert (status, body["summary"]) == (200, "+1 đối tượng")
    assert life.targets == 2
