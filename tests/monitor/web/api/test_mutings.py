"""Silences and maintenance through the API: looked at first, declared, listed, extended, ended, as a calendar."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from monitor.muting.ics import read_events
from monitor.people.rights import Role
from monitor.web.api import mutings
from tests.monitor.web.api.asking import ask, ids
from tests.monitor.web.lived import Lived, incident, lived

WORK: dict[str, Any] = {
    "selector": {"units": ["ba to"], "layers": ["tslcd"]},
    "durationS": 7_200,
    "comment": "thay thiết bị",
    "title": "Thay CPE, đợt 2;\r\nX-Evil: 1",
    "worker": "VNPT",
}
QUIET: dict[str, Any] = {"selector": {"units": ["ba to"]}, "durationS": 3_600, "comment": "đang sửa"}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as found:
        await found.open(incident(1))
        yield found


async def test_what_is_to_be_quiet_is_looked_at_and_then_declared(web: Lived) -> None:
    seen = (await ask(web, "POST", "/maintenances/preview", WORK))[1]
    assert seen["item"]["id"] is None
    assert (seen["preview"]["communes"], seen["preview"]["incidents"]) == (1, ["SC-2026-0001"])
    assert seen["preview"]["confirm"] is None
    assert ids((await ask(web, "GET", "/maintenances"))[1]) == []

    made = (await ask(web, "POST", "/maintenances", {**WORK, "who": "Ai Khác"}))[1]["item"]
    assert (made["who"], made["state"], made["until"]) == ("Bích Ngọc", "active", "2026-11-23T09:00:00+07:00")
    assert made["title"].isprintable()

    quiet = (await ask(web, "POST", "/silences", QUIET))[1]["item"]
    path = f"/silences/{quiet['id'].lower()}"
    longer = await ask(web, "POST", f"{path}/extend", {"durationS": 7_200, "comment": "chưa xong"})
    assert longer[1]["item"]["until"] == "2026-11-23T09:00:00+07:00"
    assert (await ask(web, "POST", f"{path}/end", {}))[1]["item"]["state"] in {"ended", "cancelled"}
    assert (await ask(web, "POST", f"{path}/end", {}))[0] == 409
    assert (await ask(web, "GET", f"/maintenances/{quiet['id']}"))[0] == 404
    assert ids((await ask(web, "GET", "/silences"))[1]) in ([], [quiet["id"]])


async def test_the_list_is_read_page_by_page(web: Lived) -> None:
    for hours in (1, 2, 3):
        body = {**WORK, "durationS": 3_600 * hours}
        assert (await ask(web, "POST", "/maintenances", body))[0] == 200

    first = (await ask(web, "GET", "/maintenances", query={"limit": "2"}))[1]
    second = (await ask(web, "GET", "/maintenances", query={"limit": "2", "cursor": first["next"]}))[1]
    assert len({*ids(first), *ids(second)}) == 3
    assert second["next"] is None


async def test_what_hits_many_communes_needs_their_number(
    web: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutings, "MANY_COMMUNES", 2)
    wide = {**QUIET, "selector": {"layers": ["tslcd"]}}
    assert (await ask(web, "POST", "/silences/preview", wide))[1]["preview"]["confirm"] == 3
    for confirm in (None, 2, 30):
        status, answer = await ask(web, "POST", "/silences", {**wide, "confirm": confirm})
        assert (status, "confirm: 3" in answer["hint"]) == (422, True)
    assert (await ask(web, "POST", "/silences", {**wide, "confirm": 3}))[0] == 200


WRONG: tuple[tuple[dict[str, object], int, str], ...] = (
    ({"selector": {}}, 422, "cả tỉnh"),
    ({"selector": {"units": ["ba"]}}, 400, "Ba"),
    ({"selector": {"units": ["ba to"], "layers": ["kiosk"]}}, 422, "riêng từng điều kiện"),
    ({"selector": {"everything": ["x"]}}, 400, "không có khóa này"),
    ({"durationS": None}, 400, "chưa nói đến khi nào"),
    ({"durationS": float("inf")}, 400, "durationS"),
    ({"until": "hôm qua", "durationS": None}, 400, "hôm qua"),
    ({"durationS": 40 * 86_400}, 422, "30 ngày"),
    ({"comment": " \x00"}, 422, "vì sao"),
    ({"title": "x"}, 400, "không có khóa này"),
)


async def test_what_cannot_be_declared_is_refused_in_words(web: Lived) -> None:
    for changes, expected, said in WRONG:
        for path in ("/silences/preview", "/silences"):
            status, answer = await ask(web, "POST", path, {**QUIET, **changes})
            assert (status, said in f"{answer['detail']}; {answer.get('hint')}") == (expected, True), answer


async def test_only_who_may_mute_does(web: Lived) -> None:
    for role in (Role.REPORTER, Role.LEADER, Role.COMMUNE, Role.SCREEN):
        assert (await ask(web, "POST", "/silences", QUIET, role=role))[0] == 403
        assert (await ask(web, "POST", "/maintenances/preview", WORK, role=role))[0] == 403
    assert (await ask(web, "GET", "/silences", role=Role.REPORTER))[0] == 200
    assert (await ask(web, "GET", "/silences", role=None))[0] == 401


async def test_office_calendars_follow_maintenance(web: Lived) -> None:
    await ask(web, "POST", "/maintenances", WORK)
    answer = await web.client.get("/api/v1/maintenances.ics", headers={"X-Role": "duty"})
    text = (await answer.read()).decode()

    assert answer.content_type == "text/calendar"
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert not [line for line in text.split("\r\n") if line.startswith("X-Evil")]
    (event,) = read_events(text)
    assert event.summary.startswith("Thay CPE, đợt 2; X-Evil: 1")
    assert event.until_text == "2026-11-23T02:00:00+00:00"
