"""The overview, the leaders' page and the search page, over the whole application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.model.checks import Status
from monitor.web.door.base import SocketDoor
from monitor.web.overview import overview
from monitor.web.server import make_app
from monitor.web.view import Snapshot
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.page import read

INVENTORY = samples.province(communes=8)
HOSTILE = '<script>alert("x")</script>\'&'


@asynccontextmanager
async def browsing(snapshot: Snapshot) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    daemon = HeldDaemon(snapshot)
    async with TestClient(TestServer(make_app(daemon, SocketDoor()))) as client:
        yield client


async def page_of(snapshot: Snapshot, path: str = "/") -> str:
    async with browsing(snapshot) as client:
        answer = await client.get(path)
        assert answer.status == 200
        return await answer.text()


@pytest.mark.parametrize("path", ["/", "/lanh-dao"])
async def test_without_scripts_a_page_on_which_nothing_is_typed_reloads_itself(path: str) -> None:
    assert 'http-equiv="refresh" content="60"' in await page_of(samples.snapshot_of(INVENTORY), path)


async def test_an_incident_nobody_took_is_taken_with_one_button() -> None:
    page = read(await page_of(samples.snapshot_of(INVENTORY, incidents=[samples.cut(INVENTORY, 1, "21001")])))

    matter = page.one("li", "matter")
    form = matter.one("form")
    assert form.attributes["action"] == "/su-co/SC-2026-0001/nhan"
    assert {each.attributes["name"] for each in form.all("input")} >= {"csrf", "ve"}
    assert matter.one("button").text == "Nhận xử lý"


async def test_who_took_it_is_named_and_there_is_no_button() -> None:
    taken = replace(
        samples.cut(INVENTORY, 1, "21001"), acknowledged_at=samples.NOW - 60, acknowledged_by="Bích Ngọc"
    )
    matter = read(await page_of(samples.snapshot_of(INVENTORY, incidents=[taken]))).one("li", "matter")

    assert "Bích Ngọc nhận xử lý" in matter.text
    assert matter.all("button") == []


async def test_tiles_lead_to_their_commune_and_say_their_state() -> None:
    snapshot = samples.snapshot_of(INVENTORY, statuses={"21002.cpe/icmp": Status.DEGRADED})
    tiles = {each.attributes["id"]: each for each in read(await page_of(snapshot)).all("li", "tile")}

    assert len(tiles) == 8
    assert tiles["o-21002"].one("a").attributes["href"] == "/xa/21002"
    assert "Suy giảm" in tiles["o-21002"].text
    assert "is-degraded" in tiles["o-21002"].classes


async def test_the_wall_has_no_controls() -> None:
    snapshot = samples.snapshot_of(INVENTORY, incidents=[samples.cut(INVENTORY, 1, "21001")])
    page = read(await page_of(snapshot, "/?tv=1"))

    assert page.all("form") == []
    assert page.all("header", "site") == []
    assert page.all("time", "wall-clock")


@pytest.mark.parametrize("path", ["/", "/?tv=1", "/lanh-dao", "/tim?q=x", f"/tim?q={HOSTILE}"])
async def test_nothing_a_device_or_a_visitor_says_becomes_markup(path: str) -> None:
    unit = samples.unit(0, name=f"Xã {HOSTILE}")
    inventory = samples.inventory_of([unit], samples.commune_targets(unit))
    text = await page_of(
        samples.snapshot_of(inventory, incidents=[samples.cut(inventory, 1, unit.code)]), path
    )

    assert "<script>alert" not in text
    assert read(text).one("main")


async def test_search_finds_without_marks_and_tells_twins_apart() -> None:
    page = read(await page_of(samples.snapshot_of(INVENTORY), "/tim?q=dak+ro+wa"))

    assert page.one("ul", "short").all("a")[0].attributes["href"].startswith("/xa/")
    assert "Kon Tum" in page.one("ul", "short").text


async def test_nothing_found_says_what_to_try() -> None:
    page = read(await page_of(samples.snapshot_of(INVENTORY), "/tim?q=zzzz"))

    assert "Thử ít chữ hơn" in page.one("p", "empty").text


async def test_the_leaders_page_stands_without_the_disk() -> None:
    page = read(await page_of(samples.snapshot_of(INVENTORY), "/lanh-dao"))

    assert page.one("h1").text == "8/8 xã hoạt động"
    assert len(page.all("li", "tile")) == 8
    assert "Chưa đọc được" in page.one("p", "empty").text


async def test_a_page_that_does_not_exist_offers_the_search() -> None:
    async with browsing(samples.snapshot_of(INVENTORY)) as client:
        answer = await client.get("/khong-co-trang-nay")
        page = read(await answer.text())

    assert answer.status == 404
    assert len([each for each in page.all("form") if each.attributes.get("action") == "/tim"]) == 2


@pytest.mark.parametrize(("path", "cookie"), [("/giao-dien", "giao-dien=dark"), ("/ngon-ngu", "ngon-ngu=en")])
async def test_theme_and_language_are_remembered_without_scripts(path: str, cookie: str) -> None:
    async with browsing(samples.snapshot_of(INVENTORY)) as client:
        chosen = {"chon": cookie.partition("=")[2], "tiep": "/lanh-dao"}
        answer = await client.post(path, data=chosen, allow_redirects=False)
        wrong = await client.post(path, data={"chon": "x"}, allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (303, "/lanh-dao")
    assert cookie in answer.headers["Set-Cookie"]
    assert wrong.status == 400


async def test_nobody_is_sent_to_another_host_by_a_choice() -> None:
    async with browsing(samples.snapshot_of(INVENTORY)) as client:
        form = {"chon": "dark", "tiep": "//evil.example/"}
        answer = await client.post("/giao-dien", data=form, allow_redirects=False)

    assert answer.headers["Location"] == "/"


def test_tiles_stand_where_the_inventory_says_and_others_flow_into_free_cells() -> None:
    units = [
        replace(samples.unit(number, area="kt"), tile=tile)
        for number, tile in enumerate([(1, 0), (0, 1), None, (99, 0), (1, 0)])
    ]
    targets = [each for unit in units for each in samples.commune_targets(unit, 0)]
    inventory = samples.inventory_of(units, [replace(each, depends_on=()) for each in targets])

    (block,) = overview(samples.snapshot_of(inventory)).blocks
    placed = {at: tile.unit.code for at, tile in enumerate(block.cells) if tile is not None}

    assert placed[1] in {"21000", "21004"}
    assert placed[block.columns] == "21001"
    assert sorted(placed.values()) == [unit.code for unit in units]
