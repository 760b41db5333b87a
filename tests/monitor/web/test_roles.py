"""Who may ask what: every operation, page and deed, asked by every role and without signing in."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse

from monitor.people.rights import Role
from monitor.web.api.table import ENDPOINTS
from monitor.web.pages.table import DEEDS, PAGES
from tests.monitor.web.lived import COMMUNE, OTHER, Lived, incident
from tests.monitor.web.lived import lived as lived_in

LETTERS: Mapping[str, Role | None] = {
    "G": None,
    "C": Role.COMMUNE,
    "S": Role.SCREEN,
    "L": Role.LEADER,
    "D": Role.DUTY,
    "R": Role.REPORTER,
    "A": Role.ADMIN,
}
SIGN_IN = "/dang-nhap"


def read_matrix() -> dict[str, str]:
    """Return who may: "GET /su-co" -> "CSLDRA"."""
    matrix, letters = {}, ""
    for line in (Path(__file__).parent / "rights.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            matrix[line.strip()] = letters
        elif line and not line.startswith("#"):
            letters = line.strip()
    return matrix


MATRIX = read_matrix()
TABLES = [
    *((endpoint.method, endpoint.url) for endpoint in ENDPOINTS),
    *(("GET", page.path) for page in PAGES),
    *(("POST", deed.path) for deed in DEEDS),
]


def test_the_matrix_names_everything_that_can_be_asked() -> None:
    assert sorted(MATRIX) == sorted(f"{method} {path}" for method, path in TABLES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    async with lived_in(tmp_path_factory.mktemp("vai-tro")) as found:
        await found.open(incident(1, COMMUNE), incident(2, OTHER))
        yield found


def concrete(path: str) -> str:
    """Fill the places of a path: a commune is the commune's own, everything else is not there."""
    if "/xa/{id}" in path or "/communes/{id}" in path:
        return path.replace("{id}", COMMUNE)
    if "/doi-tuong/{id}" in path or "/targets/{id}" in path:
        return path.replace("{id}", f"{COMMUNE}.tslcd")
    if "/incidents/{id}" in path or "/su-co/{ma}" in path:
        return path.replace("{id}", "SC-2026-0001").replace("{ma}", "SC-2026-0001")
    return re.sub(r"\{[^}]*\}", "khong-co", path)


async def asked(lived: Lived, method: str, path: str, role: Role | None) -> ClientResponse:
    headers = {} if role is None else {"X-Role": role.value}
    more: dict[str, Any] = {"json": {}} if path.startswith("/api/") and method != "GET" else {}
    response = await lived.client.request(method, path, headers=headers, allow_redirects=False, **more)
    await response.read()
    return response


def is_turned_away(response: ClientResponse) -> bool:
    if response.status == 303:
        return response.headers["Location"].startswith(SIGN_IN)
    return response.status in {401, 403}


@pytest.mark.asyncio(loop_scope="module")
async def test_everybody_may_what_the_matrix_says_and_nothing_else(lived: Lived) -> None:
    wrong = []
    for line, letters in MATRIX.items():
        method, path = line.split()
        for letter, role in LETTERS.items():
            response = await asked(lived, method, concrete(path), role)
            if "tai-khoan-cua-toi" in path or path.startswith("/api/v1/tokens"):
                # One's own account: whose sessions these are, the door's tests ask. Here nobody has one.
                is_wrong = letter == "G" and response.status < 300
            else:
                is_wrong = is_turned_away(response) == (letter in letters)
            if is_wrong or response.status >= 500:
                wrong.append(f"{letter} {line}: {response.status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_commune_is_refused_what_is_another_ones(lived: Lived) -> None:
    wrong = []
    for line, letters in MATRIX.items():
        method, path = line.split()
        if "C" not in letters or "G" in letters or "{" not in path:
            continue
        foreign = concrete(path).replace(COMMUNE, OTHER).replace("SC-2026-0001", "SC-2026-0002")
        response = await asked(lived, method, foreign, Role.COMMUNE)
        # What is not there and what is not theirs may look the same.
        if response.status not in {403, 404}:
            wrong.append(f"{line}: {response.status}")
    assert not wrong, "\n".join(wrong)
