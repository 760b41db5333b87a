"""The document of the API: valid, whole, and of nothing that is not served."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from aiohttp import web

from monitor.people.rights import Right
from monitor.web.api.openapi import document, plain_path
from monitor.web.api.table import ENDPOINTS
from monitor.web.door.base import SocketDoor
from monitor.web.routing import PREFIX
from monitor.web.server import make_app
from tests.monitor.web.held_daemon import HeldDaemon
from tests.monitor.web.lived import lived
from tests.monitor.web.samples import province, snapshot_of


@cache
def described() -> dict[str, Any]:
    return document(ENDPOINTS)


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, each in described()["paths"].items()
        for method, operation in each.items()
    ]


def test_the_document_is_valid() -> None:
    from schemathesis.specs.openapi.definitions import OPENAPI_31  # noqa: PLC0415 (a second, for this test only)

    assert [str(error) for error in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(described())] == []


def test_every_operation_is_in_it_once() -> None:
    said = sorted((method, path) for method, path, _ in operations())

    assert said == sorted((each.method.lower(), plain_path(each)) for each in ENDPOINTS)
    identifiers = [operation["operationId"] for *_, operation in operations()]
    assert len(set(identifiers)) == len(identifiers)


def test_nothing_below_the_api_is_served_past_the_table() -> None:
    app = make_app(HeldDaemon(snapshot_of(province(communes=1))), SocketDoor())
    known = {each.url for each in ENDPOINTS}

    for route in app.router.routes():
        assert isinstance(route, web.ResourceRoute)
        info = route.get_info()
        path = info.get("path") or info["formatter"]
        if path.startswith(f"{PREFIX}/"):
            assert any(path in {url, re.sub(r"{(\w+):[^}]*}", r"{\1}", url)} for url in known), path


def test_every_operation_says_how_it_refuses_and_who_may() -> None:
    for _method, path, operation in operations():
        refusals = {status: each for status, each in operation["responses"].items() if int(status) >= 400}
        assert {"400", "401", "403", "429", "503"} <= refusals.keys(), path
        assert all(list(each["content"]) == ["application/problem+json"] for each in refusals.values()), path
        assert "Retry-After" in refusals["429"]["headers"], path
        assert ({} in operation["security"]) == (operation["x-right"] == Right.STATUS), path
        assert operation["summary"], path
        assert all(each["name"] for each in operation["parameters"]), path


@pytest.mark.parametrize("role", [None, "leader"])
async def test_everybody_may_read_it(tmp_path: Path, role: str | None) -> None:
    async with lived(tmp_path) as place:
        answer = await place.client.get("/api/v1/openapi.json", headers={"X-Role": role} if role else {})
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert await answer.json() == described()
        assert answer.headers["ETag"]
