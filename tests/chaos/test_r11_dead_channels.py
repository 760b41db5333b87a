"""R11 for messages: whatever mail, Zalo and the broker do, who has another address is told there, and nothing is lost.

Real channels against real servers that misbehave; only the waits between attempts pass faster.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from alerts.delivery.letter import Letter
from alerts.delivery.worker import Deliverer
from alerts.messages.message import Message
from alerts.model.notification import NotificationKind
from alerts.oncall.model import Address, Contact, Directory
from tests.alerts.channels.rigs import RIGS, Behaviour
from tests.alerts.memory_outbox import MemoryOutbox
from tests.alerts.test_delivery import START, notice
from tests.chaos import promise
from tests.monitor.storage.lives import HastyClock

HASTE = 60.0
OLDEST_S = 900.0
"""Two minutes of trouble, the rest of the channel and an attempt are less than half of it; a second of a busy machine is a minute here."""
DOWN, SLOW, LYING = (
    (Behaviour.REFUSES,),
    (Behaviour.LATER, Behaviour.HANGS),
    (Behaviour.DROPS, Behaviour.NEVER),
)
CASES = [
    (name, behaviour)
    for name in ("email", "zalo_bot", "mqtt")
    for behaviour in (*DOWN, *SLOW, *LYING)
    if (name, behaviour) != ("zalo_bot", Behaviour.HANGS)  # it is told apart from a cut: DROPS
]


async def composed(letter: Letter) -> Message:
    text = " ".join(sorted(news.about_id for news in letter.news))
    return Message(letter.news[0].about_id, NotificationKind.OPENED, START, "[GSHT]", text[:50], text, text)


async def test_r11_a_channel_that_fails_in_any_way_costs_nobody_the_news(tmp_path: Path) -> None:
    folders = [tmp_path / f"{name}-{behaviour.value}" for name, behaviour in CASES]
    for folder in folders:
        folder.mkdir()
    found = await asyncio.gather(*(_play(*case, folder) for case, folder in zip(CASES, folders, strict=True)))
    slowest_s, which = max(zip(found, CASES, strict=True))
    promise.told(
        11,
        "a channel that is down, slow or lies: who has another address is told there, nothing is lost",
        f"{len(CASES)} failures of mail, Zalo and broker ({', '.join(sorted({each for _, each in CASES}))}): "
        f"8 of 8 messages told each time, the last {slowest_s:.0f} s after it was due ({' '.join(which)})",
    )


async def _play(name: str, behaviour: Behaviour, tmp_path: Path) -> float:
    """Tell eight pieces of news with a broken channel; return how many seconds of the worker's time that took."""
    clock = HastyClock(time.time(), first=START, haste=HASTE)  # noqa: TID251 (real servers need real time)
    async with AsyncExitStack() as stack:
        broken = await stack.enter_async_context(RIGS[name](tmp_path, behaviour))
        (tmp_path / "file").mkdir()
        well = await stack.enter_async_context(RIGS["file"](tmp_path / "file", Behaviour.TAKES))
        person = Contact("ngoc", "Ngọc", (Address(name, broken.recipient), Address("file", well.recipient)))
        to_her = [
            replace(notice(number, name, recipient=broken.recipient), person="ngoc") for number in range(1, 6)
        ]
        straight = [notice(number, "file", recipient=well.recipient) for number in range(6, 9)]
        outbox = MemoryOutbox(*to_her, *straight)
        deliverer = Deliverer(
            outbox,
            {name: broken.channel, "file": well.channel},
            composed,
            clock,
            hold_of=lambda _notification: None,
            directory=lambda: Directory({"ngoc": person}),
        )
        delivering = asyncio.create_task(deliverer.run())
        stack.push_async_callback(asyncio.wait, [delivering])
        stack.callback(delivering.cancel)
        expected = {note.about_id for note in (*to_her, *straight)}
        async with asyncio.timeout(60):
            while not expected <= (told := _named(well.seen()) | _named(broken.seen())):
                assert told <= expected
                await asyncio.sleep(0.02)
        took_s = clock.now() - START

    dead = [entry for entry in outbox.entries.values() if entry.dead_at is not None]
    assert behaviour is Behaviour.NEVER or not dead
    assert {note.about_id for note in straight} <= _named(well.seen())
    assert took_s < OLDEST_S
    return took_s


def _named(seen: list[tuple[str, str]]) -> set[str]:
    return {word for _, text in seen for word in text.split() if word.startswith("SC-")}
