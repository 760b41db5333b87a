"""Evidence for incidents: the way to a link's far end, traced once when its incident opens and once when it ends.

Never a state: what is found becomes a line of the incident's log. One trace at a time, a short queue; what does not fit
is counted and left out, because a province without lines has better things to do.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from alerts.messages import words
from alerts.model.decision import Decision
from alerts.model.incident import CloseReason, IncidentEvent, LogKind
from inventory.model import Check, Inventory, Layer
from monitor.clock import Clock
from probes.path import Hop, PathError
from probes.resolve import ip_literal

log = logging.getLogger(__name__)

QUEUE = 16
WITHIN_S = 60.0
"""How long one trace may take: 20 hops of two packets, each waiting a second, and some air."""

_LINK_LAYERS = frozenset({Layer.TSLCD, Layer.INFRA})

Trace = Callable[[str], Awaitable[Sequence[Hop]]]
"""IP address -> the routers that answered; raises PathError."""


class PathEvidence:
    """Traces the ways of incidents. `save` takes each finding as a decision."""

    def __init__(self, trace: Trace, save: Callable[[Decision], None], *, clock: Clock) -> None:
        self.left_out = 0
        self._trace = trace
        self._save = save
        self._clock = clock
        self._queue: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(QUEUE)

    def note(self, decision: Decision, inventory: Inventory) -> None:
        """Queue the ways of the link incidents that this decision opened or ended; never waits."""
        roots = {incident.id: incident.root_check_id for incident in decision.incidents}
        for event in decision.log:
            moment = _moment(event)
            check = inventory.checks.get(roots.get(event.incident_id, ""))
            if moment is None or check is None or not is_link(check, inventory):
                continue
            try:
                self._queue.put_nowait((event.incident_id, check.address, moment))
            except asyncio.QueueFull:
                self.left_out += 1
                log.info("path_left_out incident=%s", event.incident_id)

    async def run(self) -> None:
        """Trace what is queued, for ever."""
        while True:
            incident_id, address, moment = await self._queue.get()
            text = f"{moment}: {await self._find(address)}"
            event = IncidentEvent(incident_id, self._clock.now(), LogKind.PATH, text=text)
            self._save(Decision(log=(event,)))

    async def _find(self, address: str) -> str:
        try:
            async with asyncio.timeout(WITHIN_S):
                return path_line(await self._trace(address))
        except TimeoutError:
            return "dò đường không xong trong thời gian cho phép"
        except PathError as error:
            return str(error)
        except Exception:  # evidence is beside the watch: it must not end it
            log.exception("path_bug")
            return "không dò được đường đi"


def is_link(check: Check, inventory: Inventory) -> bool:
    """Whether this check's incident is one of a line: it is pinged by its IP address and stands for a network."""
    return (
        check.kind == "icmp"
        and inventory.targets[check.target_id].layer in _LINK_LAYERS
        and ip_literal(check.address) is not None
    )


def path_line(hops: Sequence[Hop]) -> str:
    """Write the routers that answered in one line: `1 10.51.250.1 (0,4 ms) → 3 10.51.7.1 (12 ms)`."""
    if not hops:
        return "không chặng nào trả lời"
    return " → ".join(f"{hop.distance} {hop.address} ({words.milliseconds(hop.rtt_s)})" for hop in hops)


def _moment(event: IncidentEvent) -> str | None:
    if event.kind is LogKind.OPENED:
        return "lúc mở sự cố"
    if event.kind is LogKind.CLOSED and event.text == CloseReason.RECOVERED:
        return "lúc khôi phục"
    return None
