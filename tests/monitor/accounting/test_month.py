"""A month of a province through the real engine and the real store: its accounts are those of the script."""

import random
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from inventory.model import Inventory
from monitor.accounting.account import accounts
from monitor.accounting.books import read_books
from monitor.accounting.model import Account, Books, GroupBy, Parts, Period
from monitor.accounting.timeline import timeline
from monitor.storage.opening import open_reader
from tests.monitor.accounting.month import (
    BEGIN,
    CONTEXT,
    DAY_S,
    Life,
    Story,
    declared_in,
    play,
    saved_life,
    serve,
    written,
)
from tests.monitor.accounting.month_oracle import lived, outages, stretches, summed

ANSWERS_WITHIN_S = 120.0
LOOKS_TO_DOWN = 2


def planned_lives(story: Story) -> list[tuple[int, int]]:
    """Rounds that are not off, one pair for each life."""
    edges = [0, *(edge for pair in story.off for edge in pair), story.rounds]
    return [(first, end - 1) for first, end in zip(edges[::2], edges[1::2], strict=True)]


async def uninterrupted(story: Story, path: Path) -> list[Life]:
    return [await play(story, path, first, last, say=lambda _: None) for first, last in planned_lives(story)]


def killed(story: Story, path: Path, seed: int, kills: int) -> list[Life]:
    """Play the same, but end processes without a goodbye; each next one goes on some rounds later."""
    chance = random.Random(seed)  # noqa: S311 (moments of death)
    deaths = sorted(chance.sample(range(2, story.rounds - 10), kills))
    lives: list[Life] = []
    for first, last in planned_lives(story):
        number = first
        while number <= last:
            death = next((each for each in deaths if number < each <= last), None)
            life, said = _one_life(story, path, number, last, death, chance.uniform(0.0, 0.004))
            lives.append(life)
            number = said + 2 + chance.randrange(3) if said < last else last + 1
    return lives


def _one_life(
    story: Story, path: Path, first: int, last: int, death: int | None, later_s: float
) -> tuple[Life, int]:
    hearing, words = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=serve, args=(story, path, first, last, words))
    process.start()
    words.close()
    said = first
    try:
        while hearing.poll(ANSWERS_WITHIN_S):
            said = hearing.recv()
            if said == death:
                time.sleep(later_s)  # noqa: TID251 (a real process)
                process.kill()
    except EOFError:
        pass
    process.join(ANSWERS_WITHIN_S)
    life = saved_life(path, first)
    # Signs of life are left after the rounds they are about; a round that changed nothing is saved by none.
    return (life if said < last else Life(first, last, life.alive_at)), said


def books_of(path: Path, inventory: Inventory, of: Period, now: float) -> Books:
    with closing(open_reader(path)) as connection:
        connection.execute("begin")
        return read_books(connection, inventory, of, now=now)


def compare(story: Story, path: Path, lives: Sequence[Life], of: Period) -> dict[GroupBy, Account]:
    """Hold the accounts against the oracle: every check, to the microsecond; every unit and the whole as their sums."""
    now = lives[-1].alive_at + 100.0
    inventory = story.inventory(story.rounds)
    books = books_of(path, inventory, of, now)
    declared = [
        (id_, each.from_at, each.until_at) for each in declared_in(path) for id_ in each.selector.targets
    ]
    made = dict(
        accounts(books, of, (GroupBy.CHECK, GroupBy.UNIT, GroupBy.PROVINCE), least_coverage_ratio=0.0)
    )
    rows = {row.key: row for row in made[GroupBy.CHECK].rows}
    assert rows.keys() == inventory.checks.keys()
    wanted: dict[str, Parts] = {}
    for check_id, row in rows.items():
        truth = list(stretches(story, check_id, lives, declared, of.until_at, now))
        wanted[check_id] = summed(truth, of)
        assert _seconds(row.parts) == pytest.approx(_seconds(wanted[check_id]), abs=1e-5), check_id
        assert row.parts.total_s == pytest.approx(of.length_s, abs=1e-5), check_id
        ran, counted = outages(truth, of), row.outages
        assert (counted.count, counted.restored) == (ran.begun, ran.restored), check_id
        assert counted.longest_s == pytest.approx(ran.longest_s, abs=1e-5), check_id
        assert (counted.mttr_s or 0.0) * counted.restored == pytest.approx(ran.restored_s, abs=1e-4), check_id
    for row in made[GroupBy.UNIT].rows:
        members = [f"{id_}/icmp" for id_, target in inventory.targets.items() if target.unit_code == row.key]
        assert row.members == len(members)
        assert _seconds(row.parts) == pytest.approx(_total([wanted[each] for each in members]), abs=1e-3)
    [province] = made[GroupBy.PROVINCE].rows
    every = [wanted[f"{id_}/icmp"] for id_ in inventory.targets]
    assert _seconds(province.parts) == pytest.approx(_total(every), abs=1e-2)
    return made


def _seconds(parts: Parts) -> tuple[float, ...]:
    return tuple(getattr(parts, name) for name in Parts.__dataclass_fields__)


def _total(parts: Sequence[Parts]) -> tuple[float, ...]:
    return tuple(sum(column) for column in zip(*(_seconds(each) for each in parts), strict=True))


def compare_lives(story: Story, whole: Path, broken: Path, lives: Sequence[Life], of: Period) -> None:
    """Beside each death the two stores tell the same, moment by moment.

    What may differ begins with the looks that were not enough to be sure yet, and ends when the check is known again.
    """
    now = min(lives[-1].alive_at, BEGIN + story.rounds * story.round_s)
    inventory = story.inventory(story.rounds)
    one, other = (books_of(path, inventory, of, now) for path in (whole, broken))
    for check_id in inventory.checks:
        known = [at for at, part in lived(story, check_id, lives) if part not in {"unknown", "unwatched"}]
        windows = [
            (
                before.alive_at - LOOKS_TO_DOWN * story.round_s - 1,
                min((at for at in known if at >= story.wall(after.first, 0.0)), default=of.until_at)
                + LOOKS_TO_DOWN * story.round_s,
            )
            for before, after in pairwise(lives)
        ]
        told = [
            _outside(
                timeline(books.histories[check_id], of.from_at, of.until_at, known_until_at=now, now=now),
                windows,
            )
            for books in (one, other)
        ]
        assert told[0] == told[1], check_id


def _outside(
    found: Sequence[tuple[float, float, object]], windows: Sequence[tuple[float, float]]
) -> list[tuple[float, float, object]]:
    """Cut the windows out, and join what belongs together."""
    edges = sorted({edge for window in windows for edge in window})
    left: list[tuple[float, float, object]] = []
    for start, end, part in found:
        cuts = [start, *(edge for edge in edges if start < edge < end), end]
        for a, b in pairwise(cuts):
            if a == b or any(first <= a < last for first, last in windows):
                continue
            if left and left[-1][1] == a and left[-1][2] == part:
                left[-1] = (left[-1][0], b, part)
            else:
                left.append((a, b, part))
    return left


async def told(story: Story, of: Period, folder: Path, kills: int) -> None:
    began_s = time.monotonic()
    lives = await uninterrupted(story, folder / "whole.db")
    played_s = time.monotonic() - began_s
    made = compare(story, folder / "whole.db", lives, of)
    [province] = made[GroupBy.PROVINCE].rows
    print(
        f"\n{len(made[GroupBy.CHECK].rows)} checks, {story.rounds} rounds played in {played_s:.1f} s; "
        f"province: {province.availability_ratio:.6f} of {province.coverage_ratio:.6f}, "
        f"{province.outages.count} outages"
    )
    broken = killed(story, folder / "broken.db", seed=1, kills=kills)
    assert len(broken) == len(lives) + kills
    compare(story, folder / "broken.db", broken, of)
    compare_lives(story, folder / "whole.db", folder / "broken.db", broken, of)


async def test_three_days_count_as_scripted_also_when_the_monitor_was_killed(tmp_path: Path) -> None:
    story = written(7, sites=9, devices=4, days=3, round_s=900.0)
    of = Period("days", BEGIN + DAY_S / 4, BEGIN + 4 * DAY_S)

    await told(story, of, tmp_path, kills=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [21, 22, 23])
async def test_a_month_with_a_dozen_deaths_counts_as_scripted(tmp_path: Path, seed: int) -> None:
    story = written(seed, sites=10, devices=4, days=31, round_s=3_600.0)
    of = Period("2026-11", BEGIN, BEGIN + 30 * DAY_S)

    await told(story, of, tmp_path, kills=12)


@pytest.mark.slow
async def test_the_month_of_a_whole_province_counts_as_scripted(tmp_path: Path) -> None:
    story = written(11, sites=124, devices=21, days=31, round_s=10_800.0)
    of = Period("2026-11", BEGIN, BEGIN + 30 * DAY_S)

    await told(story, of, tmp_path, kills=2)
