"""The page behind a link, over HTTP: looking changes nothing, pressing acts once and in somebody's name."""

import asyncio
import re
from pathlib import Path

import pytest

from alerts.model.decision import Decision
from alerts.model.incident import CauseKind, LogKind
from monitor.replies.tokens import LIFE_S
from tests.alerts.quiet_land import NOON
from tests.clock import FakeClock
from tests.monitor.replies.office import DUTY, FIRST, PHUNG, SECOND, open_office


async def test_looking_changes_nothing_however_often_and_by_whatever_method(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        link = office.link()
        for method in ("HEAD", "GET", "GET", "GET", "HEAD"):
            assert (await office.get(link, method))[0] == 200
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            assert (await office.get(link, method))[0] == 405

        assert office.decisions == []
        assert office.notes == []
        assert (await office.post(link, viec="nhan"))[0] == 200


async def test_says_what_it_is_about_and_for_whom(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        status, page = await office.get(office.link())

    assert status == 200
    assert f"<h1>{FIRST}: Ba Tơ – TSLCD</h1>" in page
    assert "chưa ai nhận" in page
    assert "dành riêng cho Ngọc" in page
    assert "Nhận xử lý" in page


async def test_pressing_takes_the_incident_in_the_name_of_the_links_owner(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        status, page = await office.post(office.link(), viec="nhan")

        assert status == 200
        assert f"Đã ghi: Ngọc nhận xử lý {FIRST}" in page
        assert office.incident().acknowledged_by == "Ngọc"
        (note,) = office.notes
        assert (note.who, note.action) == ("ngoc", "link_take")
        stored = await office.state.incident(FIRST)
        assert stored is not None
        assert stored.incident.acknowledged_by == "Ngọc"


async def test_a_link_acts_once_even_when_it_is_pressed_twice_at_once(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        link = office.link()
        answers = await asyncio.gather(
            *(office.post(link, viec="ghi-chu", noi_dung=f"lần {i}") for i in range(5))
        )

        assert sorted(status for status, _ in answers) == [200, 410, 410, 410, 410]
        assert len(office.decisions) == 1
        assert "đã được dùng" in (await office.get(link))[1]


async def test_whoever_acted_can_go_on_from_the_answer_within_the_hour(tmp_path: Path) -> None:
    clock = FakeClock(NOON)
    async with open_office(tmp_path, clock) as office:
        _, page = await office.post(office.link(), viec="nhan")
        (action,) = set(re.findall(r'action="(/a/[^"]+)"', page))
        status, page = await office.post(office.base + action, viec="nguyen-nhan", loai="power")
        (other,) = set(re.findall(r'action="(/a/[^"]+)"', page))
        await clock.advance(3_601)
        late, _ = await office.post(office.base + other, viec="nha-mang", so_phieu="VNPT-1")

        choice = office.incident().choice
    assert (status, late) == (200, 410)
    assert choice is not None
    assert (choice.kind, choice.who) == (CauseKind.POWER, "Ngọc")


async def test_whoever_finds_it_taken_is_told_by_whom_and_helps_or_takes_over(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        first, second, third = office.link(), office.link(PHUNG.id), office.link(PHUNG.id)
        _, before = await office.get(second)
        await office.post(first, viec="nhan", thay="")

        late, told = await office.post(second, viec="nhan", thay="")
        _, after = await office.get(third)
        helped, _ = await office.post(second, viec="cung")
        held = office.incident().acknowledged_by
        took, _ = await office.post(third, viec="nhan", thay="Ngọc")

    assert "Cùng xử lý" not in before
    assert late == 409
    for page in (told, after):
        assert "Ngọc đã nhận lúc" in page
        assert "Cùng xử lý" in page
    assert (helped, held) == (200, "Ngọc")
    assert (took, office.incident().acknowledged_by) == (200, "Phụng")


async def test_the_page_is_light_and_leads_to_the_whole_incident(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        _, page = await office.get(office.link())

    assert len(page.encode()) < 15_000
    assert f'href="https://trang.example/su-co/{FIRST}"' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"viec": "ghi-chu", "noi_dung": " đã gọi\r\nxã "}, LogKind.NOTE, "đã gọi xã"),
        ({"viec": "nha-mang", "so_phieu": "VNPT-55021"}, LogKind.TICKET, "VNPT-55021"),
        ({"viec": "nguyen-nhan", "loai": "line"}, LogKind.CAUSE, "line enterprise"),
    ],
)
async def test_does_what_was_pressed(
    tmp_path: Path, fields: dict[str, str], kind: LogKind, text: str
) -> None:
    async with open_office(tmp_path) as office:
        status, _ = await office.post(office.link(), **fields)

        (event,) = office.decisions[0].log
    assert status == 200
    assert (event.kind, event.who, event.text) == (kind, "Ngọc", text)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"viec": "xoa-het"},
        {"viec": "ghi-chu", "noi_dung": " \u200b "},
        {"viec": "nguyen-nhan", "loai": "ma"},
        {"viec": "nha-mang"},
    ],
)
async def test_what_is_not_filled_in_does_not_use_the_link_up(tmp_path: Path, fields: dict[str, str]) -> None:
    async with open_office(tmp_path) as office:
        link = office.link()
        assert (await office.post(link, **fields))[0] == 422
        assert office.decisions == []
        assert (await office.post(link, viec="nhan"))[0] == 200


async def test_of_a_groups_link_the_person_says_who_they_are(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        link = office.link(DUTY.id)
        nameless, _ = await office.post(link, viec="nhan")
        status, _ = await office.post(link, viec="nhan", ten="  Hà ")

        assert (nameless, status) == (422, 200)
        assert office.incident().acknowledged_by == "Hà (Tổ trực)"


async def test_a_link_is_for_its_incident_only(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        turned = office.link(incident=FIRST).replace(FIRST, SECOND)
        status, page = await office.post(turned, viec="nhan")

        assert status == 404
        assert "không dùng được" in page
        assert office.incident(SECOND).acknowledged_by == ""


async def test_a_link_ends_after_three_days(tmp_path: Path) -> None:
    clock = FakeClock(NOON)
    async with open_office(tmp_path, clock) as office:
        link = office.link()
        await clock.advance(LIFE_S)
        status, page = await office.post(link, viec="nhan")

        assert status == 410
        assert "hết hạn" in page
        assert office.decisions == []


async def test_what_was_used_stays_used_after_a_restart(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        link = office.link()
        path = link.removeprefix(office.base)
        await office.post(link, viec="ghi-chu", noi_dung="một")
    (tmp_path / "state.db").rename(tmp_path / "kept.db")
    again = tmp_path / "again"
    again.mkdir()
    async with open_office(again) as office:
        assert (await office.get(office.base + path))[0] == 200  # another state: the same key, nothing used
        await office.state.commit(Decision(used=((f"link:{path.removeprefix('/a/')}", NOON),)))
        assert (await office.get(office.base + path))[0] == 410


async def test_a_link_made_before_the_end_still_takes_notes_after_it(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        link = office.link()
        await office.state.commit(office.watch.up("1.cpe"))
        await office.state.commit(office.watch.up("1.cpe"))
        office.watch.world.closed.clear()  # forgotten by the engine, known to the store
        office.watch.world.incidents.pop(FIRST, None)
        _, page = await office.get(link)
        status, _ = await office.post(link, viec="ghi-chu", noi_dung="mất điện toàn xã")

    assert "đã kết thúc" in page
    assert "Nhận xử lý</button>" not in page
    assert status == 200


async def test_nobody_but_people_of_the_file_get_links(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        assert office.replies.link_for(FIRST, "la") == ""
        assert office.replies.link_for("không phải mã", "ngoc") == ""


async def test_pages_load_nothing_run_nothing_and_are_not_kept(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office, office.session.get(office.link()) as response:
        page = await response.text()
        headers = response.headers

    assert "<script" not in page
    assert page.count("http") == page.count('<a href="https://trang.example/su-co/') == 1
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy


async def test_nothing_from_a_device_or_a_person_becomes_markup(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        _, page = await office.post(office.link(DUTY.id), viec="nhan", ten="<b>Hà</b>")

    assert "<b>Hà" not in page
    assert "&lt;b&gt;Hà&lt;/b&gt;" in page


@pytest.mark.parametrize("path", ["/", "/a/", "/a/x", "/a/" + "A" * 2_000, "/api/v1/overview", "/healthz"])
async def test_everything_else_is_not_there(tmp_path: Path, path: str) -> None:
    async with open_office(tmp_path) as office:
        status, _ = await office.get(office.base + path)

        assert status in {400, 404}


async def test_a_flood_from_one_source_is_turned_away_and_others_are_served(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        link = office.link()
        flood = {"X-Forwarded-For": "203.0.113.9"}
        statuses = []
        for _ in range(70):
            async with office.session.get(link, headers=flood) as response:
                statuses.append(response.status)
        async with office.session.get(link, headers={"X-Forwarded-For": "1.2.3.4, 203.0.113.7"}) as response:
            other = response.status

    assert statuses.count(429) == 10
    assert other == 200


async def test_a_visitor_cannot_name_somebody_else_before_the_proxy_does(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        link = office.link()
        statuses = []
        for i in range(70):
            named = [("X-Forwarded-For", f"198.51.100.{i}"), ("X-Forwarded-For", "203.0.113.9")]
            async with office.session.get(link, headers=named) as response:
                statuses.append(response.status)

    assert statuses.count(429) == 10


async def test_a_link_acts_while_the_disk_is_full_and_says_so(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        link = office.link()
        office.is_full = True
        status, page = await office.post(link, viec="nhan")

        assert (status, office.incident().acknowledged_by) == (503, "Ngọc")
        assert "sẽ tự ghi lại" in page
        assert (await office.post(link, viec="nhan"))[0] == 410


async def test_a_body_that_is_too_large_or_no_form_is_refused(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        async with office.session.post(office.link(), data={"noi_dung": "x" * 100_000}) as response:
            large = response.status
        async with office.session.post(office.link(), json={"viec": "nhan"}) as response:
            other = response.status

        assert (large, other) == (413, 422)
        assert office.decisions == []
