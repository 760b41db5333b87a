"""Delivery in the daemon: its rules from the settings, its alarm, and what people ask of the outbox."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from alerts.delivery.alarm import COMPONENT, Signs, alarm, audience, raised_by, troubled
from alerts.delivery.budget import Budget
from alerts.delivery.surroundings import DeliveryRules
from alerts.delivery.worker import Deliverer
from alerts.model.decision import Decision
from alerts.model.notification import Bulletin, BulletinKind, Notification, NotificationKind
from alerts.oncall.model import Directory, Recipient
from alerts.oncall.routing import bare_address
from alerts.world import World
from monitor.clock import Clock
from monitor.settings.settings import Settings
from monitor.storage.audit import AuditEntry
from monitor.storage.outbox_view import OutboxEntry
from monitor.storage.state import StateStore

log = logging.getLogger(__name__)

TEST_WAIT_S: Final = 40.0
"""How long a test message is waited for: one attempt takes at most 30 s."""
_LOOK_S: Final = 0.2


def delivery_rules(settings: Settings) -> DeliveryRules:
    """Return how delivery behaves."""
    delivery = settings.delivery
    monthly = {"zalo_bot": settings.zalo_bot.monthly if settings.zalo_bot is not None else None}
    return DeliveryRules(
        fallback_s=delivery.fallback_s,
        budgets={
            channel: Budget(count, delivery.share_for_urgent)
            for channel, count in monthly.items()
            if count is not None
        },
        zone=ZoneInfo(settings.timezone),
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """A test message cannot be sent; the text says why and what to do."""

    text: str


class DeliveryDesk:
    """What is done about delivery besides sending. Every method may raise StorageError."""

    def __init__(
        self,
        world: World,
        state: StateStore,
        deliverer: Deliverer,
        *,
        clock: Clock,
        carry_out: Callable[[Decision], None],
        settings: Callable[[], Settings],
    ) -> None:
        self._world = world
        self._state = state
        self._deliverer = deliverer
        self._clock = clock
        self._carry_out = carry_out
        self._settings = settings
        self._raised: dict[str, float] | None = None
        self._unproven: set[str] = set()
        self._untold: set[str] = set()
        self._from_at = clock.now()

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    @property
    def raised(self) -> frozenset[str]:
        """Channels whose trouble people were told of, while it lasts."""
        return frozenset(self._raised or ())

    async def look(self) -> None:
        """Tell of channels in trouble on others, once, and when they work again."""
        now, delivery = self._clock.now(), self._settings().delivery
        if self._raised is None:
            self._raised = raised_by(await self._state.outbox.self_alarms(COMPONENT))
            self._unproven = set(self._raised)
        # How long nobody watched, or what the clock was set forward by, is nothing that a channel waited for us.
        late_since = {
            channel: max(since_at, self._from_at)
            for channel, since_at in (await self._state.outbox.late_since(now)).items()
        }
        failing_since = self._deliverer.failing_since
        found = troubled(
            Signs(failing_since, late_since), now, late_s=delivery.late_s, failing_s=delivery.fallback_s
        )
        # What was told before the start is over when the channel takes a message, not because we know of nothing.
        self._unproven = {each for each in self._unproven if not self._deliverer.counts.sent[each]}
        found = {each: self._raised[each] for each in self._unproven} | found
        alerting = self._world.settings
        decision, self._raised = alarm(
            self._raised,
            found,
            audience(alerting.policies, self._world.inventory, now),
            alerting.directory,
            now,
            failing=failing_since,
        )
        self._note_untold(found.keys() - self._raised.keys())
        if decision is not None:
            for bulletin in decision.bulletins:
                log.error("delivery_alarm id=%s told=%d", bulletin.id, len(decision.notifications))
            self._carry_out(decision)

    def clock_stepped(self) -> None:
        """Count from now on how long messages wait."""
        self._from_at = self._clock.now()

    def _note_untold(self, untold: set[str]) -> None:
        if untold - self._untold:
            log.error("delivery_alarm_untold channels=%s", ",".join(sorted(untold)))
        self._untold = untold

    async def queue(self, channel: str | None, limit: int, *, dead: bool) -> list[OutboxEntry]:
        """Return what waits, or was given up, the longest due first."""
        return await self._state.outbox.queue(channel, limit, dead=dead)

    async def retry(self, row_ids: Sequence[int] | None, *, who: str) -> list[int]:
        """Let rows go now (None: all that were given up), whatever rests; return which."""
        now = self._clock.now()
        found = await self._state.outbox.revive(row_ids, now)
        if found:
            await self._note("notify retry", who, f"rows={_numbers(found)}")
        self._deliverer.try_again()
        return found

    async def drop(self, row_ids: Sequence[int], *, who: str, comment: str) -> list[int]:
        """Let rows never go; return which."""
        found = await self._state.outbox.drop(row_ids)
        if found:
            await self._note("notify drop", who, f"rows={_numbers(found)} {comment}")
        return found

    async def test(self, name: str, *, who: str) -> list[OutboxEntry] | Refused:
        """Send a test message to a contact, or a bare address, the way every message goes, and wait for what comes of it."""
        recipients = test_recipients(self._world.settings.directory, name)
        if not recipients:
            return Refused(
                f"'{name}' không phải người, nhóm hay kênh trong tệp người trực; hoặc viết kênh:địa_chỉ"
            )
        if not {each.channel for each in recipients} & self._deliverer.steps.keys():
            unused = ", ".join(sorted({each.channel for each in recipients}))
            return Refused(f"chưa cấu hình kênh {unused}: tin sẽ không bao giờ đi; xem lại tên kênh")
        now = self._clock.now()
        bulletin = Bulletin(f"test:{now:.3f}:{name.partition(':')[0]}", BulletinKind.TEST, now, {"who": who})
        notifications = tuple(
            Notification(
                bulletin.id,
                NotificationKind.BULLETIN,
                each.channel,
                each.address,
                now,
                person=each.contact_id,
            )
            for each in recipients
        )
        await self._state.commit(Decision(bulletins=(bulletin,), notifications=notifications))
        self._deliverer.try_again()  # what rests would only be waited for
        ends_mono = self._clock.monotonic() + TEST_WAIT_S
        while True:
            entries = await self._state.outbox.entries_of(bulletin.id)
            has_news = all(entry.sent_at or entry.dead_at or entry.row.last_error for entry in entries)
            if has_news or self._clock.monotonic() >= ends_mono:
                return entries
            await self._clock.sleep(_LOOK_S)

    async def _note(self, action: str, who: str, detail: str) -> None:
        await self._state.note_audit((AuditEntry(self._clock.now(), who, action, detail=detail),))


def test_recipients(directory: Directory, name: str) -> tuple[Recipient, ...]:
    """Return all addresses of a contact, the one that `channel:address` names, or the first that anybody has on a channel."""
    contact = directory.contacts.get(name)
    if contact is not None:
        return tuple(Recipient(each.channel, each.address, contact.id) for each in contact.addresses)
    bare = bare_address(directory, name)
    if bare is not None:
        return (Recipient(bare.channel, bare.address),)
    for each in directory.contacts.values():
        for address in each.addresses:
            if address.channel == name:
                return (Recipient(address.channel, address.address, each.id),)
    return ()


def _numbers(row_ids: Sequence[int]) -> str:
    return ",".join(str(row_id) for row_id in row_ids[:50]) + ("…" if len(row_ids) > 50 else "")  # noqa: PLR2004
