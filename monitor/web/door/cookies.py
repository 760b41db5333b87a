"""The cookies by which a browser shows who it is: marks of chance only, out of reach of scripts, for this host alone."""

from enum import StrEnum
from typing import Final

from aiohttp import web

_LONGEST: Final = 100
"""Characters; ours have 43."""


class Held(StrEnum):
    """What a browser holds for us."""

    SESSION = "tslcd"
    GUEST = "tslcd-khach"
    """Before the sign-in: ties its form to this browser, so that nobody is signed in as somebody else unawares."""
    TICKET = "tslcd-ma"
    """Between the password and the second factor."""
    SIGN_ON = "tslcd-tt"
    """While the browser is at the province's central sign-on."""


def held(request: web.Request, what: Held) -> str:
    """Return what the browser holds, "" when nothing that could be ours."""
    value = request.cookies.get(_name(request, what), "")
    return value if len(value) <= _LONGEST else ""


def hand_out(
    request: web.Request, response: web.Response, what: Held, value: str, *, max_age_s: float | None = None
) -> None:
    """Let the browser hold something; until it is closed, when no `max_age_s` is given."""
    response.set_cookie(
        _name(request, what),
        value,
        max_age=None if max_age_s is None else int(max_age_s),
        path="/",
        secure=request.secure,
        httponly=True,
        samesite="Lax",
    )


def take_away(request: web.Request, response: web.Response, what: Held) -> None:
    """Let the browser drop it."""
    response.del_cookie(_name(request, what), path="/", secure=request.secure, httponly=True, samesite="Lax")


def _name(request: web.Request, what: Held) -> str:
    """Return the cookie's name. Over TLS it has the prefix that keeps other hosts and plain http from setting it."""
    return f"__Host-{what.value}" if request.secure else what.value
