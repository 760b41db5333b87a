"""Pages of communes and targets: what they show, to whom, and what their buttons do."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from alerts.model.checks import CheckResult
from monitor.people.rights import Role
from monitor.storage.database import Database
from probes.reading import FailureReason, Reading
from tests.monitor.web.lived import COMMUNE, NOW, OTHER, Lived, incident, lived

HOSTILE = "<script>alert('sysName')</script>\"><img src=x onerror=alert(1)>"
TARGET = f"{COMMUNE}.tslcd"
FOREIGN = f"{OTHER}.tslcd"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path, web={"url": "https://giam-sat.example.gov.vn"}) as found:
        yield found


async def measured(rig: Lived, *readings: Reading, target: str = TARGET) -> None:
    """Put results into the log, one a minute, the last one a minute ago."""
    for number, reading in enumerate(readings):
        at = NOW - 60 * (len(readings) - number)
        rig.daemon.results.append(CheckResult(f"{target}/icmp", at, 0.5, reading))
    await rig.daemon.results.flush()


def answered(rtt_s: float = 0.012, *, detail: str = "") -> Reading:
    return Reading(True, {"rtt_p50_s": rtt_s, "loss_ratio": 0.0}, None, detail, rtts_s=(rtt_s, rtt_s * 1.1))


async def test_a_commune_tells_its_layers_its_tree_its_line_and_its_incident(rig: Lived) -> None:
    await rig.open(incident(7))
    status, page = await rig.get(f"/xa/{COMMUNE}-ba-to")
    assert status == 200
    for said in ("Xã Ba Tơ", "Mạng TSLCD", "SC-2026-0007", "VNPT", "Kiểm tra lại ngay", "Báo: đã có điện"):
        assert said in page
    assert page.count('class="day-none"') == 12


async def test_the_sticker_leads_to_the_page_by_its_official_code(rig: Lived) -> None:
    status, page = await rig.get(f"/xa/{COMMUNE}/tem")
    assert status == 200
    assert f"https://giam-sat.example.gov.vn/xa/{COMMUNE}" in page
    assert "<svg" in page
    status, code = await rig.get(f"/api/v1/communes/{COMMUNE}/qr.svg")
    assert status == 200
    assert ET.fromstring(code).tag.endswith("svg")  # noqa: S314 (our own writer's)


async def test_a_commune_account_sees_its_own_places_only(rig: Lived) -> None:
    own, foreign = [], []
    for path in ("/xa/{u}", "/xa/{u}/tem", "/doi-tuong/{u}.tslcd", "/api/v1/targets/{u}.tslcd/chart.svg"):
        own.append((await rig.get(path.format(u=COMMUNE), Role.COMMUNE))[0])
        foreign.append((await rig.get(path.format(u=OTHER), Role.COMMUNE))[0])
    assert own == [200] * 4
    assert set(foreign) <= {403, 404}
    status, _ = await rig.post(f"/xa/{OTHER}/kiem-tra", Role.COMMUNE)
    assert status == 404


async def test_no_address_is_shown_to_who_may_not_know_it(rig: Lived) -> None:
    for path in (f"/xa/{COMMUNE}", f"/doi-tuong/{TARGET}", f"/tt/xa/{COMMUNE}"):
        assert "127.0.0.1" not in (await rig.get(path, Role.COMMUNE))[1]
        assert "127.0.0.1" not in (await rig.get(path, Role.REPORTER))[1]
    assert "127.0.0.1" in (await rig.get(f"/doi-tuong/{TARGET}", Role.ADMIN))[1]
    assert (await rig.get(f"/doi-tuong/{TARGET}/khai-bao", Role.REPORTER))[0] == 403


@pytest.mark.parametrize("role", [None, Role.LEADER, Role.SCREEN])
async def test_who_may_not_see_everything_is_turned_away(rig: Lived, role: Role | None) -> None:
    for path in (f"/xa/{COMMUNE}", f"/doi-tuong/{TARGET}"):
        status, _ = await rig.get(path, role)
        assert status == (303 if role is None else 403)


async def test_asking_again_is_possible_once_in_a_while(rig: Lived) -> None:
    assert await rig.post(f"/xa/{COMMUNE}/kiem-tra", Role.COMMUNE) == (303, f"/xa/{COMMUNE}")
    status, page = await rig.post(f"/xa/{COMMUNE}/kiem-tra", Role.COMMUNE)
    assert status == 429
    assert "vừa đo lại xong" in page
    assert await rig.post(f"/doi-tuong/{TARGET}/kiem-tra", phep="icmp") == (
        303,
        f"/doi-tuong/{TARGET}?phep=icmp",
    )


async def test_a_commune_says_that_power_is_back_in_the_log_of_its_incident(rig: Lived) -> None:
    assert (await rig.post(f"/xa/{COMMUNE}/co-dien", Role.COMMUNE))[0] == 409
    await rig.open(incident(7))
    assert (await rig.post(f"/xa/{COMMUNE}/co-dien", Role.COMMUNE))[0] == 303
    assert (await rig.post(f"/xa/{COMMUNE}/ghi-chu", Role.COMMUNE, noi_dung=HOSTILE))[0] == 303
    record = await rig.daemon.state.incident("SC-2026-0007")
    assert record is not None
    notes = [(each.who, each.text) for each in record.log]
    assert ("Cán bộ Ba Tơ", "Xã báo: đã có điện.") in notes
    status, page = await rig.post(f"/xa/{COMMUNE}/ghi-chu", Role.COMMUNE, noi_dung=" ")
    assert status == 400
    assert "chưa viết gì" in page


async def test_a_target_shows_its_graph_its_days_and_its_results_in_words(rig: Lived) -> None:
    await measured(rig, answered(), answered(0.5), Reading(False, {}, FailureReason.TIMEOUT))
    status, page = await rig.get(f"/doi-tuong/{TARGET}", khoang="3h")
    assert status == 200
    for said in (
        "Trễ giữa",
        "data-graph",
        "chart.svg",
        "calendar-year",
        "không trả lời",
        "chart.js",
        "uPlot",
    ):
        assert said in page
    status, other = await rig.get(f"/xa/{COMMUNE}")
    assert "uPlot" not in other


async def test_what_devices_say_is_text_on_every_page_and_in_every_file(rig: Lived) -> None:
    await measured(rig, answered(detail=HOSTILE), Reading(False, {}, FailureReason.PROTOCOL, HOSTILE))
    await rig.open(incident(7, cause=HOSTILE, name=HOSTILE))
    for path in (f"/xa/{COMMUNE}", f"/doi-tuong/{TARGET}", "/tt", f"/tt/xa/{COMMUNE}"):
        for role in (Role.DUTY, Role.COMMUNE):
            status, page = await rig.get(path, role)
            assert status == 200
            assert "<script>alert" not in page
            assert "<img src=x" not in page
    status, page = await rig.get(
        f"/doi-tuong/{TARGET}", khoang=HOSTILE, phep=HOSTILE, nam=HOSTILE, ngay=HOSTILE
    )
    assert status == 200
    assert "<script>alert" not in page
    for path in ("/tt.atom", f"/badge/{COMMUNE}.svg", f"/api/v1/targets/{TARGET}/chart.svg"):
        status, text = await rig.get(path)
        assert status == 200
        assert "<script" not in text
        ET.fromstring(text)  # noqa: S314 (our own writer's)


@pytest.mark.parametrize("span", ["3h", "24h", "7d", "30d", "1y"])
async def test_every_range_can_be_drawn_even_of_nothing(rig: Lived, span: str) -> None:
    status, text = await rig.get(f"/api/v1/targets/{TARGET}/chart.svg", range=span)
    assert status == 200
    assert "Không có số liệu" in text
    assert (await rig.get(f"/doi-tuong/{TARGET}", khoang=span))[0] == 200


async def test_ranges_that_make_no_sense_are_refused_or_say_so(rig: Lived) -> None:
    assert (await rig.get(f"/api/v1/targets/{TARGET}/chart.svg", range="5x"))[0] == 400
    assert (await rig.get(f"/api/v1/targets/{TARGET}/chart.svg", check="khong-co"))[0] == 404
    assert (await rig.get("/api/v1/targets/khong-co/chart.svg"))[0] == 404
    status, page = await rig.get(f"/doi-tuong/{TARGET}?from=2031-01-01")
    assert status == 200
    assert "chọn khoảng khác" in page
    assert (await rig.get(f"/doi-tuong/{TARGET}", nam="1850"))[0] == 200
    assert (await rig.get(f"/doi-tuong/{TARGET}", ngay="9999-12-31"))[0] == 200


async def test_a_target_that_left_the_inventory_is_gone_and_one_that_never_was_is_not_found(
    rig: Lived,
) -> None:
    database: Database = rig.daemon.state.database
    await database.write(
        lambda connection: connection.execute(
            "insert into target_seen (target_id, first_seen_at) values ('cu', 1.0)"
        )
    )
    assert (await rig.get("/doi-tuong/cu"))[0] == 410
    assert (await rig.get("/doi-tuong/cu", Role.COMMUNE))[0] == 404
    assert (await rig.get("/doi-tuong/chua-tung-co"))[0] == 404
    assert (await rig.get("/xa/99999"))[0] == 404


async def test_tables_come_as_files(rig: Lived) -> None:
    await measured(rig, answered(), answered())
    for path in (f"/xa/{COMMUNE}", f"/doi-tuong/{TARGET}"):
        status, text = await rig.get(path, dang="csv")
        assert status == 200
        assert text.count("\r\n") >= 2
        response = await rig.client.get(path, params={"dang": "xlsx"}, headers={"X-Role": "duty"})
        assert (await response.read()).startswith(b"PK")
        assert (await rig.get(path, dang="exe"))[0] == 406
        assert f"{path}?dang=csv" in (await rig.get(path))[1]


async def test_each_value_says_who_declared_it(rig: Lived) -> None:
    status, page = await rig.get(f"/doi-tuong/{TARGET}/khai-bao")
    assert status == 200
    assert "tinh.yaml:" in page
    assert "checks.icmp.interval_s" in page
    assert ">None<" not in page, "a value that is not there is a dash"
    assert ">False<" not in page, "yes and no are words"


async def test_the_status_page_needs_no_account_and_tells_no_addresses(rig: Lived) -> None:
    await rig.open(incident(7))
    status, page = await rig.get("/tt", None)
    assert status == 200
    assert "Xã Ba Tơ" in page
    assert 'content="noindex"' in page
    assert "127.0.0.1" not in page
    status, text = await rig.get("/tt.json", None)
    assert status == 200
    found = json.loads(text)
    assert found["schema"] == "public-status/1"
    assert "127.0.0.1" not in text
    status, text = await rig.get("/tt.atom", None)
    assert status == 200
    assert "Xã Ba Tơ" in text
    status, page = await rig.get("/tt", None, xa="ba vinh")
    assert f"/tt/xa/{OTHER}" in page
    assert f"/tt/xa/{COMMUNE}" not in page
    assert (await rig.get("/tt/xa/99999", None))[0] == 404


async def test_badges_may_stand_on_other_sites_and_graphs_may_not(rig: Lived) -> None:
    badge = await rig.client.get(f"/badge/{COMMUNE}.svg")
    assert badge.status == 200
    assert badge.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (await rig.get("/badge/khong-co.svg", None))[0] == 404
    graph = await rig.client.get(f"/api/v1/targets/{TARGET}/chart.svg", headers={"X-Role": "duty"})
    assert graph.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert (await rig.get(f"/api/v1/targets/{TARGET}/chart.svg", None))[0] == 401


async def test_a_commune_reports_from_the_status_page_once_an_hour_while_something_is_open(
    rig: Lived,
) -> None:
    path = f"/tt/xa/{COMMUNE}"
    assert (await rig.post(f"{path}/bao", None, bao="co-dien"))[0] == 409
    assert "/bao" not in (await rig.get(path, None))[1]
    await rig.open(incident(7))
    assert f"{path}/bao" in (await rig.get(path, None))[1]
    assert (await rig.post(f"{path}/bao", None, bao="x"))[0] == 400
    assert await rig.post(f"{path}/bao", None, bao="co-dien") == (303, path)
    status, page = await rig.post(f"{path}/bao", None, bao="chua-duoc")
    assert status == 429
    assert "phút" in page
    record = await rig.daemon.state.incident("SC-2026-0007")
    assert record is not None
    said = [each for each in record.log if each.text.startswith("Xã báo")]
    assert [(each.who, each.text) for each in said] == [
        ("Xã Ba Tơ (trang trạng thái)", "Xã báo: đã có điện (chưa xác minh người báo).")
    ]
