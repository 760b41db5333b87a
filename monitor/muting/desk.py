"""Where people's silences and maintenance are carried out: decided, on the disk, noted in the audit log."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from alerts.model.decision import Decision
from alerts.model.hold import Muting, MutingKind
from alerts.muting.declaring import (
    MutingRefusal,
    Preview,
    Wish,
    declare,
    end_now,
    extend,
    planned,
    preview,
    recall,
)
from alerts.muting.muted import is_over
from alerts.muting.works import Work, works_of_windows
from alerts.world import World
from inventory.model import Inventory, Selector
from monitor.audit_notes import AuditNotes
from monitor.clock import Clock
from monitor.storage import mutings
from monitor.storage.audit import AuditEntry
from monitor.storage.state import StateStore

MOST_LISTED_S: Final = 400 * 86_400.0
"""Nobody needs a longer list at once."""


class MutingDesk:
    """Carries out what people want muted. What changes something is on the disk when it returns.

    StorageError: it is done, but a crash now would forget it; it is saved as soon as the disk allows.
    """

    def __init__(
        self,
        world: World,
        state: StateStore,
        *,
        clock: Clock,
        carry_out: Callable[[Decision], None],
        saved_soon: Callable[[], Awaitable[None]],
    ) -> None:
        self._world = world
        self._state = state
        self._clock = clock
        self._carry_out = carry_out
        self._saved_soon = saved_soon
        self._notes = AuditNotes(state)

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    @property
    def inventory(self) -> Inventory:
        """What is watched."""
        return self._world.inventory

    async def clock_stepped(self) -> None:
        """Let silences that a wrong clock took for over hold again. StorageError: those stay over until a restart."""
        now = self._clock.now()
        recall(
            self._world,
            await self._state.database.read(partial(mutings.select_to_start_with, alive_at=now)),
            now,
        )

    async def preview(self, selector: Selector) -> tuple[Preview, int]:
        """Return what a selector would hit, and how many messages about it wait to be sent."""
        found = preview(self._world, selector)
        if not found.incidents:
            return found, 0
        count = partial(mutings.count_waiting, incident_ids=found.incidents)
        return found, await self._state.database.read(count)

    def try_out(self, wish: Wish) -> Muting | MutingRefusal:
        """Return what would be declared; it changes nothing."""
        return planned(self._world, wish, self._clock.now())

    async def declare(self, wish: Wish) -> Muting | MutingRefusal:
        """Mute what was wished."""
        outcome = declare(self._world, wish, self._clock.now())
        return await self._done(outcome, "declared", wish.who, wish.comment)

    async def end(self, muting_id: str, *, who: str) -> Muting | MutingRefusal:
        """End it before its time."""
        outcome = end_now(self._world, muting_id, who, self._clock.now())
        return await self._done(await self._known(outcome, muting_id), "ended", who, "")

    async def extend(
        self, muting_id: str, until_at: float, *, who: str, comment: str
    ) -> Muting | MutingRefusal:
        """Let it end at another time."""
        outcome = extend(self._world, muting_id, until_at, who, comment, self._clock.now())
        return await self._done(await self._known(outcome, muting_id), "extended", who, comment)

    async def find(self, muting_id: str) -> Muting | None:
        """Return the muting of this id, also of one that is over; None when there is none."""
        known = self._world.mutings.get(muting_id)
        if known is not None:
            return known
        return await self._state.database.read(partial(mutings.select_one, muting_id=muting_id))

    async def list(self, from_at: float, to_at: float, kind: MutingKind | None = None) -> tuple[Muting, ...]:
        """Return what was or is to be in force in a part of [from_at, to_at), the earliest first."""
        to_at = min(to_at, from_at + MOST_LISTED_S)
        stored = await self._state.database.read(
            partial(mutings.select_within, from_at=from_at, to_at=to_at, kind=kind)
        )
        # What the disk has not taken yet is in force all the same.
        latest = {each.id: self._world.mutings.get(each.id, each) for each in stored}
        for each in self._world.mutings.values():
            if each.from_at < to_at and not is_over(each, self._clock.now()) and kind in {None, each.kind}:
                latest.setdefault(each.id, each)
        return tuple(sorted(latest.values(), key=lambda each: (each.from_at, each.id)))

    def windows(self, from_at: float, to_at: float) -> tuple[Work, ...]:
        """Return the times of the inventory's windows that have a part within [from_at, to_at)."""
        return tuple(works_of_windows(self._world.inventory, from_at, min(to_at, from_at + MOST_LISTED_S)))

    async def _known(self, outcome: Decision | MutingRefusal, muting_id: str) -> Decision | MutingRefusal:
        """Tell what left memory from what never was."""
        if outcome is MutingRefusal.UNKNOWN_ID and await self.find(muting_id) is not None:
            return MutingRefusal.ALREADY_OVER
        return outcome

    async def _done(
        self, outcome: Decision | MutingRefusal, deed: str, who: str, comment: str
    ) -> Muting | MutingRefusal:
        if isinstance(outcome, MutingRefusal):
            return outcome
        (muting,) = outcome.mutings
        self._carry_out(outcome)
        action = f"{muting.kind.value}.{deed}"
        detail = f"{muting.id}: {comment}" if comment else muting.id
        await self._notes.note(AuditEntry(self._clock.now(), who, action, detail=detail))
        await self._saved_soon()
        return muting
