"""The web server, in process."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, UnixConnector, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from alerts.delivery.outbox import OutboxRow
from alerts.model.incident import IncidentEvent, LogKind
from alerts.model.notification import Notification, NotificationKind
from inventory.model import Layer
from monitor.storage.errors import StorageError, StorageFault
from monitor.storage.outbox_view import OutboxEntry
from monitor.storage.state import IncidentRecord
from monitor.web.server import make_app, make_local_app, make_runner
from monitor.web.view import InventoryFacts
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.page import Element, read

HOSTILE = "<script>alert(1)</script>\"'><b>x"
Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def serving(daemon: HeldDaemon) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_app(daemon))) as client:
        yield client


async def page_of(daemon: HeldDaemon, path: str = "/") -> Element:
    async with serving(daemon) as client:
        response = await client.get(path)
        assert response.status == 200
        return read(await response.text())


def calm() -> HeldDaemon:
    return HeldDaemon(samples.snapshot_of(samples.province(communes=96)))


def one_cut() -> HeldDaemon:
    inventory = samples.province(communes=96)
    incident = samples.cut(inventory, 1, "21003")
    daemon = HeldDaemon(samples.snapshot_of(inventory, incidents=[incident]))
    opened = Notification(incident.id, NotificationKind.OPENED, "email", "truc@example.vn", samples.NOW)
    sent = OutboxEntry(OutboxRow(1, opened, 1), samples.NOW, samples.NOW, None, None)
    event = IncidentEvent(incident.id, incident.declared_at, LogKind.OPENED, text="timeout")
    daemon.records[incident.id] = IncidentRecord(incident, (event,), (sent,))
    return daemon


async def test_the_page_shows_every_commune_in_two_blocks_with_its_word() -> None:
    page = await page_of(calm())

    blocks = page.all("section", of="block")
    assert [len(block.all("li", of="tile")) for block in blocks] == [40, 56]
    assert [block.one("h2").text for block in blocks] == ["Kon Tum (cũ) 40", "Quảng Ngãi (cũ) 56"]
    assert all("Hoạt động" in tile.text for tile in page.all("li", of="tile"))
    assert page.one("h1").text == "96/96 xã hoạt động"
    assert page.one("p", of="calm").text == "Không có sự cố đang mở."


async def test_the_page_tells_the_age_of_its_data() -> None:
    page = await page_of(calm())

    assert page.one("p", of="age").text == "Số liệu lúc 02:40:07 (5 giây)"


async def test_the_page_reloads_itself() -> None:
    page = await page_of(calm())

    metas = [meta.attributes for meta in page.all("meta") if meta.attributes.get("http-equiv") == "refresh"]
    assert metas == [{"http-equiv": "refresh", "content": "5"}]


async def test_a_cut_commune_leads_from_its_tile_to_its_incident() -> None:
    page = await page_of(one_cut())

    down = [tile for tile in page.all("li", of="tile") if "is-down" in tile.classes]
    matter = page.one("li", of="matter")
    assert [tile.one("a").attributes["href"] for tile in down] == [f"#{matter.attributes['id']}"]
    assert "Mất kết nối từ 02:27, đã 13 phút (không trả lời)" in matter.text
    assert "5 thiết bị phía sau" in matter.text
    assert "Chưa ai nhận" in matter.text
    assert "SC-2026-0001" in matter.text


async def test_an_acknowledged_incident_names_who_took_it() -> None:
    daemon = one_cut()
    await daemon.acknowledge("SC-2026-0001", who="B. Ngọc", text="")

    page = await page_of(daemon)

    assert "B. Ngọc nhận xử lý lúc 02:40" in page.one("li", of="matter").text
    (taken,) = [t.text for t in page.all("li", of="tile") if "is-taken" in t.classes]
    assert taken.endswith("đã có người nhận")


async def test_stale_data_hatches_everything_and_says_so() -> None:
    daemon = one_cut()
    daemon.held = replace(daemon.held, health=replace(samples.HEALTH, last_result_at=samples.NOW - 100))

    page = await page_of(daemon)

    assert all("is-unknown" in tile.classes for tile in page.all("li", of="tile"))
    assert "kết quả đo mới nhất cách đây 01 phút 40 giây" in page.one("p", of="bar").text
    assert page.one("h1").text == "96 xã chưa rõ"


async def test_an_isolated_monitor_blames_itself() -> None:
    daemon = calm()
    daemon.held = replace(daemon.held, isolated_since_at=samples.NOW - 60)

    page = await page_of(daemon)

    assert "máy giám sát mất đường ra mạng từ 02:39 22/11" in page.one("p", of="bar").text


async def test_hostile_names_stay_text() -> None:
    owner = samples.unit(0, name=HOSTILE)
    line = samples.target(owner, "cpe", HOSTILE, Layer.TSLCD)
    core = samples.unit(1, name=HOSTILE, area="province")
    system = samples.target(core, "mcu", HOSTILE, Layer.SHARED)
    inventory = samples.inventory_of([owner, core], [line, system])
    incident = replace(
        samples.incident(1, "21000.cpe/icmp"),
        cause=HOSTILE,
        acknowledged_at=samples.NOW,
        acknowledged_by=HOSTILE,
    )
    health = replace(
        samples.HEALTH,
        inventory=InventoryFacts(reload_error=HOSTILE),
        state_fault=HOSTILE,
        results_fault=HOSTILE,
    )
    daemon = HeldDaemon(samples.snapshot_of(inventory, incidents=[incident], health=health))
    daemon.settings = daemon.settings.model_copy(update={"province": HOSTILE})

    page = await page_of(daemon)

    assert page.all("script") == []
    assert page.one("p", of="system").text.endswith(HOSTILE)
    assert HOSTILE in page.one("li", of="matter").text
    assert HOSTILE in page.one("li", of="tile").attributes["title"]


async def test_the_page_asks_nobody_else_for_anything() -> None:
    page = await page_of(one_cut())

    links = [e.attributes.get("href", e.attributes.get("src", "/")) for e in page.walk()]
    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in links)
    assert [e for e in page.walk() if "style" in e.attributes or "onclick" in e.attributes] == []


async def test_every_answer_carries_the_security_headers() -> None:
    async with serving(calm()) as client:
        for path in ("/", "/healthz", "/metrics", "/api/v1/overview", "/static/site.css", "/khong-co"):
            response = await client.get(path)
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "script-src" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "127.9.9.9"])
async def test_loopback_names_are_answered(host: str) -> None:
    async with serving(calm()) as client:
        assert (await client.get("/", headers={"Host": host})).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "",
        "[::1",
        "127.0.0.1:x",
    ],
)
async def test_other_names_for_this_machine_are_refused(host: str) -> None:
    async with serving(calm()) as client:
        response = await client.get("/api/v1/overview", headers={"Host": host})
        assert response.status == 421
        assert response.content_type == "application/problem+json"


async def test_the_api_overview_is_what_the_page_shows() -> None:
    async with serving(one_cut()) as client:
        body = await (await client.get("/api/v1/overview")).json()

    assert body["schema"] == "overview/1"
    assert body["asOf"] == "2026-11-22T02:40:12+07:00"
    assert body["headline"] == {"level": "down", "text": "1 xã mất kết nối"}
    assert len(body["communes"]) == 96
    down = [commune for commune in body["communes"] if commune["worst"] == "down"]
    assert [(c["id"], c["incident"], c["layers"]["pc"]) for c in down] == [
        ("21003", "SC-2026-0001", "affected")
    ]
    assert body["todo"][0]["title"] == "Xã Ba Tơ – Thiết bị đầu cuối TSLCD"
    assert body["todo"][0]["targetsBehind"] == 5
    assert {layer["id"]: layer["down"] for layer in body["layers"]}["tslcd"] == 1


async def test_the_map_can_be_narrowed_to_a_layer_and_nonsense_is_no_layer() -> None:
    page = await page_of(one_cut(), "/?lop=kiosk")
    current = [a.text for a in page.all("a", of="chip") if "aria-current" in a.attributes]
    assert current[0].startswith("Kiosk PVHCC")

    page = await page_of(one_cut(), "/?lop=%27%22%3E%3Cscript%3E")
    assert [a.text for a in page.all("a", of="chip") if "aria-current" in a.attributes] == ["Tất cả"]


async def test_the_list_of_incidents_can_be_limited() -> None:
    daemon = one_cut()
    closed = replace(daemon.records["SC-2026-0001"].incident, id="SC-2026-0000", resolved_at=samples.NOW)
    daemon.records["SC-2026-0000"] = IncidentRecord(closed, (), ())
    async with serving(daemon) as client:
        every = await (await client.get("/api/v1/incidents")).json()
        one = await (await client.get("/api/v1/incidents?limit=1")).json()
        nonsense = await (await client.get("/api/v1/incidents?limit=-1;drop")).json()

    assert len(every["items"]) == len(nonsense["items"]) == 2
    assert len(one["items"]) == 1


async def test_tcp_shows_no_recipient_and_the_local_socket_does(tmp_path: Path) -> None:
    daemon = one_cut()
    record = daemon.records["SC-2026-0001"]
    (entry,) = record.notifications
    refused = replace(entry.row, last_error="recipient refused: 550 <Truc@example.vn>: no such user")
    daemon.records["SC-2026-0001"] = replace(record, notifications=(replace(entry, row=refused),))
    async with serving(daemon) as client:
        over_tcp = await (await client.get("/api/v1/incidents/SC-2026-0001")).json()

    async def get(session: ClientSession) -> ClientResponse:
        return await session.get("http://localhost/api/v1/incidents/SC-2026-0001")

    over_socket = await (await over_unix_socket(daemon, tmp_path, get)).json()

    assert over_tcp["notifications"][0]["recipient"] is None
    assert over_tcp["notifications"][0]["error"] == "recipient refused: 550 <…>: no such user"
    assert over_socket["notifications"][0]["recipient"] == "truc@example.vn"
    assert "Truc@example.vn" in over_socket["notifications"][0]["error"]
    assert over_tcp["log"][0]["kind"] == "opened"


async def over_unix_socket(
    daemon: HeldDaemon, folder: Path, call: Callable[[ClientSession], Awaitable[ClientResponse]]
) -> ClientResponse:
    runner = make_runner(make_local_app(daemon))
    await runner.setup()
    try:
        await web.UnixSite(runner, str(folder / "s")).start()
        async with ClientSession(connector=UnixConnector(str(folder / "s"))) as session:
            response = await call(session)
            await response.read()
            return response
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("incident_id", "body", "status"),
    [
        ("SC-2026-0001", {"who": "B. Ngọc", "text": "đang gọi\nVNPT"}, 200),
        ("SC-2026-0001", {"who": "B. Ngọc"}, 200),
        ("SC-2026-0001", {"who": " \n "}, 400),
        ("SC-2026-0001", {"who": 7}, 400),
        ("SC-2026-0001", ["x"], 400),
        ("SC-2026-9999", {"who": "B. Ngọc"}, 404),
    ],
)
async def test_acknowledging_over_the_socket(
    tmp_path: Path, incident_id: str, body: object, status: int
) -> None:
    daemon = one_cut()

    async def post(session: ClientSession) -> ClientResponse:
        return await session.post(f"http://localhost/api/v1/incidents/{incident_id}/ack", json=body)

    response = await over_unix_socket(daemon, tmp_path, post)

    assert response.status == status
    assert len(daemon.taken) == (status == 200)
    assert all("\n" not in text for _, _, text in daemon.taken)


async def test_taking_what_one_has_taken_is_refused(tmp_path: Path) -> None:
    daemon = one_cut()
    await daemon.acknowledge("SC-2026-0001", who="B. Ngọc", text="")

    async def post(session: ClientSession) -> ClientResponse:
        return await session.post(
            "http://localhost/api/v1/incidents/SC-2026-0001/ack", json={"who": "B. Ngọc"}
        )

    response = await over_unix_socket(daemon, tmp_path, post)

    assert response.status == 409
    assert (await response.json())["detail"] == "SC-2026-0001: chính người này đã nhận xử lý rồi"


async def test_nothing_can_be_changed_over_tcp() -> None:
    daemon = one_cut()
    async with serving(daemon) as client:
        posted = await client.post("/api/v1/incidents/SC-2026-0001/ack", json={"who": "x"})
        put = await client.put("/")

    assert posted.status in {404, 405}
    assert put.status == 405
    assert daemon.taken == []


async def test_a_large_body_is_refused(tmp_path: Path) -> None:
    async def post(session: ClientSession) -> ClientResponse:
        body = json.dumps({"who": "x" * 20_000})
        return await session.post("http://localhost/api/v1/incidents/SC-2026-0001/ack", data=body)

    response = await over_unix_socket(one_cut(), tmp_path, post)

    assert response.status == 413


async def test_the_page_lives_while_the_store_does_not() -> None:
    daemon = one_cut()
    daemon.fault = StorageError(StorageFault.LOCKED, "state.db", "wait")
    async with serving(daemon) as client:
        page = await client.get("/")
        incidents = await client.get("/api/v1/incidents")

    assert page.status == 200
    assert incidents.status == 503
    assert incidents.content_type == "application/problem+json"


async def test_a_bug_is_answered_in_vietnamese_with_a_number_to_look_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(HeldDaemon):
        def snapshot(self) -> "samples.Snapshot":
            raise ZeroDivisionError("secret detail")

    async with serving(Broken(calm().held)) as client:
        response = await client.get("/")
        text = read(await response.text()).one("main").text

    assert response.status == 500
    assert "Dữ liệu vẫn đang được thu thập" in text
    assert "secret detail" not in text
    assert [record.message.partition(" ")[0] for record in caplog.records if record.levelname == "ERROR"] == [
        "web_bug"
    ]


async def test_an_unknown_page_is_a_vietnamese_page_and_an_unknown_api_a_problem() -> None:
    async with serving(calm()) as client:
        page = await client.get("/khong-co")
        api = await client.get("/api/v1/khong-co")
        incident = await client.get("/api/v1/incidents/SC-1")

        assert page.status == api.status == incident.status == 404
        assert read(await page.text()).one("h1").text == "Không có trang này"
        assert (await api.json())["status"] == 404
        assert (await incident.json())["detail"] == "không có sự cố SC-1"


async def test_healthz_says_ok_degraded_or_fails() -> None:
    daemon = calm()
    async with serving(daemon) as client:

        async def ask(**change: object) -> tuple[int, str, list[str]]:
            daemon.held = replace(daemon.held, health=replace(samples.HEALTH, **change))  # type: ignore[arg-type]
            response = await client.get("/healthz")
            body = await response.json()
            return response.status, body["status"], [reason["code"] for reason in body["reasons"]]

        assert await ask() == (200, "ok", [])
        assert await ask(outbox_dead=1) == (200, "degraded", ["dead_letters"])
        assert await ask(last_result_at=samples.NOW - 130) == (503, "failing", ["results_stopped"])
        assert await ask(state_fault="x", state_failing_for_s=61.0) == (503, "failing", ["state_store"])


async def test_metrics_can_be_scraped_and_carry_units() -> None:
    daemon = one_cut()
    daemon.held = replace(
        daemon.held,
        health=replace(
            daemon.held.health,
            outbox_pending=3,
            missed_slots=4,
            notifications={("email", "sent"): 1},
            messages_in_doubt={"zalo_bot": 2},
            messages_elsewhere={"zalo_oa": 5},
        ),
    )
    daemon.metrics.ran("icmp", None)
    daemon.metrics.lag(0.002)
    daemon.metrics.blind(1.5)
    async with serving(daemon) as client:
        response = await client.get("/metrics")
        families = {f.name: f for f in text_string_to_metric_families(await response.text())}

    samples_found = [sample for family in families.values() for sample in family.samples]

    def value(name: str, **labels: str) -> float:
        (found,) = [s.value for s in samples_found if s.name == name and labels.items() <= s.labels.items()]
        return found

    assert value("tslcd_probe_runs_total", kind="icmp", reason="ok") == 1
    assert value("tslcd_schedule_lag_seconds_count") == 1
    assert value("tslcd_slots_missed_total") == 4
    assert value("tslcd_outbox_pending") == 3
    assert value("tslcd_notifications_total", channel="email", result="sent") == 1
    assert value("tslcd_notifications_in_doubt_total", channel="zalo_bot") == 2
    assert value("tslcd_notifications_elsewhere_total", channel="zalo_oa") == 5
    assert value("tslcd_blind_seconds_total") == 1.5
    assert value("tslcd_targets", layer="tslcd", state="down") == 1
    assert value("tslcd_incidents_open") == 1
    assert "tslcd_influx_lag_rows" not in families


async def test_static_files_are_cached_by_content_and_nothing_else_is_served() -> None:
    async with serving(calm()) as client:
        page = read(await (await client.get("/")).text())
        (href,) = [e.attributes["href"] for e in page.all("link") if e.attributes["rel"] == "stylesheet"]
        versioned = await client.get(href)
        bare = await client.get("/static/site.css")
        outside = await client.get("/static/..%2fserver.py")

    assert "immutable" in versioned.headers["Cache-Control"]
    assert versioned.content_type == "text/css"
    assert bare.headers["Cache-Control"] == "no-store"
    assert outside.status == 404


async def test_the_whole_page_of_a_bad_day_is_small() -> None:
    inventory = samples.province(communes=96, devices=14)
    incidents = [samples.cut(inventory, n, f"{21_000 + n:05d}") for n in range(0, 96, 4)]
    daemon = HeldDaemon(samples.snapshot_of(inventory, incidents=incidents))
    async with serving(daemon) as client:
        response = await client.get("/", headers={"Accept-Encoding": "identity"})
        page = await response.read()
        packed = await client.get("/", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(gzip.compress(page)) <= 25_000


async def test_twenty_readers_at_once_are_served() -> None:
    async with serving(calm()) as client:
        responses = await asyncio.gather(*(client.get("/") for _ in range(20)))

    assert {response.status for response in responses} == {200}
