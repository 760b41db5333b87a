"""The OpenAPI 3.1 document of the API, made from the table of its operations: it cannot say anything else than they do."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from monitor.people.rights import Right
from monitor.version import VERSION
from monitor.web.door.cookies import Held
from monitor.web.port import DaemonPort
from monitor.web.refusing import TITLES
from monitor.web.routing import PREFIX, Call, Endpoint, Reply

PATH: Final = "/openapi.json"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
_PLACE: Final = re.compile(r"{(\w+)(?::[^}]*)?}")
_SCHEMAS: Final = "#/components/schemas/{model}"
_EVERY: Final = (400, 401, 403, 413, 421, 429, 503)
_Mode = Literal["validation", "serialization"]
_Refs = Mapping[tuple[Any, _Mode], Any]
"""(model, mode) -> a reference to its schema, with all definitions beside it."""
_DESCRIPTION: Final = (
    "Everything that pages and the command line do. Times are ISO 8601 in the province's zone, durations seconds, ratios "
    "0 to 1. Refusals are problem+json with a Vietnamese `detail` and, where there is one, the remedy in `hint`. Lists "
    "come in pages: `next` is the `cursor` of the next one, null on the last. GETs of JSON carry an ETag. With the cookie "
    "of a session every change also needs the header X-CSRF-Token."
)


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the document. Pure."""
    endpoints = tuple(endpoints)
    refs, definitions = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(plain_path(endpoint), {})[endpoint.method.lower()] = _operation(endpoint, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "TSLCD monitor", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {
            "schemas": {**definitions, "Problem": _PROBLEM_SCHEMA},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API token."},
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": f"__Host-{Held.SESSION.value}",
                    "description": "The session of somebody who signed in.",
                },
            },
            "headers": {
                "RetryAfter": {
                    "description": "Seconds to wait.",
                    "schema": {"type": "integer", "minimum": 0},
                },
                "ETag": {
                    "description": "Changes when the answer, but for asOf, does.",
                    "schema": {"type": "string"},
                },
            },
        },
    }


def endpoint_for(endpoints: Sequence[Endpoint]) -> Endpoint:
    """Return the operation that hands out the document of these and of itself, written when first asked for."""

    @cache
    def text() -> str:
        return json.dumps(document((*endpoints, own)), ensure_ascii=False)

    async def read(_daemon: DaemonPort, _call: Call) -> Reply:
        return Reply(text())

    own = Endpoint(
        method="GET",
        path=PATH,
        needs=Right.STATUS,
        summary="This document",
        handler=read,
        answer=OpenApiAnswer,
    )
    return own


class OpenApiAnswer(BaseModel):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


def plain_path(endpoint: Endpoint) -> str:
    """Return the path as the document writes it: names of places without what they may be."""
    return _PLACE.sub(r"{\1}", endpoint.path)


def _schemas(
    endpoints: Sequence[Endpoint],
) -> tuple[_Refs, Mapping[str, Any]]:
    wanted: dict[tuple[type[BaseModel], _Mode], None] = {}
    for endpoint in endpoints:
        wanted[endpoint.query, "validation"] = None
        if endpoint.body is not None:
            wanted[endpoint.body, "validation"] = None
        if endpoint.answer is not None:
            wanted[endpoint.answer, "serialization"] = None
    refs, schema = models_json_schema(list(wanted), ref_template=_SCHEMAS)
    definitions: dict[str, Any] = schema.get("$defs", {})
    return {key: {**ref, "$defs": definitions} for key, ref in refs.items()}, definitions


def _operation(endpoint: Endpoint, refs: _Refs) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": _identifier(endpoint),
        "summary": endpoint.summary,
        "tags": [endpoint.path.split("/")[1]],
        "x-right": endpoint.needs.value,
        "security": _security(endpoint),
        "parameters": [
            *_places(endpoint),
            *_parameters(refs[endpoint.query, "validation"]),
            *_headers(endpoint),
        ],
        "responses": _responses(endpoint, refs),
    }
    if endpoint.or_needs is not None:
        found["x-or-right"] = endpoint.or_needs.value
    if endpoint.body is not None:
        ref = refs[endpoint.body, "validation"]
        found["requestBody"] = {
            "required": any(field.is_required() for field in endpoint.body.model_fields.values()),
            "content": {JSON: {"schema": _reference(ref)}},
        }
    return found


def _identifier(endpoint: Endpoint) -> str:
    words = re.findall(r"[A-Za-z0-9]+", plain_path(endpoint))
    return "_".join((endpoint.method.lower(), *words))


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    signed: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
    return [{}, *signed] if endpoint.needs is Right.STATUS else signed


def _places(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PLACE.findall(endpoint.path)
    ]


def _parameters(ref: Mapping[str, Any]) -> list[dict[str, Any]]:
    schema = ref["$defs"][ref["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(each)}
        for name, each in schema.get("properties", {}).items()
    ]


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter: what is absent is left out, not null."""
    kept = {key: value for key, value in schema.items() if key not in {"title", "default"}}
    if schema.get("default") is not None:
        kept["default"] = schema["default"]
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(choices) == 1:
        kept.pop("anyOf")
        kept |= choices[0]
    elif choices:
        kept["anyOf"] = choices
    return kept


def _headers(endpoint: Endpoint) -> list[dict[str, Any]]:
    if not endpoint.if_match:
        return []
    said = f"In quotes: {endpoint.if_match}. Refused with 412 when it is another one."
    return [
        {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": said,
            "schema": {"type": "string"},
        }
    ]


def _responses(endpoint: Endpoint, refs: _Refs) -> dict[str, Any]:
    is_json_read = endpoint.method == "GET" and endpoint.answer is not None
    told: dict[str, Any] = {"description": endpoint.summary, "content": _content(endpoint, refs)}
    if is_json_read:
        told["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    found: dict[str, Any] = {str(endpoint.status): told}
    if is_json_read:
        found["304"] = {"description": "What If-None-Match names still holds."}
    statuses = dict.fromkeys(_EVERY, "")
    if "{" in endpoint.path:
        statuses[404] = ""
    if endpoint.body is not None:
        statuses[415] = ""
    for status, when in sorted({**statuses, **endpoint.refuses}.items()):
        found[str(status)] = _refusal(status, when or TITLES.get(status, "Lỗi"))
    return found


def _content(endpoint: Endpoint, refs: _Refs) -> dict[str, Any]:
    if endpoint.answer is None:
        return {endpoint.media: {"schema": {"type": "string", "contentMediaType": endpoint.media}}}
    return {endpoint.media: {"schema": _reference(refs[endpoint.answer, "serialization"])}}


def _reference(ref: Mapping[str, Any]) -> dict[str, Any]:
    return {"$ref": ref["$ref"]}


def _refusal(status: int, when: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": when,
        "content": {PROBLEM: {"schema": {"$ref": _SCHEMAS.format(model="Problem")}}},
    }
    if status in {429, 503}:
        told["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return told


_PROBLEM_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "status", "title", "detail"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "What is wrong, for people."},
        "hint": {"type": "string", "description": "The remedy."},
        "field": {"type": "string", "description": "What of the question or body is wrong."},
    },
}
