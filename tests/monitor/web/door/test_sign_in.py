"""Coming in and leaving, over the whole application."""

import asyncio
import re
from pathlib import Path

from monitor.people.hashing import Hashing
from monitor.people.rights import Right, Role
from tests.monitor.people.office import COMMUNE, LONG, ROOT
from tests.monitor.web.door.entrance import PROXY, entrance
from tests.monitor.web.page import read

HOSTILE = "<script>alert(1)</script>\"'><b>x"


async def test_somebody_signs_in_is_known_and_signs_out(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()

        response = await browser.sign_in("hoa", tiep="/?lop=wan")
        me = await browser.me()
        kept = dict(browser.cookies)
        left = await browser.post("/dang-xuat", {"csrf": await browser.mark("/")})

        assert (response.status, response.headers["Location"]) == (303, "/?lop=wan")
        assert (me["name"], me["way"], me["role"], me["remainingS"]) == ("hoa", "session", "duty", 900.0)
        assert (left.status, left.headers["Location"]) == (303, "/dang-nhap")
        browser.cookies = kept
        assert (await browser.me())["way"] == "none"
        actions = [action for _, _, action, _ in await door.office.deeds()]
        assert actions[-2:] == ["session.opened", "session.closed"]


async def test_a_commune_that_signs_in_begins_on_its_own_page(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("bato", Role.COMMUNE, unit=COMMUNE)
        browser = door.browser()

        await browser.sign_in("bato")
        first = await browser.get("/")
        elsewhere = await (await browser.get("/may-giam-sat")).text()

        assert (first.status, first.headers["Location"]) == (303, f"/xa/{COMMUNE}")
        assert "Về trang của xã" in elsewhere


async def test_a_sign_in_makes_a_new_session_whatever_the_browser_held_before(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()
        browser.cookies["tslcd"] = "planted"

        await browser.sign_in("hoa")
        first = browser.cookies["tslcd"]
        browser.cookies.pop("tslcd")
        await browser.sign_in("hoa")

        assert first != "planted"
        assert browser.cookies["tslcd"] != first
        assert len(first) >= 43


async def test_wrong_name_wrong_password_and_no_password_read_the_same(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        await door.office.desk.add("moi", "Người mới", Role.DUTY, "", ROOT)
        browser = door.browser()

        answers = [await browser.sign_in(name, "không phải mật khẩu này") for name in ("hoa", "ma", "moi")]
        pages = [re.sub(r'value="[^"]*"', "", await answer.text()) for answer in answers]

        assert [answer.status for answer in answers] == [401, 401, 401]
        assert pages[0] == pages[1] == pages[2]
        assert "tên đăng nhập hoặc mật khẩu không đúng" in pages[0]


async def test_what_was_typed_comes_back_escaped_and_never_the_password(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        text = await (await door.browser().sign_in(HOSTILE, "bí-mật-" + HOSTILE)).text()

        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
        assert "bí-mật" not in text


async def test_the_page_after_the_sign_in_is_on_this_host(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")

        for target in ("//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil", "x"):
            response = await door.browser().sign_in("hoa", tiep=target)

            location = response.headers["Location"]
            assert location == "/" or re.fullmatch(r"/%[0-9A-F]{2}.*", location)


async def test_over_tls_the_cookie_is_for_this_host_alone_and_out_of_reach(tmp_path: Path) -> None:
    async with entrance(tmp_path, proxies=["127.0.0.1/32"]) as door:
        await door.office.person("hoa")
        browser = door.browser(**PROXY)

        await browser.sign_in("hoa")

        flags = {flag.strip().lower() for flag in browser.flags["__Host-tslcd"].split(";")}
        assert {"httponly", "secure", "path=/", "samesite=lax"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)
        assert (await browser.me())["name"] == "hoa"
        browser.cookies = {"tslcd": browser.cookies["__Host-tslcd"]}
        assert (await browser.me())["way"] == "none"


async def test_a_proxy_that_is_not_ours_makes_nothing_secure_and_hides_no_address(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser(**PROXY, X_Forwarded_For="192.0.2.7")

        response = await browser.post(
            "/dang-nhap",
            {"csrf": await browser.mark(), "ten": "hoa", "mat-khau": LONG},
            headers={"Origin": f"http://{browser.client.host}:{browser.client.port}"},
        )

        assert response.status == 303
        assert "secure" not in browser.flags["tslcd"].lower()
        assert [s.source for s in door.office.desk.sessions.of("hoa")] == ["127.0.0.1"]


async def test_what_a_trusted_proxy_says_counts_but_not_what_the_client_told_it(tmp_path: Path) -> None:
    async with entrance(tmp_path, proxies=["127.0.0.1/32"]) as door:
        await door.office.person("hoa")
        browser = door.browser(**PROXY, X_Forwarded_For="203.0.113.99, 192.0.2.7")

        await browser.sign_in("hoa")

        assert [s.source for s in door.office.desk.sessions.of("hoa")] == ["192.0.2.7"]


async def test_nobody_sends_a_password_over_an_open_line(tmp_path: Path) -> None:
    async with entrance(tmp_path, proxies=["127.0.0.1/32"]) as door:
        await door.office.person("hoa")
        browser = door.browser(X_Forwarded_Proto="http", X_Forwarded_For="192.0.2.7")

        response = await browser.sign_in("hoa")

        assert response.status == 403
        assert "https://" in await response.text()


FOREIGN = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "a neighbour host": {"Sec-Fetch-Site": "same-site"},
    "a hidden origin without more": {"Origin": "null", "Sec-Fetch-Site": ""},
    "an old browser elsewhere": {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
    "who says nothing": {"Origin": "", "Sec-Fetch-Site": ""},
    "who typed an address": {"Sec-Fetch-Site": "none"},
    "a forged site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
}


async def test_no_other_site_signs_anybody_in_or_out(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()
        form = {"csrf": await browser.mark(), "ten": "hoa", "mat-khau": LONG}
        into = {who: await browser.post("/dang-nhap", form, headers=said) for who, said in FOREIGN.items()}
        await browser.sign_in("hoa")
        form = {"csrf": await browser.mark("/")}
        out = {who: await browser.post("/dang-xuat", form, headers=said) for who, said in FOREIGN.items()}

        assert {who: answer.status for who, answer in into.items()} == dict.fromkeys(FOREIGN, 403)
        assert {who: answer.status for who, answer in out.items()} == dict.fromkeys(FOREIGN, 403)
        assert (await browser.me())["name"] == "hoa"


async def test_an_older_browser_that_says_only_its_origin_gets_in(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()
        form = {"csrf": await browser.mark(), "ten": "hoa", "mat-khau": LONG}

        assert (await browser.post("/dang-nhap", form, headers={"Sec-Fetch-Site": ""})).status == 303


async def test_without_the_mark_of_the_page_nothing_is_done(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("quan-tri", Role.ADMIN)
        signed_in = await door.office.sign_in("quan-tri")
        browser = door.browser()
        form = {"ten": "hoa", "mat-khau": LONG}

        unmarked = await browser.post("/dang-nhap", form)
        wrong = await browser.post("/dang-nhap", {**form, "csrf": "x" * 43})
        browser.cookies["tslcd"] = signed_in.secret
        body = {"name": "ke-gian", "displayName": "x", "role": "admin"}
        as_text = await browser.post(
            "/api/v1/accounts", headers={"Content-Type": "text/plain"}, data='{"name": "ke-gian"}'
        )
        as_json = await browser.post("/api/v1/accounts", json=body)
        deleted = await browser.post("/api/v1/accounts/quan-tri/sessions", method="DELETE")
        mark = await browser.mark("/")
        done = await browser.post("/api/v1/accounts", json=body, headers={"X-CSRF-Token": mark})

        assert [each.status for each in (unmarked, wrong, as_text, as_json, deleted)] == [403] * 5
        assert done.status == 201


async def test_a_session_ends_by_idleness_and_after_a_day_of_work_whatever_is_done(tmp_path: Path) -> None:
    async with entrance(tmp_path, sessions={"idle_s": 600, "absolute_s": 3_600}) as door:
        await door.office.person("hoa")
        idle, busy = door.browser(), door.browser()
        await idle.sign_in("hoa")
        await busy.sign_in("hoa")
        seen = []
        for _ in range(8):
            await door.pass_time(590)
            seen.append(((await idle.me(**{"X-Background": "1"}))["way"], (await busy.me())["way"]))

        assert seen[0] == ("session", "session")
        assert {first for first, _ in seen[1:]} == {"none"}
        assert [second for _, second in seen] == ["session"] * 6 + ["none"] * 2


async def test_a_stream_that_stays_open_keeps_nobody_signed_in(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa")
        browser = door.browser()
        await browser.sign_in("hoa")
        await door.pass_time(600)

        streamed = await browser.me(Accept="text/event-stream")
        acted = await browser.me()

        assert (streamed["remainingS"], acted["remainingS"]) == (300.0, 900.0)


async def test_a_wall_screen_stays_for_its_ninety_days_and_its_browser_keeps_the_cookie(
    tmp_path: Path,
) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("tv", Role.SCREEN)
        browser = door.browser()
        await browser.sign_in("tv")
        assert "max-age=7776000" in browser.flags["tslcd"].lower()

        await door.pass_time(7_775_000)
        assert (await browser.me())["role"] == "screen"
        await door.pass_time(1_001)
        assert (await browser.me())["way"] == "none"


async def test_a_change_of_password_role_unit_or_the_end_of_an_account_ends_its_sessions(
    tmp_path: Path,
) -> None:
    async with entrance(tmp_path) as door:
        desk = door.office.desk
        await door.office.person("hoa")
        changes = (
            lambda: desk.set_password("hoa", "một câu khác hẳn nhé", ROOT),
            lambda: desk.set_password("hoa", LONG, ROOT),
            lambda: desk.set_role("hoa", Role.COMMUNE, COMMUNE, ROOT),
            lambda: desk.set_unit("hoa", COMMUNE, ROOT),
            lambda: desk.disable("hoa", ROOT),
        )
        passwords = iter((LONG, "một câu khác hẳn nhé", LONG, LONG, LONG))
        for change in changes:
            browser = door.browser()
            await browser.sign_in("hoa", next(passwords))
            assert (await browser.me())["way"] == "session"
            await change()
            assert (await browser.me())["way"] == "none"


async def test_the_first_sign_in_of_an_administrator_sets_up_a_second_factor(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("an", Role.ADMIN)
        browser = door.browser()

        first = await browser.sign_in("an", tiep="/")
        page = read(await (await browser.get(first.headers["Location"])).text())
        assert (await browser.me())["way"] == "none"
        mark = await browser.mark("/dang-nhap/ma")
        wrong = await browser.post("/dang-nhap/ma", {"csrf": mark, "ma": "000000x"})
        code = door.office.code("an")
        done = await browser.post("/dang-nhap/ma", {"csrf": mark, "ma": code, "tiep": "/"})
        codes = [each.text for each in read(await done.text()).all("code")]

        assert page.one("img").attributes["src"].startswith("data:image/svg+xml")
        assert wrong.status == 401
        assert (done.status, len(codes)) == (200, 10)
        assert (await browser.me())["name"] == "an"

        again = door.browser()
        await again.sign_in("an")
        mark = await again.mark("/dang-nhap/ma")
        replay = await again.post("/dang-nhap/ma", {"csrf": mark, "ma": code})
        assert (replay.status, "đã dùng rồi" in await replay.text()) == (401, True)
        spare = await again.post("/dang-nhap/ma", {"csrf": mark, "ma": codes[3].upper()})
        assert (spare.status, (await again.me())["name"]) == (303, "an")


async def test_the_second_step_without_the_first_leads_back(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        browser = door.browser()

        shown = await browser.get("/dang-nhap/ma")
        sent = await browser.post("/dang-nhap/ma", {"csrf": await browser.mark(), "ma": "123456"})

        assert (shown.status, shown.headers["Location"]) == (303, "/dang-nhap")
        assert (sent.status, sent.headers["Location"]) == (303, "/dang-nhap")


async def test_an_invitation_sets_a_password_once_and_looking_at_it_changes_nothing(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.desk.add("hoa", HOSTILE, Role.DUTY, "", ROOT)
        link = await door.office.desk.invite("hoa", ROOT)
        browser = door.browser()

        texts = [await (await browser.get(link.path)).text() for _ in range(3)]
        mark = await browser.mark(link.path)
        short = await browser.post(
            link.path, {"csrf": mark, "mat-khau": "ngắn quá", "mat-khau-lai": "ngắn quá"}
        )
        differs = await browser.post(link.path, {"csrf": mark, "mat-khau": LONG, "mat-khau-lai": LONG + " "})
        done = await browser.post(link.path, {"csrf": mark, "mat-khau": LONG, "mat-khau-lai": LONG})
        told = await (await browser.get("/dang-nhap")).text()
        used = await browser.get(link.path)

        assert "Đã đặt mật khẩu" in told
        assert "Đã đặt mật khẩu" not in await used.text()
        assert "<script>alert" not in texts[0]
        assert (short.status, differs.status, done.status, used.status) == (422, 422, 303, 410)
        assert (await browser.sign_in("hoa")).status == 303


async def test_an_invitation_ends_after_three_days_and_by_the_next_one(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.desk.add("hoa", "Chị Hoa", Role.DUTY, "", ROOT)
        first = await door.office.desk.invite("hoa", ROOT)
        second = await door.office.desk.invite("hoa", ROOT)
        browser = door.browser()

        assert (await browser.get(first.path)).status == 410
        assert (await browser.get(second.path)).status == 200
        await door.pass_time(72 * 3_600)
        assert (await browser.get(second.path)).status == 410


async def test_a_fresh_system_has_no_password_that_opens_it(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        browser = door.browser()

        text = await (await browser.get("/dang-nhap")).text()
        tries = [(await browser.sign_in("admin", word)).status for word in ("admin", "", "password")]

        assert "tslcd-monitor user add" in text
        assert set(tries) == {401}


async def test_fifty_sign_ins_at_once_are_not_all_hashed_at_once(tmp_path: Path) -> None:
    async with entrance(tmp_path, proxies=["127.0.0.1/32"], hashing=Hashing()) as door:
        browser = door.browser(**PROXY)
        mark = await browser.mark()

        async def attempt(number: int) -> tuple[int, str]:
            response = await browser.post(
                "/dang-nhap",
                {"csrf": mark, "ten": f"ai-{number}", "mat-khau": LONG},
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
            )
            return response.status, response.headers.get("Retry-After", "")

        answers = await asyncio.gather(*(attempt(number) for number in range(50)))

        refused = [answer for answer in answers if answer[0] == 429]
        assert {answer[0] for answer in answers} == {401, 429}
        assert len(refused) >= 20
        assert set(refused) == {(429, "5")}


async def test_passwords_count_as_they_were_typed(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa", password="  hai  cách và\t@ai 10.0.0.1 \x00 đó ")
        browser = door.browser()

        trimmed = await browser.sign_in("hoa", "hai cách và @ai 10.0.0.1 đó")
        typed = await browser.sign_in("hoa", "  hai  cách và\t@ai 10.0.0.1 \x00 đó ")

        assert (trimmed.status, typed.status) == (401, 303)


async def test_a_megabyte_for_a_password_is_not_looked_at(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        browser = door.browser()

        assert (await browser.sign_in("hoa", "ă" * 501)).status == 413
        assert (await browser.sign_in("hoa", "a" * 1_000_000)).status == 413


async def test_a_token_opens_what_it_was_made_for_as_long_as_the_role_allows_it(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        desk = door.office.desk
        await door.office.person("hoa", Role.DUTY)
        token, secret = await desk.make_token("hoa", [Right.OVERVIEW, Right.ACT], 30, ROOT, "bảng điện")
        program = door.browser(Authorization=f"Bearer {secret}")

        me = await program.me()
        overview = await program.get("/api/v1/overview")
        accounts = await program.get("/api/v1/accounts")
        own = await program.post("/api/v1/tokens", json={"scopes": ["see"], "days": 1})
        await desk.set_role("hoa", Role.LEADER, "", ROOT)
        narrowed = await program.me()
        await desk.revoke_token("hoa", token.id, ROOT)
        revoked = await program.get("/api/v1/overview")

        assert (me["way"], me["rights"]) == ("token", ["act", "overview", "status"])
        assert (overview.status, accounts.status, own.status) == (200, 403, 403)
        assert "user token add hoa --scope people" in (await accounts.json())["hint"]
        assert narrowed["rights"] == ["overview", "status"]
        assert revoked.status == 401


async def test_a_token_needs_no_mark_and_gets_no_cookie(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("an", Role.ADMIN)
        _, secret = await door.office.desk.make_token("an", [Right.PEOPLE], 1, ROOT)
        program = door.browser(Authorization=f"Bearer {secret}")
        body = {"name": "moi", "displayName": "Người mới", "role": "duty"}

        done = await program.post("/api/v1/accounts", json=body, headers={"Origin": "", "Sec-Fetch-Site": ""})
        await door.pass_time(86_400)
        ended = await program.get("/api/v1/accounts")

        assert done.status == 201
        assert program.cookies == {}
        assert ended.status == 401


async def test_nobody_makes_more_of_themselves_than_they_are(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("hoa", Role.DUTY)
        browser = door.browser()
        await browser.sign_in("hoa")
        mark = {"X-CSRF-Token": await browser.mark("/")}

        wider = await browser.post("/api/v1/tokens", json={"scopes": ["people"], "days": 1}, headers=mark)
        extra = await browser.post(
            "/api/v1/tokens", json={"scopes": ["see"], "days": 1, "role": "admin"}, headers=mark
        )
        other = await browser.post(
            "/api/v1/accounts/hoa", method="PATCH", json={"role": "admin"}, headers=mark
        )
        others = await browser.get("/api/v1/accounts/hoa")

        assert [each.status for each in (wider, extra, other, others)] == [422, 400, 403, 403]
