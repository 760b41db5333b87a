"""Meetings in state.db: numbered by year, found by time, withdrawn once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.conference.model import Meeting
from monitor.conference.store import insert_meeting, select_one, select_within, withdraw
from monitor.storage.migrations import migrate, migrations


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()


BEGINS = at("2026-11-20 08:00")
MEETING = Meeting(
    *("", "Giao ban", BEGINS, BEGINS + 7_200, ("21484", "21523"), 128, "ghi chú", "Lan"),
    created_at=at("2026-11-18 09:00"),
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        migrate(opened, migrations("state"), Path("state.db"))
        yield opened


def test_a_meeting_comes_back_as_it_went_in(connection: sqlite3.Connection) -> None:
    kept = insert_meeting(connection, MEETING)

    assert kept == replace(MEETING, id="HOP-2026-0001")
    assert select_one(connection, kept.id) == kept
    assert select_one(connection, "HOP-2026-0002") is None


def test_numbers_begin_anew_with_the_year_in_which_it_was_entered(connection: sqlite3.Connection) -> None:
    moments = ("2026-12-31 23:59", "2027-01-01 00:00", "2027-01-02 08:00")
    kept = [insert_meeting(connection, replace(MEETING, created_at=at(text))).id for text in moments]

    assert kept == ["HOP-2026-0001", "HOP-2027-0001", "HOP-2027-0002"]


def test_the_same_entered_again_is_there_already(connection: sqlite3.Connection) -> None:
    assert insert_meeting(connection, MEETING) == insert_meeting(connection, MEETING)
    assert len(select_within(connection, BEGINS, BEGINS + 1)) == 1


def test_what_begins_in_a_time_is_found_by_its_beginning(connection: sqlite3.Connection) -> None:
    later = insert_meeting(connection, replace(MEETING, begins_at=BEGINS + 60, created_at=1.0))
    first = insert_meeting(connection, MEETING)

    assert select_within(connection, BEGINS, BEGINS + 61) == [first, later]
    assert select_within(connection, BEGINS, BEGINS + 60) == [first]
    assert select_within(connection, BEGINS + 1, BEGINS + 60) == []


def test_a_meeting_is_withdrawn_once_and_stays_on_record(connection: sqlite3.Connection) -> None:
    kept = insert_meeting(connection, MEETING)

    assert withdraw(connection, kept.id, 5.0)
    assert not withdraw(connection, kept.id, 6.0)
    assert not withdraw(connection, "HOP-2026-0099", 6.0)
    assert select_one(connection, kept.id) == replace(kept, withdrawn_at=5.0)
