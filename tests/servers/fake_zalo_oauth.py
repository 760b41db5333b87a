"""The room of oauth.zaloapp.com: tokens, of which a refresh token is good once."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from tests.servers.fake_zalo import FakeZalo, Logged

EMPTY_API = {"error": "404", "message": "You currently access to an empty api..."}


def add_oauth(app: web.Application, zalo: FakeZalo) -> None:
    async def token(request: web.Request) -> web.Response:
        logged = await zalo.log("refresh", request)
        if zalo.oauth.in_flight:
            zalo.violate("two refreshes in flight at once")
        zalo.oauth.in_flight += 1
        try:
            fault = zalo.next_fault("refresh")
            loses = fault is not None and fault.accept and fault.drop
            return await zalo.answer(request, fault, lambda: _grant(zalo, logged, loses=loses))
        finally:
            zalo.oauth.in_flight -= 1

    async def nothing(request: web.Request) -> web.Response:
        await zalo.log("oauth-404", request)
        return web.json_response(EMPTY_API)

    app.router.add_post("/oauth/v4/oa/access_token", token)
    app.router.add_route("*", "/oauth/{rest:.*}", nothing)


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _grant(zalo: FakeZalo, logged: Logged, *, loses: bool) -> Any:
    oauth = zalo.oauth
    if not logged.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        zalo.violate("the token request is not urlencoded")
        return _error(zalo, -14001, "Invalid request")
    form = {name: values[0] for name, values in parse_qs(logged.body.decode()).items()}
    if oauth.secret in logged.body.decode() or oauth.secret in str(logged.query):
        zalo.violate("the app secret is in the query or the body")
    if logged.headers.get("secret_key") != oauth.secret:
        return _error(zalo, -14004, "Invalid secret key")
    if form.get("app_id") != oauth.app_id or not oauth.is_active:
        return _error(zalo, -14002, "Invalid appId")
    match form.get("grant_type"):
        case "refresh_token":
            return _refresh(zalo, form.get("refresh_token", ""), loses=loses)
        case "authorization_code":
            return _login(zalo, form.get("code", ""), form.get("code_verifier", ""))
        case _:
            return _error(zalo, -14005, "Invalid grant type")


def _refresh(zalo: FakeZalo, token: str, *, loses: bool) -> Any:
    oauth = zalo.oauth
    state = oauth.refresh.get(token)
    if state is None or zalo.now() >= oauth.refresh_until[token]:
        return _error(zalo, -14014, "Invalid refresh token.")
    if state != "fresh":
        if state == "used":
            zalo.violate("a used refresh token was used again")
        oauth.refresh[token] = "used"  # to ask once what became of a lost answer is right, twice is not
        if oauth.reused == "empty":
            return web.Response(text="")
        return _error(zalo, int(oauth.reused), "Refresh token is used or expired")
    oauth.refresh[token] = "lost" if loses else "used"
    if oauth.kills_old:
        oauth.access.clear()
    if oauth.without_refresh:
        oauth.refresh[token] = "fresh"
    return _issued(zalo)


def _login(zalo: FakeZalo, code: str, verifier: str) -> Any:
    challenge, until = zalo.oauth.codes.pop(code, ("", 0.0))
    if zalo.now() >= until or challenge_of(verifier) != challenge:
        return _error(zalo, -14010, "invalid code verifier")
    return _issued(zalo)


def _issued(zalo: FakeZalo) -> dict[str, Any]:
    oauth = zalo.oauth
    access, refresh = zalo.issue()
    body: dict[str, Any] = {"access_token": access, "refresh_token": refresh, "new_field": {"x": 1}}
    if oauth.expires_in is not None:
        body["expires_in"] = oauth.expires_in
    if oauth.without_refresh:
        del body["refresh_token"]
    return body


def _error(zalo: FakeZalo, code: int, text: str) -> dict[str, Any]:
    number: Any = str(code) if zalo.oauth.quoted else code
    return {"error": number, "error_name": text, "message": "", "access_token": "", "refresh_token": ""}
