"""What people do on an incident's page, through the real application: by role, twice at once, refused, without scripts."""

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest

from alerts.model.incident import CauseKind, CloseReason, Side
from monitor.people.rights import Role
from tests.monitor.web.lived import COMMUNE, NOW, OTHER, Lived, incident, lived, opened, told

PATH = "/su-co/SC-2026-0001"
ONE = incident(1)
TWO = incident(2, OTHER)
OVER = incident(3, "23332", age_s=9e6, resolved_at=NOW - 8.9e6, close_reason=CloseReason.RECOVERED)
DEEDS = ("nhan", "tra-lai", "ghi-chu", "nguyen-nhan", "phieu", "dong", "gop", "gui-lai")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as found:
        await found.open(ONE, TWO, OVER, log=(*opened(ONE), *opened(TWO)), told=(told(ONE),))
        yield found


async def test_after_a_refused_form_the_choice_of_a_theme_leads_back_to_the_page(office: Lived) -> None:
    status, page = await office.post(f"{PATH}/ghi-chu", noi_dung="")

    assert status == 400
    assert f'name="tiep" value="{PATH}"' in page, "nobody can open the address of a form"
    assert f'data-song="{PATH}"' in page
    for each in (page, (await office.get(PATH))[1], (await office.get("/su-co"))[1]):
        assert "http-equiv" not in each, "a page that reloads loses what is typed"


async def test_one_tap_takes_it_for_eight_hours_and_another_gives_it_back(office: Lived) -> None:
    status, where = await office.post(f"{PATH}/nhan", thay="", ve="/?lop=tslcd")
    taken = office.incident("SC-2026-0001")
    assert (status, where) == (303, "/?lop=tslcd")
    assert (taken.acknowledged_by, taken.acknowledged_until) == ("Bích Ngọc", NOW + 8 * 3_600)

    again = await office.post(f"{PATH}/nhan", thay="")
    assert again == (303, PATH)
    assert office.incident("SC-2026-0001") == taken, "a second tap is the same tap"

    assert (await office.post(f"{PATH}/tra-lai"))[0] == 303
    assert office.incident("SC-2026-0001").acknowledged_at is None
    status, page = await office.post(f"{PATH}/tra-lai")
    assert status == 409
    assert "không có ai nhận" in page


async def test_the_second_of_two_is_told_who_was_quicker_and_may_take_over(office: Lived) -> None:
    await office.post(f"{PATH}/nhan", thay="")
    status, page = await office.post(f"{PATH}/nhan", name="A Thiu", thay="", gio="2", noi_dung="đang ra xã")

    assert status == 409
    assert "Bích Ngọc đã nhận xử lý SC-2026-0001 lúc 07:00 23/11" in page
    assert 'value="đang ra xã"' in page, "nothing that was typed is lost"
    assert office.incident("SC-2026-0001").acknowledged_by == "Bích Ngọc"

    assert (await office.post(f"{PATH}/nhan", name="A Thiu", thay="Bích Ngọc", gio="0"))[0] == 303
    assert office.incident("SC-2026-0001").acknowledged_by == "A Thiu"
    assert office.incident("SC-2026-0001").acknowledged_until is None


async def test_a_cause_is_one_tap_and_what_somebody_else_chose_is_not_lost(office: Lived) -> None:
    _, page = await office.get(PATH)
    assert "Máy đoán (chưa ai xác nhận): nguồn điện" in unescape(page)
    assert 'aria-pressed="true">nguồn điện' not in page, "a guess is no choice"

    await office.post(f"{PATH}/nguyen-nhan", Role.REPORTER, loai="line", da_co="")
    status, page = await office.post(f"{PATH}/nguyen-nhan", loai="power", da_co="", noi_dung="mất điện xã")
    assert status == 409
    assert "Báo Cáo vừa chọn nguyên nhân" in page
    assert 'value="mất điện xã"' in page

    mark = f"{NOW:.3f}"
    assert f'name="da_co" value="{mark}"' in page
    await office.post(f"{PATH}/nguyen-nhan", loai="power", phia="local", da_co=mark)
    choice = office.incident("SC-2026-0001").choice
    assert choice is not None
    assert (choice.kind, choice.side, choice.who) == (CauseKind.POWER, Side.LOCAL, "Bích Ngọc")


async def test_a_ticket_is_kept_with_its_times_and_a_newer_one_is_not_overwritten(office: Lived) -> None:
    fields = {"so_phieu": "VNPT-1", "bao_luc": "2026-11-23T06:10", "dong_luc": "2026-11-23T06:40"}
    assert (await office.post(f"{PATH}/phieu", da_co="", **fields))[0] == 303
    ticket = office.incident("SC-2026-0001").ticket
    assert ticket is not None
    assert (ticket.number, ticket.reported_at, ticket.closed_at) == ("VNPT-1", NOW - 3_000, NOW - 1_200)

    status, page = await office.post(f"{PATH}/phieu", da_co="", so_phieu="VNPT-2")
    assert status == 409
    assert "Bích Ngọc vừa ghi phiếu" in page
    wrong = {"so_phieu": "VNPT-3", "bao_luc": "hôm qua"}
    status, page = await office.post(f"{PATH}/phieu", da_co=_mark(page), **wrong)
    assert status == 400
    assert 'id="wrong-bao_luc"' in page


async def test_incidents_are_merged_closed_and_judged_long_after_their_end(office: Lived) -> None:
    assert (await office.post(f"{PATH}/gop", vao="SC-2026-0001"))[0] == 409
    assert (await office.post(f"{PATH}/gop", vao="SC-2026-0003"))[0] == 409
    assert await office.post(f"{PATH}/gop", vao="sc-2026-0002") == (303, "/su-co/SC-2026-0002")
    assert office.incident("SC-2026-0001").part_of == "SC-2026-0002"

    assert (await office.post("/su-co/SC-2026-0002/dong", noi_dung=" "))[0] == 400
    assert (await office.post("/su-co/SC-2026-0002/dong", noi_dung="thu hồi"))[0] == 303
    assert office.incident("SC-2026-0001").close_reason is not None

    over = "/su-co/SC-2026-0003"
    assert (await office.post(f"{over}/nhan", thay=""))[0] == 409
    assert (await office.post(f"{over}/nguyen-nhan", loai="disaster", da_co=""))[0] == 303
    assert "thiên tai (khách quan)" in (await office.get(over))[1]
    assert (await office.post(f"{over}/nguyen-nhan", loai="ma", da_co=""))[0] in {400, 409}


async def test_a_message_that_did_not_go_out_is_sent_again_by_who_may(office: Lived) -> None:
    status, page = await office.post(f"{PATH}/gui-lai", tin="999")
    assert status == 409
    assert "không còn chờ gửi" in page


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (None, ()),
        (Role.SCREEN, ()),
        (Role.LEADER, ()),
        (Role.COMMUNE, ("ghi-chu",)),
        (Role.REPORTER, ("nguyen-nhan", "phieu")),
        (Role.DUTY, DEEDS),
        (Role.ADMIN, DEEDS),
    ],
)
async def test_everybody_does_what_their_role_may(
    office: Lived, role: Role | None, allowed: tuple[str, ...]
) -> None:
    for deed in DEEDS:
        status, answer = await office.post(f"{PATH}/{deed}", role)
        if deed in allowed:
            assert status in {303, 400, 409}, deed
        elif role is None:
            assert (status, answer.partition("?")[0]) == (303, "/dang-nhap"), deed
        else:
            assert status == 403, deed


async def test_a_commune_sees_its_own_incidents_and_notes_there_only(office: Lived) -> None:
    status, page = await office.get(PATH, Role.COMMUNE)
    assert status == 200
    assert "Ghi chú" in page
    assert "Nhận xử lý</button>" not in page
    assert "ngoc@tinh.example" not in page
    assert (await office.post(f"{PATH}/ghi-chu", Role.COMMUNE, noi_dung="Xã có điện lại"))[0] == 303
    assert "Cán bộ Ba Tơ" in (await office.get(PATH))[1]

    other = "/su-co/SC-2026-0002"
    assert (await office.get(other, Role.COMMUNE))[0] == 404
    assert (await office.post(f"{other}/ghi-chu", Role.COMMUNE, noi_dung="x"))[0] == 404
    _, listed = await office.get("/su-co", Role.COMMUNE)
    assert "SC-2026-0001" in listed
    assert "SC-2026-0002" not in listed
    assert COMMUNE != OTHER


def _mark(page: str) -> str:
    """Return what the ticket's form carries."""
    return unescape(page.partition('/phieu" class')[2].partition('name="da_co" value="')[2].partition('"')[0])
