"""The pages of reports over a month of the made-up year: reading, editing, filling in, freezing, downloads, rights."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from monitor.app import open_daemon
from monitor.demo.year.model import END_AT
from monitor.first_plan import first_plan
from monitor.people.rights import Role
from monitor.report.child import answer
from monitor.report.process import Job, ReportBuildError, ReportProcess
from monitor.web.server import make_app
from tests.clock import FakeClock
from tests.monitor.web.lived import ChosenDoor, Lived
from tests.monitor.web.page import Element, read

MONTH = "/bao-cao/2026-11"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class OwnProcess(ReportProcess):
    """Builds in the tests' own process: a child would load everything anew."""

    trouble: Exception | None = None

    async def build(self, job: Job) -> dict[str, Any]:
        if self.trouble is not None:
            raise self.trouble
        if not job.formats:  # charts: nobody looks at them here
            return {"nothing": False, "names": [], "failures": {}}
        asked = self._asked(job) | {"formats": ("csv",), "withPictures": False}
        return await asyncio.to_thread(answer, asked)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(made_up_year: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    """One for all: figures take a second, and no test stands in another's way, whichever comes first."""
    folder = tmp_path_factory.mktemp("bao-cao") / "nam"
    shutil.copytree(made_up_year, folder)
    clock = FakeClock(now=END_AT + 7 * 3_600)
    async with open_daemon(first_plan(folder / "tslcd-monitor.yaml"), clock=clock) as daemon:
        process = OwnProcess(folder / "tslcd-monitor.yaml", daemon.settings.state_dir)
        daemon.reports._process = daemon.reports.workshop._process = process
        async with TestClient(TestServer(make_app(daemon, ChosenDoor()))) as client:
            yield Lived(daemon, client, clock)


def sentence(page: Element, id_: str) -> Element:
    return next(each for each in page.all("li", "sentence") if each.attributes["id"] == f"c-{id_}")


def fields_of(page: Element, id_: str) -> dict[str, str]:
    """What the form of a sentence would send of itself."""
    inputs = sentence(page, id_).all("input")
    return {each.attributes["name"]: each.attributes["value"] for each in inputs}


async def panel(office: Lived, tab: str = "cau", role: Role = Role.REPORTER) -> Element:
    return (await both(office, tab, role))[0]


async def both(office: Lived, tab: str = "cau", role: Role = Role.REPORTER) -> tuple[Element, str]:
    """Return the page without its sheets, which take long to parse, and the sheets as they are written."""
    status, html = await office.get(MONTH, role, xem=tab)
    assert status == 200
    return without_sheets(html)


def without_sheets(html: str) -> tuple[Element, str]:
    begin, end = html.index('<section class="paper"'), html.index("</section>\n</div>\n</main>")
    return read(html[:begin] + html[end + len("</section>") :]), html[begin:end]


async def downloaded(office: Lived, revision: int | None = None, month: str = "2026-11") -> int:
    query = {} if revision is None else {"revision": str(revision)}
    path = f"/api/v1/reports/{month}/files/csv"
    response = await office.client.get(path, params=query, headers={"X-Role": "leader"})
    assert response.status != 200 or (await response.read()).startswith(b"PK")
    return response.status


async def settled(office: Lived) -> None:
    for task in list(office.daemon.reports.workshop._tasks):
        await task


@pytest.mark.asyncio(loop_scope="module")
async def test_a_report_is_read_and_its_sentences_are_edited(office: Lived) -> None:
    page, sheets = await both(office)
    ids = [each.attributes["id"].removeprefix("c-") for each in page.all("li", "sentence")]
    assert '<p class="mark">BẢN NHÁP</p>' in sheets
    assert "Kính gửi: Ủy ban nhân dân tỉnh" in sheets
    first = ids[0]

    # Rewritten with hostile text: shown as text, in the panel and in the document.
    sent = fields_of(page, first)
    status, where = await office.post(f"{MONTH}/cau", Role.REPORTER, **sent, lam="sua", cau=f"Câu {HOSTILE}")
    assert (status, where) == (303, f"{MONTH}?xem=cau#c-{first}")
    page, sheets = await both(office)
    assert "alert" in sentence(page, first).text
    assert "alert" in sheets
    assert "<img src=x" not in sheets
    assert "<script" not in sheets
    assert not page.all("img")
    assert "đã sửa" in sentence(page, first).text

    # The second of two who began from the same sentence is told who was first; what was typed is still there.
    status, html = await office.post(
        f"{MONTH}/cau", Role.REPORTER, **sent, lam="sua", cau="Câu của người thứ hai"
    )
    assert status == 409
    refused = sentence(without_sheets(html)[0], first)
    assert "Báo Cáo vừa sửa câu này" in refused.one("p", "wrong").text
    assert refused.one("textarea").text == "Câu của người thứ hai"

    # Restored; unticked; moved.
    await office.post(f"{MONTH}/cau", Role.REPORTER, **fields_of(page, first), lam="khoi-phuc")
    page = await panel(office)
    assert "alert" not in sentence(page, first).text
    await office.post(f"{MONTH}/cau", Role.REPORTER, **fields_of(page, first), lam="bo")
    page = await panel(office)
    assert "is-off" in sentence(page, first).classes
    await office.post(f"{MONTH}/cau", Role.REPORTER, **fields_of(page, first), lam="xuong")
    page = await panel(office)
    assert [each.attributes["id"] for each in page.all("li", "sentence")][:2] == [f"c-{ids[1]}", f"c-{first}"]


@pytest.mark.asyncio(loop_scope="module")
async def test_writers_add_fill_in_and_freeze(office: Lived) -> None:
    # A sentence of one's own; an empty one is refused.
    status, where = await office.post(
        f"{MONTH}/them", Role.REPORTER, phan="results", **{"cau-moi": "Câu thêm."}
    )
    assert status == 303
    assert sentence(await panel(office), where.rpartition("#c-")[2]).one("p", "what").text == "Câu thêm."
    assert (await office.post(f"{MONTH}/them", Role.REPORTER, phan="results"))[0] == 422
    assert (await office.post(f"{MONTH}/them", Role.REPORTER, phan="x", **{"cau-moi": "a"}))[0] == 422

    # Parts that people fill in, hostile text included.
    gaps = await panel(office, "thieu")
    assert "SC-2026-" in gaps.text
    await office.post(
        f"{MONTH}/phan", Role.REPORTER, **{"phan-signer": HOSTILE, "phan-storm_days": "ngày 12/11"}
    )
    gaps = await panel(office, "thieu")
    assert next(e for e in gaps.all("textarea") if e.attributes["name"] == "phan-signer").text == HOSTILE

    # Freezing: not without the tick; then the page says so, and the files are there.
    assert (await office.post(f"{MONTH}/chot", Role.REPORTER))[0] == 422
    assert (await office.post(f"{MONTH}/chot", Role.REPORTER, **{"dong-y": "1"}))[0] == 303
    assert "Đang chốt" in (await panel(office, "tep")).text
    await settled(office)
    page = await panel(office, "tep")
    assert "Đã chốt bản 1" in page.text
    again = {"dong-y": "1", "ly-do": "Sửa nguyên nhân", "nguoi-duyet": "Báo Cáo"}
    status, html = await office.post(f"{MONTH}/chot?xem=tep", Role.REPORTER, **again)
    assert status == 422
    assert "người duyệt cũng là người chốt" in html
    assert await downloaded(office, 1) == 200
    status, html = await office.get(f"{MONTH}/so-sanh", Role.LEADER, ban="1")
    assert status == 200
    assert "Bản 1 so với" in html
    assert (await office.get(f"{MONTH}/so-sanh", Role.LEADER, ban="9"))[0] == 404
    # Opened without saying which: the newest against what holds now; where there is none, that is what is said.
    status, html = await office.get(f"{MONTH}/so-sanh", Role.LEADER)
    assert status == 200
    assert "Bản 1 so với số liệu lúc này" in html
    status, html = await office.get("/bao-cao/2026-10/so-sanh", Role.LEADER)
    assert status == 404
    assert "tháng 10 năm 2026 chưa chốt bản nào để so sánh" in html.lower()


@pytest.mark.asyncio(loop_scope="module")
async def test_leaders_read_only_and_files_of_the_draft_are_built_on_demand(office: Lived) -> None:
    for tab in ("cau", "so-lieu", "thieu", "tep"):
        page = await panel(office, tab, Role.LEADER)
        assert not [each for each in page.all("form") if each.attributes.get("action", "").startswith(MONTH)]
    for deed in ("cau", "them", "phan", "dung-tep", "chot"):
        for role in (Role.LEADER, Role.DUTY, Role.COMMUNE):
            assert (await office.post(f"{MONTH}/{deed}", role))[0] == 403
    assert (await office.get(MONTH, None))[0] == 303
    assert (await office.get("/bao-cao", Role.COMMUNE))[0] == 403
    assert (await office.get("/bao-cao/2026-99", Role.LEADER))[0] == 404
    assert await downloaded(office, month="2026-10") == 404

    status, where = await office.post(f"{MONTH}/dung-tep", Role.REPORTER)
    assert (status, where) == (303, f"{MONTH}?xem=tep&loai=report")
    assert "Đang dựng" in (await office.piece(f"{MONTH}/viec", Role.LEADER))[1]
    alone = await office.client.get(
        f"{MONTH}/viec?loai=week", headers={"X-Role": "leader"}, allow_redirects=False
    )
    assert (alone.status, alone.headers["Location"]) == (303, f"{MONTH}?xem=tep&loai=week")
    await settled(office)
    html = (await office.piece(f"{MONTH}/viec", Role.LEADER))[1]
    assert "/api/v1/reports/2026-11/files/csv" in html
    assert "hx-get" not in html
    assert await downloaded(office) == 200

    office.daemon.reports.workshop._process.trouble = ReportBuildError(HOSTILE)  # type: ignore[attr-defined]
    await office.post(f"{MONTH}/dung-tep", Role.REPORTER)
    await settled(office)
    office.daemon.reports.workshop._process.trouble = None  # type: ignore[attr-defined]
    html = (await office.piece(f"{MONTH}/viec", Role.LEADER))[1]
    assert "Chưa dựng được" in html
    assert "<script>" not in html

    status, html = await office.get("/bao-cao", Role.LEADER, ky="2026-q4")
    assert status == 200
    assert "Mở báo cáo quý IV năm 2026" in html
    assert HOSTILE not in (await office.get("/bao-cao", Role.LEADER, ky=HOSTILE))[1]
    status, html = await office.get("/bao-cao/2020-01", Role.LEADER)
    assert status == 200
    assert "Chưa có số liệu nào" in html
