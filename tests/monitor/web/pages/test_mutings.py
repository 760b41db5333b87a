"""Maintenance and silences through the real application: preview, confirmation, conflicts, changes, roles."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path

import pytest

from alerts.model.hold import MutingKind
from monitor.conference.model import Meeting
from monitor.conference.store import insert_meeting
from monitor.people.rights import Role
from monitor.web import muting_form
from monitor.web.muting_form import conflicts
from tests.monitor.web.lived import HOUR_S, NOW, Lived, incident, lived

WORK = {"loai": "bao-tri", "viec": "Thay thiết bị nút", "don_vi": "ba to", "dai": "120"}
SILENCE = {"loai": "tam-ngung", "don_vi": "ba to", "dai": "60", "ly_do": "đang xử lý nguồn"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as found:
        await found.open(incident(1))
        yield found


async def test_the_preview_says_what_it_hits_before_anything_is_done(office: Lived) -> None:
    for look in (office.get("/bao-tri/moi", **WORK), office.piece("/bao-tri/xem-truoc", **WORK)):
        status, page = await look
        text = " ".join(unescape(page).split())
        assert status == 200
        assert "Ảnh hưởng 1 xã, 1 đối tượng" in text
        assert "07:00 23/11 – 09:00 23/11" in text
        assert "1 sự cố đang mở sẽ không báo nữa:</b> SC-2026-0001" in text
        assert "Báo trước còn 0 ngày làm việc." in text
        assert 'name="csrf" value="dau-cua-phien"' in page
    assert (await office.daemon.muting.list(0, NOW + 1e6)) == ()
    _, empty = await office.get("/bao-tri/moi")
    assert "Chọn nơi và thời gian" in empty


async def test_work_is_declared_listed_moved_and_ended(office: Lived) -> None:
    fields = {**WORK, "thuc_hien": "VNPT", "van_ban": "12/CV-VNPT", "ly_do": HOSTILE, "den_khi_len": "1"}
    status, where = await office.post("/bao-tri/moi", **fields)
    muting = await office.daemon.muting.find("BT-2026-0001")
    assert (status, where) == (303, "/bao-tri/BT-2026-0001")
    assert muting is not None
    assert (muting.title, muting.worker, muting.until_up) == ("Thay thiết bị nút", "VNPT", True)
    assert "(văn bản số 12/CV-VNPT)" in muting.comment

    for path in ("/bao-tri", where):
        _, page = await office.get(path)
        assert "Thay thiết bị nút" in page
        assert "<script>alert" not in page
    assert (await office.post(f"{where}/doi-gio", them="60"))[0] == 422, "a reason is owed"
    await office.post(f"{where}/doi-gio", them="60", ly_do="chờ vật tư")
    await office.post(f"{where}/doi-gio", den="2026-11-23T09:30", ly_do="xong sớm")
    muting = await office.daemon.muting.find("BT-2026-0001")
    assert muting is not None
    assert muting.until_at == NOW + 2.5 * HOUR_S
    assert (await office.post(f"{where}/ket-thuc", ve="/bao-tri"))[1] == "/bao-tri"
    status, page = await office.post(f"{where}/ket-thuc")
    assert status == 409
    assert "đã hết hiệu lực" in page


async def test_a_silence_is_at_most_a_day_and_has_a_reason(office: Lived) -> None:
    status, page = await office.post("/bao-tri/moi", **{**SILENCE, "ly_do": ""})
    assert status == 422
    assert "chưa nói vì sao" in page
    assert 'value="ba to"' in page, "what was typed is still there"
    long = {**SILENCE, "dai": "", "den": "2026-11-24T08:00"}
    status, page = await office.post("/bao-tri/moi", **long)
    assert status == 422
    assert "dài quá 24 giờ" in page

    assert (await office.post("/bao-tri/moi", **SILENCE)) == (303, "/bao-tri/IM-2026-0001")
    status, _ = await office.post("/bao-tri/IM-2026-0001/doi-gio", den="2026-11-25T08:00", ly_do="x")
    assert status == 422
    (silence,) = await office.daemon.muting.list(NOW - 1, NOW + 1, MutingKind.SILENCE)
    assert silence.who == "Bích Ngọc"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"don_vi": "ba tu", "dai": "30"}, "Ba Tơ"),
        ({"don_vi": "ba to", "nha_mang": "Viettel", "dai": "30"}, "nhà mạng Viettel: <b>2 đối tượng</b>"),
        ({"don_vi": "ba to"}, "chưa nói đến khi nào"),
        ({"don_vi": "ba to", "den": "mai"}, "'mai'"),
        ({"don_vi": "ba to", "den": "2026-11-01T00:00"}, "giờ kết thúc đã qua"),
        ({"don_vi": HOSTILE, "dai": "30"}, "&lt;script&gt;"),
    ],
)
async def test_what_is_wrong_with_the_form_is_said_with_what_is_near(
    office: Lived, fields: dict[str, str], said: str
) -> None:
    asked = {"loai": "bao-tri", "viec": "x", **fields}
    _, tried = await office.piece("/bao-tri/xem-truoc", **asked)
    status, page = await office.post("/bao-tri/moi", **asked)

    assert status in {400, 422}
    for text in (tried, page):
        assert said in (text if said.startswith("&") else unescape(text).replace("'", "'"))
        assert "<script>alert" not in text


async def test_who_opens_the_preview_alone_is_led_to_the_form_as_it_was_filled_in(office: Lived) -> None:
    response = await office.client.get("/bao-tri/xem-truoc", params=WORK, headers={"X-Role": Role.DUTY.value})

    assert response.status == 200
    assert (response.url.path, dict(response.url.query)) == ("/bao-tri/moi", WORK)
    assert "Ảnh hưởng 1 xã, 1 đối tượng" in " ".join(unescape(await response.text()).split())


async def test_what_is_hit_is_seen_before_one_writes_why(office: Lived) -> None:
    _, page = await office.piece("/bao-tri/xem-truoc", loai="tam-ngung", don_vi="21484", dai="30")

    assert "ghi lý do" in page
    assert "Ảnh hưởng 1 xã" in page
    assert 'action="/bao-tri/moi"' not in page


async def test_many_communes_are_confirmed_in_words(office: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(muting_form, "MANY_COMMUNES", 1)
    fields = {"loai": "bao-tri", "viec": "Nâng cấp", "nha_mang": "Viettel", "dai": "30"}
    _, preview = await office.piece("/bao-tri/xem-truoc", **fields)
    status, page = await office.post("/bao-tri/moi", **fields, xac_nhan="có")

    assert "gõ 2 xã để xác nhận" in preview
    assert status == 422
    assert 'id="wrong-xac_nhan"' in page
    assert (await office.post("/bao-tri/moi", **fields, xac_nhan="2 xa"))[0] == 303


async def test_meetings_at_the_same_time_are_told(office: Lived) -> None:
    meeting = Meeting("", f"Giao ban {HOSTILE}", NOW + HOUR_S, NOW + 2 * HOUR_S)
    await office.daemon.state.database.write(partial(insert_meeting, meeting=meeting))
    _, page = await office.piece("/bao-tri/xem-truoc", **WORK)
    _, later = await office.piece("/bao-tri/xem-truoc", **{**WORK, "tu": "2026-11-23T12:00"})

    assert "Trùng họp:</b> Giao ban &lt;script&gt;" in page
    assert "Trùng họp:" not in later
    elsewhere = replace(meeting, unit_codes=("23332",))
    assert list(conflicts([meeting, elsewhere], ("21484",), NOW, NOW + 1.5 * HOUR_S)) == [meeting]
    assert list(conflicts([replace(meeting, withdrawn_at=NOW)], ("21484",), NOW, NOW + 9 * HOUR_S)) == []


@pytest.mark.parametrize("role", [None, Role.COMMUNE, Role.SCREEN, Role.LEADER, Role.REPORTER, Role.ADMIN])
async def test_who_may_mute_and_who_may_look(office: Lived, role: Role | None) -> None:
    may_mute = role is Role.ADMIN
    may_look = role in {Role.ADMIN, Role.REPORTER}
    refused = 303 if role is None else 403
    assert (await office.get("/bao-tri", role))[0] == (200 if may_look else refused)
    assert (await office.get("/bao-tri/moi", role))[0] == (200 if may_mute else refused)
    status, where = await office.post("/bao-tri/moi", role, **WORK)
    assert status == (303 if may_mute or role is None else 403)
    assert (where == "/bao-tri/BT-2026-0001") is may_mute
    for deed in ("doi-gio", "ket-thuc"):
        status, where = await office.post(f"/bao-tri/BT-2026-0001/{deed}", role, them="30", ly_do="x")
        assert status == (303 if may_mute or role is None else 403)
    assert (await office.get("/bao-tri/BT-2026-9999", Role.DUTY))[0] == 404


async def test_the_week_shows_what_crosses_midnight_on_both_days(office: Lived) -> None:
    night = {**WORK, "dai": "", "tu": "2026-11-25T22:00", "den": "2026-11-26T02:00"}
    await office.post("/bao-tri/moi", **night)
    _, page = await office.get("/bao-tri", tuan="2026-11-25")
    _, next_week = await office.get("/bao-tri", tuan="2026-12-01")
    status, _ = await office.get("/bao-tri", tuan="9999-99-99")

    week = page.partition('id="mutings-week"')[2]
    assert "22:00–24:00" in week
    assert "00:00–02:00" in week
    assert "22:00–24:00" not in next_week
    assert status == 200
