"""Incidents through the API: lists, who sees what, what people do, and two people at once."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerts.model.incident import CauseKind, CloseReason, IncidentEvent, LogKind, Ticket
from monitor.people.rights import Role
from tests.monitor.web.api.asking import ask, ids
from tests.monitor.web.lived import COMMUNE, NOW, OTHER, Lived, incident, lived, opened, told

HOSTILE = "<b>x</b>\r\nX-Evil: 1\x00\x1b[31m\u202e"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Lived]:
    """Two lines are down; the first one was down before, long ago."""
    async with lived(tmp_path) as found:
        first, second = incident(11), incident(12, OTHER, age_s=600)
        path = IncidentEvent(first.id, NOW - 60, LogKind.PATH, text="1 10.51.250.1 (0,4 ms)")
        log = (*opened(first, "đã gọi điện"), path, *opened(second))
        await found.open(first, second, log=log, told=(told(first),))
        yield found


async def past(web: Lived, number: int = 1, **more: Any) -> None:
    over: dict[str, Any] = {"resolved_at": NOW - 80_000, "close_reason": CloseReason.RECOVERED}
    await web.open(incident(number, age_s=90_000, **(over | more)))


async def test_the_list_is_filtered_sorted_and_read_page_by_page(web: Lived) -> None:
    await past(web, ticket=Ticket("=1+1", NOW - 85_000))

    assert ids((await ask(web, "GET", "/incidents"))[1]) == ["SC-2026-0012", "SC-2026-0011", "SC-2026-0001"]
    assert (
        ids((await ask(web, "GET", "/incidents", query={"state": "open", "sort": "declaredAt"}))[1])[0]
        == "SC-2026-0011"
    )
    assert ids((await ask(web, "GET", "/incidents", query={"state": "no-cause"}))[1]) == ["SC-2026-0001"]
    assert ids((await ask(web, "GET", "/incidents", query={"unit": "ba vinh"}))[1]) == ["SC-2026-0012"]
    assert ids((await ask(web, "GET", "/incidents", query={"provider": "VNPT", "state": "open"}))[1]) == [
        "SC-2026-0011"
    ]
    assert ids((await ask(web, "GET", "/incidents", query={"q": "=1+", "min_s": "600"}))[1]) == [
        "SC-2026-0001"
    ]
    assert ids((await ask(web, "GET", "/incidents", query={"layer": "kiosk"}))[1]) == []

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (
            await ask(web, "GET", "/incidents", query={"limit": "1", "sort": "-durationS", "cursor": cursor})
        )[1]
        seen += ids(page)
        cursor = page["next"]
    assert seen == ["SC-2026-0001", "SC-2026-0011", "SC-2026-0012"]


MEANINGLESS: tuple[dict[str, str], ...] = (
    {"unit": "Xã Không Có"},
    {"layer": "mây"},
    {"level": "up"},
    {"cause": "ma"},
    {"from": "hôm qua"},
    {"cursor": "!"},
    {"cursor": "bmFuIG5hbiB4"},
    {"limit": "0"},
    {"rights": "people"},
)


async def test_a_question_that_means_nothing_is_refused_in_words(web: Lived) -> None:
    for query in MEANINGLESS:
        assert (await ask(web, "GET", "/incidents", query=query))[0] == 400, query


async def test_each_role_sees_of_an_incident_what_it_may(web: Lived) -> None:
    on_duty = (await ask(web, "GET", "/incidents/sc-2026-0011"))[1]
    reporter = (await ask(web, "GET", "/incidents/SC-2026-0011", role=Role.REPORTER))[1]

    assert on_duty["notifications"][0]["recipient"] == "ngoc@tinh.example"
    assert "path" in {line["kind"] for line in on_duty["log"]}
    assert "ngoc@tinh.example" not in str(reporter)
    assert "10.51.250.1" not in str(reporter)
    assert (await ask(web, "GET", "/incidents/SC-2026-0011", role=Role.LEADER))[0] == 403
    assert ids((await ask(web, "GET", "/incidents", role=Role.LEADER))[1])
    assert (await ask(web, "GET", "/incidents", role=None))[0] == 401


async def test_a_commune_sees_and_notes_its_own_and_nothing_else(web: Lived) -> None:
    await past(web)

    listed = (await ask(web, "GET", "/incidents", role=Role.COMMUNE))[1]
    assert ids(listed) == ["SC-2026-0011", "SC-2026-0001"]
    assert (await ask(web, "GET", "/incidents", role=Role.COMMUNE, query={"unit": OTHER}))[0] == 403
    own = (await ask(web, "GET", "/incidents/SC-2026-0011", role=Role.COMMUNE))[1]
    assert [each["id"] for each in own["related"]["earlier"]] == ["SC-2026-0001"]
    assert (await ask(web, "GET", "/incidents/SC-2026-0012", role=Role.COMMUNE))[0] == 404

    noted = {"text": "đã có điện", "who": "Quản Trị"}
    assert (await ask(web, "POST", "/incidents/SC-2026-0011/note", noted, role=Role.COMMUNE))[0] == 200
    assert (await ask(web, "POST", "/incidents/SC-2026-0012/note", noted, role=Role.COMMUNE))[0] == 404
    log = (await ask(web, "GET", "/incidents/SC-2026-0011"))[1]["log"]
    assert [line["who"] for line in log if line["text"] == "đã có điện"] == ["Cán bộ Ba Tơ"]


DEEDS: tuple[tuple[str, dict[str, object], set[Role]], ...] = (
    ("ack", {}, {Role.DUTY, Role.ADMIN}),
    ("note", {"text": "x"}, {Role.DUTY, Role.ADMIN, Role.COMMUNE}),
    ("cause", {"kind": "power"}, {Role.DUTY, Role.ADMIN, Role.REPORTER}),
    ("ticket", {"number": "VNPT-1"}, {Role.DUTY, Role.ADMIN, Role.REPORTER}),
    ("close", {}, {Role.DUTY, Role.ADMIN}),
)


async def test_a_deed_is_for_those_whose_work_it_is(web: Lived) -> None:
    for verb, body, allowed in DEEDS:
        for role in Role:
            status, _ = await ask(web, "POST", f"/incidents/SC-2026-0011/{verb}", body, role=role)
            assert status in ({200, 409} if role in allowed else {403}), (verb, role)


async def test_it_is_taken_for_a_while_given_back_judged_and_closed(web: Lived) -> None:
    taken = await ask(web, "POST", "/incidents/SC-2026-0011/ack", {"durationS": 3_600, "text": "đang gọi"})
    assert (taken[1]["item"]["ackedBy"], taken[1]["item"]["ackedUntil"]) == (
        "Bích Ngọc",
        "2026-11-23T08:00:00+07:00",
    )
    assert (await ask(web, "POST", "/incidents/SC-2026-0011/unack", {}))[1]["item"]["ackedBy"] is None
    assert (await ask(web, "POST", "/incidents/SC-2026-0011/unack", {}))[0] == 409
    judged = (await ask(web, "POST", "/incidents/SC-2026-0011/cause", {"kind": "power"}))[1]["item"]
    assert (judged["choice"]["kind"], judged["choice"]["side"]) == (CauseKind.POWER, "objective")
    merged = await ask(web, "POST", "/incidents/SC-2026-0012/merge", {"into": "sc-2026-0011"})
    assert merged[1]["item"]["partOf"] == "SC-2026-0011"
    closed = await ask(web, "POST", "/incidents/SC-2026-0011/close", {"text": "thu hồi"})
    assert closed[1]["item"]["closeReason"] == "by_hand"
    assert (await ask(web, "POST", "/incidents/SC-2026-0011/ack", {}))[0] == 409
    assert (await ask(web, "POST", "/incidents/SC-2026-0011/note", {"text": "đối soát"}))[0] == 200


WRONG: tuple[tuple[str, dict[str, object], str], ...] = (
    ("ack", {"until": "mai"}, "mai"),
    ("ack", {"until": "2020-01-01 00:00"}, "giờ kết thúc"),
    ("ack", {"until": "2099-01-01 00:00"}, "dài nhất 30 ngày"),
    ("ack", {"durationS": 31 * 86_400}, "dài nhất 30 ngày"),
    ("ack", {"durationS": float("nan")}, "durationS"),
    ("ack", {"role": "admin"}, "không có khóa này"),
    ("cause", {"kind": "ma"}, "chọn một trong"),
    ("cause", {"kind": "line", "side": "ai"}, "chọn một trong"),
    ("note", {"text": " \x00"}, "không được trống"),
    ("note", {"text": 7}, "cần chữ"),
    ("ticket", {"number": ""}, "không được trống"),
    ("ticket", {"number": "1", "reported": "9999-12-31T23:59-12:00"}, "năm phải từ"),
    ("merge", {}, "into"),
)


async def test_what_cannot_be_understood_is_told(web: Lived) -> None:
    for verb, body, said in WRONG:
        status, answer = await ask(web, "POST", f"/incidents/SC-2026-0011/{verb}", body)
        assert status == 400, body
        assert said in f"{answer['detail']}; {answer.get('hint')}", body


async def test_a_merge_that_cannot_be_says_which_of_the_two_is_the_reason(web: Lived) -> None:
    await past(web)
    unknown = await ask(web, "POST", "/incidents/SC-2026-0012/merge", {"into": "SC-2026-0099"})
    ended = await ask(web, "POST", "/incidents/SC-2026-0012/merge", {"into": "sc-2026-0001"})

    assert (unknown[0], unknown[1]["detail"]) == (404, "không có sự cố SC-2026-0099")
    assert (ended[0], ended[1]["detail"]) == (409, "SC-2026-0001 đã đóng")


async def test_of_two_people_at_once_the_second_hears_who_was_quicker(web: Lived) -> None:
    version = (await ask(web, "GET", "/incidents/SC-2026-0011"))[1]["item"]["version"]
    seen = {"version": version}
    results = await asyncio.gather(
        *(
            ask(web, "POST", "/incidents/SC-2026-0011/cause", {"kind": kind, **seen}, name=name)
            for kind, name in (("power", "Bích Ngọc"), ("line", "A Thiu"))
        )
    )

    (done,) = [body["item"] for status, body in results if status == 200]
    (late,) = [body for status, body in results if status == 409]
    assert f"{done['choice']['who']} đã đổi lúc 07:00:00 23/11/2026" in late["detail"]
    kept = (await ask(web, "GET", "/incidents/SC-2026-0011"))[1]["item"]
    assert kept["choice"] == done["choice"]
    assert (await ask(web, "POST", "/incidents/SC-2026-0011/ack", seen))[0] == 409
    assert (await ask(web, "POST", "/incidents/SC-2026-0011/ack", {"version": kept["version"]}))[0] == 200


async def test_names_and_texts_are_one_clean_line(web: Lived) -> None:
    await ask(web, "POST", "/incidents/SC-2026-0011/ack", {"text": HOSTILE}, name="An")
    status, answer = await ask(web, "GET", "/incidents/SC-2026-0011")

    (line,) = [each for each in answer["log"] if each["kind"] == "acknowledged"]
    assert status == 200
    assert line["text"].isprintable()
    assert line["text"].startswith("<b>x</b> X-Evil: 1")


async def test_the_incidents_of_a_time_come_all_at_once(web: Lived) -> None:
    await past(web)

    assert ids((await ask(web, "GET", "/incident-export"))[1])[0] == "SC-2026-0001"
    assert len(ids((await ask(web, "GET", "/incident-export", query={"from": "2026-11-23 00:00"}))[1])) == 2
    assert (await ask(web, "GET", "/incident-export", role=Role.LEADER))[0] == 403


async def test_the_evidence_of_one_is_a_zip_for_those_who_see_addresses(web: Lived) -> None:
    url = "/api/v1/incidents/SC-2026-0011/export"
    answer = await web.client.get(url, headers={"X-Role": "duty"})
    packed = zipfile.ZipFile(io.BytesIO(await answer.read()))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="SC-2026-0011.zip"'
    assert "SC-2026-0011/SHA256SUMS" in packed.namelist()
    assert (await web.client.get(url, headers={"X-Role": "reporter"})).status == 403
    gone = await web.client.get("/api/v1/incidents/..%2f..%2fx/export", headers={"X-Role": "duty"})
    assert gone.status == 404
    assert COMMUNE not in gone.headers.get("Content-Disposition", "")
