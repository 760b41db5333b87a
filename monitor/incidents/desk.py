"""Where people's commands on incidents are carried out: decided, on the disk, noted in the incident's log."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from alerts.incidents import commands
from alerts.incidents.commands import Refusal
from alerts.model.decision import Decision
from alerts.model.incident import CauseKind, Incident, Side
from alerts.world import World
from monitor.clock import Clock
from monitor.incidents.listing import Listed, Order, Place, Wanted, page_of, select_page
from monitor.storage.incident_rows import SELECT_INCIDENTS, select_incidents
from monitor.storage.state import StateStore

MOST_EXPORTED: Final = 20_000


class IncidentDesk:
    """Carries out what people do to incidents. What changes something is on the disk when it returns.

    StorageError: it is done, but a crash now would forget it; it is saved as soon as the disk allows. Every command
    returns the incident that it changed, or why it did not.
    """

    def __init__(self, world: World, state: StateStore, *, clock: Clock, do: "Do") -> None:
        self._world = world
        self._state = state
        self._clock = clock
        self._do = do
        self._stored = asyncio.Lock()

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    async def acknowledge(
        self, incident_id: str, *, who: str, text: str, until_at: float | None = None
    ) -> Incident | Refusal:
        """Let somebody take it."""
        outcome = commands.acknowledge(
            self._world, incident_id, who=who, text=text, now=self.now, until_at=until_at
        )
        return await self._done(outcome, incident_id)

    async def unacknowledge(self, incident_id: str, *, who: str, text: str) -> Incident | Refusal:
        """Let somebody give it back."""
        outcome = commands.unacknowledge(self._world, incident_id, who=who, text=text, now=self.now)
        return await self._done(outcome, incident_id)

    async def note(self, incident_id: str, *, who: str, text: str) -> Incident | Refusal:
        """Write a line into its log, also after its end."""
        return await self._on_any(
            incident_id,
            lambda incident: commands.note(self._world, incident, who=who, text=text, now=self.now),
        )

    async def choose_cause(
        self, incident_id: str, kind: CauseKind, *, side: Side | None, who: str, text: str
    ) -> Incident | Refusal:
        """Confirm what it came from, also after its end."""
        return await self._on_any(
            incident_id,
            lambda incident: commands.choose_cause(
                self._world, incident, kind, side=side, who=who, text=text, now=self.now
            ),
        )

    async def set_ticket(
        self, incident_id: str, number: str, *, reported_at: float, closed_at: float | None, who: str
    ) -> Incident | Refusal:
        """Note the carrier's number, also after its end."""
        return await self._on_any(
            incident_id,
            lambda incident: commands.set_ticket(
                self._world,
                incident,
                number,
                reported_at=reported_at,
                closed_at=closed_at,
                who=who,
                now=self.now,
            ),
        )

    async def close(self, incident_id: str, *, who: str, text: str) -> Incident | Refusal:
        """End it by hand."""
        outcome = commands.close_by_hand(
            self._world, incident_id, who=who, text=text, now=self.now, mono=self._clock.monotonic()
        )
        return await self._done(outcome, incident_id)

    async def merge(self, incident_id: str, into_id: str, *, who: str) -> Incident | Refusal:
        """Make it part of another."""
        outcome = commands.merge(self._world, incident_id, into_id, who=who, now=self.now)
        return await self._done(outcome, incident_id)

    async def why_not_open(self, incident_id: str) -> Refusal | None:
        """Return why nothing can be done to an incident that must be open, None when it is."""
        if incident_id in self._world.incidents:
            return None
        is_known = incident_id in self._world.closed or await self._state.incident(incident_id) is not None
        return Refusal.CLOSED if is_known else Refusal.UNKNOWN_INCIDENT

    async def page(
        self, asked: Wanted, *, order: Order = Order.NEWEST, limit: int, after: Place | None = None
    ) -> Listed:
        """Return a page of the incidents that a filter means; open ones from memory, whatever the disk does."""
        if asked.phase.is_open:
            known = self._world.incidents.values()
            return page_of(known, asked, order=order, limit=limit, now=self.now, after=after)
        return await self._state.database.read(
            partial(select_page, asked=asked, order=order, limit=limit, now=self.now, after=after)
        )

    async def within(self, from_at: float, to_at: float) -> Sequence[Incident]:
        """Return the incidents that lasted some time within [from_at, to_at), the oldest first."""
        query = (
            SELECT_INCIDENTS + "where opened_at < ? and (resolved_at is null or resolved_at >= ?) "
            "order by opened_at, id limit ?"
        )
        parameters = (to_at, from_at, MOST_EXPORTED)
        return await self._state.database.read(partial(select_incidents, query=query, parameters=parameters))

    async def _on_any(
        self, incident_id: str, act: Callable[[Incident], Decision | Refusal]
    ) -> Incident | Refusal:
        """Act on an incident that is open, or that ended: then as it is stored, one command after the other."""
        known = self._world.incidents.get(incident_id) or self._world.closed.get(incident_id)
        if known is not None:
            return await self._done(act(known), incident_id, known)
        async with self._stored:
            record = await self._state.incident(incident_id)
            if record is None:
                return Refusal.UNKNOWN_INCIDENT
            return await self._done(act(record.incident), incident_id, record.incident)

    async def _done(
        self, outcome: Decision | Refusal, incident_id: str, unchanged: Incident | None = None
    ) -> Incident | Refusal:
        if isinstance(outcome, Refusal):
            if outcome is Refusal.UNKNOWN_INCIDENT and await self._state.incident(incident_id) is not None:
                return Refusal.CLOSED  # it ended too long ago for the world to know it
            return outcome
        await self._do(outcome)
        named = next((each for each in outcome.incidents if each.id == incident_id), None)
        changed = named or next(iter(outcome.incidents), unchanged)
        return changed or Refusal.UNKNOWN_INCIDENT


Do = Callable[[Decision], Awaitable[None]]
"""Carries out a decision; it is on the disk when it returns."""
