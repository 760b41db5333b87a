"""What a moment counts as, decided for every moment anew by the definition. Slow, and nothing is shared with the product.

Everything in the books happens at whole steps, so that what holds at the beginning of a step holds all through it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from alerts.model.checks import Blindness, Status, Transition
from alerts.model.hold import MutingKind
from inventory.times.calendars import covers
from inventory.times.windows import affected, occurrences, selected
from monitor.accounting.model import Books, Correction, Outages, Part, Parts, Period

DAY_S = 86_400.0
BETWEEN = {Part.OFF_HOURS, Part.UNKNOWN}


def summed(story: list[Part], step_s: float) -> Parts:
    return Parts(**{f"{part.value}_s": step_s * story.count(part) for part in Part})


class Oracle:
    def __init__(self, books: Books) -> None:
        self.books = books
        self.came_back = {target_id: self._returns(target_id) for target_id in books.inventory.targets}
        self.taken_back = {each.id for each in books.corrections if self._is_withdrawn(each)}
        self.hit = {
            target_id: [
                other
                for other in books.inventory.targets
                if other != target_id and target_id in affected(books.inventory, (other,))
            ]
            for target_id in books.inventory.targets
        }

    def part_at(self, check_id: str, at: float) -> Part:
        books = self.books
        check = books.inventory.checks[check_id]
        status = self._status(check_id, at)
        if status is None or at >= books.now:
            return Part.UNWATCHED
        if not covers(books.inventory.calendars[check.calendar], at):
            return Part.OFF_HOURS
        part = Part.UNKNOWN if at >= books.known_until_at else Part(status.value)
        if self.is_maintained(check.target_id, at) or (
            part is not Part.UP and any(self.is_maintained(other, at) for other in self.hit[check.target_id])
        ):
            part = Part.MAINTENANCE
        for entry in sorted(books.corrections, key=lambda each: each.id):
            is_about = check_id in entry.check_ids and entry.from_at <= at < entry.until_at
            if is_about and entry.counts_as and entry.id not in self.taken_back:
                part = entry.counts_as if entry.was in {None, part} else part
        return part

    def parts_of_steps(self, check_id: str, period: Period, step_s: float) -> list[Part]:
        count = round(period.length_s / step_s)
        return [self.part_at(check_id, period.from_at + number * step_s) for number in range(count)]

    def outages(self, check_id: str, story: list[Part], period: Period, step_s: float) -> Outages:
        """Leave out what says nothing; what is DOWN without anything between is one outage."""
        telling = [part for part in story if part not in BETWEEN]
        before_s, _ = self.going_on(check_id, period)
        if before_s and telling[:1] != [Part.DOWN]:
            telling.insert(0, Part.DOWN)  # it was over with the first moment that tells anything
            step_of_first_s = 0.0
        else:
            step_of_first_s = step_s
        runs: list[tuple[Part, float, float]] = []
        for number, (part, run) in enumerate(groupby(telling)):
            length_s = sum(step_s for _ in run) - (step_s - step_of_first_s if number == 0 else 0.0)
            runs.append((part, before_s if number == 0 else 0.0, length_s))
        down = [(before, within) for part, before, within in runs if part is Part.DOWN and within > 0]
        restored = [
            before + within
            for (part, before, within), (following, _, _) in pairwise(runs)
            if part is Part.DOWN and following in {Part.UP, Part.DEGRADED}
        ]
        count = sum(not before for before, _ in down)
        up_s = step_s * sum(part in {Part.UP, Part.DEGRADED} for part in telling)
        over_1h, over_4h, over_24h = (
            sum(before + within > hours * 3_600 >= before for before, within in down) for hours in (1, 4, 24)
        )
        return Outages(
            count=count,
            carried=len(down) - count,
            longest_s=max((before + within for before, within in down), default=0.0),
            over_1h=over_1h,
            over_4h=over_4h,
            over_24h=over_24h,
            mttr_s=sum(restored) / len(restored) if restored else None,
            restored=len(restored),
            mtbf_s=up_s / count if count else None,
        )

    def outages_one_by_one(
        self, check_id: str, story: list[Part], period: Period, step_s: float
    ) -> list[tuple[float, float, float | None, float | None, bool]]:
        """Return DOWN seconds before the period and in it, the beginning, the end, whether it was restored."""
        before_s, began_at = self.going_on(check_id, period)
        is_out, within_s = before_s > 0, 0.0
        found = []
        for number, part in enumerate(story):
            at = period.from_at + number * step_s
            if part is Part.DOWN and not is_out:
                is_out, began_at = True, at
            if part is Part.DOWN:
                within_s += step_s
            elif part not in BETWEEN and is_out:
                found.append((before_s, within_s, began_at, at, part in {Part.UP, Part.DEGRADED}))
                is_out, before_s, within_s = False, 0.0, 0.0
        if is_out:
            found.append((before_s, within_s, began_at, None, False))
        return found

    def is_maintained(self, target_id: str, at: float) -> bool:
        inventory = self.books.inventory
        for window in inventory.windows.values():
            if target_id in selected(window.selector, inventory):
                for start, end in occurrences(window, at, at + 0.5):
                    is_over = window.until_up and self._was_back(target_id, start, at)
                    if start <= at < end and not is_over:
                        return True
        for muting in self.books.mutings:
            if muting.kind is MutingKind.MAINTENANCE and target_id in selected(muting.selector, inventory):
                is_over = muting.until_up and self._was_back(target_id, muting.from_at, at)
                if muting.is_in_force(at) and not is_over:
                    return True
        return False

    def going_on(self, check_id: str, period: Period) -> tuple[float, float | None]:
        """Add up what is DOWN before the period, from one moment at which anything changes to the next, backwards.

        With the moment at which the outage began; None: before the look-back.
        """
        since_at = period.from_at - 14 * DAY_S
        changes = {since_at, *self._changes(check_id, since_at, period.from_at)}
        down_s, began_at, end = 0.0, None, period.from_at
        for start in sorted((at for at in changes if since_at <= at < period.from_at), reverse=True):
            part = self.part_at(check_id, start)
            if part is Part.DOWN:
                down_s += end - start
                began_at = start
            elif part not in BETWEEN:
                break
            end = start
        return down_s, None if began_at == since_at else began_at

    def _changes(self, check_id: str, from_at: float, until_at: float) -> Iterator[float]:
        books, history = self.books, self.books.histories.get(check_id)
        yield from (books.known_until_at, books.now)
        if history is not None:
            yield from (each.at for each in history.transitions)
            yield history.watched_from_at or from_at
        for entry in books.corrections:
            yield from (entry.from_at, entry.until_at)
        for muting in books.mutings:
            yield from (muting.from_at, muting.until_at, muting.ended_at or from_at)
        for came_back in self.came_back.values():
            yield from came_back
        for window in books.inventory.windows.values():
            for occurrence in occurrences(window, from_at, until_at):
                yield from occurrence
        calendar = books.inventory.calendars[books.inventory.checks[check_id].calendar]
        minutes = {0, *(edge for day in calendar.week for span in day for edge in span)}
        first = datetime.fromtimestamp(from_at, ZoneInfo(calendar.zone)).date()
        for number in range(-1, 17):
            midnight = datetime.combine(first + timedelta(days=number), datetime.min.time())
            for minute in minutes:
                local = midnight + timedelta(minutes=minute)
                for fold in (0, 1):
                    yield local.replace(tzinfo=ZoneInfo(calendar.zone), fold=fold).timestamp()

    def _status(self, check_id: str, at: float) -> Status | None:
        history = self.books.histories.get(check_id)
        if history is None or (history.watched_from_at is not None and at < history.watched_from_at):
            return None
        past = [each for each in history.transitions if each.at <= at]
        if not past:
            if history.status is None and history.watched_from_at is not None:
                return Status.UNKNOWN
            return history.status
        return None if past[-1].cause == Blindness.REMOVED else past[-1].new

    def _was_back(self, target_id: str, since: float, at: float) -> bool:
        return any(since <= back <= at for back in self.came_back[target_id])

    def _returns(self, target_id: str) -> list[float]:
        """Replay everything that happened to the target up to each transition."""
        history_of = {
            check.id: self.books.histories[check.id]
            for check in self.books.inventory.checks.values()
            if check.target_id == target_id and check.id in self.books.histories
        }
        story = sorted((each for of in history_of.values() for each in of.transitions), key=lambda t: t.at)

        def down(past: list[Transition]) -> set[str]:
            found = set()
            for check_id, history in history_of.items():
                own = [t for t in past if t.check_id == check_id]
                told = [t for t in own if t.new is not Status.UNKNOWN or t.cause == Blindness.REMOVED]
                if told[-1].new is Status.DOWN if told else history.status is Status.DOWN:
                    found.add(check_id)
            return found

        return [
            each.at
            for number, each in enumerate(story)
            if each.new in {Status.UP, Status.DEGRADED}
            and each.check_id in down(story[:number])
            and not down(story[: number + 1])
        ]

    def _is_withdrawn(self, entry: Correction) -> bool:
        return any(
            each.withdraws == entry.id and each.id > entry.id and not self._is_withdrawn(each)
            for each in self.books.corrections
        )
