"""A daemon in small for the kill test: one task opens and closes incidents, the real delivery sends. Lives until killed."""

import asyncio
import random
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from alerts.channels.base import DeliveryError, DeliveryFailure
from alerts.delivery.letter import Letter
from alerts.delivery.worker import Deliverer
from alerts.messages.message import Message
from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, Incident
from alerts.model.notification import Cancellation, CancelReason, Recovery
from monitor.clock import SystemClock
from monitor.series.log import ResultLog
from monitor.storage.state import StateStore
from tests.monitor.storage.samples import T0, notification, opening, result

CHANNELS = ("email", "file")
OPEN_AT_ONCE = 3
SAMPLES = "may/icmp"
SAMPLE_EVERY_S = 0.01
HASTE = 50.0
"""So much faster time passes: the waits of retries are those of the real thing."""


class HastyClock:
    """Time that passes too fast, from `first` on."""

    def __init__(self, began_at: float, *, first: float = T0, haste: float = HASTE) -> None:
        self._began_at = began_at
        self._first = first
        self._haste = haste

    def now(self) -> float:
        return self._first + (time.time() - self._began_at) * self._haste  # noqa: TID251 (one clock for all lives)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._haste)


class Sink:
    """What arrived: told to the test before anything else happens. Fails as often as it works when `faulty`."""

    knows_repeats = True

    def __init__(self, name: str, words: Connection, *, faulty: bool) -> None:
        self._name = name
        self._words = words
        self._faulty = faulty
        self._chance = random.Random()  # noqa: S311 (which send fails)

    async def send(self, message: Message, recipient: str, *, message_id: str, thread_id: str) -> str:
        del recipient, thread_id
        await asyncio.sleep(self._chance.uniform(0, 0.004))
        fate = self._chance.choice(("fine", "fine", "refused", "doubt")) if self._faulty else "fine"
        if fate == "refused":
            raise DeliveryError("no route", DeliveryFailure.CONNECT)
        self._words.send_bytes(f"sent {self._name} {message_id} {message.text}".encode())
        await asyncio.sleep(self._chance.uniform(0, 0.004))
        if fate == "doubt":
            self._words.send_bytes(f"doubt {self._name} {message_id}".encode())
            raise DeliveryError("no answer", DeliveryFailure.DISCONNECTED, in_doubt=True)
        return "taken"


async def compose(letter: Letter) -> Message:
    text = ",".join(f"{news.about_id}:{news.kind}:{int(news.is_late)}" for news in letter.news)
    return Message(letter.news[0].about_id, letter.news[0].kind, 0.0, "s", "h", text, "b")


def live(folder: Path, first: int, words: Connection, began_at: float) -> None:
    """Run one life. It says `opened` and `closed <number>` after a commit, `sent ...` when a message arrived.

    `sampled <number> <age of the world>` when a result was put into the log, `logged <number>` when one was flushed.
    """
    asyncio.run(_live(folder, first, words, HastyClock(began_at)))


async def _live(folder: Path, first: int, words: Connection, clock: HastyClock) -> None:
    async with (
        StateStore.open(folder / "state.db", now=T0) as store,
        ResultLog.open(folder / "results.db", now=T0) as log,
        asyncio.TaskGroup() as tasks,
    ):
        channels = {name: Sink(name, words, faulty=True) for name in CHANNELS}
        deliverer = Deliverer(store.outbox, channels, compose, clock)
        tasks.create_task(deliverer.run(), name="deliver")
        tasks.create_task(log.run(SystemClock()), name="log")
        tasks.create_task(_sample(log, first, words), name="sample")
        tasks.create_task(_decide(store, log, first, words, clock, deliverer), name="decide")


async def _sample(log: ResultLog, first: int, words: Connection) -> None:
    number = first
    while True:
        log.append(result(number, check_id=SAMPLES))
        words.send_bytes(f"sampled {number} {time.monotonic()}".encode())
        number += 1
        await asyncio.sleep(SAMPLE_EVERY_S)


async def _decide(
    store: StateStore, log: ResultLog, first: int, words: Connection, clock: HastyClock, deliverer: Deliverer
) -> None:
    left = await store.incidents(open_only=True, limit=1_000)
    for incident in left:  # what came back while nobody watched
        await close(store, incident, clock.now())
        words.send_bytes(f"closed {incident.id[8:]}".encode())
    number = first
    while True:
        log.append(result(number))
        await log.flush()
        words.send_bytes(f"logged {number}".encode())
        await store.commit(opening_everywhere(number, clock.now()))
        words.send_bytes(f"opened {number}".encode())
        deliverer.wake()
        number += 1
        for incident in await store.incidents(open_only=True, limit=1_000):
            if int(incident.id[8:]) <= number - OPEN_AT_ONCE:
                await close(store, incident, clock.now())
                words.send_bytes(f"closed {incident.id[8:]}".encode())
        await asyncio.sleep(0.005)


def opening_everywhere(number: int, now: float) -> Decision:
    notes = tuple(notification(number, channel=channel, due_at=now) for channel in CHANNELS)
    return replace(opening(number), notifications=notes)


async def close(store: StateStore, incident: Incident, now: float) -> None:
    ended = replace(incident, resolved_at=now, close_reason=CloseReason.RECOVERED)
    await store.commit(
        Decision(
            incidents=(ended,),
            cancellations=(Cancellation(incident.id, CancelReason.RESOLVED_BEFORE_DUE, now),),
            recoveries=(Recovery(incident.id, now + 10.0),),
        )
    )
