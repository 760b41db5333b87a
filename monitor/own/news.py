"""What went wrong lately: counts since the start would keep a trouble open for ever. Pure: times are arguments."""

from collections import deque
from dataclasses import dataclass, fields
from typing import Final

LATELY_S: Final = 3_600.0
"""So long is what happened once, and cannot be undone, a trouble."""
_BUCKET_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How often each went wrong: since the start, or lately."""

    conclusion_bugs: int = 0
    """Results or ticks from which a bug let nothing be concluded."""
    decisions_refused: int = 0
    """Decisions that state.db could not take because of a bug."""
    lines_refused: int = 0
    """Lines that InfluxDB refused for good."""
    chunks_damaged: int = 0
    """Chunks of old results that could not be read."""


class Lately:
    """Turns counts since the start into those of the last LATELY_S; `news` is asked again and again."""

    def __init__(self) -> None:
        self._growths = {field.name: _Growth() for field in fields(News)}

    def news(self, since_start: News, mono: float) -> News:
        """Return how much each has grown within the window that ends at `mono` (monotonic seconds)."""
        return News(
            **{name: each.within(getattr(since_start, name), mono) for name, each in self._growths.items()}
        )


class _Growth:
    """How much one count has grown, minute by minute, so that it stays small."""

    def __init__(self) -> None:
        self._total = 0
        self._grown: deque[tuple[float, float, int]] = deque()
        """Begin, latest growth, and growth of each minute in which there was any."""

    def within(self, total: int, mono: float) -> int:
        """Return the growth of the last LATELY_S."""
        grown = self._grown
        if total > self._total:
            begin, count = mono, total - self._total
            if grown and mono - grown[-1][0] < _BUCKET_S:
                begin, _, before = grown.pop()
                count += before
            grown.append((begin, mono, count))
            self._total = total
        while grown and mono - grown[0][1] > LATELY_S:
            grown.popleft()
        return sum(count for _, _, count in grown)
