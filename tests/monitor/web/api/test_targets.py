"""The API of targets and communes, from a whole daemon: who sees what, pages of lists, calendars, measurements."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerts.model.checks import CheckResult
from monitor.people.rights import Role
from probes.reading import FailureReason, Reading
from tests.monitor.web.lived import COMMUNE, HOUR_S, NOW, OTHER, Lived, incident, lived

TARGET = f"{COMMUNE}.tslcd"
BASE = "/api/v1"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as opened:
        yield opened


async def get(
    place: Lived, path: str, role: Role | None = Role.DUTY, **query: str
) -> tuple[int, dict[str, Any]]:
    status, text = await place.get(f"{BASE}/{path}", role, **query)
    return status, json.loads(text)


async def look(place: Lived, target: str, role: Role | None) -> tuple[int, dict[str, Any], str | None]:
    headers = {} if role is None else {"X-Role": role.value}
    response = await place.client.post(f"{BASE}/targets/{target}/check", headers=headers)
    return response.status, await response.json(), response.headers.get("Retry-After")


async def test_a_list_comes_in_pages_and_by_conditions(place: Lived) -> None:
    seen, cursor = [], ""
    while True:
        status, body = await get(place, "targets", limit="2", cursor=cursor)
        assert status == 200
        seen += [each["id"] for each in body["items"]]
        if body["next"] is None:
            break
        cursor = body["next"]
    assert seen == sorted(seen) == ["21484.tslcd", "21499.tslcd", "23332.tslcd"]

    for query, expected in (
        ({"q": "xa ba vinh"}, ["21499.tslcd"]),
        ({"provider": "Viettel"}, ["21499.tslcd", "23332.tslcd"]),
        ({"layer": "kiosk"}, []),
        ({"unit": OTHER}, ["21499.tslcd"]),
        ({"state": "down"}, []),
        ({"area": "qn", "layer": "tslcd", "provider": "VNPT"}, ["21484.tslcd"]),
    ):
        _, body = await get(place, "targets", **query)
        assert [each["id"] for each in body["items"]] == expected, query


async def test_addresses_and_options_are_for_those_who_may_see_them(place: Lived) -> None:
    _, duty = await get(place, f"targets/{TARGET}")
    _, reporter = await get(place, f"targets/{TARGET}", Role.REPORTER)

    assert duty["item"]["address"] == "127.0.0.1"
    assert duty["item"]["checks"][0]["options"]
    assert duty["item"]["circuit"]["provider"] == "VNPT"
    assert reporter["item"]["address"] is reporter["item"]["checks"][0]["options"] is None
    assert reporter["item"]["contacts"] is None
    assert "127.0.0.1" not in json.dumps(reporter)


async def test_every_value_says_who_said_it(place: Lived) -> None:
    _, body = await get(place, f"targets/{TARGET}/options")
    values = {each["path"]: each for each in body["items"]}

    assert body["known"]
    assert values["checks.icmp.interval_s"]["value"] == 60
    assert values["address"]["file"].endswith("tinh.yaml")
    assert (await get(place, f"targets/{TARGET}/options", Role.REPORTER))[0] == 403


async def test_a_commune_sees_its_own_and_nothing_else(place: Lived) -> None:
    assert (await get(place, f"targets/{TARGET}", Role.COMMUNE))[0] == 200
    assert (await get(place, f"communes/{COMMUNE}-ba-to", Role.COMMUNE))[0] == 200
    for path in (f"targets/{OTHER}.tslcd", f"communes/{OTHER}", f"targets/{OTHER}.tslcd/calendar"):
        status, body = await get(place, path, Role.COMMUNE)
        assert (status, "hint" in body) == (404, False), path
    assert (await get(place, "targets", Role.COMMUNE))[0] == 403
    assert (await get(place, f"targets/{TARGET}", None))[0] == 401


async def test_a_commune_says_how_its_layers_are_and_what_goes_on(place: Lived) -> None:
    await place.open(incident(1))

    _, body = await get(place, f"communes/{COMMUNE}")
    item = body["item"]

    assert (item["name"], item["district"]) == ("Xã Ba Tơ", "huyện Ba Tơ")
    assert [layer["layer"] for layer in item["layers"]] == ["tslcd"]
    assert [each["id"] for each in item["incidents"]] == ["SC-2026-0001"]
    assert len(item["months"]) == 12
    assert item["months"][-1]["month"] == "2026-11"


async def test_the_calendar_has_the_watched_days_of_a_year(place: Lived) -> None:
    status, body = await get(place, f"targets/{TARGET}/calendar")
    assert (status, body["year"], body["check"]) == (200, 2026, f"{TARGET}/icmp")
    assert {each["day"][:4] for each in body["items"]} <= {"2026"}

    _, earlier = await get(place, f"targets/{TARGET}/calendar", year="2025")
    assert {each["availabilityRatio"] for each in earlier["items"]} <= {None}
    for year in ("1999", "99999999999", "x", "-1", "2026.5"):
        assert (await get(place, f"targets/{TARGET}/calendar", year=year))[0] == 400, year


async def test_the_latest_results_come_with_phases_and_reasons(place: Lived) -> None:
    check_id = f"{TARGET}/icmp"
    log = place.daemon.results
    log.append(CheckResult(check_id, NOW - 60, 0.02, Reading(ok=True, metrics={"rtt_p50_s": 0.012})))
    failed = Reading(ok=False, reason=FailureReason.TIMEOUT, detail="127.0.0.1 im lặng")
    log.append(CheckResult(check_id, NOW - 30, 2.0, failed))
    await log.flush()

    _, duty = await get(place, f"targets/{TARGET}/results")
    _, reporter = await get(place, f"targets/{TARGET}/results", Role.REPORTER, limit="1")

    assert [(each["ok"], each["reason"]) for each in duty["items"]] == [(False, "timeout"), (True, None)]
    assert duty["items"][0]["detail"] == "127.0.0.1 im lặng"
    assert duty["items"][1]["metrics"] == {"rtt_p50_s": 0.012}
    assert [each["detail"] for each in reporter["items"]] == [""]
    for wrong in ({"limit": "0"}, {"limit": "501"}, {"limit": "9" * 400}):
        assert (await get(place, f"targets/{TARGET}/results", **wrong))[0] == 400
    assert (await get(place, f"targets/{TARGET}/results", check="khac"))[0] == 404


async def test_asking_for_a_measurement_too_often_is_told_when_to_come_back(place: Lived) -> None:
    status, body, _ = await look(place, TARGET, Role.DUTY)
    assert (status, body["checks"]) == (202, [f"{TARGET}/icmp"])

    status, body, wait = await look(place, TARGET, Role.COMMUNE)
    assert (status, wait) == (429, "10")
    assert "thử lại sau 10 giây" in body["hint"]
    assert (await look(place, f"{OTHER}.tslcd", Role.DUTY))[0] == 202
    assert (await look(place, f"{OTHER}.tslcd", Role.COMMUNE))[0] == 404
    assert (await look(place, TARGET, Role.LEADER))[0] == 403
    await place.clock.advance(11)
    assert (await look(place, TARGET, Role.COMMUNE))[0] == 202


async def test_how_things_stand(place: Lived) -> None:
    await place.open(incident(1, age_s=HOUR_S))

    _, summary = await get(place, "summary", Role.LEADER, days="7")
    assert summary["days"] == 7
    _, health = await get(place, "health")
    assert health["status"] in {"ok", "degraded", "failing"}
    _, found = await get(place, "search", q="ba to")
    assert found["items"][0]["id"] == COMMUNE
    _, little = await get(place, "search", Role.LEADER, q="1")
    assert {each["kind"] for each in little["items"]} <= {"commune"}
    _, public = await get(place, "public/status", None)
    assert [each["id"] for each in public["communes"]] == [COMMUNE, OTHER, "23332"]
    assert "127.0.0.1" not in json.dumps(public)
    _, coverage = await get(place, "inventory/coverage")
    assert coverage["units"] == 3


async def test_what_still_holds_is_not_sent_again(place: Lived) -> None:
    path, headers = f"{BASE}/communes/{COMMUNE}", {"X-Role": "duty"}
    first = await place.client.get(path, headers=headers)
    etag = first.headers["ETag"]

    again = await place.client.get(path, headers={**headers, "If-None-Match": f'"x", {etag}'})
    assert (again.status, await again.read()) == (304, b"")
    await place.open(incident(1))
    changed = await place.client.get(path, headers={**headers, "If-None-Match": etag})
    assert changed.status == 200


STRANGE = (
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    "..%2F..%2Fetc%2Fpasswd",
    "%0D%0AX:%20y",
    "x" * 2_000,
    "%F0%9F%92%A9",
    "'%22%3B--",
)


async def test_strange_questions_are_refused_in_vietnamese(place: Lived) -> None:
    client, duty = place.client, {"X-Role": "admin"}
    for strange in STRANGE:
        for path in (
            f"targets/{strange}",
            f"communes/{strange}",
            f"series/{strange}",
            f"incidents/{strange}",
        ):
            answer = await client.get(f"{BASE}/{path}", headers=duty)
            assert answer.status in {400, 404}, path
            assert answer.content_type == "application/problem+json"
        for query in (
            f"targets?q={strange}",
            f"targets?cursor={strange}",
            f"search?q={strange}",
            f"targets?limit={strange}",
        ):
            assert (await client.get(f"{BASE}/{query}", headers=duty)).status in {200, 400}, query
    for limit in ("0", "-1", "501", "1e3", "٣", "9" * 5_000, "", "null"):
        answer = await client.get(f"{BASE}/targets", params={"limit": limit}, headers=duty)
        assert answer.status in {400, 414}, limit
        assert "limit" in (await answer.text()) or answer.status == 414
    assert (await client.get(f"{BASE}/targets?khong=co", headers=duty)).status == 400


BODIES = (
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b"\xff\xfe{}",
    b'{"digest": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    b'{"digest": "\\ud800"}',
    b'{"digest": "\\u0000"}',
    b'{"digest": ' + b"9" * 5_000 + b"}",
    b'{"digest": NaN}',
    b'{"digest": "x", "digest": 1}',
)


async def test_strange_bodies_are_refused_in_vietnamese(place: Lived) -> None:
    headers = {"X-Role": "admin", "Content-Type": "application/json"}
    for body in BODIES:
        answer = await place.client.post(f"{BASE}/inventory/apply", data=body, headers=headers)
        assert answer.status in {400, 409}, body[:40]
        assert (await answer.json())["detail"]
    plain = await place.client.post(
        f"{BASE}/inventory/apply", data=b"digest=x", headers={**headers, "Content-Type": "text/plain"}
    )
    assert plain.status == 415
    large = await place.client.post(f"{BASE}/inventory/apply", data=b" " * 100_000, headers=headers)
    assert large.status == 413
