"""What writers do to a report is on the disk, for its period only, and a change leaves open what it does not name."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from monitor.report.editions import store
from monitor.report.editions.model import Changes
from monitor.report.sentences.model import Addition, Override, Section
from monitor.storage.database import Database
from monitor.storage.state import StateStore


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with StateStore.open(tmp_path / "state.db", now=1_000.0) as state:
        yield state.database


async def changes(database: Database, period_id: str) -> Changes:
    return await database.read(partial(store.select_changes, period_id=period_id))


async def put(database: Database, period_id: str, override: Override) -> None:
    await database.write(lambda connection: store.put_override(connection, period_id, override))


async def fill(database: Database, period_id: str, key: str, value: str | None) -> None:
    await database.write(
        lambda connection: store.put_field(connection, period_id, key, value, who="Lan", at=5.0)
    )


async def test_a_change_leaves_open_what_it_does_not_name(database: Database) -> None:
    await put(database, "2026-11", Override("H1", "Câu mới.", auto_text="Câu cũ.", who="Lan", at=1.0))
    await put(database, "2026-11", Override("H1", is_used=False, auto_text="Câu khác.", who="An", at=2.0))
    await put(database, "2026-11", Override("H1", position=2, auto_text="Câu khác nữa.", who="An", at=3.0))

    found = (await changes(database, "2026-11")).overrides["H1"]
    assert (found.text, found.is_used, found.position) == ("Câu mới.", False, 2)
    assert found.auto_text == "Câu cũ.", "what the writer had before them when the text was written"
    assert (await changes(database, "2026-10")).overrides == {}


async def test_a_sentence_is_restored_as_if_nobody_had_changed_it(database: Database) -> None:
    await put(database, "2026-11", Override("H1", "Câu mới.", auto_text="Câu cũ."))
    await database.write(partial(store.drop_override, period_id="2026-11", sentence_id="H1"))

    assert (await changes(database, "2026-11")).overrides == {}


async def test_two_writers_at_once_lose_nothing(database: Database) -> None:
    def add(number: int) -> asyncio.Future[Addition]:
        return asyncio.ensure_future(
            database.write(
                lambda connection: store.append_addition(
                    connection, "2026-11", Section.DIFFICULTIES, f"Câu {number}.", group="", who="", at=1.0
                )
            )
        )

    added = await asyncio.gather(*(add(number) for number in range(12)))

    found = (await changes(database, "2026-11")).additions
    assert [each.id for each in found] == [f"them-{number}" for number in range(1, 13)]
    assert {each.text for each in found} == {each.text for each in added}


async def test_the_id_of_a_sentence_that_was_taken_away_is_given_again_only_when_nothing_hangs_on_it(
    database: Database,
) -> None:
    def add() -> asyncio.Future[Addition]:
        return asyncio.ensure_future(
            database.write(
                lambda connection: store.append_addition(
                    connection, "2026-11", Section.MEASURES, "Câu.", group="", who="", at=1.0
                )
            )
        )

    await add()
    await put(database, "2026-11", Override("them-1", is_used=False))
    assert await database.write(partial(store.drop_addition, period_id="2026-11", addition_id="them-1"))
    assert (await add()).id == "them-1"
    assert (await changes(database, "2026-11")).overrides == {}, "the old tick is gone with its sentence"


async def test_manual_parts_are_remembered_from_the_period_before_but_not_the_weather(
    database: Database,
) -> None:
    await fill(database, "2026-09", "signer", "Nguyễn Văn An")
    await fill(database, "2026-10", "storm_days", "từ ngày 05/10 đến ngày 08/10")
    await fill(database, "2026-12", "signer", "Trần Thị Bình")
    await fill(database, "hc-2026-10", "signer", "Của kỳ hành chính")
    await fill(database, "2026-q3", "signer", "Của quý")

    assert (await changes(database, "2026-11")).fields == {"signer": "Nguyễn Văn An"}
    assert (await changes(database, "2026-08")).fields == {}
    [field] = await database.read(partial(store.select_fields, period_id="2026-11"))
    assert field.period_id == "2026-09", "who looks at it sees how old it is"


async def test_an_empty_part_is_an_answer_and_a_cleared_one_is_none(database: Database) -> None:
    await fill(database, "2026-10", "signer", "Nguyễn Văn An")
    await fill(database, "2026-11", "signer", "")
    assert (await changes(database, "2026-11")).fields == {"signer": ""}

    await fill(database, "2026-11", "signer", None)
    assert (await changes(database, "2026-11")).fields == {"signer": "Nguyễn Văn An"}
