"""How another inventory comes into force: a signal, a command, changed folders, or a step back to a stored version.

What is not valid changes nothing. Everything is read, checked and compared in the reader's thread; the swap itself is
one step of the event loop.
"""

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from inventory.diff import summary
from inventory.loader import Loaded
from inventory.model import Inventory
from inventory.resolved import Resolved
from monitor.audit_notes import AuditLog, AuditNotes
from monitor.brake import ended, ends_much
from monitor.clock import Clock
from monitor.first_plan import FirstPlan
from monitor.in_force import Denial, How, InForce, Outcome, Pending
from monitor.plan import Plan
from monitor.plan_reader import Candidate, InReader, PlanReader, Refused
from monitor.storage.audit import AuditEntry
from monitor.storage.errors import StorageError
from monitor.storage.versions import Pin, Version, counts_of
from monitor.watch import POLL_S, Watch, signature_of
from monitor.web.view import InventoryFacts

log = logging.getLogger(__name__)


class Running(Protocol):
    """Whose inventory it is."""

    plan: Plan

    def refresh(self, inventory: Inventory) -> None:
        """Let the inputs read keys and certificates anew."""
        ...

    def swap(self, plan: Plan) -> None:
        """Put another plan into force; states, acknowledgements and incidents stay."""
        ...

    def count_reload(self, outcome: str) -> None:
        """Count one reload."""
        ...


@dataclass(slots=True)
class _Condition:
    """What the page says about the inventory in force. `error`: why the latest reading could not be used."""

    error: str = ""
    started_from: str = ""
    store_fault: str = ""
    pending: Pending | None = None
    pin: Pin | None = None
    lost_pin: Pin | None = None


class Reloading:
    """One reload at a time. `facts` is what /healthz and the page say about it."""

    def __init__(
        self, first: FirstPlan, running: Running, *, clock: Clock, audit: AuditLog, in_reader: InReader
    ) -> None:
        settings = first.plan.settings
        self._running = running
        self._clock = clock
        self._in_reader = in_reader
        self._store = first.store
        self._unstored: Loaded | None = first.loaded if first.version is None else None
        self._reader = PlanReader(in_reader, first.store)
        self._watch = Watch(settings.inventory_watch.quiet_s, first.signature)
        self._watches = settings.inventory_watch.enabled
        self.around: Callable[[], AbstractContextManager[None]] = nullcontext
        """What is done around a reload that a signal asked for."""
        self._asked = asyncio.Event()
        self._lock = asyncio.Lock()
        self._notes = AuditNotes(audit)
        self._condition = _Condition(pin=first.pin, lost_pin=first.lost_pin)
        self.in_force = InForce(
            first.plan.inventory.digest,
            None if first.version is None else first.version.number,
            clock.now(),
            "khởi động",
            How.START,
            counts_of(first.loaded),
        )
        if first.problems:
            self._condition.started_from = Refused(first.problems).text

    @property
    def facts(self) -> InventoryFacts:
        """What is to be said about the inventory in force."""
        now = self._condition
        return InventoryFacts(
            version=self.in_force.version,
            loaded_at=self.in_force.since_at,
            reload_error=now.error,
            started_from=now.started_from,
            store_fault=now.store_fault,
            pending="" if now.pending is None else now.pending.text,
            pinned_at=None if now.pin is None else now.pin.at,
            pinned_by="" if now.pin is None else now.pin.who,
            oncall_fault=self._running.plan.oncall_fault,
            needs_restart=", ".join(self._reader.needs_restart),
            lost_pin="" if now.lost_pin is None else f"bản {now.lost_pin.number} ({now.lost_pin.who} ghim)",
        )

    @property
    def pending(self) -> Pending | None:
        """The change that waits for a person."""
        return self._condition.pending

    @property
    def pin(self) -> Pin | None:
        """Set while a person wants to stay on a version."""
        return self._condition.pin

    async def begin(self) -> None:
        """Store what the start adopted and note it; a full disk does not keep us from watching."""
        _leave_to_counting()
        await self._store_version()
        if self._condition.pin is None:
            await self._unpin()  # from a version that cannot be used
        now, version = self._condition, self.in_force.version
        action = "start_from_version" if now.started_from else "start"
        lost = self.facts.lost_pin and f"không dùng được {self.facts.lost_pin}"
        said = [f"bản {version}" + (", đang ghim" if now.pin else ""), lost, now.started_from]
        await self._note(action, "khởi động", "; ".join(filter(None, said)))

    def ask(self) -> None:
        """Ask for settings and inventory to be read again (SIGHUP)."""
        self._asked.set()

    async def run(self) -> None:
        """Reload whenever asked to, for ever."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            with self.around():
                await self._fenced(How.SIGNAL)

    async def watch(self) -> None:
        """Reload when the folders have changed and are at rest, for ever."""
        while True:
            await self._clock.sleep(POLL_S)
            await self._notes.save()
            await self._store_version()
            if self._watches and self._condition.pin is None and await self._is_due():
                await self._fenced(How.WATCH)

    async def reload(self, how: How) -> Outcome:
        """Read everything again; swap it only if all of it is valid.

        Inventory, alerting policies and waiting times take effect (changed folders alone: the inventory).
        """
        who = "SIGHUP" if how is How.SIGNAL else "tự nạp"
        async with self._lock:
            if how is How.WATCH and self._condition.pin is not None:
                return Outcome.UNCHANGED  # pinned while we waited for the lock
            found = await self._reader.folders(self._running.plan, with_settings=how is not How.WATCH)
            self._watch.note_read(found.signature)
            if isinstance(found, Refused):
                await self._refuse(found, who)
                return Outcome.REFUSED
            if how is How.WATCH and ends_much(found.changes, self._running.plan.inventory):
                await self._wait(found, who)
                return Outcome.WAITING
            return await self._take(found, who, how)

    async def examine(self, version: int | None = None) -> Candidate | Refused | Denial:
        """Read the folders, or a stored version, and compare them with what is in force; changes nothing."""
        if version is None:
            return await self._reader.folders(self._running.plan, with_settings=True)
        stored = await self._stored(version)
        if stored is None:
            return Denial.UNKNOWN_VERSION
        return await self._reader.version(self._running.plan, stored)

    async def apply(self, digest: str, *, who: str, comment: str) -> Outcome | Refused | Denial:
        """Put what the folders say into force if it is still what somebody looked at; ends a pin."""
        async with self._lock:
            found = await self._reader.folders(self._running.plan, with_settings=True)
            if isinstance(found, Candidate) and found.digest != digest:
                return Denial.FILES_CHANGED  # still news to the watch
            self._watch.note_read(found.signature)
            if isinstance(found, Refused):
                await self._refuse(found, who)
                return found
            return await self._take(found, who, How.APPLY, comment)

    async def roll_back(self, number: int, *, who: str) -> Outcome | Refused | Denial:
        """Put a stored version into force and stay on it, over restarts too. StorageError: nothing was changed."""
        async with self._lock:
            stored = await self._stored(number)
            if stored is None:
                return Denial.UNKNOWN_VERSION
            found = await self._reader.version(self._running.plan, stored)
            if isinstance(found, Refused):
                return found
            pin = Pin(number, self._clock.now(), who)
            await self._in_reader(lambda: self._store.pin(pin))
            outcome = self._put(found, who, How.ROLLBACK)
            self._condition.pin, self._condition.store_fault, self._unstored = pin, "", None
            self.in_force = replace(self.in_force, version=number)
            await self._note("rollback", who, f"về bản {number}: {summary(found.changes)}")
            return outcome

    async def versions(self) -> list[Version]:
        """Return the stored versions, the latest first."""
        return await self._in_reader(self._store.all)

    async def resolved(self, target_id: str) -> tuple[Resolved, ...]:
        """Return who said each value of a target; () when the folders say something else than what is in force."""
        return await self._reader.resolved(self._running.plan, target_id)

    async def _is_due(self) -> bool:
        paths = self._running.plan.settings.watched
        signature = await self._in_reader(partial(signature_of, paths))
        return self._watch.is_due(signature, self._clock.monotonic())

    async def _stored(self, number: int) -> Version | None:
        return next((each for each in await self.versions() if each.number == number), None)

    async def _fenced(self, how: How) -> None:
        """Keep a bug of ours in a reload from ending the watch."""
        try:
            outcome = await self.reload(how)
        except Exception as error:
            log.exception("reload_bug how=%s", how)
            self._condition.error = f"lỗi phần mềm ({type(error).__name__}), xem nhật ký"
            outcome = Outcome.REFUSED
        self._running.count_reload(outcome)

    async def _refuse(self, found: Refused, who: str) -> None:
        now = self._condition
        now.error, now.started_from, now.pending = found.text, "", None
        found.log()
        await self._note("refused", who, found.text)

    async def _wait(self, found: Candidate, who: str) -> None:
        text = ended(found.changes)
        pending = Pending(found.digest, self._clock.now(), found.changes.unwatched, text)
        now = self._condition
        now.error, now.started_from, now.pending = "", "", pending
        await self._in_reader(partial(self._store.note_waiting, found.digest))
        log.warning("reload_waits unwatched=%d inventory=%s", pending.unwatched, found.digest[:12])
        await self._note("waiting", who, f"{text}; {summary(found.changes)}", digest=found.digest)

    async def _take(self, found: Candidate, who: str, how: How, comment: str = "") -> Outcome:
        before, was_pinned = self.in_force, self._condition.pin is not None
        outcome = self._put(found, who, how)
        if was_pinned:
            await self._unpin()
        if self.in_force is not before:
            self._unstored = found.loaded
            await self._store_version()
        if outcome is Outcome.SWAPPED or self.in_force is not before:
            said = [
                summary(found.changes),
                *(["bỏ ghim"] if was_pinned else []),
                *([comment] if comment else []),
            ]
            await self._note(how.value, who, "; ".join(said))
        return outcome

    def _put(self, found: Candidate, who: str, how: How) -> Outcome:
        """Put a candidate into force, in one step; nothing moves for what is as it was."""
        self._running.refresh(found.plan.inventory)
        now, current = self._condition, self._running.plan
        now.error = now.started_from = ""
        now.pending = None
        now.lost_pin = now.lost_pin if how is How.WATCH else None
        has_new_alerting = found.plan.alerting != current.alerting
        is_same = found.digest == current.inventory.digest
        if not is_same or has_new_alerting:
            self._running.swap(found.plan)
            _leave_to_counting()
        if not is_same or how is How.ROLLBACK or now.pin is not None:
            counts = counts_of(found.loaded)
            self.in_force = InForce(found.digest, None, self._clock.now(), who, how, counts)
        if found.has_same_meaning and not has_new_alerting:
            log.info("reload_unchanged inventory=%s", found.digest[:12])
            return Outcome.UNCHANGED
        log.info(
            "reloaded how=%s who=%s inventory=%s %s", how, who, found.digest[:12], summary(found.changes)
        )
        return Outcome.SWAPPED

    async def _store_version(self) -> None:
        """Store what is in force; on a full disk it is tried again later."""
        loaded, force = self._unstored, self.in_force
        if loaded is None:
            return
        keep = partial(
            self._store.keep,
            loaded,
            roots=len(self._running.plan.settings.inventory) + 1,
            at=force.since_at,
            who=force.who,
            how=force.how.value,
            protected=force.version,
        )
        try:
            version = await self._in_reader(keep)
        except StorageError as error:
            if not self._condition.store_fault:
                log.error("version_not_stored error=%s", error)  # noqa: TRY400 (the text says it all)
            self._condition.store_fault = str(error)
            return
        except Exception as error:
            log.exception("version_store_bug")
            self._condition.store_fault = f"lỗi phần mềm ({type(error).__name__}), xem nhật ký"
            self._unstored = None  # it would be the same again
            return
        self._condition.store_fault = ""
        if self._unstored is loaded:
            self._unstored = None
            self.in_force = replace(self.in_force, version=version.number)

    async def _unpin(self) -> None:
        try:
            await self._in_reader(self._store.unpin)
        except StorageError as error:
            log.error("pin_not_removed error=%s", error)  # noqa: TRY400 (the text says it all)
        self._condition.pin = None

    async def _note(self, action: str, who: str, detail: str, *, digest: str | None = None) -> None:
        digest = self.in_force.digest if digest is None else digest
        await self._notes.note(AuditEntry(self._clock.now(), who, action, digest, detail))


def _leave_to_counting() -> None:
    """Take what is alive out of the collector's rounds: an inventory lives long, and its count of references ends it.

    A full round over that of a large province stops the process for a quarter of a second.
    """
    gc.freeze()
