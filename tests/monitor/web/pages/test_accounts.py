"""The accounts page and the audit log, over a whole daemon."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from monitor.people.principal import By
from monitor.people.rights import Right, Role
from monitor.storage.audit import AuditEntry
from tests.monitor.web.lived import COMMUNE, NOW, Lived, incident, lived
from tests.monitor.web.page import read

HOSTILE = "<script>alert(1)</script>\"'><b>x"
BY = By("Quản Trị", "10.0.0.9")
ADMIN = {"X-Role": "admin"}


async def send(at: Lived, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
    response = await at.client.post(path, data=form or {}, headers=ADMIN, allow_redirects=False)
    return response.status, response.headers.get("Location", await response.text())


async def show(at: Lived, path: str) -> str:
    status, text = await at.get(path, Role.ADMIN)
    assert status == 200, text
    return text


async def test_an_administrator_adds_an_account_and_sees_its_link_once(tmp_path: Path) -> None:
    async with lived(tmp_path) as at:
        form = {"name": "Bato", "displayName": "UBND xã Ba Tơ", "role": "commune", "unit": COMMUNE}
        assert await send(at, "/tai-khoan", form) == (303, "/tai-khoan/bato")

        first, second = await show(at, "/tai-khoan/bato"), await show(at, "/tai-khoan/bato")
        links = re.findall(r'value="(http[^"]*/moi/[^"]+)"', first)
        assert len(links) == 1
        assert "/moi/" not in second
        token = links[0].rpartition("/")[2]
        assert (await at.daemon.people.invited(token)).name == "bato"
        listed = read(await show(at, "/tai-khoan")).one("table").text
        assert "bato UBND xã Ba Tơ cấp xã: Xã Ba Tơ chưa dùng không chưa đặt mật khẩu" in listed


@pytest.mark.parametrize(
    ("form", "field", "says"),
    [
        ({"name": "Hòa", "displayName": "x", "role": "duty"}, "name", "tên đăng nhập không hợp lệ"),
        ({"name": "hoa", "displayName": "", "role": "duty"}, "displayName", "chưa có họ tên"),
        ({"name": "hoa", "displayName": "x", "role": "root"}, "role", "chưa chọn vai trò"),
        ({"name": "hoa", "displayName": "x", "role": "commune"}, "unit", "chưa ghi thuộc đơn vị nào"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(
    tmp_path: Path, form: dict[str, str], field: str, says: str
) -> None:
    async with lived(tmp_path) as at:
        status, text = await send(at, "/tai-khoan", form)

        assert status in {400, 422}
        page = read(text)
        (wrong,) = [
            each for each in page.all("p", of="wrong") if each.attributes.get("id") == f"wrong-{field}"
        ]
        assert says in wrong.text
        typed = {
            each.attributes["name"]: each.attributes["value"]
            for each in page.all("input")
            if "value" in each.attributes and "name" in each.attributes
        }
        assert typed["name"] == form["name"]
        assert at.daemon.people.accounts() == ()


async def test_roles_links_locks_sessions_and_tokens_are_changed_with_plain_forms(tmp_path: Path) -> None:
    async with lived(tmp_path) as at:
        people = at.daemon.people
        await people.add("an", "Quản Trị", Role.ADMIN, "", BY)
        await people.add("hoa", "Chị Hoa", Role.DUTY, "", BY)
        token, _ = await people.make_token("hoa", [Right.SEE], 7, BY, "bảng điện")
        assert "bảng điện" in await show(at, "/tai-khoan/hoa")

        assert (await send(at, "/tai-khoan/hoa/thu-hoi", {"token": token.id}))[0] == 303
        assert (await send(at, "/tai-khoan/hoa/vai-tro", {"role": "commune", "unit": COMMUNE}))[0] == 303
        assert (await send(at, "/tai-khoan/hoa/lien-ket"))[0] == 303
        assert (await send(at, "/tai-khoan/hoa/dang-xuat"))[0] == 303
        assert (await send(at, "/tai-khoan/hoa/khoa", {"why": "nghỉ việc"}))[0] == 303
        assert "nghỉ việc" in await show(at, "/tai-khoan")
        assert (await send(at, "/tai-khoan/hoa/mo"))[0] == 303
        status, text = await send(at, "/tai-khoan/an/khoa")

        found = people.account("hoa")
        assert found is not None
        assert (found.role, found.unit_code, found.is_disabled) == (Role.COMMUNE, COMMUNE, False)
        assert people.tokens("hoa") == ()
        assert status == 422
        assert "quản trị viên duy nhất" in text
        assert (await send(at, "/tai-khoan/ma/khoa"))[0] == 404


async def test_only_administrators_come_to_accounts_and_audit_log(tmp_path: Path) -> None:
    async with lived(tmp_path) as at:
        for role in set(Role) - {Role.ADMIN}:
            assert (await at.get("/tai-khoan", role))[0] == 403
            assert (await at.get("/nhat-ky", role))[0] == 403
            assert (await at.get("/api/v1/audit", role))[0] == 403
            assert (await at.post("/tai-khoan", role))[0] == 403
        assert (await at.get("/nhat-ky", None))[0] == 303


async def test_hostile_names_reasons_and_deeds_stay_text(tmp_path: Path) -> None:
    async with lived(tmp_path) as at:
        await at.daemon.people.add("hoa", HOSTILE, Role.DUTY, "", BY)
        await at.daemon.people.add("an", HOSTILE, Role.ADMIN, "", BY)
        await at.daemon.people.disable("hoa", BY, HOSTILE)
        entry = AuditEntry(NOW, HOSTILE, HOSTILE, detail=HOSTILE, source=HOSTILE)
        await at.daemon.state.note_audit([entry])

        for path in ("/tai-khoan", "/tai-khoan/hoa", "/nhat-ky", "/nhat-ky?ai=%3Cscript%3E"):
            text = await show(at, path)
            assert "<script>alert" not in text
            assert "<b>x" not in text
            read(text)
        _, refused = await send(at, "/tai-khoan", {"name": HOSTILE, "displayName": HOSTILE, "role": HOSTILE})
        assert "<script>alert" not in refused


async def test_the_audit_log_is_read_by_person_deed_text_and_day(tmp_path: Path) -> None:
    async with lived(tmp_path) as at:
        entries = [
            AuditEntry(NOW - 86_400 * days, who, action, detail=detail, source=source)
            for days, who, action, detail, source in (
                (3, "Hoa", "session.opened", "hoa", "10.1.1.1"),
                (2, "An", "account.added", "100%_x: Chị", "10.1.1.2"),
                (1, "An", "account.disabled", "hoa", "uid 0"),
            )
        ]
        await at.daemon.state.note_audit(entries)

        async def found(query: str) -> list[str]:
            page = read(await show(at, f"/nhat-ky?{query}"))
            return [row.all("td")[3].text for table in page.all("table") for row in table.all("tr")[1:]]

        assert await found("ai=An") == ["khóa tài khoản", "thêm tài khoản"]
        assert await found("viec=session") == ["đăng nhập"]
        assert await found("chu=10.1.1.2") == ["thêm tài khoản"]
        assert await found("chu=100%25_x") == ["thêm tài khoản"]
        assert await found("chu=1%25x") == []
        assert await found("tu=2026-11-21&den=2026-11-21") == ["thêm tài khoản"]
        assert await found("ai=%27%20or%201%3D1--") == []
        assert "không hiểu thời điểm này" in await show(at, "/nhat-ky?tu=hôm+qua")
        status, csv = await at.get("/nhat-ky", Role.ADMIN, ai="An", dang="csv")
        assert status == 200
        assert csv.count("khóa tài khoản") == 1


async def test_the_audit_log_goes_on_where_a_page_of_it_ended(tmp_path: Path) -> None:
    async with lived(tmp_path) as at:
        await at.daemon.state.note_audit([AuditEntry(NOW, "An", "x", detail=str(n)) for n in range(5)])

        async def page(**query: str) -> tuple[list[str], str | None]:
            response = await at.client.get("/api/v1/audit", params={"action": "x", **query}, headers=ADMIN)
            body = await response.json()
            assert response.status == 200, body
            return [item["detail"] for item in body["items"]], body["next"]

        first, cursor = await page(limit="2")
        assert first == ["4", "3"]
        await at.daemon.state.note_audit([AuditEntry(NOW, "An", "x", detail="new")])
        second, cursor = await page(limit="2", cursor=str(cursor))
        third, last = await page(limit="2", cursor=str(cursor))
        assert (second, third, last) == (["2", "1"], ["0"], None)

        for bad in ({"cursor": "eA"}, {"limit": "0"}, {"since": "x"}, {"colour": "red"}):
            assert (await at.client.get("/api/v1/audit", params=bad, headers=ADMIN)).status == 400


async def test_every_change_by_the_web_says_who_and_from_where_and_what_was_not_allowed_too(
    tmp_path: Path,
) -> None:
    async with lived(tmp_path) as at:
        opened = incident(1)
        await at.open(opened)

        assert (await at.post(f"/su-co/{opened.id}/nhan", Role.DUTY))[0] == 303
        assert (await at.post(f"/su-co/{opened.id}/nhan", Role.LEADER))[0] == 403
        assert (await at.get("/danh-muc", Role.LEADER))[0] == 403
        assert (await at.post(f"/su-co/{opened.id}/nhan", None))[0] == 303  # sent to sign in
        assert (await at.get("/su-co", Role.DUTY))[0] == 200

        entries = [each for each in await at.daemon.state.audit_log(9) if each.action.startswith("http.")]
        assert [(each.who, each.action, each.detail) for each in reversed(entries)] == [
            ("Bích Ngọc", "http.changed", f"POST /su-co/{opened.id}/nhan"),
            ("leader", "http.refused", f"POST /su-co/{opened.id}/nhan"),
            ("leader", "http.refused", "GET /danh-muc"),
        ]
