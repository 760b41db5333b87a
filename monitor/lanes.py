"""Who may run now: of each kind so many at once, and of one address a share of those. Starts nothing, sends nothing."""

import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from inventory.address import host_of
from inventory.model import Check
from monitor.settings.settings import Settings
from probes.kinds import KINDS


@dataclass(slots=True, eq=False)
class Entry:
    """One check's place in the schedule. `due_mono` is its next start; `again`: probe once more right after this run.

    `queued_due_mono`: when it should have started that waits for its lane.
    """

    check: Check
    offset_s: float
    due_mono: float = 0.0
    started_mono: float = float("-inf")
    running: bool = False
    queued: bool = False
    queued_due_mono: float = 0.0
    again: bool = False
    removed: bool = False
    address: str = ""
    """Of whose share its place in the lane is: the check may have another address before its run has ended."""


@dataclass(slots=True)
class Lane:
    """Runs of one kind: at most `width` at once, the rest wait in order.

    Of one address at most `of_one` run or wait for the lane. The others stand aside until one of these has ended: what
    waits for its device (monitor.device_turns) holds a place, and hundreds of checks of a dead one would hold them all.
    """

    width: int
    of_one: int = sys.maxsize
    running: int = 0
    stood_aside: int = 0
    """Runs that did so, since the start."""
    waiting: deque[Entry] = field(default_factory=deque)
    _shares: dict[str, int] = field(default_factory=dict)
    _aside: dict[str, deque[Entry]] = field(default_factory=dict)

    def take(self, entry: Entry, due_mono: float) -> bool:
        """Whether the entry has a place now; else it is queued, and `following` tells when it has."""
        entry.address, entry.queued_due_mono = host_of(entry.check.address), due_mono
        share = self._shares.get(entry.address, 0)
        if share >= self.of_one:
            self.stood_aside += 1
            self._aside.setdefault(entry.address, deque()).append(entry)
        else:
            self._shares[entry.address] = share + 1
            if self.running < self.width:
                self.running += 1
                return True
            self.waiting.append(entry)
        entry.queued = True
        return False

    def following(self, ended: Entry, now: float) -> Iterator[Entry]:
        """Yield those that have a place after a run, which is no longer counted in `running`. `now`: monotonic."""
        self._give_back(ended.address, now)
        while self.waiting and self.running < self.width:
            entry = self.waiting.popleft()
            entry.queued = False
            if entry.removed:
                self._give_back(entry.address, now)
            else:
                self.running += 1
                yield entry

    def _give_back(self, address: str, now: float) -> None:
        """Hand a share on to who stood aside for it, and is late from now on only."""
        aside = self._aside.get(address)
        while aside:
            entry = aside.popleft()
            if not aside:
                del self._aside[address]
            if not entry.removed:
                entry.queued_due_mono = now
                self.waiting.append(entry)
                return
        self._shares[address] -= 1
        if not self._shares[address]:
            del self._shares[address]


def open_lanes(settings: Settings) -> dict[str, Lane]:
    """Return an empty lane for each kind of check."""
    return {
        name: Lane(settings.lanes.get(name, kind.lane), settings.devices.at_once)
        for name, kind in KINDS.items()
    }
