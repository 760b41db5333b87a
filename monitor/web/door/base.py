"""What every door does: say who asks, before anything else looks at the request."""

import getpass
import pwd
import socket
import struct
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from monitor.people.principal import Principal, Way
from monitor.people.rights import Right, Role
from monitor.web.routing import PRINCIPAL
from monitor.web.showing import PageDesk

_CREDENTIALS = struct.Struct("3i")
"""Linux: pid, uid, gid of the process at the other end (socket(7), SO_PEERCRED)."""


class Door(Protocol):
    """One way into the application."""

    async def principal(self, request: web.Request) -> Principal:
        """Return who asks. Raises RefusedError when what they show is false (a token that ended, a missing CSRF mark)."""
        ...

    def add_pages(self, app: web.Application, pages: PageDesk) -> None:
        """Add the pages by which people come in and leave."""
        ...


class SocketDoor:
    """The Unix socket: whoever the mode of its file lets in may do everything."""

    async def principal(self, request: web.Request) -> Principal:
        """Return the process behind the socket, by the name of its login."""
        uid = _peer_uid(request)
        return Principal(
            name=_login_name(uid),
            way=Way.SOCKET,
            role=Role.ADMIN,
            rights=frozenset(Right) - {Right.OWN},
            source="" if uid is None else f"uid {uid}",
        )

    def add_pages(self, app: web.Application, pages: PageDesk) -> None:
        """Add none: whoever came this far is in."""


def admitted(door: Door) -> Middleware:
    """Return the middleware that lets nobody pass without a principal."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[PRINCIPAL] = await door.principal(request)
        return await handler(request)

    return middleware


def _peer_uid(request: web.Request) -> int | None:
    transport = request.transport
    found = None if transport is None else transport.get_extra_info("socket")
    if found is None or found.family != socket.AF_UNIX:
        return None
    _pid, uid, _gid = _CREDENTIALS.unpack(
        found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    )
    return int(uid)


def _login_name(uid: int | None) -> str:
    try:
        return getpass.getuser() if uid is None else pwd.getpwuid(uid).pw_name
    except (KeyError, OSError):  # a user id without a name
        return "" if uid is None else f"uid {uid}"
