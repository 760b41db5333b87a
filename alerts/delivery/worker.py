"""Send what the outbox holds: one worker per channel, at least once, a slow channel never delays another.

The rows of a letter are claimed before the send and marked after it. Cancelled in between, they stay waiting and are
sent again with the same message id. Knows no template and no database: both are given.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from alerts.channels.base import CHANNEL_WIDE, Channel, DeliveryError, DeliveryFailure
from alerts.delivery.budget import Allowance, allowance, month_began_at, next_digest_at
from alerts.delivery.elsewhere import Elsewhere
from alerts.delivery.failure_words import told
from alerts.delivery.letter import Letter
from alerts.delivery.merging import letter_of, merge
from alerts.delivery.outbox import Outbox, OutboxError, OutboxRow
from alerts.delivery.rests import WORKS, Condition, after_failure, retry_wait_s
from alerts.delivery.sending import Compose, DeliveryClock, Trouble, attempt
from alerts.delivery.surroundings import DeliveryRules, HoldOf, Surroundings
from alerts.model.hold import SuppressionReason
from alerts.model.notification import CancelReason
from alerts.oncall.model import Directory

logger = logging.getLogger(__name__)

GIVE_UP_AFTER_S: Final = 86_400.0
GIVE_UP_ATTEMPTS: Final = 20
"""Both must have passed: a day without the daemon is not a day of attempts."""
POLL_S: Final = 1.0
BATCH: Final = 20
HOLD_S: Final = 60.0
"""What is held back is asked about again after so long at most: holds end early."""
_SHORTEST_WAIT_S: Final = 0.05

T = TypeVar("T")


class Deliverer:
    """Delivers until cancelled. `channels` maps the name in the rows to what sends."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        compose: Compose,
        clock: DeliveryClock,
        *,
        hold_of: HoldOf = lambda _notification: None,
        directory: Callable[[], Directory] = Directory,
        rules: DeliveryRules = DeliveryRules(),  # noqa: B008 (frozen)
    ) -> None:
        around = Surroundings(outbox, compose, clock, hold_of, directory, rules)
        self.counts = around.counts
        self._workers = {name: _Worker(name, channel, around, self) for name, channel in channels.items()}

    async def run(self) -> None:
        """Run one worker per channel until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, worker in self._workers.items():
                group.create_task(worker.run(), name=f"delivery:{name}")

    def wake(self) -> None:
        """Look at the outbox now: rows were added, or are due sooner. Call from the event loop's thread."""
        for worker in self._workers.values():
            worker.news.set()

    def try_again(self) -> None:
        """Let no channel rest any more: a person asks."""
        for worker in self._workers.values():
            worker.rouse()
        self.wake()

    def clock_stepped(self, step_s: float) -> None:
        """Take the clock being set for what it is: nothing rests, fails or waits longer by it."""
        for worker in self._workers.values():
            worker.clock_stepped(step_s)
        self.wake()

    @property
    def steps(self) -> dict[str, int]:
        """Channel -> how many steps its worker has gone: looks, attempts, tries to write. One that hangs goes none."""
        return {name: worker.steps for name, worker in self._workers.items()}

    @property
    def failing_since(self) -> dict[str, float]:
        """Channel -> since when it fails; those that work are absent."""
        found = {name: worker.condition.failing_since_at for name, worker in self._workers.items()}
        return {name: since_at for name, since_at in found.items() if since_at is not None}


class _Worker:
    """Sends one channel's letters, one after the other, the longest due first."""

    def __init__(self, name: str, channel: Channel, around: Surroundings, all_of_them: Deliverer) -> None:
        self.condition: Condition = WORKS
        self.news = asyncio.Event()
        self.steps = 0
        self._name = name
        self._channel = channel
        self._around = around
        self._outbox = around.outbox
        self._clock = around.clock
        self._rules = around.rules
        self._counts = around.counts
        self._elsewhere = Elsewhere(name, around, all_of_them, self._insist)
        self._channel_trouble = Trouble(f"delivery channel={name}")
        self._outbox_trouble = Trouble(f"outbox channel={name}")

    def rouse(self) -> None:
        self.condition = Condition(self.condition.failing_since_at)

    def clock_stepped(self, step_s: float) -> None:
        since_at = self.condition.failing_since_at
        self.condition = Condition(None if since_at is None else since_at + step_s)
        self._elsewhere.restart()

    async def run(self) -> None:
        while True:
            self.news.clear()
            self.steps += 1
            try:
                has_sent = await self._send_due()
                await self._elsewhere.look(self.condition)
                wait_s = 0.0 if has_sent else await self._idle_s()
                self._outbox_trouble.ends()
            except OutboxError as error:
                self._note_outbox(error)
                wait_s = POLL_S
            except Exception:
                logger.exception("delivery_worker_failed channel=%s", self._name)
                wait_s = POLL_S
            _end_if_asked()
            if wait_s:
                await self._rest(wait_s)

    async def _send_due(self) -> bool:
        """Deliver what is due; return whether anything was tried. A channel that rested is asked with one letter."""
        now = self._clock.now()
        if self.condition.is_resting(now):
            return False
        rows = {row.id: row for row in await self._outbox.due(self._name, now, BATCH)}
        merged = merge(rows.values(), now)
        for row_ids, reason in (
            (merged.never_told, CancelReason.NEVER_TOLD),
            (merged.came_back, CancelReason.CAME_BACK_DOWN),
        ):
            if row_ids:
                await self._outbox.cancel(row_ids, reason)
        has_tried = False
        for letter in merged.letters:
            self.steps += 1
            if self.condition.is_resting(self._clock.now()):
                break
            cleared = await self._cleared(letter, rows)
            if cleared is not None:
                has_tried |= await self._deliver(cleared, rows)
        return has_tried

    async def _cleared(self, letter: Letter, rows: Mapping[int, OutboxRow]) -> Letter | None:
        """Return what of the letter may go now; the rest is put off."""
        now = self._clock.now()
        free = []
        for news in letter.news:
            hold = self._around.hold_of(rows[news.row_ids[-1]].notification)
            if hold is None:
                free.append(news)
                continue
            row_ids = letter.row_ids if letter.is_repeat else news.row_ids
            await self._outbox.put_off(
                row_ids, hold.reason, min(max(hold.until_at, now + POLL_S), now + HOLD_S)
            )
            if letter.is_repeat:
                return None
        if not free:
            return None
        cleared = letter if len(free) == len(letter.news) else letter_of(free, list(rows.values()))
        return cleared if await self._can_afford(cleared, rows) else None

    async def _can_afford(self, letter: Letter, rows: Mapping[int, OutboxRow]) -> bool:
        budget = self._rules.budgets.get(self._name)
        if budget is None or letter.is_repeat:
            return True
        now, zone = self._clock.now(), self._rules.zone
        sent = await self._outbox.sent_since(self._name, month_began_at(now, zone))
        own = [rows[row_id] for row_id in letter.row_ids]
        was_kept = any(row.held is SuppressionReason.BUDGET and row.next_attempt_at <= now for row in own)
        answer = allowance(budget, sent, letter.severity, was_kept=was_kept)
        if answer is Allowance.SEND:
            return True
        if answer is Allowance.ELSEWHERE:
            found = await self._elsewhere.tell(own)
            if letter.severity == 1 and len(found) < len(own):
                return True  # perhaps the service takes it all the same
        await self._outbox.put_off(letter.row_ids, SuppressionReason.BUDGET, next_digest_at(now, zone))
        return False

    async def _deliver(self, letter: Letter, rows: Mapping[int, OutboxRow]) -> bool:
        """Claim a letter, try it once and note what came of it; False when it could not be claimed."""
        self.steps += 1
        if not await self._outbox.claim(letter.row_ids, letter.message_id, self._clock.now()):
            return False
        try:
            receipt = await attempt(
                letter, self._channel, self._around.compose, deadline_s=self._rules.deadline_s
            )
        except DeliveryError as error:
            self._counts.failed[self._name, error.reason] += 1
            if error.reason is DeliveryFailure.COMPOSE and len(letter.news) > 1:
                # One of them cannot be told: the others must not wait for it.
                for news in letter.news:
                    await self._deliver(letter_of([news], list(rows.values())), rows)
            else:
                await self._note_failure(letter, [rows[row_id] for row_id in letter.row_ids], error)
            return True
        self._counts.sent[self._name] += 1
        self._works()
        await self._insist(lambda: self._outbox.mark_sent(letter.row_ids, self._clock.now(), receipt=receipt))
        for news in letter.news:
            logger.info(
                "notification_sent about=%s kind=%s channel=%s message=%s rows=%d",
                news.about_id,
                news.kind,
                self._name,
                letter.message_id,
                len(news.row_ids),
            )
        return True

    def _works(self) -> None:
        self.condition = WORKS
        self._channel_trouble.ends()

    async def _note_failure(self, letter: Letter, rows: Sequence[OutboxRow], error: DeliveryError) -> None:
        """Plan the next attempt, tell it elsewhere, or give it up."""
        now = self._clock.now()
        self.condition = after_failure(self.condition, error, now, channel=self._name)
        if error.in_doubt and not self._channel.knows_repeats and (letter.is_repeat or letter.severity > 1):
            self._counts.doubtful[self._name] += 1
            logger.warning("notification_in_doubt channel=%s message=%s", self._name, letter.message_id)
            await self._insist(lambda: self._outbox.mark_sent(letter.row_ids, now, in_doubt_at=now))
            return
        if error.permanent and error.reason not in CHANNEL_WIDE:
            await self._give_up(rows, error, now)
            return
        self._channel_trouble.goes_on(f"{error.reason}: {error}")
        worn = [row for row in rows if _is_hopeless(row, now)]
        if worn:
            await self._give_up(worn, error, now)
        rest = [row for row in rows if row not in worn]
        if rest:
            again_at = now + retry_wait_s(
                max(row.attempts for row in rest) + 1, letter.message_id, error.retry_after_s
            )
            if self.condition.is_resting(now):
                again_at = min(again_at, self.condition.rest_until_at)
            in_doubt_at = now if error.in_doubt or letter.is_repeat else None
            ids = [row.id for row in rest]
            await self._insist(
                lambda: self._outbox.plan_retry(ids, told(error), again_at, in_doubt_at=in_doubt_at)
            )

    async def _give_up(self, rows: Sequence[OutboxRow], error: DeliveryError, now: float) -> None:
        """Settle rows that cannot go this way: told elsewhere, or dead letters."""
        found = await self._elsewhere.tell(rows)
        # Whoever has not written lately is told elsewhere; that is how such a channel is, and nothing to mend.
        moved = [row.id for row in rows if error.reason is DeliveryFailure.WINDOW and row.id in found]
        if moved:
            await self._insist(lambda: self._outbox.cancel(moved, CancelReason.TOLD_OTHERWISE))
        dead = [row for row in rows if row.id not in moved]
        for row in dead:
            self._counts.dead[self._name] += 1
            logger.error(
                "notification_given_up about=%s kind=%s channel=%s row=%d attempts=%d reason=%s error=%s",
                row.notification.about_id,
                row.notification.kind,
                self._name,
                row.id,
                row.attempts + 1,
                error.reason,
                error,
            )
        if dead:
            ids = [row.id for row in dead]
            await self._insist(lambda: self._outbox.mark_dead(ids, told(error), now))

    async def _insist(self, write: Callable[[], Awaitable[T]]) -> T:
        """Write what happened however long it takes: going on without it would send the same again."""
        while True:
            self.steps += 1
            try:
                return await write()
            except Exception as error:  # noqa: BLE001 (whatever it is, forgetting a send would repeat it for ever)
                self._note_outbox(error)
                await self._clock.sleep(POLL_S)

    def _note_outbox(self, error: Exception) -> None:
        self._counts.outbox_errors += 1
        self._outbox_trouble.goes_on(f"{type(error).__name__}: {error}")

    async def _idle_s(self) -> float:
        """Return how long nothing is due, at most until the next poll."""
        now = self._clock.now()
        next_at = await self._outbox.next_due_at(now, self._name)
        if next_at is None or next_at <= now:
            return POLL_S  # what is due and did not go waits for something else
        return min(POLL_S, max(_SHORTEST_WAIT_S, next_at - now))

    async def _rest(self, seconds: float) -> None:
        """Wait for `seconds` or for news."""
        tasks = {
            asyncio.create_task(self._clock.sleep(seconds), name=f"delivery:{self._name}:rest"),
            asyncio.create_task(self.news.wait(), name=f"delivery:{self._name}:news"),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


def _end_if_asked() -> None:
    """End as cancelled when a library kept the request to end for itself, and the daemon would wait for us for ever.

    asyncio.wait_for of Python 3.11, which aiosmtplib uses, returns the answer that arrives in that very moment (bpo-37658).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _is_hopeless(row: OutboxRow, now: float) -> bool:
    return row.attempts + 1 >= GIVE_UP_ATTEMPTS and now - row.notification.due_at >= GIVE_UP_AFTER_S
