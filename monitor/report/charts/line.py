"""Availability over periods: points with their figures, gaps where there is none, the target as a dashed line."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from alerts.messages import words
from monitor import official
from monitor.report.charts import paper
from monitor.report.document.model import LineChart
from monitor.report.fonts.faces import Face

HEIGHT_MM: Final = 62.0
LEFT_MM: Final = 15.0
RIGHT_MM: Final = 4.0
LABEL_SIZES: Final = (paper.SMALL, 7.0, 6.0, 5.5)
STEPS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
"""Per cent between two marks of the axis."""
MARKS: Final = 5
"""At most so many steps from the lower end to 100%, and at least two."""
MOST_WRITTEN: Final = 13
"""Up to so many points each has its figure; of more only the last."""
MOST_NAMED: Final = 12
STEEP: Final = 0.12
"""Share of the axis from one point to the next."""


def draw(chart: LineChart) -> Figure:
    """Draw the chart."""
    figure = paper.figure_of(HEIGHT_MM)
    axes = paper.axes_at(figure, left=LEFT_MM, top=9, right=RIGHT_MM, bottom=9)
    low, step = _axis([v for v in (*chart.values, chart.target) if v is not None])
    last = max(len(chart.labels) - 1, 0)
    axes.set_xlim(-0.6, last + 0.6)
    axes.set_ylim(low, 100 + 0.14 * (100 - low))
    _marks(axes, chart, low, step)
    if chart.target is not None:
        _target(figure, axes, chart.target)
    if any(value is not None for value in chart.values):
        _values(axes, chart)
    elif chart.labels:
        paper.say(axes, paper.NO_DATA.capitalize())
    else:
        paper.say(axes, paper.NOTHING)
    figure.text(
        LEFT_MM / paper.WIDTH_MM,
        1 - 3.2 / HEIGHT_MM,
        "Độ khả dụng (%)" + (f"; trục đứng bắt đầu từ {_percent(low, step)}%" if low > 0 else ""),
        ha="left",
        va="center",
        **paper.text_style(paper.SMALL, Face.ITALIC, paper.GREY),
    )
    return figure


def _axis(ratios: list[float]) -> tuple[float, float]:
    """Return where the axis begins and its step, in per cent: the finest step whose marks reach below every value."""
    least = min(ratios, default=0.0) * 100 if ratios else 0.0
    for step in STEPS:
        marks = -(-(100 - least) // step) + (0 if least <= 0 else 1)
        if marks <= MARKS:
            return max(0.0, 100 - max(marks, 2) * step), step
    return 0.0, STEPS[-1]


def _marks(axes: Axes, chart: LineChart, low: float, step: float) -> None:
    ticks = [low + step * number for number in range(round((100 - low) / step) + 1)]
    axes.set_yticks(ticks, [_percent(tick, step) for tick in ticks], **paper.text_style())
    axes.grid(axis="y", color=paper.RULE, linewidth=0.6)
    every = -(-len(chart.labels) // MOST_NAMED)
    # Counted from the last one, which is the period that the report is about.
    places = sorted(range(len(chart.labels) - 1, -1, -every)) if every else []
    slot = (paper.WIDTH_MM - LEFT_MM - RIGHT_MM) * every / (len(chart.labels) + 0.2) - 1
    # An id of any days, "2026-11-01..2026-11-15", may be broken in its middle.
    labels = [paper.shown(chart.labels[place]).replace("..", ".. ") for place in places]
    for size in LABEL_SIZES:
        lines = [paper.wrapped(label, size, slot, 2) for label in labels]
        if not any("…" in line for line in lines) or size == LABEL_SIZES[-1]:
            axes.set_xticks(places, lines, **paper.text_style(size))
            return


def _target(figure: Figure, axes: Axes, target: float) -> None:
    line = axes.axhline(target * 100, color=paper.RED, linewidth=1.3, linestyle=(0, (6, 3)), zorder=4)
    figure.legend(
        handles=[line],
        labels=[f"Mục tiêu {official.ratio(target)}"],
        loc="upper right",
        bbox_to_anchor=(1 - 3 / paper.WIDTH_MM, 1),
        frameon=False,
        prop=paper.font(paper.SMALL, Face.BOLD),
        labelcolor=paper.RED,
        borderpad=0.2,
        handlelength=3.2,
    )


def _values(axes: Axes, chart: LineChart) -> None:
    heights = [float("nan") if value is None else value * 100 for value in chart.values]
    axes.plot(
        range(len(heights)),
        heights,
        color=paper.BLUE,
        linewidth=1.8,
        marker="o",
        markersize=5,
        markerfacecolor="white",
        markeredgewidth=1.6,
        zorder=3,
        clip_on=False,
    )
    last = len(heights) - 1
    for place, value in enumerate(chart.values):
        if value is None:
            _gap(axes, place)
        elif last < MOST_WRITTEN or place == last:
            side, is_low = _beside(chart.values, place, (100 - axes.get_ylim()[0]) / 100)
            axes.annotate(
                official.bare_ratio(value),
                (place, value * 100),
                xytext=(5 * side, -6 if is_low else 5),
                textcoords="offset points",
                ha={-1: "right", 0: "center", 1: "left"}[side],
                va="top" if is_low else "bottom",
                path_effects=[withStroke(linewidth=2.5, foreground="white")],
                zorder=6,
                **paper.text_style(paper.SMALL, Face.BOLD if place == last else Face.REGULAR),
            )


def _beside(values: tuple[float | None, ...], place: int, span: float) -> tuple[int, bool]:
    """Return where the figure of a point stands off the line: left (-1), middle or right (1), and whether below it.

    `span`: what the axis shows, as a ratio; only a line that climbs or falls steeply pushes a figure aside.
    """
    here = values[place] or 0.0
    before = values[place - 1] if place else None
    after = values[place + 1] if place + 1 < len(values) else None
    fall = 0.0 if before is None else before - here
    climb = 0.0 if after is None else after - here
    steep = span * STEEP
    if fall >= 0 and climb >= 0 and fall + climb > 0 and here > 0:
        return 0, True
    if fall > steep and climb <= 0:
        return 1, False
    return (-1, False) if climb > steep and fall <= 0 else (0, False)


def _gap(axes: Axes, place: int) -> None:
    axes.axvspan(
        place - 0.32,
        place + 0.32,
        facecolor="white",
        edgecolor=paper.RULE,
        hatch="////",
        linewidth=0,
        zorder=1,
    )
    axes.text(
        place,
        0.5,
        paper.NO_DATA,
        transform=axes.get_xaxis_transform(),
        rotation=90,
        ha="center",
        va="center",
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        zorder=2,
        **paper.text_style(paper.SMALL, Face.ITALIC, paper.GREY),
    )


def _percent(value: float, step: float) -> str:
    digits = 0 if step >= 1 else 1 if step >= STEPS[1] else 2
    return words.number(value, digits)
