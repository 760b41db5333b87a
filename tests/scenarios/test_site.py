"""A site of twenty targets goes and comes back in any order, again and again: one problem, one recovery each time."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.land import ANCHOR_CHECKS, Site, inventory, large_site
from tests.scenarios.stage import CLOCK, RECIPIENTS, Stage, Watch, open_stage

SPREAD_S = 2.0
"""Within this all targets of a site are cut, or restored."""
ALERTING = {
    "group_wait_s": 3,
    "recovery_wait_s": 2,
    # Each cut is judged alone, also of those that follow each other.
    "groups": {"least": 1_000, "storm_least": 1_000},
    "flaps": {"reopen_s": 0.001, "begin": 100},
}
TOLD_S = 40.0
SEED = 20260701


def told(watch: Watch, site: Site, kind: str) -> Iterator[str]:
    """Yield the recipient of everything of `kind` that was mailed about something of the site."""
    roots = {row["id"]: row["root_check_id"] for row in watch.ledger.incidents()}
    for row in watch.ledger.outbox():
        is_mailed = row["channel"] == "email" and row["sent_at"] is not None
        if is_mailed and row["kind"] == kind and roots[row["about_id"]].startswith(f"{site.code}."):
            yield row["recipient"]


async def one_round(stage: Stage, watch: Watch, site: Site, chance: random.Random) -> None:
    for act, kind in ((stage.box.cut, "opened"), (stage.box.restore, "resolved")):
        before = len(list(told(watch, site, kind)))
        moments = sorted(
            (chance.uniform(0, SPREAD_S), address)
            for address in chance.sample(site.addresses, len(site.addresses))
        )
        past_s = 0.0
        for moment_s, address in moments:
            await asyncio.sleep(moment_s - past_s)
            past_s = moment_s
            act(address)
        ends_at = CLOCK.monotonic() + TOLD_S
        while len(list(told(watch, site, kind))) < before + len(RECIPIENTS):
            assert CLOCK.monotonic() < ends_at, f"no {kind} for {site.code}\n{watch.tail()}"
            await asyncio.sleep(0.5)
        await asyncio.sleep(chance.uniform(0, 1))
    await watch.until_these(checks_of(watch, site), "up", within_s=TOLD_S)


def checks_of(watch: Watch, site: Site) -> set[str]:
    return {check for check in watch.checks if check.startswith(f"{site.code}.")}


async def play(folder: Path, *, sites: int, rounds: int) -> None:
    land = [large_site(number) for number in range(1, sites + 1)]
    assert all(len(site.addresses) == 20 for site in land)
    async with open_stage(folder) as stage:
        watch = stage.watch(inventory(*land), alerting=ALERTING)
        await watch.start()
        await watch.until_all("up")

        async def suffer(site: Site) -> None:
            chance = random.Random(SEED + site.number)  # noqa: S311 (repeatable, not secret)
            for _ in range(rounds):
                await one_round(stage, watch, site, chance)

        async with asyncio.TaskGroup() as group:
            for site in land:
                group.create_task(suffer(site))
        await watch.until_drained()
        assert await watch.stop() == 0

        for site in land:
            for kind in ("opened", "resolved"):
                assert Counter(told(watch, site, kind)) == dict.fromkeys(RECIPIENTS, rounds), (site, kind)
        judged = [row for row in watch.ledger.incidents() if row["close_reason"] != "absorbed"]
        assert Counter(row["root_check_id"] for row in judged) == {site.link: rounds for site in land}
        assert {row["close_reason"] for row in judged} == {"recovered"}
        for row in judged:
            (site,) = (site for site in land if site.link == row["root_check_id"])
            assert watch.ledger.affected(row["id"]) == checks_of(watch, site) - {site.link}
        ever_blind = {change.check for change in watch.ledger.changes() if change.cause == "isolated"}
        assert not ever_blind & ANCHOR_CHECKS
        print(f"\nsite: {sites * rounds} cuts of 20 targets, {len(watch.mails)} mails, seed {SEED}")


async def test_a_site_cut_in_any_order_is_one_problem_and_one_recovery(tmp_path: Path) -> None:
    await play(tmp_path, sites=6, rounds=1)


@pytest.mark.slow
async def test_a_site_cut_in_any_order_fifty_times_is_one_problem_and_one_recovery_each_time(
    tmp_path: Path,
) -> None:
    await play(tmp_path, sites=1, rounds=50)
