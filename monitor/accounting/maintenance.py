"""When targets were under maintenance: windows, what people declared, and what lies behind a target. Pure."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from alerts.model.checks import Blindness, Status
from alerts.model.hold import Muting, MutingKind
from alerts.muting.muted import mutings_by_target, over_at
from inventory.model import Inventory
from inventory.times.intervals import Interval, Intervals, clip, union
from inventory.times.windows import occurrences
from monitor.accounting.model import Books, History


class Maintenance:
    """The maintenance of a stretch of time, worked out for a target when it is asked for.

    What is `until_up` is over for a target at the first moment, once it has begun, at which a check of the target came
    back from DOWN and no other check of the target was still down.
    """

    def __init__(self, books: Books, from_at: float, until_at: float) -> None:
        self._books = books
        self._from_at = from_at
        self._until_at = until_at
        declared = [each for each in books.mutings if each.kind is MutingKind.MAINTENANCE]
        self._declared = mutings_by_target(declared, books.inventory)
        self._times: dict[str, Intervals] = {}
        self._own: dict[str, Intervals] = {}
        self._behind: dict[str, Intervals] = {}
        self._returns: dict[str, Sequence[float]] = {}
        self._checks: Mapping[str, list[str]] | None = None
        self.is_empty = not self._declared and not any(self._times_of(id_) for id_ in books.inventory.windows)

    def own(self, target_id: str) -> Intervals:
        """Return when the target itself was under maintenance."""
        if target_id not in self._own:
            own = union(self._of_windows(target_id), self._of_people(target_id))
            self._own[target_id] = clip(own, self._from_at, self._until_at)
        return self._own[target_id]

    def behind(self, target_id: str) -> Intervals:
        """Return when something was under maintenance without which the target cannot be reached."""
        if target_id not in self._behind:
            target = self._books.inventory.targets.get(target_id)
            needs = () if target is None else target.depends_on
            parts = [times for need in needs for times in (self.own(need), self.behind(need)) if times]
            self._behind[target_id] = union(*parts) if parts else ()
        return self._behind[target_id]

    def _of_windows(self, target_id: str) -> Iterator[Interval]:
        for window_id in self._books.inventory.windows_of.get(target_id, ()):
            is_until_up = self._books.inventory.windows[window_id].until_up
            for start, end in self._times_of(window_id):
                yield start, self._back_at(target_id, start, end) if is_until_up else end

    def _of_people(self, target_id: str) -> Iterator[Interval]:
        for muting in self._declared.get(target_id, ()):
            start, end = muting.from_at, over_at(muting)
            yield start, self._back_at(target_id, start, end) if muting.until_up else end

    def _times_of(self, window_id: str) -> Intervals:
        if window_id not in self._times:
            window = self._books.inventory.windows[window_id]
            self._times[window_id] = occurrences(window, self._from_at, self._until_at)
        return self._times[window_id]

    def _back_at(self, target_id: str, start: float, end: float) -> float:
        """Return when the target first came back in [start, end), else `end`."""
        if target_id not in self._returns:
            histories = (self._books.histories.get(check_id) for check_id in self._checks_of(target_id))
            self._returns[target_id] = tuple(returns(each for each in histories if each is not None))
        came_back = self._returns[target_id]
        number = bisect_left(came_back, start)
        return min(came_back[number], end) if number < len(came_back) else end

    def _checks_of(self, target_id: str) -> Iterable[str]:
        if self._checks is None:
            self._checks = _checks_of_targets(self._books.inventory)
        return self._checks.get(target_id, ())


def returns(histories: Iterable[History]) -> Iterator[float]:
    """Yield, in order, when a target came back: one of its checks did, and none of them is down.

    A check that is not known any more is down if it was; one that left the inventory is not, and did not come back.
    """
    histories = tuple(histories)
    down = {history.check_id for history in histories if history.status is Status.DOWN}
    # A stable sort: transitions of one check keep their order.
    for transition in sorted(
        (each for history in histories for each in history.transitions), key=attrgetter("at")
    ):
        if transition.new is Status.DOWN:
            down.add(transition.check_id)
        elif transition.cause == Blindness.REMOVED:
            down.discard(transition.check_id)
        elif transition.new is not Status.UNKNOWN and transition.check_id in down:
            down.discard(transition.check_id)
            if not down:
                yield transition.at


def begun_at(inventory: Inventory, mutings: Iterable[Muting], from_at: float) -> float:
    """Return when the first `until_up` maintenance began that was not over as planned at `from_at`; else `from_at`.

    What happened in it before `from_at` says whether it is over.
    """
    starts = [from_at]
    for window in inventory.windows.values():
        if window.until_up:
            starts += [start for start, _ in occurrences(window, from_at, from_at + 1)]
    starts += [
        muting.from_at
        for muting in mutings
        if muting.kind is MutingKind.MAINTENANCE and muting.until_up and over_at(muting) > from_at
    ]
    return min(starts)


def _checks_of_targets(inventory: Inventory) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for check in inventory.checks.values():
        found[check.target_id].append(check.id)
    return found
