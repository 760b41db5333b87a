"""Every change that comes by the web has a line in the audit log that says who, when and from where; every "no" too.

Desks note what was changed in their own words, and know nothing of addresses. What accounts, sessions and tokens are
about notes both itself.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from monitor.audit_notes import AuditLog, AuditNotes
from monitor.people.principal import Principal
from monitor.storage.audit import AuditEntry
from monitor.web.refusing import RefusedError
from monitor.web.routing import INVITATIONS, PRINCIPAL, told_path

CHANGED: Final = "http.changed"
REFUSED: Final = "http.refused"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOTED_THERE: Final = (
    "/api/v1/accounts",
    "/api/v1/tokens",
    "/tai-khoan",
    "/dang-nhap",
    "/dang-xuat",
    INVITATIONS,
)
_CHANGES_NOTHING: Final = ("/preview", "/validate", "/giao-dien", "/ngon-ngu")


def noting(store: AuditLog, now: Callable[[], float]) -> Middleware:
    """Return the middleware; it stands behind the door."""
    notes = AuditNotes(store)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        principal = request[PRINCIPAL]
        try:
            response = await handler(request)
        except RefusedError as refused:
            await note(request, principal, refused.status)
            raise
        await note(request, principal, response.status)
        return response

    async def note(request: web.Request, principal: Principal, status: int) -> None:
        action = action_of(request.method, request.path, status, principal)
        if action:
            detail = f"{request.method} {told_path(request)}"
            entry = AuditEntry(now(), principal.signs(), action, detail=detail, source=principal.source)
            await notes.note(entry)

    return middleware


def action_of(method: str, path: str, status: int, principal: Principal) -> str:
    """Return what is noted of a request that was answered so, "" for nothing. Guests change nothing."""
    if principal.is_guest:
        return ""
    if status == HTTPStatus.FORBIDDEN:
        return REFUSED
    is_change = method not in _SAFE and status < HTTPStatus.BAD_REQUEST
    is_noted = path.startswith(_NOTED_THERE) or path.endswith(_CHANGES_NOTHING)
    return CHANGED if is_change and not is_noted else ""
