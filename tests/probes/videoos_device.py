"""A Poly VideoOS room of tests: HTTPS, a login, few sessions, and a count of every request that ever came.

The answers have the shape of a Studio X30's (VideoOS 3.10), with what the probe must never read: names of far sites.
"""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

USER, PASSWORD = "monitor", "not a default password"
FAR_SITE = "Nguyễn Văn Bí Mật"

SYSTEM: dict[str, Any] = {
    "build": "362035",
    "lanStatus": {"duplex": "FULL", "speedMbps": 1000, "state": "LAN_UP"},
    "model": "StudioX30",
    "rebootNeeded": False,
    "serialNumber": "8L0000",
    "softwareVersion": "3.10.0",
    "state": "ASLEEP",
    "systemName": "Phòng họp tầng 2",
    "timeServerState": "TIMESERVER_UP",
    "uptime": 3068321.1,
}


def parts(**states: str) -> list[dict[str, Any]]:
    """Return the answer of /rest/system/status; `mr_camera` is `system.status.mr.camera`."""
    names = {f"system.status.{name.replace('_', '.')}": state for name, state in states.items()}
    return [{"langtag": "X", "name": name, "stateList": [state]} for name, state in names.items()]


STATUS = parts(
    ipnetwork="up", sipserver="up", gatekeeper="off", mr_camera="all_up", mr_audio="all_up", calendar="off"
)


def conference(index: str = "0", *, is_active: bool = True) -> dict[str, Any]:
    """Return one entry of /rest/conferences."""
    terminal = {"address": "far@example.vn", "callerID": FAR_SITE, "name": FAR_SITE}
    return {"id": index, "isActive": is_active, "terminals": [terminal], "connections": [], "duration": 8}


def media_stream(direction: str, kind: str, *, rate: float, jitter: float, loss: float) -> dict[str, Any]:
    """Return one entry of /rest/conferences/N/mediastats."""
    return {
        "mediaDirection": direction,
        "mediaType": kind,
        "actualBitRate": rate,
        "jitter": jitter,
        "packetLoss": 3,
        "percentPacketLoss": loss,
        "participantName": FAR_SITE,
    }


@dataclass
class Room:
    """The device. `answers` are the bodies by path (a missing one is 404); `statuses` overrule what a path answers."""

    answers: dict[str, Any] = field(
        default_factory=lambda: {
            "/rest/system": SYSTEM,
            "/rest/system/status": STATUS,
            "/rest/conferences": [],
        }
    )
    statuses: dict[str, int] = field(default_factory=dict)
    most_sessions: int = 1
    wants_xsrf: bool = True
    refusal: int = 403
    """What a request without a session gets; older versions say 401."""
    port: int = 0
    heard: list[tuple[str, str]] = field(default_factory=list)
    logins: list[dict[str, str]] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    connections: set[object] = field(default_factory=set)

    def expire(self) -> None:
        """Forget every session, as after a while or a restart."""
        self.sessions.clear()

    async def respond(self, request: web.Request) -> web.Response:
        self.heard.append((request.method, request.path))
        self.connections.add(request.transport)
        if request.path in self.statuses:
            return web.Response(status=self.statuses[request.path])
        if request.path == "/rest/current/session" and request.method == "POST":
            return await self._log_in(request)
        session = request.cookies.get("session_id", "")
        token = self.sessions.get(session)
        if token is None or (self.wants_xsrf and request.headers.get("X-XSRF-TOKEN") != token):
            return web.Response(status=self.refusal)
        if request.path == "/rest/current/session" and request.method == "DELETE":
            del self.sessions[session]
            return web.json_response({"success": True})
        if request.path not in self.answers:
            return web.Response(status=404)
        body = self.answers[request.path]
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(body=text, content_type="application/json")

    async def _log_in(self, request: web.Request) -> web.Response:
        words = await request.json()
        self.logins.append(words)
        if words != {"user": USER, "password": PASSWORD}:
            return web.json_response({"success": False, "reason": "UserInvalid"})
        if len(self.sessions) >= self.most_sessions:
            return web.Response(status=503)
        number = len(self.logins)
        session, token = f"PSN0Hpp/Zap7wtV9+{number}", f"token-{number}"
        self.sessions[session] = token
        response = web.json_response({"success": True, "sessionId": session})
        response.headers.add("Set-Cookie", f"session_id={session}; Path=/; Secure; HttpOnly")
        response.headers.add("Set-Cookie", f"XSRF-TOKEN={token}; Path=/; Secure")
        return response


@asynccontextmanager
async def running(room: Room, tls: ssl.SSLContext) -> AsyncIterator[Room]:
    """Serve the room on a free port of 127.0.0.1."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", room.respond)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    room.port = runner.addresses[0][1]
    try:
        yield room
    finally:
        await runner.cleanup()
