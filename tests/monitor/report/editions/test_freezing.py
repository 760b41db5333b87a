"""When a period may be frozen, and that what was frozen stays, even when its row is damaged."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from monitor.report.document.model import Document
from monitor.report.editions import edition_rows
from monitor.report.editions.drafting import document_of, figures_digest, figures_of
from monitor.report.editions.edition_rows import DamagedEditionError, opened
from monitor.report.editions.freezing import REFUSALS, FreezeRefusal, FreezeWish, edition_of, refusal
from monitor.report.editions.model import Edition, ReportKind
from monitor.storage.database import Database
from monitor.storage.state import StateStore
from tests.monitor.report.rich_document import rich_document
from tests.monitor.report.small_figures import small_figures

FIGURES = small_figures()
PERIOD = FIGURES.period
WISH = FreezeWish("Lan", "bổ sung nguyên nhân", "An")


def edition(revision: int = 1, document: Document | None = None) -> Edition:
    return edition_of(
        document or rich_document(),
        FIGURES,
        {"docx": b"docx", "pdf": b"pdf"},
        WISH,
        kind=ReportKind.REPORT,
        revision=revision,
        at=PERIOD.until_at + 60,
        libraries={"XlsxWriter": "3.3.1"},
    )


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with StateStore.open(tmp_path / "state.db", now=1_000.0) as state:
        yield state.database


async def latest(database: Database) -> Edition:
    stored = await database.read(
        partial(edition_rows.select_edition, kind=ReportKind.REPORT, period_id=PERIOD.id)
    )
    assert stored is not None
    return opened(stored)


@pytest.mark.parametrize(
    ("wish", "revision", "seconds_after", "expected"),
    [
        (WISH, 1, -1.0, FreezeRefusal.NOT_OVER),
        (FreezeWish("Lan"), 1, 0.0, None),
        (FreezeWish("  "), 1, 0.0, FreezeRefusal.NOBODY),
        (FreezeWish("Lan", approver="An"), 2, 0.0, FreezeRefusal.NO_REASON),
        (FreezeWish("Lan", "vì"), 2, 0.0, FreezeRefusal.NO_APPROVER),
        (FreezeWish("Lan", "vì", " lan "), 2, 0.0, FreezeRefusal.SAME_PERSON),
        (WISH, 2, 0.0, None),
    ],
)
def test_a_period_is_frozen_when_it_is_over_and_again_with_reason_and_approver(
    wish: FreezeWish, revision: int, seconds_after: float, expected: FreezeRefusal | None
) -> None:
    now = PERIOD.until_at + seconds_after

    assert refusal(wish, PERIOD, revision=revision, second_person=True, now=now) == expected


def test_where_one_works_alone_who_freezes_may_approve() -> None:
    alone = FreezeWish("Lan", "vì", "Lan")

    assert refusal(alone, PERIOD, revision=2, second_person=False, now=PERIOD.until_at) is None


def test_every_no_says_what_to_do() -> None:
    assert REFUSALS.keys() == set(FreezeRefusal)


async def test_what_was_frozen_reads_the_same(database: Database) -> None:
    await database.write(partial(edition_rows.insert_edition, edition=edition()))

    found = await latest(database)
    assert found == edition()
    assert document_of(found) == rich_document()
    assert figures_of(found) == FIGURES
    assert (found.reason, found.approver) == ("", ""), "the first revision needs neither"


def test_figures_that_are_the_same_have_the_same_digest_whenever_they_were_made() -> None:
    later = replace(FIGURES, made_at=FIGURES.made_at + 86_400)
    fewer = replace(FIGURES, outages=FIGURES.outages[1:])

    assert figures_digest(later) == figures_digest(FIGURES) != figures_digest(fewer)


async def test_of_two_who_freeze_at_once_one_is_told_so(database: Database) -> None:
    outcomes = await asyncio.gather(
        *(database.write(partial(edition_rows.insert_edition, edition=edition())) for _ in range(3))
    )

    assert sorted(outcomes) == [False, False, True]
    assert await database.write(partial(edition_rows.insert_edition, edition=edition(2)))
    assert (await latest(database)).approver == "An"


@pytest.mark.parametrize(
    "damage",
    [
        "content = x'00'",
        "content = (select figures from report_edition)",
        "figures = x'789c'",
        "files = '[]'",
        "kind = 'report', digest = 'x'",
    ],
)
async def test_a_damaged_edition_says_so_and_takes_nothing_with_it(database: Database, damage: str) -> None:
    await database.write(partial(edition_rows.insert_edition, edition=edition()))
    await database.write(lambda connection: connection.execute(f"update report_edition set {damage}"))  # noqa: S608 (the test's own)

    with pytest.raises(DamagedEditionError) as caught:
        await latest(database)
    assert "bản chốt 1 của kỳ 2026-11 trong state.db bị hỏng" in caught.value.what
    assert "sao lưu" in caught.value.remedy
    assert len(await database.read(edition_rows.select_editions)) == 1
    assert not database.path.with_name("state.db.damaged").exists()
