"""The `videoos` probe: the state of a Poly room (Studio X, G7500) and of its call, read over its REST API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import aiohttp
from pydantic import Field

from probes.connection import own_deadline
from probes.handshake import TlsContexts, certificate_name
from probes.http.failure import explain
from probes.kind import Kind, Probe, Secrets, Shared, no_secret
from probes.kind import Options as AnyOptions
from probes.reading import FailureReason, ProbeError, Reading, failed
from probes.resolve import ResolveError, Resolver, open_resolver
from probes.tcp import split_address
from probes.trust import TlsTrust
from probes.videoos import answers
from probes.videoos.answers import METRICS, UnreadableError, read_json
from probes.videoos.rest import CONFERENCES, STATUS, SYSTEM, Answer, Device, Rest, open_rest
from probes.videoos.sessions import Account, RestSessions, Ticket
from probes.wording import seconds

SecretName = Annotated[str, Field(min_length=1, max_length=128)]
_OK, _REFUSALS, _UNKNOWN = 200, frozenset({401, 403}), frozenset({404, 405, 501})
_PHASE_WORDS = {
    "prepare": "máy giám sát chưa chuẩn bị xong",
    "wait": "máy giám sát đang bận với lần đo trước của thiết bị này",
    "login": "chưa kết nối và đăng nhập được vào thiết bị",
    "answer": "thiết bị chưa trả lời REST API",
}


_OUR_PHASES = frozenset({"prepare", "wait"})


class VideoosOptions(TlsTrust):
    """Options of `videoos`. The address is a host, `host:port` or `[IPv6]:port`.

    Nothing is changed on the device and nobody's name is read. Devices make their own certificates, some a new one at
    each restart: pin it with `fingerprint`, or install one of your authority. With `verify_tls: false` the password
    goes to whoever answers. A refused account is tried again after ten minutes.
    """

    port: Annotated[int, Field(ge=1, le=65_535)] = 443
    """Port, when the address does not name one."""
    user_secret: SecretName = "videoos-user"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the user."""
    password_secret: SecretName = "videoos-password"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the password."""

    def secrets(self) -> frozenset[str]:
        """Names of the secrets these options refer to."""
        return frozenset({self.user_secret, self.password_secret})

    def metrics(self) -> frozenset[str]:
        """Names of the metrics a reading may carry."""
        return frozenset(METRICS)


@asynccontextmanager
async def connect(shared: Shared) -> AsyncIterator[Probe]:
    """Yield the probe; at the end its sessions are ended on the devices."""
    contexts = TlsContexts()
    sessions = RestSessions(contexts)
    async with open_resolver(shared.places) as resolver:
        try:
            yield _VideoosProbe(shared.secrets, resolver, contexts, sessions)
        finally:
            await sessions.close()


@dataclass(slots=True)
class _Visit:
    """How far one run came."""

    device: Device
    account: Account
    options: VideoosOptions
    phase: str = "prepare"
    has_new_session: bool = False
    """Whether this run has replaced a session that the device no longer knew."""
    metrics: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


class _VisitError(ProbeError):
    """An answer that is not what it should be."""


class _VideoosProbe:
    def __init__(
        self, secrets: Secrets, resolver: Resolver, contexts: TlsContexts, sessions: RestSessions
    ) -> None:
        self._secrets = secrets
        self._resolver = resolver
        self._contexts = contexts
        self._sessions = sessions

    async def __call__(self, address: str, options: AnyOptions, *, timeout_s: float) -> Reading:
        """Read the device's state once."""
        if not isinstance(options, VideoosOptions):
            raise TypeError("videoos needs VideoosOptions")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + own_deadline(timeout_s)
        host, port = split_address(address, options.port)
        if port is None:
            return failed(FailureReason.LOCAL, "số cổng trong địa chỉ không hợp lệ")
        try:
            secrets = self._secrets.get(options.user_secret), self._secrets.get(options.password_secret)
        except KeyError as error:
            return failed(FailureReason.LOCAL, no_secret(error))
        try:
            ip = await self._resolver.first(host, within_s=ends_at - loop.time())
        except ResolveError as error:
            return failed(error.reason, error.detail)
        device = Device(ip, port, certificate_name(host))
        visit = _Visit(device, Account(*secrets), options)
        finding = await self._visit(visit, ends_at=ends_at, timeout_s=timeout_s)
        if finding is None:
            return Reading(ok=True, metrics=visit.metrics, notes=visit.notes)
        return Reading(
            ok=False, reason=finding[0], detail=finding[1], metrics=visit.metrics, notes=visit.notes
        )

    async def _visit(
        self, visit: _Visit, *, ends_at: float, timeout_s: float
    ) -> tuple[FailureReason, str] | None:
        """Fill in the visit; return what went wrong."""
        try:
            async with asyncio.timeout_at(ends_at):
                await self._contexts.get(visit.options.policy())
                visit.phase = "wait"
                async with self._sessions.turn(visit.device):
                    visit.phase = "login"
                    await self._sessions.ticket(visit.device, visit.options, visit.account)
                    visit.phase = "answer"
                    async with open_rest(
                        visit.device, visit.options, self._contexts, ends_at=ends_at
                    ) as rest:
                        await self._read(rest, visit)
        except TimeoutError:
            reason = FailureReason.LOCAL if visit.phase in _OUR_PHASES else FailureReason.TIMEOUT
            return reason, f"{_PHASE_WORDS[visit.phase]} trong {seconds(timeout_s)}"
        except ProbeError as error:
            return error.reason, error.detail
        except UnreadableError:
            return FailureReason.PROTOCOL, "câu trả lời không đúng REST API của VideoOS"
        except (aiohttp.ClientError, OSError) as error:
            return explain(error)
        return None

    async def _read(self, rest: Rest, visit: _Visit) -> None:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        system = await self._get(rest, visit, SYSTEM)
        if system is None:
            raise _VisitError(FailureReason.UNEXPECTED_ANSWER, "thiết bị không có REST API của VideoOS")
        visit.metrics["answer_s"] = loop.time() - asked_at
        metrics, visit.notes = answers.system(read_json(system))
        visit.metrics |= metrics
        status = await self._get(rest, visit, STATUS)
        if status is not None:
            visit.metrics |= answers.status(read_json(status))
        conferences = await self._get(rest, visit, CONFERENCES)
        if conferences is None:
            return
        in_call, indexes = answers.conferences(read_json(conferences))
        visit.metrics |= in_call
        streams = [await self._get(rest, visit, f"{CONFERENCES}/{index}/mediastats") for index in indexes]
        visit.metrics |= answers.media([read_json(body) for body in streams if body is not None])

    async def _get(self, rest: Rest, visit: _Visit, path: str) -> bytes | None:
        """Return a body; None when the device knows no such path (an older version, a call that has just ended)."""
        answer = await self._ask(rest, visit, path)
        if answer.status in _REFUSALS and not visit.has_new_session:
            # The session has expired, or the device has restarted: once more with a new one.
            visit.has_new_session = True
            self._sessions.forget(visit.device)
            answer = await self._ask(rest, visit, path)
        if answer.status in _REFUSALS:
            self._sessions.refuse(visit.device, visit.account)
            raise _VisitError(FailureReason.AUTH, "tài khoản không có quyền xem trạng thái thiết bị")
        if answer.status in _UNKNOWN:
            return None
        if answer.status != _OK:
            detail = f"REST API của thiết bị báo lỗi: mã trạng thái {answer.status}"
            raise _VisitError(FailureReason.UNEXPECTED_ANSWER, detail)
        return answer.body

    async def _ask(self, rest: Rest, visit: _Visit, path: str) -> Answer:
        ticket: Ticket = await self._sessions.ticket(visit.device, visit.options, visit.account)
        return await rest.send("GET", path, headers=ticket)


KIND = Kind(
    "videoos",
    "State of a Poly VideoOS room and of its call, over its REST API.",
    VideoosOptions,
    METRICS,
    connect,
    lane=200,
)
