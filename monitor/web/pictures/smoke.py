"""The smoke graph as a drawing: bands of percentiles, medians coloured by loss, holes, works, incidents, loss below. Pure.

After SmokePing: spread and loss in one picture. The same picture in the browser is static/chart.js.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.vocabulary import Language
from monitor.series.model import Bucket, Spread
from monitor.series.smoke import LossClass, Smoke, Stretch, loss_class, summary
from monitor.web.pictures.axes import time_marks, unit_of, value_marks, value_words
from monitor.web.pictures.drawing import Area, Drawing, Lines, Point, Rect, Shape, Text
from monitor.web.pictures.palette import LIGHT, Palette
from monitor.web.translating import translator

WIDTH: Final = 900.0
HEIGHT: Final = 320.0
LEFT: Final = 58.0
RIGHT: Final = 12.0
TOP: Final = 40.0
LOSS_HEIGHT: Final = 34.0
AXIS_HEIGHT: Final = 24.0
GAP: Final = 10.0
BANDS: Final = (("least", "most", 0.16), ("p10", "p90", 0.22), ("p25", "p75", 0.32))
"""Lower and upper edge, and how dark: they lie over each other."""
TICK_WIDTH: Final = 3.0
_MARK_PX: Final = 80.0
_TITLE_LETTERS: Final = 90
_SMALL: Final = 11.0


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the plot lies, and how times and values become pixels."""

    from_at: float
    until_at: float
    low: float
    high: float
    bottom: float

    def x(self, at: float) -> float:
        span = max(1e-9, self.until_at - self.from_at)
        ratio = min(1.0, max(0.0, (at - self.from_at) / span))
        return LEFT + ratio * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        ratio = min(1.0, max(0.0, (value - self.low) / max(1e-12, self.high - self.low)))
        return self.bottom - ratio * (self.bottom - TOP)


def smoke_drawing(
    graph: Smoke, *, title: str, zone: ZoneInfo, palette: Palette = LIGHT, language: Language = Language.VI
) -> Drawing:
    """Draw a graph; the sentence that says it in words is part of the picture."""
    slice_ = graph.slice
    bottom = HEIGHT - AXIS_HEIGHT - LOSS_HEIGHT - GAP
    low, high = _range(graph)
    frame = _Frame(slice_.edges[0], slice_.edges[-1], low, high, bottom)
    said = summary(graph, zone)
    shapes: list[Shape] = [
        Rect(0, 0, WIDTH, HEIGHT, palette.page),
        Text(LEFT, 16, title[:_TITLE_LETTERS], palette.text, 13, is_bold=True),
        Text(LEFT, 32, said[: 2 * _TITLE_LETTERS], palette.soft, _SMALL),
        *_works(graph, frame, palette),
        *_holes(graph, frame, palette, translator(language)("không có số liệu")),
        *_grid(graph, frame, zone, palette, language),
        *_bands(graph, frame, palette),
        *_medians(graph, frame, palette),
        *_losses(graph, frame, palette),
        *_incidents(graph, frame, palette),
    ]
    return Drawing(WIDTH, HEIGHT, tuple(shapes), title, said)


def _range(graph: Smoke) -> tuple[float, float]:
    """Return where the value axis begins and ends: from zero, unless values are negative."""
    spreads = [spread for _, _, spread in _spreads(graph)]
    if not spreads:
        return 0.0, 1.0
    low = min(0.0, *(spread.least for spread in spreads))
    high = graph.clip_at if graph.clip_at is not None and graph.clip_at > 0 else 0.0
    high = min(high, max(spread.most for spread in spreads)) or high
    return low, high if high > low else low + 1.0


def _spreads(graph: Smoke) -> Iterator[tuple[float, float, Spread]]:
    for start, end, bucket in _buckets(graph):
        if bucket is not None and bucket.spread is not None:
            yield start, end, bucket.spread


def _buckets(graph: Smoke) -> Iterator[tuple[float, float, Bucket | None]]:
    edges = pairwise(graph.slice.edges)
    return ((start, end, bucket) for (start, end), bucket in zip(edges, graph.slice.buckets, strict=True))


def _works(graph: Smoke, frame: _Frame, palette: Palette) -> Iterator[Shape]:
    for work in graph.marks.maintenance:
        start, end = _ends(work, frame)
        yield Rect(
            start, TOP, max(1.0, end - start), frame.bottom - TOP, palette.maintenance, 0.45, note=work.id
        )


def _holes(graph: Smoke, frame: _Frame, palette: Palette, word: str) -> Iterator[Shape]:
    """Hatch where nothing was measured, neighbours as one."""
    begun: float | None = None
    for start, _, bucket in _buckets(graph):
        if bucket is None:
            begun = start if begun is None else begun
        elif begun is not None:
            yield _hole(begun, start, frame, palette, word)
            begun = None
    if begun is not None:
        yield _hole(begun, graph.slice.edges[-1], frame, palette, word)


def _hole(from_at: float, until_at: float, frame: _Frame, palette: Palette, word: str) -> Rect:
    start, end = frame.x(from_at), frame.x(until_at)
    return Rect(start, TOP, end - start, frame.bottom - TOP, palette.page, 0.0, hatch=palette.hole, note=word)


def _grid(
    graph: Smoke, frame: _Frame, zone: ZoneInfo, palette: Palette, language: Language
) -> Iterator[Shape]:
    scale, unit = unit_of(graph.slice.series, frame.high)
    marks = value_marks(frame.low * scale, frame.high * scale, 4)
    strokes = tuple(((LEFT, frame.y(v / scale)), (WIDTH - RIGHT, frame.y(v / scale))) for v in marks)
    yield Lines(strokes, palette.line)
    for value, said in zip(marks, value_words(marks, language), strict=True):
        yield Text(LEFT - 6, frame.y(value / scale) + 4, said, palette.soft, _SMALL, "end")
    if unit:
        yield Text(LEFT - 6, TOP - 8, unit, palette.soft, _SMALL, "end")
    most = int((WIDTH - LEFT - RIGHT) / _MARK_PX)
    for at, said in time_marks(frame.from_at, frame.until_at, most, zone):
        yield Lines((((frame.x(at), frame.bottom), (frame.x(at), frame.bottom + 5)),), palette.soft)
        yield Text(frame.x(at), HEIGHT - 7, said, palette.soft, _SMALL, "middle")


def _bands(graph: Smoke, frame: _Frame, palette: Palette) -> Iterator[Shape]:
    """Fill between percentiles; a bucket without values ends a band."""
    for run in _runs(graph):
        for lower, upper, opacity in BANDS:
            above = [
                p for start, end, spread in run for p in _step(start, end, getattr(spread, upper), frame)
            ]
            below = [
                p for start, end, spread in run for p in _step(start, end, getattr(spread, lower), frame)
            ]
            yield Area((*above, *reversed(below)), palette.smoke, opacity)


def _step(start: float, end: float, value: float, frame: _Frame) -> tuple[Point, Point]:
    return (frame.x(start), frame.y(value)), (frame.x(end), frame.y(value))


def _runs(graph: Smoke) -> Iterator[list[tuple[float, float, Spread]]]:
    run: list[tuple[float, float, Spread]] = []
    for start, end, spread in _spreads(graph):
        if run and start > run[-1][1]:
            yield run
            run = []
        run.append((start, end, spread))
    if run:
        yield run


def _medians(graph: Smoke, frame: _Frame, palette: Palette) -> Iterator[Shape]:
    """Draw medians by loss; what lies above the frame gets a mark at its edge."""
    strokes: dict[LossClass, list[tuple[Point, Point]]] = {}
    clipped: list[tuple[Point, Point]] = []
    for start, end, bucket in _buckets(graph):
        if bucket is None or bucket.spread is None:
            continue
        left, right = _step(start, end, bucket.spread.p50, frame)
        right = (max(right[0], left[0] + 1.0), right[1])
        strokes.setdefault(_class(graph, bucket), []).append((left, right))
        if bucket.spread.p50 > frame.high:
            middle = (left[0] + right[0]) / 2
            clipped += [((middle - 4, TOP + 6), (middle, TOP)), ((middle, TOP), (middle + 4, TOP + 6))]
    for class_, found in strokes.items():
        yield Lines(tuple(found), palette.loss[class_], TICK_WIDTH)
    if clipped:
        yield Lines(tuple(clipped), palette.incident, 1.5)


def _losses(graph: Smoke, frame: _Frame, palette: Palette) -> Iterator[Shape]:
    """Draw what was lost below the graph, by height and colour; all of it, as a dark block of full height."""
    if not graph.has_loss:
        return
    floor = frame.bottom + GAP / 2 + LOSS_HEIGHT
    yield Lines((((LEFT, floor), (WIDTH - RIGHT, floor)),), palette.line)
    yield Text(LEFT - 6, floor - LOSS_HEIGHT + 9, "100%", palette.soft, 9, "end")
    for start, end, bucket in _buckets(graph):
        ratio = None if bucket is None else bucket.loss_ratio
        if bucket is None or not ratio:
            continue
        colour = palette.loss[_class(graph, bucket)]
        left = frame.x(start)
        width = max(1.0, frame.x(end) - left)
        height = max(1.5, ratio * LOSS_HEIGHT)
        yield Rect(left, floor - height, width, height, colour)
        if ratio >= 1:
            yield Rect(left, TOP, width, frame.bottom - TOP, colour, 0.82)


def _class(graph: Smoke, bucket: Bucket) -> LossClass:
    ratio = bucket.loss_ratio if graph.has_loss else None
    return loss_class(ratio or 0.0)


def _incidents(graph: Smoke, frame: _Frame, palette: Palette) -> Iterator[Shape]:
    for incident in graph.marks.incidents:
        start, end = _ends(incident, frame)
        yield Rect(start, frame.bottom, max(3.0, end - start), 4, palette.incident, note=incident.id)


def _ends(stretch: Stretch, frame: _Frame) -> tuple[float, float]:
    return frame.x(stretch.from_at), frame.x(frame.until_at if stretch.until_at is None else stretch.until_at)
