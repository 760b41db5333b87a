"""What a month's accounts must be, worked out from its script alone: the truth, seen as often as it was looked at.

The rule of detection: worse needs two looks in a row at least that bad and counts from the first, better counts at
once; what is unknown is again what it was with one look that agrees.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from monitor.accounting.model import Part, Parts, Period
from tests.monitor.accounting.month import DEEDS_AT, OFFICE, Life, Span, Story

VN = timezone(timedelta(hours=7))
RANK = {"o": 0, "w": 1, "c": 2}
PART = (Part.UP, Part.DEGRADED, Part.DOWN)
Change = tuple[float, Part]


@dataclass
class Watch:
    """One check's life as the rule has it: `status` and `before` are ranks, None unknown."""

    changes: list[Change] = field(default_factory=list)
    status: int | None = None
    before: int | None = None
    streaks: dict[int, tuple[int, float]] = field(default_factory=dict)

    def become(self, at: float, status: int | None, part: Part | None = None) -> None:
        at = max(at, self.changes[-1][0]) if self.changes else at
        if status is None:
            if self.status is None and part is None:
                return
            self.before = self.status if self.status is not None else self.before
            self.streaks.clear()
        self.status = status
        self.changes.append((at, part or (Part.UNKNOWN if status is None else PART[status])))

    def look(self, at: float, rank: int, *, alone: bool) -> None:
        """One look; `alone`: nobody can say whether a failure is the target's, because no anchor answers."""
        if rank == self.status:
            self.streaks.clear()
            return
        held = self.status if self.status is not None else self.before or 0
        earned: int | None = None
        for goal in sorted(range(3), key=lambda goal: (abs(goal - held), goal if held < 2 else -goal)):
            if goal == self.status:
                continue
            fits = rank == goal if goal == held else rank >= goal if goal > held else rank <= goal
            if not fits:
                self.streaks.pop(goal, None)
                continue
            length, first = self.streaks.get(goal, (0, at))
            self.streaks[goal] = (length + 1, first)
            if length + 1 >= (2 if goal > held else 1):
                earned = goal
        if earned is None:
            return
        first = self.streaks[earned][1]
        if alone and earned != held:
            self.become(first, None)
            return
        farther = 1 if earned > held else -1
        self.streaks = {
            goal: streak
            for goal, streak in self.streaks.items()
            if (goal - earned) * farther > 0 and earned != held
        }
        self.become(first, earned)


def lived(story: Story, check_id: str, lives: Sequence[Life]) -> list[Change]:
    """Return what the check was from when on."""
    watch = Watch()
    target_id = story.whole.checks[check_id].target_id
    slot_s, added = story.slots[check_id], story.added.get(target_id, -1)
    left, back = story.away.get(target_id, (story.rounds, story.rounds))
    for life in lives:
        watch.streaks.clear()
        if _edited_between(watch, life, left):  # it left the inventory while nobody was there
            watch.become(watch.changes[-1][0], None, Part.UNWATCHED)
            watch.before = None
        for number in range(life.first, life.last + 1):
            if number > added and not left < number <= back:
                _look(story, watch, check_id, number, slot_s)
            if number == left:
                watch.become(story.wall(number, DEEDS_AT * story.round_s), None, Part.UNWATCHED)
                watch.before = None
        watch.become(life.alive_at, None)
    return watch.changes


def _edited_between(watch: Watch, life: Life, left: int) -> bool:
    return (
        bool(watch.changes)
        and left < life.first
        and watch.before is not None
        and Part.UNWATCHED not in {part for _, part in watch.changes}
    )


def first_seen(story: Story, target_id: str, lives: Sequence[Life]) -> float:
    """Return when the target was first in the inventory of a daemon that ran."""
    added = story.added.get(target_id)
    if added is None:
        return story.wall(0, 0.0)
    life = next(each for each in lives if added <= each.last)
    return story.wall(life.first, -1.0) if added < life.first else story.wall(added, DEEDS_AT * story.round_s)


def _look(story: Story, watch: Watch, check_id: str, number: int, slot_s: float) -> None:
    at = story.wall(number, slot_s)
    is_blind = [first for first, end in story.blind if first <= number < end]
    if is_blind and number > is_blind[0]:
        if number == is_blind[0] + 1:  # the second anchor is silent for the second time
            watch.become(story.wall(is_blind[0], min(slot_s, story.slots[story.whole.anchors[1]])), None)
        return
    if any(end == number for _, end in story.blind) and slot_s < story.slots[story.whole.anchors[1]]:
        return  # not before the second anchor answers
    watch.look(at, RANK[story.level(check_id, number)], alone=bool(is_blind))


def stretches(
    story: Story,
    check_id: str,
    lives: Sequence[Life],
    declared: Sequence[tuple[str, float, float]],
    until_at: float,
    now: float,
) -> Iterator[tuple[float, float, Part]]:
    """Yield what each moment from the story's beginning counts as. `declared`: target, from, until of maintenance."""
    check = story.whole.checks[check_id]
    changes = lived(story, check_id, lives)
    begin = story.wall(0, 0.0)
    seen = first_seen(story, check.target_id, lives)
    own, behind = _works(story, check.target_id, declared)
    open_spans = _office(begin, until_at) if check.calendar == "office" else [(begin, until_at)]
    edges = {begin, until_at, min(now, until_at), seen, *(at for at, _ in changes)}
    edges |= {edge for span in (*own, *behind, *open_spans) for edge in span}
    ordered = sorted(edge for edge in edges if begin <= edge <= until_at)
    passed = 0
    part = Part.UNKNOWN
    for start, end in pairwise(ordered):
        while passed < len(changes) and changes[passed][0] <= start:
            part = changes[passed][1]
            passed += 1
        yield start, end, _counted(part, start, seen, now, open_spans, own, behind)


def _counted(
    part: Part,
    at: float,
    seen: float,
    now: float,
    open_spans: Sequence[Span],
    own: Sequence[Span],
    behind: Sequence[Span],
) -> Part:
    if at < seen or at >= now or part is Part.UNWATCHED:
        return Part.UNWATCHED
    if not _is_in(at, open_spans):
        return Part.OFF_HOURS
    if _is_in(at, own):
        return Part.MAINTENANCE
    if _is_in(at, behind) and part is not Part.UP:
        return Part.MAINTENANCE
    return part


def _is_in(at: float, spans: Sequence[Span]) -> bool:
    return any(first <= at < end for first, end in spans)


def _works(
    story: Story, target_id: str, declared: Sequence[tuple[str, float, float]]
) -> tuple[list[Span], list[Span]]:
    times: list[tuple[str, float, float]] = list(declared)
    for window in story.windows:
        if window.repeat == "once":
            times += [(id_, window.starts_at, window.ends_at) for id_ in window.selector.targets]
            continue
        for day in range(-7, round(story.rounds * story.round_s / 86_400) + 8):
            midnight = story.wall(0, 0.0) + day * 86_400
            if datetime.fromtimestamp(midnight, VN).weekday() == window.weekday:
                start = midnight + window.from_minute * 60
                times += [(id_, start, start + window.duration_s) for id_ in window.selector.targets]
    chain = story.chain(target_id)
    return (
        [(start, end) for id_, start, end in times if id_ == target_id],
        [(start, end) for id_, start, end in times if id_ in chain[1:]],
    )


def _office(begin: float, until_at: float) -> list[Span]:
    found = []
    midnight = begin
    while midnight < until_at:
        if datetime.fromtimestamp(midnight, VN).weekday() < 5:
            found += [(midnight + first * 60, midnight + end * 60) for first, end in OFFICE]
        midnight += 86_400
    return found


def summed(found: Sequence[tuple[float, float, Part]], of: Period) -> Parts:
    seconds = dict.fromkeys(Part, 0.0)
    for start, end, part in found:
        seconds[part] += max(0.0, min(end, of.until_at) - max(start, of.from_at))
    return Parts(**{f"{part.value}_s": value for part, value in seconds.items()})


@dataclass(frozen=True)
class Ran:
    """Outages as the truth has them: begun in the period, the longest until its end, restored in it, for how long in all."""

    begun: int
    longest_s: float
    restored: int
    restored_s: float


def outages(found: Sequence[tuple[float, float, Part]], of: Period) -> Ran:
    """Tell outages: DOWN, with nothing between but closing time or what nobody knows."""
    touching: list[tuple[float, float]] = []
    restored: list[float] = []
    began: float | None = None
    within_s = down_s = 0.0
    for start, end, part in (*found, (of.until_at, of.until_at, Part.UNWATCHED)):
        if part is Part.DOWN:
            began = start if began is None else began
            down_s += end - start
            within_s += max(0.0, end - max(start, of.from_at))
        elif part not in {Part.OFF_HOURS, Part.UNKNOWN} and began is not None:
            if within_s > 0:
                touching.append((began, down_s))
            if part in {Part.UP, Part.DEGRADED} and start >= of.from_at:
                restored.append(down_s)
            began, within_s, down_s = None, 0.0, 0.0
    return Ran(
        sum(began >= of.from_at for began, _ in touching),
        max((length for _, length in touching), default=0.0),
        len(restored),
        sum(restored),
    )
