"""Attacks on the pages and the API, as an attacker with nothing, with a commune's account and with an officer's would try them."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from aiohttp import ClientResponse, DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from alerts.model.checks import CheckResult
from monitor.people.principal import By
from monitor.people.rights import Role
from monitor.web.door.public import PublicDoor
from monitor.web.pages.table import PAGES
from monitor.web.server import make_app
from probes.reading import FailureReason, Reading
from tests.monitor.people.office import LONG
from tests.monitor.web.door.entrance import Browser
from tests.monitor.web.lived import COMMUNE, NOW, OTHER, Lived, incident, opened
from tests.monitor.web.lived import lived as lived_in
from tests.monitor.web.test_roles import concrete

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
MARKUP = ("<script>alert", "<img src=x", "onerror=alert(2)>")
ROOT = By("root", "uid 0")
ELSEWHERE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Place:
    """One daemon with two ways in: as whom a test says, and through the real door."""

    lived: Lived
    open_door: TestClient[web.Request, web.Application]

    def browser(self) -> Browser:
        return Browser(self.open_door)

    async def person(self, name: str, role: Role, unit: str = "") -> None:
        people = self.lived.daemon.people
        await people.add(name, HOSTILE, role, unit, ROOT)
        link = await people.invite(name, ROOT)
        await people.accept(link.token, LONG, "10.1.2.3")

    async def asked(self, path: str, **headers: str) -> ClientResponse:
        """Ask with the path exactly as it is written."""
        url = URL(str(self.open_door.make_url("/")).rstrip("/") + path, encoded=True)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        response = await self.lived.client.session.get(url, headers=sent, allow_redirects=False)
        await response.read()
        return response


def name_everything_badly(folder: Path) -> None:
    path = folder / "danh-muc" / "tinh.yaml"
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    written["units"][COMMUNE]["name"] = f"Xã {HOSTILE}"
    written["targets"][f"{COMMUNE}.tslcd"]["name"] = HOSTILE
    path.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("ke-xau")
    async with lived_in(folder, change=name_everything_badly) as lived:
        bad = incident(1, cause=HOSTILE, name=HOSTILE)
        await lived.open(bad, incident(2, OTHER), log=opened(bad, HOSTILE))
        failed = Reading(False, {}, FailureReason.PROTOCOL, HOSTILE)
        lived.daemon.results.append(CheckResult(f"{COMMUNE}.tslcd/icmp", NOW - 60, 0.5, failed))
        await lived.daemon.results.flush()
        app = make_app(lived.daemon, PublicDoor(lived.daemon))
        async with TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
            found = Place(lived, client)
            await found.person("bato", Role.COMMUNE, COMMUNE)
            await found.person("hoa", Role.REPORTER)
            yield found


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COMMUNE])
async def test_no_text_from_outside_becomes_markup_on_any_page(place: Place, role: Role) -> None:
    asked = dict.fromkeys(
        ("q", "ngay", "khoang", "phep", "loai", "xem", "tu", "den", "tiep", "ve", "xa", "lop"), HOSTILE
    )
    wrong: list[str] = []
    shown = 0
    for page in PAGES:
        _status, text = await place.lived.get(concrete(page.path), role, **asked)
        wrong += [f"{page.path} {each}" for each in MARKUP if each in text]
        shown += "&lt;script&gt;" in text
    assert not wrong
    assert shown > 5


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2f..%2frights.py",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/badge/..%2f..%2fstate.db.svg",
        "/badge/%00.svg",
        "/tt/xa/..%2f..%2f",
        "/moi/..%2f..%2fdang-nhap",
        "/tt/xa/%0d%0aSet-Cookie:%20tslcd=planted",
        "/tt?dang=csv%0d%0aX-Planted:1",
        "//evil.example/%2f..",
        "/%5cevil.example",
        "/bao-cao/..%2f..%2fetc",
    ],
)
async def test_no_path_leads_out_and_none_writes_a_header(place: Place, path: str) -> None:
    answer = await place.asked(path)

    assert answer.status in {200, 303, 400, 404, 406, 410}
    assert "X-Planted" not in answer.headers
    assert not any("planted" in each for each in answer.headers.getall("Set-Cookie", []))
    assert re.match(r"/(?![/\\])", answer.headers.get("Location", "/"))
    assert "root:" not in await answer.text()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/reports/..%2f..%2fstate/files/docx",
        "/api/v1/reports/2026-10/files/..%2f..%2fstate.db",
        "/api/v1/reports/2026-10/charts/..%2f..%2fstate",
        "/api/v1/incidents/SC-2026-0001%0d%0aX-Planted:1/export",
        "/api/v1/targets/..%2f../chart.svg",
        "/api/v1/targets/%00/series",
    ],
)
async def test_no_name_in_an_address_of_the_api_reads_another_file(place: Place, path: str) -> None:
    url = URL(str(place.lived.client.make_url("/")).rstrip("/") + path, encoded=True)
    answer = await place.lived.client.session.get(url, headers={"X-Role": "admin"})

    assert answer.status in {400, 404}
    assert "X-Planted" not in answer.headers


@pytest.mark.parametrize("path", ["/giao-dien", "/ngon-ngu"])
async def test_after_a_choice_nobody_is_sent_to_another_host(place: Place, path: str) -> None:
    chosen = "dark" if path == "/giao-dien" else "en"
    for target in (
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "\r\nX: y",
    ):
        answer = await place.browser().post(path, {"chon": chosen, "tiep": target})

        assert answer.status == 303
        assert re.fullmatch(r"/|/%(5C|09|20).*", answer.headers["Location"])
        assert "X" not in answer.headers


async def test_no_other_site_speaks_or_chooses_for_a_guest(place: Place) -> None:
    for path, form in (
        ("/giao-dien", {"chon": "dark"}),
        ("/ngon-ngu", {"chon": "en"}),
        (f"/tt/xa/{COMMUNE}/bao", {"bao": "co-dien"}),
    ):
        browser = place.browser()
        assert (await browser.post(path, form, headers=ELSEWHERE)).status == 403
        assert (await browser.post(path, form, headers={**ELSEWHERE, "Sec-Fetch-Site": ""})).status == 403
        assert not browser.cookies
    record = await place.lived.daemon.state.incident("SC-2026-0001")
    assert record is not None
    assert not any("đã có điện" in event.text for event in record.log)


async def test_no_other_site_acts_with_somebodys_session(place: Place) -> None:
    browser = place.browser()
    await browser.sign_in("bato")
    mark = (await browser.me())["name"]
    own = f"/xa/{COMMUNE}/ghi-chu"

    foreign = await browser.post(own, {"noi_dung": "x", "csrf": mark}, headers=ELSEWHERE)
    unmarked = await browser.post(own, {"noi_dung": "x"})
    as_text = await browser.post(
        "/api/v1/tokens", data='{"scopes":["own"],"days":9}', headers={"Content-Type": "text/plain"}
    )
    by_get = await browser.get(f"{own}?noi_dung=x")

    assert [each.status for each in (foreign, unmarked, as_text)] == [403, 403, 403]
    assert by_get.status == 405


async def test_a_sign_in_ends_the_session_that_the_browser_held(place: Place) -> None:
    browser = place.browser()
    await browser.sign_in("hoa")
    mark = re.search(r'name="csrf" value="([^"]+)"', await (await browser.get("/tai-khoan-cua-toi")).text())
    assert mark is not None
    first = browser.cookies["tslcd"]
    again = await browser.post("/dang-nhap", {"csrf": mark[1], "ten": "bato", "mat-khau": LONG})
    thief = place.browser()
    thief.cookies["tslcd"] = first

    assert again.status == 303
    assert (await browser.me())["name"] == "bato"
    assert (await thief.me())["way"] == "none"


async def test_invitations_are_in_no_log(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = await place.lived.daemon.people.invite("hoa", ROOT)
    browser = place.browser()
    await browser.sign_in("bato")
    for headers in (ELSEWHERE, {}):
        refused = await browser.post(link.path, {"mat-khau": "x"}, headers=headers)
        assert refused.status == 403
    await browser.get(link.path)

    noted = await place.lived.daemon.state.audit_log(500)
    logged = "\n".join(each.getMessage() for each in caplog.records if each.name.startswith("monitor"))
    assert "foreign_request" in logged
    assert link.token not in logged
    assert not any(link.token in entry.detail for entry in noted)


@pytest.mark.parametrize("path", ["chart.svg", "chart.png"])
async def test_a_commune_learns_nothing_of_what_others_have(place: Place, path: str) -> None:
    answers = []
    for target in (f"{OTHER}.tslcd", f"{OTHER}.tslce"):
        status, text = await place.lived.get(f"/api/v1/targets/{target}/{path}", Role.COMMUNE)
        answers.append((status, text.replace(target, "?")))

    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert OTHER not in answers[0][1]


async def test_a_commune_hears_only_its_own_by_stream_search_lists_and_files(place: Place) -> None:
    lived = place.lived
    for path in ("/su-co", "/tim", "/api/v1/incidents", "/api/v1/search", "/su-co?dang=csv"):
        url = URL(path).update_query({} if path.startswith("/su-co") else {"q": "vinh"})
        answer = await lived.client.get(url, headers={"X-Role": "commune"})
        text = await answer.text()
        assert "Ba Vinh" not in text, path
        assert "SC-2026-0002" not in text, path

    heard = b""
    answer = await lived.client.get(f"/song?trang=/xa/{OTHER}", headers={"X-Role": "commune"})
    try:
        async with asyncio.timeout(0.2):
            async for chunk in answer.content.iter_any():
                heard += chunk
    except TimeoutError:
        pass
    answer.close()
    assert b"Ba Vinh" not in heard
    assert OTHER.encode() not in heard


async def test_what_is_typed_comes_back_as_it_was_and_no_log_keeps_an_address(place: Place) -> None:
    lived = place.lived
    status, page = await lived.post("/tai-khoan", Role.ADMIN, displayName="10.20.30.40\x00\u202e@an")
    assert status == 400
    assert 'value="10.20.30.40 @an"' in page

    assert (await lived.post("/su-co/SC-2026-0002/ghi-chu", noi_dung="treo ở 10.20.30.40"))[0] == 303
    record = await lived.daemon.state.incident("SC-2026-0002")
    assert record is not None
    assert "treo ở …" in [event.text for event in record.log]


async def test_bodies_in_strange_clothes_are_refused_and_break_nothing(place: Place) -> None:
    browser = place.browser()
    mark = await browser.mark()
    strange = "application/x-www-form-urlencoded; charset="
    for charset in ("unicode_escape", "utf-7", "utf-16", "idna", "zlib", "khong-co"):
        answer = await browser.post(
            "/dang-nhap",
            data=f"csrf={mark}&ten=hoa&mat-khau=\\ud800\\ud800".encode(),
            headers={"Content-Type": strange + charset},
        )
        assert answer.status == 415, charset
    for part in ("Content-Transfer-Encoding: x", "Content-Encoding: x", "Content-Transfer-Encoding: base64"):
        body = f'--b\r\nContent-Disposition: form-data; name="csrf"\r\n{part}\r\n\r\n%%%\r\n--b--\r\n'
        answer = await browser.post(
            "/ngon-ngu", data=body.encode(), headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
        assert 400 <= answer.status < 500, part


async def test_json_with_more_than_was_asked_for_is_refused(place: Place) -> None:
    answer = await place.lived.client.post(
        "/api/v1/incidents/SC-2026-0002/ack",
        json={"who": "ai đó", "role": "admin", "rights": ["people"]},
        headers={"X-Role": "duty"},
    )

    assert answer.status == 400
    assert place.lived.incident("SC-2026-0002").acknowledged_at is None
