"""What the API does is what its document says: strangers' questions never break it, whoever asks."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor.people.rights import Role
from monitor.web.api.openapi import document
from monitor.web.api.table import ENDPOINTS
from tests.monitor.web.lived import COMMUNE, incident, lived

LONGEST = 8_000
"""Bytes of an address that the HTTP parser takes."""
FEW = 1
MANY = 60
ROLES = (Role.ADMIN, Role.LEADER, None)
KNOWN = {
    "targets": {"id": "21484.tslcd"},
    "communes": {"id": COMMUNE},
    "incidents": {"id": "SC-2026-0001"},
    "reports": {"period": "2026-10", "id": "K1", "format": "docx"},
    "series": {"check": "21484.tslcd/icmp"},
    "accounts": {"name": "khong-co", "id": "1"},
}
"""What is there, by the first part of the path: half of the questions are about it."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a whole daemon from a thread of its own: whoever asks here waits for answers."""
    loop = asyncio.new_event_loop()
    told: dict[str, str] = {}
    is_up, is_over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with lived(folder) as daemon:
            await daemon.open(incident(1), incident(2, "21499"))
            told["base"] = str(daemon.client.make_url("/")).rstrip("/")
            is_up.set()
            await is_over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            is_up.set()
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    is_up.wait()
    try:
        yield told["base"]
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join()


def checks() -> list[Any]:
    # Loaded when it is asked with: every worker of a run collects this file, and loading it all takes a second.
    from schemathesis.checks import not_a_server_error  # noqa: PLC0415 (see above)
    from schemathesis.specs.openapi import checks as described  # noqa: PLC0415 (see above)

    return [
        not_a_server_error,
        described.status_code_conformance,
        described.content_type_conformance,
        described.response_headers_conformance,
        described.response_schema_conformance,
    ]


def ask(base: str, examples: int) -> list[str]:
    """Ask every operation as each role, half of it about what is there; return what was wrong."""
    import schemathesis  # noqa: PLC0415 (as above)

    schema = schemathesis.openapi.from_dict(document(ENDPOINTS))
    wrong: list[str] = []
    with requests.Session() as session:
        for found in schema.get_all_operations():
            wrong += asked(found.ok(), base, session, examples)
    return wrong


def asked(operation: Any, base: str, session: requests.Session, examples: int) -> list[str]:
    from schemathesis.core.failures import FailureGroup  # noqa: PLC0415 (as above)
    from schemathesis.generation import GenerationMode  # noqa: PLC0415 (as above)

    places = {parameter.name for parameter in operation.path_parameters}
    there = {
        name: value for name, value in KNOWN.get(operation.path.split("/")[1], {}).items() if name in places
    }
    ways = [
        operation.as_strategy(mode, **({"path_parameters": there} if there and is_there else {}))
        for mode in GenerationMode
        for is_there in ({True, False} if there else {True})
    ]
    wrong: list[str] = []
    every = checks()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(ways))
    def question(case: Any) -> None:
        for role in ROLES:
            headers = {} if role is None else {"X-Role": role.value}
            response = case.call(base_url=f"{base}/api/v1", headers=headers, session=session)
            if response.status_code == HTTPStatus.BAD_REQUEST and len(response.request.url or "") > LONGEST:
                continue  # the HTTP parser refused it: it never reached the API
            try:
                case.validate_response(response, checks=every)
            except (AssertionError, FailureGroup) as failure:
                wrong.append(f"{operation.label} as {role}: {failure}")

    question()
    return wrong


def test_no_question_breaks_the_api_or_is_answered_otherwise_than_described(tmp_path: Path) -> None:
    with served(tmp_path) as base:
        assert ask(base, FEW) == []


@pytest.mark.slow
def test_the_same_for_many_questions(tmp_path: Path) -> None:
    with served(tmp_path) as base:
        assert ask(base, MANY) == []
