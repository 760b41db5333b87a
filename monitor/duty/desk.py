"""The duty desk: swaps of shifts, and what is told at times of the day - morning brief, hand-over, week of silences.

Looked at every minute: what is due and was not told is told, also a little late, so a restart at the wrong minute skips
nothing; the bulletins' ids make telling the same twice impossible.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from alerts.model.decision import Decision
from alerts.model.hold import MutingKind
from alerts.model.notification import Bulletin, BulletinKind, Notification, NotificationKind
from alerts.model.settings import AlertSettings
from alerts.muting.week_of_silences import WEEK_S, id_of_week, silences_of_the_week
from alerts.muting.works import works
from alerts.oncall.model import Directory, Recipient, Rota, Step, Swap
from alerts.oncall.rota import Duty, duties, on_duty
from alerts.oncall.routing import people_on_duty, recipients_of
from alerts.telling.urgency import LEAST_URGENT
from alerts.world import World
from inventory.times.texts import read_minute
from monitor.clock import Clock
from monitor.duty.figures import Recent, brief, figures
from monitor.settings.settings import Settings
from monitor.storage import duty
from monitor.storage.audit import AuditEntry, insert_entries
from monitor.storage.database import Database
from monitor.storage.mutings import select_within
from monitor.web.view import Snapshot

DAY_S: Final = 86_400.0
LATE_S: Final = 3 * 3_600.0
"""What should have been told longer ago than this is not told any more: it would be stale."""
_MONDAY: Final = 0
_Due = tuple[str, Callable[[], Awaitable[Decision | None]]]
_SILENCES_AFTER_S: Final = 1_800.0
"""The week's silences come so long after Monday's brief."""


class DeskPort(Protocol):
    """What the desk needs of the running daemon."""

    @property
    def settings(self) -> Settings:
        """When the brief is told, and to whom."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        ...

    def carry_out(self, decision: Decision) -> None:
        """Save a decision and have it told."""
        ...


class Desk:
    """Knows who stands in for whom, and tells what is due at its time."""

    def __init__(
        self, daemon: DeskPort, world: World, database: Database, *, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._daemon = daemon
        self._world = world
        self._database = database
        self._clock = clock
        self._zone = zone
        self._told: set[str] = set()

    @property
    def directory(self) -> Directory:
        """Everybody who can be told, and who is on duty for whom."""
        return self._world.settings.directory

    async def swap(self, swap: Swap) -> None:
        """Let somebody else be on duty; it is on the disk when this returns. Raises StorageError."""
        now = self._clock.now()
        hours = " – ".join(
            f"{datetime.fromtimestamp(at, self._zone):%H:%M %d/%m/%Y}" for at in (swap.from_at, swap.until_at)
        )
        detail = f"{swap.rota}: {swap.person}, {hours}" + (f": {swap.comment}" if swap.comment else "")
        entry = AuditEntry(now, swap.who, "oncall.swapped", detail=detail)

        def save(connection: sqlite3.Connection) -> None:
            duty.insert_swap(connection, swap)
            insert_entries(connection, (entry,))

        await self._database.write(save)
        kept = [each for each in self.directory.swaps if each.until_at > now]
        self._world.settings = with_swaps(self._world.settings, (*kept, swap))

    async def look(self) -> None:
        """Tell what is due now and was not told. Raises StorageError: what could not be read is told a minute later."""
        now = self._clock.now()
        for key, tell in (*self._brief_due(now), *self._silences_due(now), *self._hand_overs_due(now)):
            if key not in self._told:
                # What was told before a restart is not told again to whoever is on duty now.
                is_known = await self._database.read(partial(duty.is_bulletin, bulletin_id=key))
                decision = None if is_known else await tell()
                if decision is not None:
                    self._daemon.carry_out(decision)
                self._told.add(key)
        if len(self._told) > 1_000:  # noqa: PLR2004 (a year's; the store knows them all)
            self._told.clear()

    def _brief_due(self, now: float) -> Iterator[_Due]:
        settings = self._daemon.settings.alerting.brief
        if settings is None:
            return
        due_at = self._today_at(now, settings.at)
        if 0 <= now - due_at < LATE_S:
            day = f"{datetime.fromtimestamp(now, self._zone):%Y-%m-%d}"
            yield f"brief:{day}", partial(self._tell_brief, day, now)

    def _silences_due(self, now: float) -> Iterator[_Due]:
        settings = self._daemon.settings.alerting.brief
        if settings is None or datetime.fromtimestamp(now, self._zone).weekday() != _MONDAY:
            return
        due_at = self._today_at(now, settings.at) + _SILENCES_AFTER_S
        if 0 <= now - due_at < LATE_S:
            yield id_of_week(now, self._zone), partial(self._tell_silences, now)

    def _hand_overs_due(self, now: float) -> Iterator[_Due]:
        if not self._daemon.settings.alerting.hand_over:
            return
        for rota in self.directory.rotas.values():
            for coming in duties(rota, now - LATE_S, now + 1):
                if 0 <= now - coming.from_at < LATE_S:
                    key = f"shift:{rota.id}:{coming.from_at:.0f}"
                    yield key, partial(self._tell_hand_over, key, rota, coming, now)

    async def _tell_brief(self, day: str, now: float) -> Decision:
        facts = figures(self._daemon.snapshot(), await self._recent(now - DAY_S, now))
        return _decision(brief(day, now, facts), self._readers(now), now)

    async def _tell_silences(self, now: float) -> Decision | None:
        mutings = await self._database.read(partial(select_within, from_at=now - WEEK_S, to_at=now))
        found = silences_of_the_week(mutings, self._world.inventory, self._readers(now), now, self._zone)
        return None if found is None else Decision(bulletins=(found[0],), notifications=found[1])

    async def _tell_hand_over(self, key: str, rota: Rota, coming: Duty, now: float) -> Decision | None:
        before = [each for each in duties(rota, coming.from_at - DAY_S, coming.from_at) if each.person]
        since_at = before[-1].from_at if before else coming.from_at - DAY_S
        leaving = people_on_duty(self.directory, rota, coming.from_at - 1)
        incoming = people_on_duty(self.directory, rota, coming.from_at)
        if incoming == leaving and on_duty(rota, coming.from_at - 1) == on_duty(rota, coming.from_at):
            return None  # whoever stays is handed over nothing; whoever swapped into the first shift is
        facts = {
            **figures(self._daemon.snapshot(), await self._recent(since_at, now)),
            "rota": rota.name,
            "shift": coming.shift,
            "from_at": coming.from_at,
            "until_at": coming.until_at,
            "leaving": self._names(leaving),
            "coming": self._names(incoming),
        }
        people = tuple(dict.fromkeys((*incoming, *leaving)))
        readers = recipients_of(self.directory, Step(people), now) if people else ()
        return _decision(Bulletin(key, BulletinKind.SHIFT, now, facts), readers, now)

    async def _recent(self, since_at: float, now: float) -> Recent:
        month = datetime.fromtimestamp(now, self._zone).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        midnight = self._today_at(now, "00:00")

        def read(connection: sqlite3.Connection) -> tuple[int, int]:
            return duty.count_declared(connection, since_at), duty.count_without_cause(
                connection, month.timestamp()
            )

        new, without_cause = await self._database.read(read)
        mutings = self._world.mutings.values()
        return Recent(
            since_at=since_at,
            new=new,
            ended=await self._database.read(partial(duty.select_ended, since_at=since_at)),
            without_cause=without_cause,
            maintenance=sum(1 for _ in works(self._world, midnight, midnight + DAY_S)),
            silences=sum(each.kind is MutingKind.SILENCE and each.is_in_force(now) for each in mutings),
        )

    def _readers(self, now: float) -> tuple[Recipient, ...]:
        """Return who gets the brief: as set, else whoever the policy `default` tells first."""
        settings = self._daemon.settings.alerting.brief
        if settings is not None and settings.to:
            return recipients_of(self.directory, Step(tuple(settings.to)), now)
        policy = self._world.settings.policies.get("default")
        return recipients_of(self.directory, policy.steps[0], now) if policy and policy.steps else ()

    def _names(self, people: Iterable[str]) -> list[str]:
        contacts = self.directory.contacts
        return [contacts[each].name for each in people if each in contacts]

    def _today_at(self, now: float, clock_time: str) -> float:
        minute = read_minute(clock_time)
        midnight = datetime.fromtimestamp(now, self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + timedelta(minutes=minute)).timestamp()


def with_swaps(settings: AlertSettings, swaps: Sequence[Swap]) -> AlertSettings:
    """Return the settings with what people arranged besides the on-call file."""
    return replace(settings, directory=replace(settings.directory, swaps=tuple(swaps)))


def _decision(bulletin: Bulletin, readers: Iterable[Recipient], now: float) -> Decision:
    notifications = tuple(
        Notification(
            about_id=bulletin.id,
            kind=NotificationKind.BULLETIN,
            channel=each.channel,
            recipient=each.address,
            due_at=now,
            severity=LEAST_URGENT,
            person=each.contact_id,
        )
        for each in readers
    )
    return Decision(bulletins=(bulletin,), notifications=notifications)
