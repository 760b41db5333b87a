"""R13: kill -9 right after a person's deed was confirmed: the next daemon knows of it, and tells of ends that nobody saw."""

import random
import signal
from pathlib import Path

from tests.chaos import promise
from tests.chaos.doors import door, doors, messages, watch
from tests.effort import sized
from tests.monitor.daemons import Running, running
from tests.scenarios.ledger import Ledger

KILLS = sized(short=2, long=50)


async def decide(daemon: Running, ledger: Ledger, life: int) -> dict[str, str]:
    """Let a person take the incident, mute one door and work on another; return who said what."""
    who = f"Trực {life}"
    (incident,) = (each for each in ledger.incidents() if each["resolved_at"] is None)
    muted = {"who": who, "durationS": 3_600, "selector": {"targets": [door(2)]}}
    assert await daemon.post("/api/v1/silences", {**muted, "comment": f"im {life}"}) == 200
    work = {**muted, "comment": f"thay máy {life}", "title": f"việc {life}"}
    assert await daemon.post("/api/v1/maintenances", work) == 200
    assert await daemon.post(f"/api/v1/incidents/{incident['id']}/ack", {"who": who}) == 200
    return {"who": who, "incident": incident["id"]}


async def down_and_told(daemon: Running, ledger: Ledger, count: int) -> None:
    async def known() -> bool:
        return len(messages(daemon.log.parent)) >= count and ledger.statuses()[f"{door(0)}/tcp"] == "down"

    await daemon.until(known, "the outage is told")


async def test_r13_what_people_decided_outlives_kills_and_ends_are_told(tmp_path: Path) -> None:
    chance = random.Random()  # noqa: S311 (which lives are reloaded)
    deeds, told_ends, reloads = 0, 0, 0
    async with doors("127.13.0.1", "127.13.0.2", "127.13.0.3") as places:
        await places.shut(places.addresses[0])
        config = watch(tmp_path, places)
        for life in range(KILLS):
            async with running(config) as daemon:
                ledger = Ledger(daemon.state_dir)
                await daemon.until_answers()
                if life:
                    # What ended while nobody watched is told; then it begins again.
                    async def ended(known: Ledger = ledger, expected: int = life) -> bool:
                        return sum(each["resolved_at"] is not None for each in known.incidents()) == expected

                    await daemon.until(ended, "the end that nobody saw")
                    await daemon.until(lambda: told(tmp_path, 2 * life), "its message")  # noqa: B023
                    told_ends += 1
                    await places.shut(places.addresses[0])
                await down_and_told(daemon, ledger, 2 * life + 1)
                said = await decide(daemon, ledger, life)
                if chance.random() < 0.5:
                    reloads += 1
                    daemon.process.send_signal(signal.SIGHUP)
                daemon.process.kill()
                await daemon.process.wait()
            found = {each["id"]: each for each in ledger.incidents()}
            assert found[said["incident"]]["acknowledged_by"] == said["who"], "forgotten"
            assert ledger.mutings() == {
                (kind, f"Trực {each}") for kind in ("silence", "maintenance") for each in range(life + 1)
            }
            assert ledger.integrity() == "ok"
            deeds += 3
            await places.open(places.addresses[0])
        assert [each["kind"] for each in messages(tmp_path)] == ["opened", "resolved"] * (KILLS - 1) + [
            "opened"
        ]
    promise.told(
        13,
        "a confirmed deed outlives kill -9 and reload, and an end is told though nobody watched it",
        f"{KILLS} kills right after the answer ({reloads} in a reload), {deeds} deeds, lost 0; {told_ends} unseen ends told",
    )


async def told(folder: Path, count: int) -> bool:
    return len(messages(folder)) >= count
