"""The list of incidents and one of them, as people read it: tabs, filters, files, hostile texts, empty and error states."""

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest

from alerts.model.incident import (
    CauseKind,
    Choice,
    CloseReason,
    Common,
    Dimension,
    IncidentEvent,
    LogKind,
    Side,
)
from monitor.people.rights import Role
from tests.monitor.web.lived import HOUR_S, NOW, OTHER, Lived, incident, lived, opened, told

HOSTILE = "<script>alert('xã')</script>\"><img src=x onerror=alert(1)>"
OPEN = incident(1)
TAKEN = incident(2, OTHER, age_s=2 * HOUR_S, acknowledged_at=NOW - 600, acknowledged_by=f"Zalo {HOSTILE}")
OVER = incident(
    3,
    "23332",
    age_s=26 * HOUR_S,
    resolved_at=NOW - 20 * HOUR_S,
    close_reason=CloseReason.RECOVERED,
    guess=None,
)
JUDGED = incident(
    4,
    age_s=50 * HOUR_S,
    resolved_at=NOW - 49 * HOUR_S,
    close_reason=CloseReason.RECOVERED,
    choice=Choice(CauseKind.POWER, Side.LOCAL, "A Thiu", NOW - 40 * HOUR_S),
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as found:
        path = IncidentEvent(OPEN.id, NOW - 3_000, LogKind.PATH, text="lúc mở: 10.51.0.1 (2 ms)")
        await found.open(
            OPEN, TAKEN, OVER, JUDGED, log=(*opened(OPEN, HOSTILE), path, *opened(TAKEN)), told=(told(OPEN),)
        )
        yield found


def shown(page: str) -> set[str]:
    return {f"SC-2026-000{n}" for n in range(1, 6) if f'href="/su-co/SC-2026-000{n}"' in page}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, {1, 2}),
        ({"tab": "da-nhan"}, {2}),
        ({"tab": "cho-nguyen-nhan"}, {3}),
        ({"tab": "da-dong"}, {3, 4}),
        ({"tab": "tat-ca"}, {1, 2, 3, 4}),
        ({"tab": "tat-ca", "nha_mang": "VNPT"}, {1, 4}),
        ({"tab": "tat-ca", "q": "dak ha"}, {3}),
        ({"tab": "tat-ca", "nguyen_nhan": "power"}, {4}),
        ({"tab": "tat-ca", "dai": "240"}, {3}),
        ({"tab": "tat-ca", "den": "2026-11-21"}, {4}),
        ({"tab": "tat-ca", "lop": "central"}, set()),
        ({"tab": "x", "lop": "x", "muc": "x", "dai": "-1", "tu": "x", "xep": "x", "tiep": "nan~x~1"}, {1, 2}),
    ],
)
async def test_the_list_is_filtered_by_its_address(
    office: Lived, query: dict[str, str], ids: set[int]
) -> None:
    status, page = await office.get("/su-co", **query)

    assert status == 200
    assert shown(page) == {f"SC-2026-000{n}" for n in ids}


async def test_tabs_say_how_many_and_an_empty_list_says_how_the_month_was(office: Lived) -> None:
    _, page = await office.get("/su-co")
    text = " ".join(unescape(page).replace("\xa0", " ").split())
    assert 'Đang mở <span class="many">2</span>' in text
    assert 'Tất cả <span class="many">4</span>' in text

    _, empty = await office.get("/su-co", lop="central")
    assert "Không có sự cố nào khớp bộ lọc." in empty
    assert "30 ngày qua: 4 sự cố, dài nhất 06 giờ" in unescape(empty)


async def test_a_long_list_goes_on_where_it_ended(tmp_path: Path) -> None:
    async with lived(tmp_path) as office:
        await office.open(*(incident(n, age_s=60.0 * n) for n in range(1, 61)))
        _, first = await office.get("/su-co")
        address = unescape(first.partition('class="more"')[2].partition('href="')[2].partition('"')[0])
        _, second = await office.get(address)

    assert first.count("<tr id=") == 50
    assert second.count("<tr id=") == 10


async def test_nothing_hostile_leaves_a_page_unescaped_and_leaders_see_only_the_list(office: Lived) -> None:
    for path in ("/su-co", "/su-co/SC-2026-0001", "/su-co/SC-2026-0002", "/truc/ban-giao", "/bao-tri"):
        status, page = await office.get(path)
        assert status == 200
        assert "<script>alert" not in page
        assert "<img" not in page
    assert "Zalo &lt;script&gt;" in page
    status, listed = await office.get("/su-co", Role.LEADER)
    assert (status, shown(listed)) == (200, set())
    assert (await office.get("/su-co/SC-2026-0001", Role.LEADER))[0] == 403


async def test_the_timeline_tells_log_and_messages_and_hides_addresses_from_reporters(office: Lived) -> None:
    _, page = await office.get("/su-co/SC-2026-0001")
    _, reported = await office.get("/su-co/SC-2026-0001", Role.REPORTER)

    assert "Xác nhận sự cố" in page
    assert "Tin báo sự cố qua tệp → Bích Ngọc" in page
    assert "10.51.0.1" in page
    assert "10.51.0.1" not in reported
    assert "Tin báo sự cố qua tệp" in reported
    assert "Bích Ngọc" not in reported.partition('id="incident-log"')[2].partition("</ol>")[0]


async def test_an_incident_that_never_was_is_said_so(office: Lived) -> None:
    status, page = await office.get("/su-co/SC-2026-9999")
    assert status == 404
    assert "SC-2026-9999" in page


async def test_several_are_taken_merged_and_judged_at_once(office: Lived) -> None:
    both = ["SC-2026-0001", "SC-2026-0002"]
    status, page = await office.post("/su-co/nhan-nhieu", ve="/su-co?tab=tat-ca")
    assert status == 400
    assert "chưa chọn sự cố nào" in page
    assert 'name="ve" value="/su-co?tab=tat-ca"' in page

    where = await office.post("/su-co/nhan-nhieu", chon=",".join(both), ve="/su-co?tab=tat-ca")
    assert where == (303, "/su-co?tab=tat-ca")
    assert office.incident(both[0]).acknowledged_by == "Bích Ngọc"
    assert office.incident(both[1]).acknowledged_by.startswith("Zalo"), "who had it keeps it"

    await office.post("/su-co/nguyen-nhan-nhieu", chon="SC-2026-0003,SC-2026-0004", loai="line")
    record = await office.daemon.state.incident("SC-2026-0004")
    assert record is not None
    assert record.incident.choice == JUDGED.choice, "what somebody judged stays"
    record = await office.daemon.state.incident("SC-2026-0003")
    assert record is not None
    assert record.incident.choice is not None

    assert (await office.post("/su-co/gop-nhieu", chon=both[0]))[0] == 400
    assert (await office.post("/su-co/gop-nhieu", chon=",".join(both)))[0] == 303
    assert office.incident(both[0]).part_of == both[1], "into the oldest"
    assert (await office.post("/su-co/gop-nhieu", Role.REPORTER, chon=both[0]))[0] == 403


async def test_the_parts_of_a_group_and_what_repeats_are_named(tmp_path: Path) -> None:
    async with lived(tmp_path) as office:
        group = incident(
            9,
            root_check_id="",
            common=Common(Dimension.PROVIDER, "VNPT", "tslcd"),
            affected=frozenset({"21484.tslcd/icmp", f"{OTHER}.tslcd/icmp"}),
        )
        part = incident(1, part_of=group.id)
        await office.open(group, part, incident(2, OTHER, part_of=group.id), JUDGED)
        _, whole = await office.get(f"/su-co/{group.id}")
        _, of_part = await office.get(f"/su-co/{part.id}")
        status, own = await office.get(f"/su-co/{group.id}", Role.COMMUNE)
        await office.post(f"/su-co/{part.id}/nhan", thay="")

        assert shown(whole) == {"SC-2026-0001", "SC-2026-0002"}
        assert "2 nơi cùng lúc" in whole
        assert "SC-2026-0004" in of_part.partition("tái diễn")[2]
        assert group.id in of_part
        assert status == 200
        assert shown(own) == {"SC-2026-0001"}, "a commune knows that there is more, not where"
        assert office.incident(group.id).acknowledged_by == "Bích Ngọc", "the group tells for its parts"
