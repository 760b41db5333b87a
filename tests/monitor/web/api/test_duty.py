"""Rotas, messages and rehearsals through the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor.people.rights import Role
from tests.monitor.web.api.asking import ask
from tests.monitor.web.lived import Lived, incident, lived, opened, told

SWAP = {"rota": "csht", "person": "an", "from": "2026-11-23 07:30", "until": "19:30", "comment": "đổi ca"}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as found:
        down = incident(1)
        await found.open(down, log=opened(down), told=(told(down),))
        yield found


async def test_who_is_on_duty_is_told_now_and_at_a_moment(web: Lived) -> None:
    now = (await ask(web, "GET", "/oncall"))[1]
    noon = (await ask(web, "GET", "/oncall", query={"at": "12:00"}))[1]
    reporter = (await ask(web, "GET", "/oncall", role=Role.REPORTER))[1]

    assert (now["items"][0]["shift"], noon["items"][0]["shift"]) == ("Ca đêm", "Ca ngày")
    assert now["items"][0]["people"][0]["phone"].startswith("0900")
    assert reporter["items"][0]["people"][0]["phone"] is None
    assert (await ask(web, "GET", "/oncall", query={"at": "mai"}))[0] == 400
    assert (await ask(web, "GET", "/oncall", role=Role.LEADER))[0] == 403
    sheet = (await ask(web, "GET", "/oncall/hand-over"))[1]
    assert [each["id"] for each in sheet["incidents"]] == ["SC-2026-0001"]


async def test_turns_are_swapped_by_who_plans_duty(web: Lived) -> None:
    made = await ask(web, "POST", "/oncall/swaps", {**SWAP, "who": "Ai Khác"})
    ahead = (await ask(web, "GET", "/oncall/duties", query={"days": "2"}))[1]

    assert (made[1]["item"]["person"], made[1]["item"]["who"]) == ("A Thiu", "Bích Ngọc")
    assert len(ahead["items"][0]["swaps"]) == 1
    assert (await ask(web, "POST", "/oncall/swaps", SWAP, role=Role.REPORTER))[0] == 403
    wrong: tuple[tuple[dict[str, str], int], ...] = (
        ({"person": "ngocc"}, 404),
        ({"rota": "x"}, 404),
        ({"until": "2026-11-22 07:30"}, 400),
        ({"until": ""}, 400),
        ({"until": "2027-03-01 07:30"}, 400),
        ({"role": "admin"}, 400),
    )
    for changes, status in wrong:
        assert (await ask(web, "POST", "/oncall/swaps", {**SWAP, **changes}))[0] == status, changes


async def test_messages_are_looked_at_retried_and_dropped_by_who_operates(web: Lived) -> None:
    queue = (await ask(web, "GET", "/notify/queue"))[1]
    assert set(queue) >= {"items", "next"}
    for path, body in (("/notify/retry", {"all": True}), ("/notify/drop", {"ids": [1], "comment": "x"})):
        assert (await ask(web, "POST", path, body, role=Role.REPORTER))[0] == 403
    assert (await ask(web, "GET", "/notify/queue", role=Role.REPORTER))[0] == 403
    assert (await ask(web, "POST", "/notify/retry", {"all": True}))[1]["ids"] == []
    wrong: tuple[tuple[str, dict[str, object], int], ...] = (
        ("/notify/retry", {}, 400),
        ("/notify/retry", {"ids": [1], "all": True}, 400),
        ("/notify/retry", {"ids": ["1"]}, 400),
        ("/notify/retry", {"ids": [2**63]}, 400),
        ("/notify/retry", {"ids": [999]}, 404),
        ("/notify/drop", {"ids": []}, 400),
        ("/notify/drop", {"ids": [999], "comment": " "}, 400),
        ("/notify/drop", {"ids": [999], "comment": "x"}, 404),
        ("/notify/test", {"to": ""}, 404),
        ("/notify/test", {"to": "ai đó\r\nX: 1"}, 404),
    )
    for path, sent, status in wrong:
        assert (await ask(web, "POST", path, sent))[0] == status, sent


async def test_who_would_be_told_and_in_which_words_is_shown(web: Lived) -> None:
    asked = {"target": "21484.tslcd", "at": "03:00", "severity": "1"}
    route = (await ask(web, "GET", "/notify/route", query=asked))[1]
    without = (await ask(web, "GET", "/notify/route", query=asked, role=Role.REPORTER))[1]
    assert route["steps"][0]["to"][0]["address"].endswith("@tinh.example")
    assert "@tinh.example" not in str(without)
    assert (await ask(web, "GET", "/notify/route", query={"target": "x"}))[0] == 404
    assert (await ask(web, "GET", "/notify/route", query={**asked, "severity": "9"}))[0] == 400

    shown = (await ask(web, "GET", "/notify/render", query={"incident": "SC-2026-0001"}))[1]
    assert "Ba Tơ" in shown["text"]
    assert (await ask(web, "GET", "/notify/render", query={"incident": "SC-2026-0099"}))[0] == 404
    assert (await ask(web, "GET", "/notify/render", query={"kind": "bulletin"}))[0] == 400
    assert (await ask(web, "GET", "/zalo/chats"))[0] == 409
    assert (await ask(web, "GET", "/zalo/chats", role=Role.REPORTER))[0] == 403
