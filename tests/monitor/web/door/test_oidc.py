"""The central sign-on, against a provider that lies in every way a test asks for."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from aiohttp import ClientResponse

from monitor.people.sign_on import REFUSALS, SignOnRefusal
from monitor.people.throttling import ADDRESS_RULE, BEGUN_RULE
from tests.monitor.people.office import ROOT
from tests.monitor.web.door.entrance import Browser, Entrance, entrance
from tests.servers.oidc_provider import CLIENT, SECRET, Claims, Provider, provider

BACK = "/dang-nhap/tap-trung/xong"


@dataclass
class Scene:
    door: Entrance
    provider: Provider

    async def to_provider(self, browser: Browser, next_path: str = "/su-co") -> dict[str, str]:
        """Begin; return what the browser is told to ask the provider."""
        response = await browser.get(f"/dang-nhap/tap-trung?{urlencode({'tiep': next_path})}")
        assert response.status == 303, await response.text()
        where = urlsplit(response.headers["Location"])
        assert response.headers["Location"].startswith(f"{self.provider.url}/authorize?")
        return dict(parse_qsl(where.query))

    async def back(self, browser: Browser, url: str) -> ClientResponse:
        where = urlsplit(url)
        return await browser.get(f"{where.path}?{where.query}")

    async def sign_in(self, browser: Browser, next_path: str = "/su-co") -> ClientResponse:
        asked = await self.to_provider(browser, next_path)
        return await self.back(browser, self.provider.came_back(asked))


@asynccontextmanager
async def scene(folder: Path, **more: object) -> AsyncIterator[Scene]:
    clock: list[Entrance] = []

    def now() -> float:
        return clock[0].daemon.held.now

    (folder / "secrets").mkdir(mode=0o700)
    secret = folder / "secrets" / "oidc"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    async with provider(now) as there:
        oidc = {"issuer": there.url, "client_id": CLIENT, "client_secret_name": "oidc", **more}
        async with entrance(
            folder, url="https://giam-sat.tinh.example", oidc=oidc, secrets_dir=folder / "secrets"
        ) as door:
            clock.append(door)
            await door.office.person("hoa")
            yield Scene(door, there)


async def refused(scene: Scene, response: ClientResponse, reason: SignOnRefusal) -> None:
    text = await response.text()
    detail, _ = REFUSALS[reason]
    assert response.status in {400, 403, 503}
    assert detail[1:] in text
    assert not any(name.endswith("tslcd") for name in response.cookies)
    assert await scene.door.office.state.audit_log(1000)
    assert "session.opened" not in {action for _, _, action, _ in await scene.door.office.deeds()}


def test_every_reason_says_what_is_wrong_and_what_to_do() -> None:
    assert set(REFUSALS) == set(SignOnRefusal)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_somebody_signs_in_there_and_is_in_here(tmp_path: Path, algorithm: str) -> None:
    async with scene(tmp_path) as at:
        at.provider.algorithm = algorithm
        browser = at.door.browser()

        response = await at.sign_in(browser)
        me = await browser.me()

        assert (response.status, response.headers["Location"]) == (303, "/su-co")
        assert (me["name"], me["way"], me["role"]) == ("hoa", "session", "duty")
        assert at.provider.wrong == []
        assert "HttpOnly" in browser.flags["tslcd"]
        assert "tslcd-tt" not in browser.cookies


async def test_the_secret_goes_where_the_provider_wants_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        at.provider.basic = False

        assert (await at.sign_in(at.door.browser())).status == 303


async def test_the_way_back_is_the_one_of_the_settings_and_never_of_the_host_header(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        asked = await at.to_provider(at.door.browser())

        assert asked["redirect_uri"] == f"https://giam-sat.tinh.example{BACK}"
        assert asked["code_challenge_method"] == "S256"
        assert asked["response_type"] == "code"
        assert len(asked["nonce"]) >= 43


def no_nonce(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if name != "nonce"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: {**c, "nonce": "khác"}, SignOnRefusal.BAD_TOKEN),
        (no_nonce, SignOnRefusal.BAD_TOKEN),
        (lambda c: {**c, "aud": "another"}, SignOnRefusal.BAD_TOKEN),
        (lambda c: {**c, "aud": [CLIENT, "another"]}, SignOnRefusal.BAD_TOKEN),
        (lambda c: {**c, "iss": "https://evil.example"}, SignOnRefusal.BAD_TOKEN),
        (lambda c: {**c, "exp": c["iat"] - 120}, SignOnRefusal.ENDED_TOKEN),
        (lambda c: {**c, "iat": c["iat"] + 600, "exp": c["exp"] + 600}, SignOnRefusal.ENDED_TOKEN),
        (lambda c: {**c, "iat": c["iat"] - 86_400}, SignOnRefusal.ENDED_TOKEN),
        (lambda c: {**c, "exp": True}, SignOnRefusal.BAD_TOKEN),
        (lambda c: {**c, "exp": 10**40}, SignOnRefusal.BAD_TOKEN),
        (lambda c: {n: v for n, v in c.items() if n != "exp"}, SignOnRefusal.BAD_TOKEN),
        (lambda c: {**c, "preferred_username": ["hoa"]}, SignOnRefusal.NO_NAME),
        (lambda c: {**c, "preferred_username": " "}, SignOnRefusal.NO_NAME),
        (lambda c: {**c, "preferred_username": "ma"}, SignOnRefusal.NO_ACCOUNT),
    ],
)
async def test_claims_that_do_not_hold_let_nobody_in(
    tmp_path: Path, change: object, reason: SignOnRefusal
) -> None:
    async with scene(tmp_path) as at:
        at.provider.change = change  # type: ignore[assignment]

        await refused(at, await at.sign_in(at.door.browser()), reason)


def unsigned(_provider: Provider, claims: Claims) -> str:
    return jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})


def with_secret(_provider: Provider, claims: Claims) -> str:
    return jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": "k1"})


def with_another_key(there: Provider, claims: Claims) -> str:
    return there.signed(claims, algorithm="RS256")


def with_an_unknown_key(there: Provider, claims: Claims) -> str:
    return there.signed(claims, kid="never-seen")


def nonsense(_provider: Provider, _claims: Claims) -> str:
    return "a.b.c"


def huge(there: Provider, claims: Claims) -> str:
    return there.signed({**claims, "x": "x" * 40_000})


def tampered(there: Provider, claims: Claims) -> str:
    head, body, signature = there.signed(claims).split(".")
    return f"{head}.{body[:-2]}AA.{signature}"


@pytest.mark.parametrize(
    "sign", [unsigned, with_secret, with_another_key, with_an_unknown_key, nonsense, huge, tampered]
)
async def test_what_the_provider_did_not_sign_lets_nobody_in(tmp_path: Path, sign: object) -> None:
    async with scene(tmp_path) as at:
        at.provider.sign = sign  # type: ignore[assignment]

        await refused(at, await at.sign_in(at.door.browser()), SignOnRefusal.BAD_TOKEN)


async def test_a_way_back_is_taken_once_by_the_browser_that_began_and_soon(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        browser, other = at.door.browser(), at.door.browser()
        asked = await at.to_provider(browser)
        url = at.provider.came_back(asked)

        await refused(at, await at.back(other, url), SignOnRefusal.LOST)
        await refused(at, await browser.get(f"{BACK}?code=ma-0&state=made-up"), SignOnRefusal.LOST)
        await refused(at, await browser.get(f"{BACK}?code=ma-0"), SignOnRefusal.LOST)
        held = browser.cookies["tslcd-tt"]
        assert (await at.back(browser, url)).status == 303
        browser.cookies["tslcd-tt"] = held
        again = await at.back(browser, url)
        assert again.status == 400

        late = at.door.browser()
        url = at.provider.came_back(await at.to_provider(late))
        await at.door.pass_time(601)
        assert (await at.back(late, url)).status == 400


async def test_a_code_that_is_none_and_a_no_of_the_provider_are_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        browser = at.door.browser()
        asked = await at.to_provider(browser)
        url = f"{BACK}?code=made-up&state={asked['state']}"
        await refused(at, await browser.get(url), SignOnRefusal.CODE_REFUSED)

        asked = await at.to_provider(browser)
        url = f"{BACK}?error=access_denied%0d%0aX:1&state={asked['state']}"
        await refused(at, await browser.get(url), SignOnRefusal.DENIED)


async def test_a_disabled_account_stays_out(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        await at.door.office.desk.disable("hoa", ROOT)

        response = await at.sign_in(at.door.browser())

        assert response.status == 403
        assert "đã bị khóa" in await response.text()


@pytest.mark.parametrize(
    "next_path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "/\r\nX: 1"],
)
async def test_nobody_is_sent_elsewhere_afterwards(tmp_path: Path, next_path: str) -> None:
    async with scene(tmp_path) as at:
        response = await at.sign_in(at.door.browser(), next_path)
        location = response.headers["Location"]

        assert response.status == 303
        assert "X" not in response.headers
        assert re.fullmatch(r"/([^/\\\s][^\\\s]*)?", location)


async def test_a_key_that_was_renewed_is_fetched_and_made_up_ones_are_not_asked_for_again(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as at:
        assert (await at.sign_in(at.door.browser())).status == 303
        assert at.provider.keys_asked == 1
        await at.door.pass_time(60)
        at.provider.kid, at.provider.algorithm = "k2", "EdDSA"

        assert (await at.sign_in(at.door.browser())).status == 303
        assert at.provider.keys_asked == 2

        at.provider.sign = with_an_unknown_key
        for _ in range(3):
            assert (await at.sign_in(at.door.browser())).status == 403
        assert at.provider.keys_asked == 2


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_provider_that_is_none_is_not_used(tmp_path: Path, document: dict[str, object]) -> None:
    async with scene(tmp_path) as at:
        at.provider.document = document

        response = await at.door.browser().get("/dang-nhap/tap-trung")

        await refused(at, response, SignOnRefusal.NO_PROVIDER)


async def test_a_provider_that_is_away_is_told_and_asked_again_later(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        at.provider.is_down = True
        await refused(at, await at.door.browser().get("/dang-nhap/tap-trung"), SignOnRefusal.NO_PROVIDER)
        at.provider.is_down = False

        assert (await at.sign_in(at.door.browser())).status == 303


async def test_made_up_codes_are_taken_to_the_provider_a_few_times_only(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        at.provider.change = no_nonce
        for _ in range(ADDRESS_RULE.free):
            await refused(at, await at.sign_in(at.door.browser()), SignOnRefusal.BAD_TOKEN)
        asked = at.provider.tokens_asked

        throttled = await at.sign_in(at.door.browser())
        at.provider.change = dict
        password = await at.door.browser().sign_in("hoa", "cũng phải đợi")
        tried = at.provider.tokens_asked
        deeds = {(action, detail) for _, _, action, detail in await at.door.office.deeds()}
        await at.door.pass_time(10)
        later = await at.sign_in(at.door.browser())

        assert (throttled.status, password.status, later.status) == (429, 429, 303)
        assert int(throttled.headers["Retry-After"]) >= 1
        assert tried == asked
        assert ("sign_in.throttled", "đăng nhập tập trung") in deeds


async def test_whoever_begins_without_end_keeps_nobody_else_from_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        waiting = at.door.browser()
        asked = await at.to_provider(waiting)
        for _ in range(BEGUN_RULE.free - 1):
            await at.to_provider(at.door.browser())
        throttled = await at.door.browser().get("/dang-nhap/tap-trung")

        assert throttled.status == 429
        assert (await at.back(waiting, at.provider.came_back(asked))).status == 303


async def test_an_office_behind_one_address_signs_in_as_often_as_it_likes(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        for _ in range(BEGUN_RULE.free + 5):
            assert (await at.sign_in(at.door.browser())).status == 303


async def test_a_provider_that_fails_costs_nobody_a_try(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        browsers = [at.door.browser() for _ in range(ADDRESS_RULE.free + 2)]
        asked = [await at.to_provider(browser) for browser in browsers]
        (tmp_path / "secrets" / "oidc").rename(tmp_path / "secrets" / "away")
        for browser, each in zip(browsers, asked, strict=True):
            response = await at.back(browser, at.provider.came_back(each))
            await refused(at, response, SignOnRefusal.NO_SECRET)
        (tmp_path / "secrets" / "away").rename(tmp_path / "secrets" / "oidc")

        assert (await at.sign_in(at.door.browser())).status == 303
