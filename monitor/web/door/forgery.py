"""Against requests that another site makes a browser send here: where they say they come from, and a mark only our pages know."""

import hmac
import logging
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from monitor.web.refusing import RefusedError
from monitor.web.routing import told_path

log = logging.getLogger(__name__)

FIELD: Final = "csrf"
HEADER: Final = "X-CSRF-Token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_HIDDEN: Final = "null"
"""The origin a browser sends when it was told not to say."""


async def require_own_page(request: web.Request, mark: str, url: str | None) -> None:
    """Refuse (403) what none of our own pages sent. `mark`: what they send along; `url`: our address in the settings."""
    if not comes_from_us(request, url):
        raise _foreign(request)
    sent = request.headers.get(HEADER)
    if sent is None and request.content_type in _FORMS:
        sent = await _field(request)
    if not mark or not hmac.compare_digest((sent or "").encode("utf-8", "replace"), mark.encode()):
        raise RefusedError(
            403, "trang này mở đã lâu hoặc phiên đăng nhập đã đổi", "tải lại trang rồi làm lại"
        )


def refuse_other_sites(request: web.Request, url: str | None) -> None:
    """Refuse (403) what a browser says another site sent. Who says nothing is a program, and has no session to lose."""
    says = "Origin" in request.headers or "Sec-Fetch-Site" in request.headers
    if says and not comes_from_us(request, url):
        raise _foreign(request)


def _foreign(request: web.Request) -> RefusedError:
    log.warning("foreign_request path=%r origin=%r", told_path(request), request.headers.get("Origin"))
    return RefusedError(
        403, "yêu cầu này không đến từ trang của hệ thống", "mở trang của hệ thống rồi làm lại ở đó"
    )


def comes_from_us(request: web.Request, url: str | None) -> bool:
    """Whether the browser says that one of our own pages sent this; saying nothing is no proof.

    Older browsers know only Origin; newer ones say Sec-Fetch-Site too, and then both must hold.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None or (origin == _HIDDEN and site is not None):
        return site is not None
    ours = {f"{request.scheme}://{request.host}".lower()}
    if url is not None:
        parts = urlsplit(url)
        ours.add(f"{parts.scheme}://{parts.netloc}".lower())
    return origin.lower() in ours


async def _field(request: web.Request) -> str | None:
    try:
        value = (await request.post()).get(FIELD)
    except (LookupError, ValueError, RuntimeError):  # a body that is none, parts packed in a way nobody knows
        return None
    return value if isinstance(value, str) else None
