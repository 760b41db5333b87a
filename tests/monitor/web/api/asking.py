"""Asks the API of a whole daemon as somebody, and holds every answer against what the table says of it."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientResponse

from monitor.people.rights import Role
from monitor.web.api.table import ENDPOINTS
from monitor.web.routing import PREFIX, Endpoint
from tests.monitor.web.lived import Lived

Body = dict[str, Any]


def endpoint_of(method: str, path: str) -> Endpoint:
    """The operation that answers there; the most literal one."""
    fits = [
        each
        for each in ENDPOINTS
        if each.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path)
    ]
    return min(fits, key=lambda each: each.path.count("{"))


async def ask(
    of: Lived,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    role: Role | None = Role.DUTY,
    name: str = "",
    query: Mapping[str, str] | None = None,
) -> tuple[int, Body]:
    """Return status and JSON of an answer that is as described."""
    headers = {} if role is None else {"X-Role": role.value}
    if name:
        headers["X-Name"] = name
    response = await of.client.request(method, PREFIX + path, json=body, params=query or {}, headers=headers)
    return response.status, await _read(response, endpoint_of(method, path))


async def _read(response: ClientResponse, endpoint: Endpoint) -> Body:
    found: Body = await response.json(content_type=None)
    if response.status < 300:
        assert response.status == endpoint.status
        assert endpoint.answer is not None
        endpoint.answer.model_validate(found)
    else:
        assert response.status in {400, 401, 403, 415, 503, *endpoint.refuses}
        assert response.content_type == "application/problem+json"
        assert found["detail"]
    return found


def ids(answer: Body) -> list[str]:
    return [item["id"] for item in answer["items"]]
