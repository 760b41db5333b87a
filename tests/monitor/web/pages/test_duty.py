"""On-call through the real application: now, the week, faults, swaps, the sheet, a test message, roles."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.oncall.model import Directory, Leave, Rota, Shift, Swap
from monitor.people.rights import Role
from monitor.web.duty_view import rota_view, turns_of
from tests.monitor.web.lived import HOUR_S, NOW, Lived, incident, lived

HOSTILE = "<script>alert(1)</script>"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as found:
        yield found


async def test_the_page_says_who_is_on_duty_how_to_call_them_and_which_turns_are_mine(office: Lived) -> None:
    _, page = await office.get("/truc")
    _, reported = await office.get("/truc", Role.REPORTER)
    _, admin = await office.get("/truc", Role.ADMIN)

    now = page.partition('id="duty-now"')[2].partition("</section>")[0]
    assert "A Thiu" in now
    assert 'href="tel:0900000002"' in now
    assert "Giao ca lúc 07:30 23/11" in now
    assert "tel:" not in reported
    assert "Ca của tôi" in page
    assert "Gửi thử cho tôi" in page
    assert "Ca của tôi" not in admin
    assert "10 phút" in page.partition("Thang báo")[2]


async def test_a_swap_shows_in_the_week_and_on_the_card(office: Lived) -> None:
    swap = {"bang": "csht", "nguoi": "ngoc", "tu": "2026-11-23T06:00", "den": "2026-11-23T12:00"}
    assert (await office.post("/truc/doi-ca", **swap, ly_do=HOSTILE))[0] == 303
    _, page = await office.get("/truc")

    now = page.partition('id="duty-now"')[2].partition("</section>")[0]
    assert "Bích Ngọc" in now
    assert "trực thay" in now
    assert "thay A Thiu" in page
    assert "<script>alert" not in page
    assert HOSTILE in unescape(page)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"bang": "x"}, "bang"),
        ({"nguoi": "x"}, "nguoi"),
        ({"tu": "mai"}, "tu"),
        ({"den": "2026-11-23T05:00"}, "den"),
        ({"den": "2027-11-23T05:00"}, "den"),
    ],
)
async def test_a_swap_that_cannot_be_says_which_field(
    office: Lived, changed: dict[str, str], field: str
) -> None:
    swap = {"bang": "csht", "nguoi": "ngoc", "tu": "2026-11-23T06:00", "den": "2026-11-23T12:00"}
    status, page = await office.post("/truc/doi-ca", **(swap | changed))

    assert status == 400
    assert f'id="wrong-{field}"' in page


async def test_a_test_message_goes_out_and_the_page_knows_of_it_then(office: Lived) -> None:
    sending = asyncio.create_task(office.post("/truc/gui-thu", nguoi="an"))
    while not sending.done():
        await asyncio.sleep(0.02)
        await office.clock.advance(0.2)
    status, _ = await sending
    _, page = await office.get("/truc")

    assert status == 303
    assert "tệp 07:00 23/11" in page
    assert (await office.post("/truc/gui-thu", nguoi="x"))[0] == 400


async def test_the_sheet_names_what_is_open_quiet_and_without_cause(office: Lived) -> None:
    await office.open(incident(1, acknowledged_at=NOW, acknowledged_by=HOSTILE))
    await office.post("/bao-tri/moi", loai="tam-ngung", don_vi="dak ha", dai="60", ly_do="đo thử")
    _, page = await office.get("/truc/ban-giao")

    assert "SC-2026-0001" in page
    assert "đo thử" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("role", "looks"), [(None, 303), (Role.COMMUNE, 403), (Role.LEADER, 403), (Role.REPORTER, 200)]
)
async def test_who_may_look_and_nobody_else_changes_duty(
    office: Lived, role: Role | None, looks: int
) -> None:
    for path in ("/truc", "/truc/ban-giao"):
        assert (await office.get(path, role))[0] == looks
    for path in ("/truc/doi-ca", "/truc/gui-thu"):
        assert (await office.post(path, role))[0] == (303 if role is None else 403)
    assert office.daemon.desk.directory.swaps == ()


def test_gaps_and_overlaps_are_faults_and_a_swap_cuts_a_shift() -> None:
    day = Shift("Ngày", 420, 1140, ("a",), date(2026, 11, 1))
    late = Shift("Chiều", 1080, 1320, ("b",), date(2026, 11, 1))
    rota = Rota("r", "R", (day, late), (Leave("a", date(2026, 11, 24), date(2026, 11, 24)),))
    directory = Directory(
        rotas={"r": rota}, contacts={}, swaps=(Swap("r", "c", NOW + HOUR_S, NOW + 2 * HOUR_S),)
    )
    view = rota_view(directory, rota, NOW, NOW, ZONE)

    assert {fault.names for fault in view.faults} == {(), ("a", "b")}
    assert view.leave == rota.leave
    whole = turns_of(directory, rota, NOW, NOW + 1)
    assert [turn.person for turn in whole] == ["a"], (
        "a swap with somebody who left the file counts for nothing"
    )
