"""Whoever reads the pages in English reads no Vietnamese but what people wrote: pages, refusals, errors, downloads."""

import re
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import pytest_asyncio

from alerts.model.incident import CauseKind, Guess
from monitor.people.rights import Role
from monitor.web.pages.table import DEEDS, PAGES
from monitor.web.showing import LANGUAGE_COOKIE
from tests.monitor.web.lived import COMMUNE, Lived, incident, lived, opened

VIETNAMESE = re.compile(r"[^<>\n]*[À-ɏḀ-ỿ][^<>\n]*")
ALLOWED = ("Tiếng Việt", "lúc mở sự cố", "khởi động", "bản 1")
"""A language calls itself by its own name; diary and log stay as they were written when it happened."""
INCIDENT = "SC-2026-0001"
PLACES = {
    "id": COMMUNE,
    "ma": INCIDENT,
    "name": "admin",
    "period": "2026-11",
}
UNKNOWN = (
    *("/khong-co", "/su-co/SC-2026-9999", "/xa/99999", "/doi-tuong/x", "/bao-tri/TN-9", "/bao-cao/2026-99"),
    *("/hop/H9", "/tai-khoan/ai", "/tt/xa/99999", "/bao-cao/2026-11/so-sanh", "/su-co?dang=pdf"),
)
ROLES = (Role.ADMIN, Role.DUTY, Role.REPORTER, Role.COMMUNE, None)


def without_marks(text: str) -> str:
    """Return the same text in ASCII letters."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def ascii_province(folder: Path) -> None:
    """Write names without marks: what is Vietnamese on a page then is the program's."""
    for path in (folder / "danh-muc" / "tinh.yaml", folder / "nguoi-truc.yaml"):
        path.write_text(without_marks(path.read_text()).replace("kind: xa\n", "kind: xã\n"))


@pytest_asyncio.fixture(loop_scope="function")
async def office(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path, change=ascii_province, province="Tinh Thu") as running:
        running.client.session.cookie_jar.update_cookies({LANGUAGE_COOKIE: "en"})
        one = incident(1, guess=Guess(CauseKind.POWER, "UPS"))
        await running.open(one, incident(2, "21499", guess=None), log=opened(one, "note"))
        yield running


def vietnamese(text: str) -> list[str]:
    """Return the pieces of a page that hold a Vietnamese letter."""
    for each in ALLOWED:
        text = text.replace(each, "")
    return [found.strip() for found in VIETNAMESE.findall(text)]


def headers(role: Role | None) -> dict[str, str]:
    return {} if role is None else {"X-Role": role.value, "X-Name": role.value}


async def read(office: Lived, path: str, role: Role | None) -> str:
    response = await office.client.get(path, headers=headers(role), allow_redirects=False)
    return await response.text()


def address(path: str) -> str:
    """Return a page's path with its places filled in."""
    if path.startswith("/doi-tuong"):
        return path.replace("{id}", f"{COMMUNE}.tslcd")
    return path.format(**PLACES) if "{" in path else path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
async def test_a_page_says_nothing_in_vietnamese(office: Lived, page: Any) -> None:
    found = {role: vietnamese(await read(office, address(page.path), role)) for role in ROLES}
    assert {role: each for role, each in found.items() if each} == {}


async def test_no_download_says_anything_in_vietnamese(office: Lived) -> None:
    paths = [f"{address(page.path)}?dang=csv" for page in PAGES if page.table]
    found = {path: vietnamese(await read(office, path, Role.ADMIN)) for path in paths}
    assert {path: each for path, each in found.items() if each} == {}


async def test_no_error_says_anything_in_vietnamese(office: Lived) -> None:
    found = {(path, role): vietnamese(await read(office, path, role)) for path in UNKNOWN for role in ROLES}
    assert {key: each for key, each in found.items() if each} == {}


OF_FILES = "/danh-muc/"
"""What is wrong with the files of the inventory is said as the command line says it, in Vietnamese."""
FORMS: tuple[dict[str, str], ...] = (
    {},
    {"nguoi": "x", "bang": "csht", "tu": "mai", "den": "mai", "chon": INCIDENT, "don_vi": "ba tu", "gio": "99"},
    {"nguoi": "", "bang": "csht", "tu": "2026-11-24 08:00", "den": "2026-11-01 08:00", "don_vi": "ba to"},
    {"noi_dung": "x", "loai": "power", "vao": INCIDENT, "don-vi": "ai do", "bat-dau": "x", "name": "A", "role": "x"},
    {"don_vi": "ba to", "nha_mang": "Viettel", "dai": "30", "ly_do": "x", "ten": "x", "ban": "1", "tin": "1"},
    {"don_vi": "ba to", "loai": "tam-ngung", "den": "2026-12-30T00:00", "dong-y": "1", "ai": "khong-ai"},
    {"mat-khau": "x", "mat-khau-cu": "y", "ma": "1", "name": "duty", "role": "duty", "displayName": "", "scopes": "x"},
)  # fmt: skip


@pytest.mark.parametrize(
    "deed", [deed for deed in DEEDS if not deed.path.startswith(OF_FILES)], ids=lambda deed: deed.path
)
async def test_a_refusal_says_nothing_in_vietnamese(office: Lived, deed: Any) -> None:
    found = {}
    for number, form in enumerate(FORMS):
        for role in (Role.ADMIN, Role.COMMUNE):
            response = await office.client.post(
                address(deed.path), data=form, headers=headers(role), allow_redirects=False
            )
            said = unquote(response.headers.get("Set-Cookie", "")) + await response.text()
            found[number, role] = vietnamese(said)
    assert {key: said for key, said in found.items() if said} == {}
