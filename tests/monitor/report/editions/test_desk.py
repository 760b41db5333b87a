"""Freezing in the daemon: one at a time, the files first, and nothing left behind by what was killed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from monitor.report.editions import edition_rows
from monitor.report.editions.desk import ReportDesk
from monitor.report.editions.freezing import FreezeRefusal, FreezeWish
from monitor.report.editions.keeping import EDITION_FILE, edition_folder, put_folder
from monitor.report.editions.model import Edition, ReportKind
from monitor.report.process import Job, ReportBuildError, ReportProcess
from monitor.settings.settings import Settings
from monitor.storage.errors import StorageError
from monitor.storage.state import StateStore
from tests.clock import FakeClock
from tests.monitor.report.editions.test_freezing import PERIOD, WISH, edition
from tests.monitor.web.samples import province


class WrittenProcess(ReportProcess):
    """A child that has the edition ready; `trouble` is what comes instead."""

    trouble: Exception | None = None
    asked = 0

    async def build(self, job: Job) -> dict[str, Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.trouble is not None:
            raise self.trouble
        made = replace(edition(int(job.folder.name.rpartition("-")[2])), who=(job.freeze or {})["who"])
        row = json.dumps(asdict(made), ensure_ascii=False).encode()
        put_folder(job.folder, {"a.docx": made.who.encode(), EDITION_FILE: row})
        return {"nothing": False, "names": ["a.docx"], "failures": {}}


@dataclass
class Office:
    desk: ReportDesk
    process: WrittenProcess
    state: StateStore
    reports: Path

    async def freeze(self, wish: FreezeWish = WISH) -> Edition | FreezeRefusal:
        return await self.desk.freeze(PERIOD, ReportKind.REPORT, wish)

    async def frozen(self) -> list[tuple[int, str]]:
        found = await self.state.database.read(edition_rows.select_editions)
        return [(each.revision, each.who) for each in found]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings(province="Quảng Ngãi", inventory=[Path("x")], state_dir=tmp_path)
    process, inventory = WrittenProcess(tmp_path / "x.yaml", tmp_path), province(communes=2)
    async with StateStore.open(tmp_path / "state.db", now=1_000.0) as state:
        desk = ReportDesk(
            state.database,
            process,
            clock=FakeClock(PERIOD.until_at + 60),
            settings=lambda: settings,
            inventory=lambda: inventory,
        )
        yield Office(desk, process, state, tmp_path / "reports")


async def test_of_two_who_freeze_at_once_one_is_told_so_and_nobodys_files_are_mixed(office: Office) -> None:
    wishes = [replace(WISH, who=who) for who in ("Lan", "Bình", "Chi")]
    outcomes = await asyncio.gather(*(office.freeze(wish) for wish in wishes))

    [first] = [each for each in outcomes if isinstance(each, Edition)]
    assert outcomes.count(FreezeRefusal.RACED) == 2
    assert office.process.asked == 1, "nothing is built for who comes too late"
    folder = edition_folder(office.reports, ReportKind.REPORT, PERIOD.id, 1)
    assert (folder / "a.docx").read_text() == first.who
    assert await office.frozen() == [(1, first.who)]
    assert isinstance(await office.freeze(), Edition), (
        "who asks again, with reason and approver, freezes the next"
    )
    assert [revision for revision, _ in await office.frozen()] == [1, 2]


async def test_what_fails_leaves_no_edition_and_nothing_half_on_the_disk(office: Office) -> None:
    put_folder(office.reports / ".staged" / "report-2026-10-1", {"x": b"of a process that was killed"})
    office.process.trouble = ReportBuildError("ổ đĩa đầy")
    with pytest.raises(ReportBuildError):
        await office.freeze()

    assert await office.frozen() == []
    assert list(office.reports.iterdir()) == []


async def test_files_lie_in_their_place_before_the_edition_counts(office: Office) -> None:
    folder = edition_folder(office.reports, ReportKind.REPORT, PERIOD.id, 1)
    await office.state.database.write(lambda connection: connection.execute("drop table audit"))
    with pytest.raises(StorageError):
        await office.freeze()
    assert (folder / "a.docx").exists()
    assert await office.frozen() == []


async def test_an_edition_is_frozen_anew_after_a_database_without_it_was_put_back(office: Office) -> None:
    await office.freeze()
    await office.state.database.write(lambda connection: connection.execute("delete from report_edition"))
    await office.freeze(replace(WISH, who="Bình"))

    kept = {path.name: (path / "a.docx").read_text() for path in (office.reports / PERIOD.id).iterdir()}
    assert kept == {"report-ban-1": "Bình", "report-ban-1-truoc-1": "Lan"}
