"""Send what the outbox holds: one worker per channel, at least once, a slow channel never delays another.

A row is claimed before the send and marked after it. Cancelled in between, it stays waiting and is sent again with
the same message id. Knows no template and no database: both are given.
"""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from alerts.channels.base import Channel, DeliveryError, DeliveryFailure
from alerts.delivery.outbox import Outbox, OutboxError, OutboxRow
from alerts.messages.message import Message
from alerts.model.hold import Hold
from alerts.model.notification import Notification, NotificationKind

logger = logging.getLogger(__name__)

RETRY_WAITS_S: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
"""Wait after the first, second, ... failed attempt; the last repeats, and bounds what a server may ask for."""
GIVE_UP_AFTER_S: Final = 86_400.0
GIVE_UP_ATTEMPTS: Final = 20
"""Both must have passed: a day without the daemon is not a day of attempts."""
POLL_S: Final = 1.0
BATCH: Final = 20

_SHORTEST_WAIT_S: Final = 0.05

Compose = Callable[[Notification], Awaitable[Message]]
"""Write the message of a notification, from what is known at the moment of sending."""

HoldOf = Callable[[Notification], Hold | None]
"""Say what holds a notification back at this moment, None when it may go."""


class DeliveryClock(Protocol):
    """What delivery needs of a clock."""

    def now(self) -> float:
        """Unix seconds UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for `seconds`."""
        ...


@dataclass(slots=True)
class DeliveryCounts:
    """What happened since the start, for /metrics: by channel, failures also by reason, dead letters apart."""

    sent: Counter[str] = field(default_factory=Counter)
    failed: Counter[tuple[str, DeliveryFailure]] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    outbox_errors: int = 0


class Deliverer:
    """Delivers until cancelled. `channels` maps the name in the rows to what sends.

    `hold_of` is asked right before each attempt: what it holds back waits until the hold's end.
    """

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        compose: Compose,
        clock: DeliveryClock,
        *,
        hold_of: HoldOf = lambda _notification: None,
        deadline_s: float = 30.0,
    ) -> None:
        self.counts = DeliveryCounts()
        self._workers = {
            name: _Worker(
                name, channel, outbox, compose, clock, self.counts, hold_of=hold_of, deadline_s=deadline_s
            )
            for name, channel in channels.items()
        }

    async def run(self) -> None:
        """Run one worker per channel until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, worker in self._workers.items():
                group.create_task(worker.run(), name=f"delivery:{name}")

    def wake(self) -> None:
        """Look at the outbox now: rows were added, or are due sooner. Call from the event loop's thread."""
        for worker in self._workers.values():
            worker.wake()


class _Worker:
    """Sends one channel's rows, one after the other, the longest due first."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        outbox: Outbox,
        compose: Compose,
        clock: DeliveryClock,
        counts: DeliveryCounts,
        *,
        hold_of: HoldOf,
        deadline_s: float,
    ) -> None:
        self._name = name
        self._channel = channel
        self._outbox = outbox
        self._compose = compose
        self._clock = clock
        self._counts = counts
        self._hold_of = hold_of
        self._deadline_s = deadline_s
        self._news = asyncio.Event()
        self._channel_trouble = _Trouble(f"delivery channel={name}")
        self._outbox_trouble = _Trouble(f"outbox channel={name}")

    def wake(self) -> None:
        self._news.set()

    async def run(self) -> None:
        while True:
            self._news.clear()
            try:
                has_sent = await self._send_due()
                wait_s = 0.0 if has_sent else await self._idle_s()
                self._outbox_trouble.ends()
            except OutboxError as error:
                self._counts.outbox_errors += 1
                self._outbox_trouble.goes_on(f"{type(error).__name__}: {error}")
                wait_s = POLL_S
            except Exception:
                logger.exception("delivery_worker_failed channel=%s", self._name)
                wait_s = POLL_S
            if wait_s:
                await self._rest(wait_s)

    async def _send_due(self) -> bool:
        """Deliver a batch of due rows; return whether there were any to send."""
        claimed = 0
        for row in await self._outbox.due(self._name, self._clock.now(), BATCH):
            hold = self._hold_of(row.notification)
            if hold is not None:
                await self._outbox.put_off(row.id, hold.reason, hold.until_at)
            elif await self._outbox.claim(row.id, self._clock.now()):
                claimed += 1
                await self._deliver(replace(row, attempts=row.attempts + 1))
        return claimed > 0

    async def _deliver(self, row: OutboxRow) -> None:
        """Try a claimed row once and note what came of it."""
        try:
            await self._attempt(row.notification)
        except DeliveryError as error:
            self._counts.failed[self._name, error.reason] += 1
            await self._note_failure(row, error)
            return
        self._counts.sent[self._name] += 1
        self._channel_trouble.ends()
        await self._insist(lambda: self._outbox.mark_sent(row.id, self._clock.now()))
        logger.info(
            "notification_sent incident=%s kind=%s channel=%s row=%d attempt=%d",
            row.notification.about_id,
            row.notification.kind,
            self._name,
            row.id,
            row.attempts,
        )

    async def _attempt(self, notification: Notification) -> None:
        """Compose and send. Raises DeliveryError, and nothing else but cancellation."""
        try:
            async with asyncio.timeout(self._deadline_s):
                try:
                    message = await self._compose(notification)
                except Exception as error:
                    logger.exception("compose_failed incident=%s", notification.about_id)
                    text = f"the message could not be composed: {type(error).__name__}"
                    raise DeliveryError(text, DeliveryFailure.COMPOSE) from error
                if message.fault:
                    logger.error("template_failed incident=%s fault=%s", notification.about_id, message.fault)
                await self._channel.send(
                    message,
                    notification.recipient,
                    message_id=message_id(notification),
                    thread_id=message_id(replace(notification, kind=NotificationKind.OPENED, step=0)),
                )
        except DeliveryError:
            raise
        except TimeoutError as error:
            text = f"not sent within {self._deadline_s:g} s"
            raise DeliveryError(text, DeliveryFailure.TIMEOUT) from error
        except Exception as error:
            logger.exception("channel_failed channel=%s", self._name)
            text = f"the channel failed: {type(error).__name__}"
            raise DeliveryError(text, DeliveryFailure.INTERNAL) from error

    async def _note_failure(self, row: OutboxRow, error: DeliveryError) -> None:
        """Plan the next attempt, or give the row up."""
        now = self._clock.now()
        is_hopeless = row.attempts >= GIVE_UP_ATTEMPTS and now - row.notification.due_at >= GIVE_UP_AFTER_S
        if error.permanent or is_hopeless:
            self._counts.dead[self._name] += 1
            logger.error(
                "notification_given_up incident=%s kind=%s channel=%s row=%d attempts=%d reason=%s error=%s",
                row.notification.about_id,
                row.notification.kind,
                self._name,
                row.id,
                row.attempts,
                error.reason,
                error,
            )
            await self._insist(lambda: self._outbox.mark_dead(row.id, str(error), now))
            return
        self._channel_trouble.goes_on(f"{error.reason}: {error}")
        next_attempt_at = now + retry_wait_s(row.attempts, error.retry_after_s)
        await self._insist(lambda: self._outbox.plan_retry(row.id, str(error), next_attempt_at))

    async def _insist(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write what happened however long it takes: going on without it would send the same again."""
        while True:
            try:
                await write()
            except Exception as error:  # noqa: BLE001 (whatever it is, forgetting a send would repeat it for ever)
                self._counts.outbox_errors += 1
                self._outbox_trouble.goes_on(f"{type(error).__name__}: {error}")
                await self._clock.sleep(POLL_S)
            else:
                return

    async def _idle_s(self) -> float:
        """Return how long nothing is due, at most until the next poll."""
        now = self._clock.now()
        next_at = await self._outbox.next_due_at(now, self._name)
        return POLL_S if next_at is None else min(POLL_S, max(_SHORTEST_WAIT_S, next_at - now))

    async def _rest(self, seconds: float) -> None:
        """Wait for `seconds` or for news."""
        tasks = {
            asyncio.create_task(self._clock.sleep(seconds), name=f"delivery:{self._name}:rest"),
            asyncio.create_task(self._news.wait(), name=f"delivery:{self._name}:news"),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


class _Trouble:
    """Logs a repeating warning when it starts, when its text changes, and when it ends, with a count."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._text = ""
        self._count = 0

    def goes_on(self, text: str) -> None:
        self._count += 1
        if text != self._text:
            self._text = text
            logger.warning("delivery_trouble %s error=%s", self._what, text)

    def ends(self) -> None:
        if self._count:
            logger.info("delivery_trouble_over %s times=%d", self._what, self._count)
        self._text, self._count = "", 0


def retry_wait_s(attempts: int, asked_s: float | None = None) -> float:
    """Return how long to wait after the `attempts`-th failure; `asked_s`: what the server asked for."""
    if asked_s is not None:
        return min(max(asked_s, POLL_S), RETRY_WAITS_S[-1])
    return RETRY_WAITS_S[min(attempts, len(RETRY_WAITS_S)) - 1]


def message_id(notification: Notification) -> str:
    """Return the stable name of one message to one recipient, fit for a Message-ID: no address in it."""
    digest = hashlib.sha256(notification.dedup_key.encode()).hexdigest()[:16]
    return f"{notification.about_id}.{notification.kind}.{digest}".lower()
