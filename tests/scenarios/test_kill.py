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
from typing import Any

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
    ends_at = CLOCK.monotonic() + 10
    while len(watch.mails) == got and CLOCK.monotonic() < ends_at:
        await asyncio.sleep(0.002)


async def play(folder: Path, *, kills: int, longest_s: float) -> None:
    land = [small_site(number) for number in range(1, SITES + 1)]
    chance = random.Random(SEED)  # noqa: S311 (repeatable, not secret)
    happened = Happened()
    async with open_stage(folder) as stage:
        watch = stage.watch(inventory(*land))
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
    arrived = Counter(keys_of_mails(watch)) + Counter(keys_of_lines(watch))
    decided = Counter(key_of_row(row) for row in rows if row["sent_at"] is not None)
    assert set(decided) - set(arrived) == set(), "marked as sent, but never arrived"
    assert set(arrived) - set(decided) == set(), "arrived, but not marked as sent"

    repeats: Counter[str] = Counter()
    for key, times in arrived.items():
        repeats[key[0]] += times - 1
    for channel in CHANNELS:
        assert repeats[channel] <= kills, "more repeats than sends can have been in flight"
    ids: dict[tuple[str, ...], set[str]] = {}
    for key, message_id in itertools.chain(mail_ids(watch), line_ids(watch)):
        ids.setdefault(key, set()).add(message_id)
    assert all(len(found) == 1 for found in ids.values()), "a repeat with another Message-ID"

    for row in rows:
        if row["kind"] == "opened" and row["sent_at"] is not None:
            resolved = ("resolved", row["channel"], row["recipient"])
            answers = [
                other
                for other in rows
                if other["incident_id"] == row["incident_id"]
                and (other["kind"], other["channel"], other["recipient"]) == resolved
            ]
            assert len(answers) == 1, f"no recovery for {row}"
            assert answers[0]["sent_at"] is not None, f"the recovery was not told: {answers[0]}"
    assert all(row["close_reason"] is not None for row in watch.ledger.incidents())
    return repeats


Key = tuple[str, ...]
"""Channel, incident, kind, recipient."""


def key_of_row(row: dict[str, Any]) -> Key:
    return row["channel"], row["incident_id"].lower(), row["kind"], row["recipient"]


def mail_ids(watch: Watch) -> list[tuple[Key, str]]:
    found: list[tuple[Key, str]] = []
    for mail in watch.mails:
        message_id = str(mail.mail["Message-ID"])
        incident, kind, _ = message_id.strip("<>").partition("@")[0].split(".")
        found.append((("email", incident, kind, mail.recipients[0]), message_id))
    return found


def line_ids(watch: Watch) -> list[tuple[Key, str]]:
    return [
        (("file", line["incident"].lower(), line["kind"], line["recipient"]), line["message_id"])
        for line in watch.file_messages()
    ]


def keys_of_mails(watch: Watch) -> list[Key]:
    return [key for key, _ in mail_ids(watch)]


def keys_of_lines(watch: Watch) -> list[Key]:
    return [key for key, _ in line_ids(watch)]


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
    await play(tmp_path, kills=8, longest_s=4)


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
