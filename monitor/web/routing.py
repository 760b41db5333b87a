"""The API's operations as values, so that rights, OpenAPI document, tests and dispatch all read one table."""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from inventory.files.source import Place, YamlMap
from inventory.validation import parse
from monitor.people.principal import Principal, Way
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.web.port import DaemonPort
from monitor.web.refusing import NO_STORE, RefusedError, problem

log = logging.getLogger(__name__)

PREFIX: Final = "/api/v1"
INVITATIONS: Final = "/moi/"
"""What follows in such a path is a secret."""
FORBIDDEN: Final = 403
PRINCIPAL: Final = web.RequestKey("principal", Principal)
"""Where the door leaves who asks."""

Json = Mapping[str, object]


class Model(BaseModel):
    """Base of what the API takes: frozen, unknown keys are errors. Built when first asked: a start must not wait for it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


class Answer(BaseModel):
    """Base of what the API answers with, for the OpenAPI document: additions only within a version."""

    model_config = ConfigDict(extra="allow", defer_build=True)


class NoQuery(Model):
    """An operation that takes no parameters."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is not plain JSON with status 200."""

    body: Json | str | bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json"


_Asked = TypeVar("_Asked", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an operation, validated. `params` are the places in the path."""

    principal: Principal
    params: Mapping[str, str]
    zone: ZoneInfo
    now: float
    query: BaseModel
    body: BaseModel | None
    if_match: str = ""
    """The If-Match header, "" without one."""

    def asked(self, model: type[_Asked]) -> _Asked:
        """Return the query, as the operation declared it."""
        if not isinstance(self.query, model):
            raise TypeError(f"{model.__name__} is not what this operation declared")
        return self.query

    def sent(self, model: type[_Asked]) -> _Asked:
        """Return the body, as the operation declared it."""
        if not isinstance(self.body, model):
            raise TypeError(f"{model.__name__} is not what this operation declared")
        return self.body


Handler = Callable[[DaemonPort, Call], Awaitable[Json | Reply]]
"""Raises RefusedError and StorageError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation. `path` begins below /api/v1; `summary` is one English line for the document.

    `refuses`: status -> when, besides those that every operation has (400, 401, 403, 503).
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    needs: Right
    or_needs: Right | None = None
    """Who has this right instead may ask too: the handler sees to what (a commune its own)."""
    summary: str
    handler: Handler
    query: type[BaseModel] = NoQuery
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    """None: `media` is not JSON."""
    media: str = "application/json"
    status: int = 200
    refuses: Mapping[int, str] = field(default_factory=dict)
    if_match: str = ""
    """What the If-Match header names; "": it is not looked at."""

    @property
    def url(self) -> str:
        """The whole path."""
        return PREFIX + self.path


def add_endpoints(app: web.Application, daemon: DaemonPort, endpoints: Sequence[Endpoint]) -> None:
    """Add the operations to an application whose door leaves a principal in every request."""
    zone = ZoneInfo(daemon.settings.timezone)
    for endpoint in endpoints:
        app.router.add_route(endpoint.method, endpoint.url, _handler(daemon, endpoint, zone))


def _handler(
    daemon: DaemonPort, endpoint: Endpoint, zone: ZoneInfo
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        principal = request[PRINCIPAL]
        try:
            if endpoint.or_needs is None or not principal.may(endpoint.or_needs):
                require(principal, endpoint.needs)
            call = Call(
                principal=principal,
                params=dict(request.match_info),
                zone=zone,
                now=daemon.snapshot().now,
                query=validated(endpoint.query, _query(request, endpoint.query), strict=False),
                body=None if endpoint.body is None else validated(endpoint.body, await _body(request)),
                if_match=request.headers.get("If-Match", ""),
            )
            found = await endpoint.handler(daemon, call)
        except RefusedError as refused:
            if refused.status == FORBIDDEN:
                log.warning(
                    "api_forbidden who=%r operation=%s %r", principal.name, request.method, request.path
                )
            return problem(
                refused.status, refused.detail, refused.hint, field=refused.field, wait_s=refused.wait_s
            )
        except StorageError as error:
            log.warning("api_store operation=%s %r fault=%s", endpoint.method, endpoint.path, error.fault)
            return problem(503, error.what, error.remedy)
        if endpoint.method != "GET":
            daemon.changes.note()
        reply = found if isinstance(found, Reply) else Reply(found, status=endpoint.status)
        return _answered(request, reply)

    return handle


def told_path(request: web.BaseRequest) -> str:
    """Return a request's path as logs may hold it: who reads "/moi/<invitation>" there could set a password with it."""
    return f"{INVITATIONS}…" if request.path.startswith(INVITATIONS) else request.path


def require(principal: Principal, right: Right) -> None:
    """Refuse whoever lacks a right: 401 to guests, 403 to others."""
    if principal.may(right):
        return
    if principal.is_guest:
        raise RefusedError(
            401, "cần đăng nhập", "đăng nhập, hoặc gửi mã truy cập API (Authorization: Bearer …)"
        )
    if principal.way is Way.TOKEN:
        raise RefusedError(
            403,
            f"mã truy cập này không có quyền '{right.value}'",
            "tạo mã khác có quyền ấy, nếu vai trò của tài khoản cho phép: "
            f"tslcd-monitor user token add {principal.name} --scope {right.value}",
        )
    raise RefusedError(
        403,
        f"tài khoản này không có quyền '{right.value}'",
        "người quản trị cấp quyền: tslcd-monitor user role",
    )


def _answered(request: web.Request, reply: Reply) -> web.Response:
    """Write an answer; a GET of JSON carries an ETag of all but its own time, and 304 says that it still holds."""
    headers = {**NO_STORE, **reply.headers}
    if isinstance(reply.body, bytes):
        return web.Response(body=reply.body, status=reply.status, headers=headers, content_type=reply.media)
    text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body, ensure_ascii=False)
    if request.method == "GET":
        lasting = text
        if not isinstance(reply.body, str):
            lasting = json.dumps({k: v for k, v in reply.body.items() if k != "asOf"}, ensure_ascii=False)
        headers["ETag"] = f'W/"{hashlib.blake2b(lasting.encode(), digest_size=12).hexdigest()}"'
        headers["Cache-Control"] = "no-cache, private"
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
    return compressed(text, reply.media, headers, reply.status)


def compressed(
    text: str, content_type: str, headers: Mapping[str, str] = NO_STORE, status: int = 200
) -> web.Response:
    """Return an answer that is compressed for whoever accepts it: on the loop, a few milliseconds.

    Never in the default executor, where aiohttp would do it: dead DNS fills that one.
    """
    response = web.Response(
        text=text,
        status=status,
        content_type=content_type,
        headers=headers,
        zlib_executor_size=2 * len(text.encode()) + 1,
    )
    response.enable_compression()
    return response


def _query(request: web.Request, model: type[BaseModel]) -> dict[str, Any]:
    """Return the parameters; one that may come several times is a list."""
    found: dict[str, Any] = {}
    for name in request.query:
        is_list = name in model.model_fields and "list" in str(model.model_fields[name].annotation)
        found[name] = request.query.getall(name) if is_list else request.query[name]
    return found


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json" and request.body_exists:
        raise RefusedError(415, "cần nội dung JSON", "gửi Content-Type: application/json")
    try:
        body = await request.json() if request.body_exists else {}
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise RefusedError(400, "cần một đối tượng JSON", 'ví dụ {"text": "…"}')
    if not _is_text(body):
        raise RefusedError(400, "nội dung có ký tự hỏng", "gửi văn bản UTF-8 hợp lệ")
    return body


def _is_text(body: Mapping[str, Any]) -> bool:
    """Whether all texts can be written down: half of a surrogate pair can nowhere."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def validated(model: type[_Asked], data: Mapping[str, Any], *, strict: bool = True) -> _Asked:
    """Return the model. Raises RefusedError that names the first wrong field, in Vietnamese."""
    found = YamlMap(Place("", 0))
    found.update(data)
    form = parse(model, found, strict=strict)
    if isinstance(form, list):
        first = form[0]
        raise RefusedError(400, f"{first.path}: {first.message}", first.hint, field=first.path)
    return form
