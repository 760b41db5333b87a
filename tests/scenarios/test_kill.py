"""kill -9 around outages: no message is lost, few are repeated, and the time without a daemon is unknown.

Three logs are kept outside the daemon: what it decided (state.db), what the channels got (the mail server, the file),
and what really happened (cuts, kills, starts). A harness that reads only the database would not see what is lost
between the row and the send.
"""

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.scenarios.land import Site, inventory, small_site
from tests.scenarios.ledger import status_at, unknown_spans
from tests.scenarios.stage import CLOCK, RECIPIENTS, Stage, Watch, open_stage, until

SEED = 20260702
SITES = 4
MOMENTS = ("sending", "any", "sent", "any")
CHANNELS = ("email", "file")
ALIVE_EVERY_S = 2.0
SLACK_S = 3.0
"""How much later than planned a busy machine may run things."""

ALWAYS_ANEW = {
    "flaps": {"reopen_s": 0.1, "begin": 100},
    "groups": {"least": 100, "storm_least": 100, "gather_s": 0.1},
    "recovery_wait_s": 1,
    "night": None,
}
"""Each outage is an incident of its own, and told at once."""


@dataclass
class Life:
    """One daemon, from its start to its end."""

    launched_at: float
    killed_at: float = float("inf")


@dataclass
class Happened:
    """The log of the world."""

    lives: list[Life] = field(default_factory=list)
    outages: list[tuple[Site, float, float]] = field(default_factory=list)
    kills_in_send: int = 0


async def weather(
    stage: Stage, site: Site, chance: random.Random, happened: Happened, fair: asyncio.Event
) -> None:
    """Cut and restore a site until asked for fair weather."""
    while not fair.is_set():
        cut_at = CLOCK.now()
        stage.box.cut(site.prefix)
        await rest(fair, chance.uniform(4, 7))
        stage.box.restore(site.prefix)
        happened.outages.append((site, cut_at, CLOCK.now()))
        await rest(fair, chance.uniform(3, 5))


async def rest(fair: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await fair.wait()


async def one_life(
    stage: Stage, watch: Watch, moment: str, chance: random.Random, happened: Happened, longest_s: float
) -> None:
    """Start the daemon and kill it: at any moment, right after a mail was sent, or while one is being sent."""
    happened.lives.append(Life(CLOCK.now()))
    await watch.launch()
    got = len(watch.mails)
    match moment:
        case "any":
            await asyncio.sleep(chance.uniform(0.2, longest_s))
        case "sent":
            await arrival(watch, got)
            await asyncio.sleep(chance.uniform(0, 0.03))
        case "sending":
            stage.mailbox.after_data = "hang"
            await arrival(watch, got)
            happened.kills_in_send += len(watch.mails) > got
    happened.lives[-1].killed_at = await watch.kill()
    stage.mailbox.after_data = "answer"
    await asyncio.sleep(chance.uniform(0, 1))


async def arrival(watch: Watch, got: int) -> None:
    """Wait for the next mail, but not for ever: all may be told already."""
    ends_at = CLOCK.monotonic() + 30
    while len(watch.mails) == got and CLOCK.monotonic() < ends_at:
        await asyncio.sleep(0.002)


async def play(folder: Path, *, kills: int, longest_s: float) -> None:
    land = [small_site(number) for number in range(1, SITES + 1)]
    chance = random.Random(SEED)  # noqa: S311 (repeatable, not secret)
    happened = Happened()
    async with open_stage(folder) as stage:
        watch = stage.watch(inventory(*land), alerting=ALWAYS_ANEW)
        await watch.start()
        await watch.until_all("up")
        assert await watch.stop() == 0

        fair = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for site in land:
                group.create_task(weather(stage, site, random.Random(chance.random()), happened, fair))  # noqa: S311
            for moment in itertools.islice(itertools.cycle(MOMENTS), kills):
                await one_life(stage, watch, moment, chance, happened, longest_s)
            fair.set()
        happened.lives.append(Life(CLOCK.now()))
        await watch.start()
        await watch.until_all("up", within_s=40)
        await watch.until_drained()
        assert await watch.stop() == 0

        assert watch.ledger.integrity() == "ok"
        repeats = compare_what_was_told(watch, kills)
        compare_blind_times(watch, happened)
        assert repeats["email"] >= happened.kills_in_send > 0, "the kills hit no send: the test proves little"
        told = Counter(row["kind"] for row in watch.ledger.outbox() if row["sent_at"] is not None)
        print(
            f"\nkill -9: {kills} kills ({happened.kills_in_send} in a send), {len(happened.outages)} outages, "
            f"{len(watch.ledger.incidents())} incidents, sent {dict(told)}, repeated {dict(repeats)}, lost 0, seed {SEED}"
        )


def compare_what_was_told(watch: Watch, kills: int) -> Counter[str]:
    """Compare the outbox with what arrived; return repeats by channel."""
    rows = watch.ledger.outbox()
    assert [row for row in rows if row["dead_at"] is not None] == []
    arrived = Counter([*ids_of_mails(watch), *ids_of_lines(watch)])
    decided = {(row["channel"], row["message_id"]) for row in rows if row["sent_at"] is not None}
    assert decided - set(arrived) == set(), "marked as sent, but never arrived"
    assert set(arrived) - decided == set(), "arrived, but not marked as sent"

    repeats: Counter[str] = Counter()
    for (channel, _), times in arrived.items():
        repeats[channel] += times - 1
    for channel in CHANNELS:
        assert repeats[channel] <= kills, "more repeats than sends can have been in flight"

    told = {
        (row["about_id"], row["channel"], row["recipient"])
        for row in rows
        if row["kind"] not in {"resolved", "bulletin"} and row["sent_at"] is not None
    }
    ended = {
        (row["about_id"], row["channel"], row["recipient"])
        for row in rows
        if row["kind"] == "resolved" and row["sent_at"] is not None
    }
    assert told == ended, "who was told, and nobody else, hears of the end"
    assert all(row["close_reason"] is not None for row in watch.ledger.incidents())
    return repeats


def ids_of_mails(watch: Watch) -> list[tuple[str, str]]:
    """Return the channel and the message id of each mail that arrived."""
    return [("email", str(mail.mail["Message-ID"]).strip("<>").partition("@")[0]) for mail in watch.mails]


def ids_of_lines(watch: Watch) -> list[tuple[str, str]]:
    return [("file", line["message_id"]) for line in watch.file_messages()]


def compare_blind_times(watch: Watch, happened: Happened) -> None:
    """Between a kill and the next start every check is unknown, and from not much earlier on."""
    changes = watch.ledger.changes()
    for life, following in itertools.pairwise(happened.lives):
        for check in watch.checks:
            for at in (life.killed_at, following.launched_at):
                assert status_at(changes, check, at) == "unknown", (check, life, at)
            spans = unknown_spans(changes, check)
            holding = [span for span in spans if span[0] <= life.killed_at <= span[1]]
            assert holding, (check, life, spans)
            ((began_at, ended_at),) = holding
            assert ended_at >= following.launched_at
            was_known = began_at >= life.launched_at
            assert not was_known or began_at >= life.killed_at - ALIVE_EVERY_S - SLACK_S, (check, life)


async def test_kills_around_outages_lose_no_message(tmp_path: Path) -> None:
    await play(tmp_path, kills=6, longest_s=4)


@pytest.mark.slow
async def test_fifty_kills_around_outages_lose_no_message(tmp_path: Path) -> None:
    await play(tmp_path, kills=50, longest_s=10)


async def test_what_changes_while_the_monitor_is_dead_is_told_afterwards(tmp_path: Path) -> None:
    site = small_site(1)
    async with open_stage(tmp_path) as stage:
        watch = stage.watch(inventory(site, small_site(2)))
        await watch.start()
        await watch.until_all("up")

        await watch.kill()
        stage.box.cut(site.prefix)
        await watch.start()
        await until(lambda: len(watch.mails) == len(RECIPIENTS), within_s=20, what="the problem")
        (incident,) = watch.ledger.incidents()
        assert (await watch.run_cli("incident", "ack", incident["id"], "--who", "Trực ban"))[0] == 0

        killed_at = await watch.kill()
        stage.box.restore(site.prefix)
        await asyncio.sleep(1.0)
        launched_at = CLOCK.now()
        await watch.start()
        await until(lambda: len(watch.mails) == 2 * len(RECIPIENTS), within_s=20, what="the recovery")
        await watch.until_all("up")
        await watch.until_drained()

        (incident,) = watch.ledger.incidents()
        assert incident["acknowledged_by"] == "Trực ban"
        assert incident["resolved_at"] >= launched_at
        assert incident["root_check_id"] == site.link
        compare_what_was_told(watch, kills=2)
        assert status_at(watch.ledger.changes(), site.link, (killed_at + launched_at) / 2) == "unknown"
