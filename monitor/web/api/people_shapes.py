"""The JSON of accounts, sessions and tokens. Pure."""

from zoneinfo import ZoneInfo

from monitor.people.account import Account, Link, Token
from monitor.people.principal import Principal
from monitor.settings.web import WebSettings
from monitor.web.api.shapes import Json, iso


def account_json(account: Account, zone: ZoneInfo) -> Json:
    """Return an account; nothing that proves it."""
    return {
        "name": account.name,
        "displayName": account.display_name,
        "role": account.role.value,
        "roleText": account.role.word,
        "unit": account.unit_code or None,
        "createdAt": iso(account.created_at, zone),
        "usedAt": iso(account.used_at, zone),
        "disabledAt": iso(account.disabled_at, zone),
        "disabledWhy": account.disabled_why or None,
        "hasPassword": account.has_password,
        "hasSecondFactor": account.has_second_factor,
    }


def token_json(token: Token, zone: ZoneInfo, now: float) -> Json:
    """Return what a token is for; its secret is kept nowhere."""
    return {
        "id": token.id,
        "account": token.account,
        "label": token.label,
        "scopes": sorted(scope.value for scope in token.scopes),
        "createdAt": iso(token.created_at, zone),
        "endsAt": iso(token.ends_at, zone),
        "ended": now >= token.ends_at,
        "usedAt": iso(token.used_at, zone),
        "usedFrom": token.used_from or None,
    }


def link_json(link: Link, web: WebSettings, zone: ZoneInfo) -> Json:
    """Return a one-time link to set a password."""
    return {"path": link.path, "url": page_url(web, link.path), "endsAt": iso(link.ends_at, zone)}


def me_json(principal: Principal, now: float, zone: ZoneInfo) -> Json:
    """Return who asks, what they may do, and how long they stay signed in."""
    ends = [at for at in (principal.idle_ends_at, principal.ends_at) if at is not None]
    return {
        "schema": "me/1",
        "asOf": iso(now, zone),
        "name": principal.name,
        "displayName": principal.display_name,
        "way": principal.way.value,
        "role": None if principal.role is None else principal.role.value,
        "unit": principal.unit_code or None,
        "rights": sorted(right.value for right in principal.rights),
        "idleEndsAt": iso(principal.idle_ends_at, zone),
        "endsAt": iso(principal.ends_at, zone),
        "remainingS": round(max(0.0, min(ends) - now), 1) if ends else None,
    }


def page_url(web: WebSettings, path: str) -> str:
    """Return the whole address of a page, as the settings say it: never by what a request says the host is."""
    if web.url is not None:
        return web.url.rstrip("/") + path
    host = f"[{web.host}]" if ":" in web.host else web.host
    return f"{'http' if web.tls_cert is None else 'https'}://{host}:{web.port}{path}"
