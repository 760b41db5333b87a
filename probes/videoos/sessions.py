"""Logins to VideoOS devices: one session for each device, kept from run to run, ended with the daemon.

A device shows and limits its sessions, and locks accounts. So a login goes on when the run that asked for it is over,
lest its session be lost; and one that was refused is not tried again for a while.
"""

import asyncio
import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import aiohttp

from probes.dial import StreamError
from probes.handshake import TlsContexts
from probes.http.failure import explain
from probes.reading import FailureReason, ProbeError
from probes.trust import TlsTrust
from probes.videoos.answers import UnreadableError, read_json
from probes.videoos.rest import SESSION, Answer, Device, open_rest
from probes.wording import seconds

LOGIN_WITHIN_S = 10.0
LOGOUT_WITHIN_S = 3.0
REFUSED_FOR_S = 600.0
"""After a refused login the same account is left alone for so long: devices lock after a few wrong passwords."""

_REFUSALS = frozenset({401, 403})
_SUCCESSES = range(200, 300)
_COOKIE = re.compile(r"[!#-+\--:<-\[\]-~]{1,1024}")  # RFC 6265 4.1.1
_SESSION_COOKIE, _XSRF_COOKIE = "session_id", "XSRF-TOKEN"


class LoginError(ProbeError):
    """A login that gave no session."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in."""

    user: str = field(repr=False)
    password: str = field(repr=False)


Ticket = Mapping[str, str]
"""Headers that prove the session; from VideoOS 4.6.2 on the XSRF token has to be among them."""


@dataclass(slots=True)
class _Kept:
    """What is known of one device."""

    device: Device
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ticket: Ticket | None = field(default=None, repr=False)
    trust: TlsTrust = field(default_factory=TlsTrust)
    login: asyncio.Task[Ticket] | None = None
    refused: Account | None = None
    refused_until: float = 0.0


class RestSessions:
    """All sessions of the process. Times are loop time."""

    def __init__(self, contexts: TlsContexts) -> None:
        self._contexts = contexts
        self._kept: dict[tuple[str, int], _Kept] = {}

    def turn(self, device: Device) -> asyncio.Lock:
        """Return the lock of the device: one run at a time asks it."""
        return self._of(device).lock

    async def ticket(self, device: Device, trust: TlsTrust, account: Account) -> Ticket:
        """Return the kept session or log in; LoginError, StreamError or aiohttp's errors say why there is none.

        The caller owns its deadline, the login has one of its own.
        """
        kept = self._of(device)
        loop = asyncio.get_running_loop()
        if kept.refused == account and loop.time() < kept.refused_until:
            words = seconds(round(kept.refused_until - loop.time()))
            raise LoginError(
                FailureReason.AUTH,
                f"thiết bị đã từ chối tài khoản; thử lại sau {words} để khỏi bị khóa tài khoản",
            )
        if kept.ticket is not None:
            return kept.ticket
        if kept.login is None:
            kept.login = asyncio.create_task(self._log_in(kept, trust, account), name="videoos_login")
            kept.login.add_done_callback(lambda done: self._finish(kept, done))
        return await asyncio.shield(kept.login)

    def forget(self, device: Device) -> None:
        """Drop a session that the device no longer knows."""
        self._of(device).ticket = None

    def refuse(self, device: Device, account: Account) -> None:
        """Leave the account alone for a while: the device has turned it away."""
        kept = self._of(device)
        kept.refused = account
        kept.refused_until = asyncio.get_running_loop().time() + REFUSED_FOR_S

    async def close(self) -> None:
        """End what is under way, then every session."""
        logins = [kept.login for kept in self._kept.values() if kept.login is not None]
        for login in logins:
            login.cancel()
        await asyncio.gather(*logins, return_exceptions=True)
        open_sessions = [kept for kept in self._kept.values() if kept.ticket is not None]
        self._kept.clear()
        await asyncio.gather(*map(self._log_out, open_sessions))

    def _of(self, device: Device) -> _Kept:
        return self._kept.setdefault((device.ip, device.port), _Kept(device))

    async def _log_in(self, kept: _Kept, trust: TlsTrust, account: Account) -> Ticket:
        ends_at = asyncio.get_running_loop().time() + LOGIN_WITHIN_S
        try:
            async with (
                asyncio.timeout_at(ends_at),
                open_rest(kept.device, trust, self._contexts, ends_at=ends_at) as rest,
            ):
                body = {"user": account.user, "password": account.password}
                answer = await rest.send("POST", SESSION, headers={}, json=body)
        except TimeoutError:
            detail = f"thiết bị không trả lời đăng nhập trong {seconds(LOGIN_WITHIN_S)}"
            raise LoginError(FailureReason.TIMEOUT, detail) from None
        except (aiohttp.ClientError, OSError) as error:
            raise LoginError(*explain(error)) from error
        try:
            ticket = ticket_of(answer)
        except LoginError as error:
            if error.reason is FailureReason.AUTH:
                self.refuse(kept.device, account)
            raise
        kept.trust = trust
        return ticket

    async def _log_out(self, kept: _Kept) -> None:
        ends_at = asyncio.get_running_loop().time() + LOGOUT_WITHIN_S
        with contextlib.suppress(TimeoutError, StreamError, aiohttp.ClientError, OSError):
            async with (
                asyncio.timeout_at(ends_at),
                open_rest(kept.device, kept.trust, self._contexts, ends_at=ends_at) as rest,
            ):
                await rest.send("DELETE", SESSION, headers=kept.ticket or {})

    @staticmethod
    def _finish(kept: _Kept, done: asyncio.Task[Ticket]) -> None:
        kept.login = None
        if not done.cancelled() and done.exception() is None:
            kept.ticket = done.result()


def ticket_of(answer: Answer) -> Ticket:
    """Return the session that an answer to the login opens; LoginError when it opens none."""
    if answer.status in _REFUSALS:
        raise LoginError(FailureReason.AUTH, "thiết bị từ chối tài khoản đăng nhập")
    if answer.status not in _SUCCESSES:
        detail = f"thiết bị không nhận đăng nhập: mã trạng thái {answer.status}"
        raise LoginError(FailureReason.UNEXPECTED_ANSWER, detail)
    try:
        body = read_json(answer.body)
    except UnreadableError:
        body = None
    if not isinstance(body, dict):
        raise LoginError(FailureReason.PROTOCOL, "câu trả lời đăng nhập không đúng REST API của VideoOS")
    if body.get("success") is False:
        raise LoginError(FailureReason.AUTH, "thiết bị từ chối tài khoản đăng nhập")
    session = answer.cookies.get(_SESSION_COOKIE) or body.get("sessionId")
    cookies = dict(_sendable({_SESSION_COOKIE: session, _XSRF_COOKIE: answer.cookies.get(_XSRF_COOKIE)}))
    if _SESSION_COOKIE not in cookies:
        raise LoginError(FailureReason.PROTOCOL, "thiết bị không cấp phiên đăng nhập")
    ticket = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    if _XSRF_COOKIE in cookies:
        ticket["X-XSRF-TOKEN"] = cookies[_XSRF_COOKIE]
    return ticket


def _sendable(cookies: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in cookies.items():
        if isinstance(value, str) and _COOKIE.fullmatch(value):
            yield name, value
