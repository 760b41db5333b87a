"""One's own account, over the whole application."""

import re
from pathlib import Path

import pyotp

from monitor.people.rights import Role
from monitor.people.signing_in import Ticket
from tests.monitor.people.office import COMMUNE, LONG
from tests.monitor.web.door.entrance import Browser, entrance
from tests.monitor.web.page import read

OWN = "/tai-khoan-cua-toi"
FACTOR = f"{OWN}/lop-hai"
HOSTILE = "<script>alert(1)</script>\"'><b>x"


async def send(browser: Browser, path: str, **fields: str) -> tuple[int, str]:
    """Send a form of the own account with its mark; return what came and where it leads."""
    form = {name.replace("_", "-"): value for name, value in fields.items()}
    response = await browser.post(path, {"csrf": await browser.mark(OWN), **form})
    return response.status, response.headers.get("Location", "")


async def test_a_guest_is_sent_to_sign_in_and_comes_back(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()

        first = await browser.get(OWN)
        back = await browser.sign_in("hoa", tiep=OWN)

        assert (first.status, first.headers["Location"]) == (303, "/dang-nhap?tiep=%2Ftai-khoan-cua-toi")
        assert back.headers["Location"] == OWN
        assert (await browser.get(OWN)).status == 200


async def test_changing_ones_password_needs_the_present_one_and_ends_every_session(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser, other = door.browser(), door.browser()
        await browser.sign_in("hoa")
        await other.sign_in("hoa")
        new = "một câu mới khác hẳn"

        wrong = await send(browser, f"{OWN}/mat-khau", mat_khau_cu="sai", mat_khau=new, mat_khau_lai=new)
        typo = await send(browser, f"{OWN}/mat-khau", mat_khau_cu=LONG, mat_khau=new, mat_khau_lai="x")
        done = await send(browser, f"{OWN}/mat-khau", mat_khau_cu=LONG, mat_khau=new, mat_khau_lai=new)

        assert (wrong[0], typo[0], done) == (422, 422, (303, "/dang-nhap"))
        assert [(await each.me())["way"] for each in (browser, other)] == ["none", "none"]
        assert (await browser.sign_in("hoa", new)).status == 303


async def test_who_found_a_browser_open_guesses_the_password_slowly(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()
        await browser.sign_in("hoa")

        tries = [(await send(browser, f"{FACTOR}/cai", mat_khau_cu=f"đoán {n}"))[0] for n in range(5)]

        assert tries == [422, 422, 422, 429, 429]
        assert (await door.browser().sign_in("hoa")).status == 303


async def test_a_second_factor_is_set_up_renewed_and_taken_off(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()
        await browser.sign_in("hoa")

        await send(browser, f"{FACTOR}/cai", mat_khau_cu=LONG)
        page = read(await (await browser.get(FACTOR)).text())
        secret = page.one("code").text.replace(" ", "")
        wrong = await send(browser, f"{FACTOR}/xac-nhan", ma="12345")
        await send(browser, f"{FACTOR}/xac-nhan", ma=pyotp.TOTP(secret).at(int(door.office.clock.now())))
        shown, again = [len(read(await (await browser.get(FACTOR)).text()).all("code")) for _ in range(2)]
        found = await door.office.desk.sign_in.password("hoa", LONG, "10.0.0.7", "")
        await send(browser, f"{FACTOR}/ma-khoi-phuc", mat_khau_cu=LONG)
        renewed = len(read(await (await browser.get(FACTOR)).text()).all("code"))
        off = await send(browser, f"{FACTOR}/tat", mat_khau_cu=LONG)

        assert page.one("img").attributes["src"].startswith("data:image/svg+xml")
        assert wrong[0] == 401
        assert (shown, again, renewed) == (10, 0, 10)
        assert isinstance(found, Ticket)
        assert off == (303, "/dang-nhap")
        assert (await door.browser().sign_in("hoa")).headers["Location"] == "/"


async def test_a_token_is_shown_once_works_and_is_taken_back(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()
        await browser.sign_in("hoa")

        none = await send(browser, f"{OWN}/ma-truy-cap", label="bảng điện", days="30")
        await send(browser, f"{OWN}/ma-truy-cap", label=HOSTILE, scopes="overview", days="30")
        texts = [await (await browser.get(OWN)).text() for _ in range(2)]
        secret = re.findall(r"tslcd_[\w-]{43}", texts[0])
        program = door.browser(Authorization=f"Bearer {secret[0]}")
        seen = (await program.get("/api/v1/overview")).status
        (token,) = door.office.desk.tokens("hoa")
        await send(browser, f"{OWN}/thu-hoi", token=token.id)

        assert none[0] == 422
        assert "tslcd_" not in texts[1]
        assert "<script>alert" not in texts[0]
        assert seen == 200
        assert (await program.get("/api/v1/overview")).status == 401


async def test_sessions_are_listed_and_ended_but_only_ones_own(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        await door.office.person("ba-to", Role.COMMUNE, unit=COMMUNE)
        strange = door.browser(User_Agent=HOSTILE)
        browser, third, other = door.browser(), door.browser(), door.browser()
        for each, name in ((strange, "hoa"), (browser, "hoa"), (third, "hoa"), (other, "ba-to")):
            await each.sign_in(name)
        text = await (await browser.get(OWN)).text()
        (theirs,) = door.office.desk.sessions.of("ba-to")
        headers = (await browser.get(OWN)).headers

        refused = await send(browser, f"{OWN}/phien", phien=theirs.id)
        by_id = next(s for s in door.office.desk.sessions.of("hoa") if s.agent.startswith("<script>"))
        await send(browser, f"{OWN}/phien", phien=by_id.id)
        ways = [(await each.me())["way"] for each in (strange, browser, third, other)]
        await send(browser, f"{OWN}/phien")

        assert headers["Cache-Control"] == "no-store"
        assert text.count('<td data-label="Từ đâu">') == 3
        assert "<script>alert" not in text
        assert refused[0] == 404
        assert ways == ["none", "session", "session", "session"]
        assert (await third.me())["way"] == "none"
        assert (await browser.me())["way"] == "session"
