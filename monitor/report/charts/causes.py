"""Causes as horizontal bars as long as their hours, with hours and count in words at the end of each."""

from typing import Final

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from alerts.messages import words
from monitor import official
from monitor.report.charts import paper
from monitor.report.document.model import CauseChart
from monitor.report.fonts.faces import Face

NAME_MM: Final = 52.0
WORDS_MM: Final = 40.0
BAR_MM: Final = 6.4
TALL_BAR_MM: Final = 8.6
"""Where a name takes two lines."""
MARGINS_MM: Final = 15.0
LEAST_HOURS: Final = 1.0
"""The axis reaches at least so far."""
_SAME: Final = 1e-9
HATCHES: Final = ("", "////", "....", "\\\\\\\\", "xxxx", "----")
FILLS: Final = (paper.BLUE, paper.PALE_BLUE, "#ffffff", "#dbe8ff", "#eef0f3", "#c9ced6")
"""By rank: each pair of neighbours differs in lightness and in hatch."""


def draw(chart: CauseChart) -> Figure:
    """Draw the chart; the first cause stands on top."""
    names = [paper.wrapped(paper.shown(label), paper.BODY, NAME_MM - 4, 2) for label in chart.labels]
    bar = TALL_BAR_MM if any("\n" in name for name in names) else BAR_MM
    figure = paper.figure_of(MARGINS_MM + bar * max(len(names), 1))
    axes = paper.axes_at(figure, left=NAME_MM, top=2, right=WORDS_MM, bottom=13)
    most = max(chart.hours, default=0.0)
    axes.set_xlim(0, max(most, LEAST_HOURS) * 1.02)
    axes.set_ylim(max(len(chart.labels), 1) - 0.5, -0.5)
    for place, (hours, count) in enumerate(zip(chart.hours, chart.counts, strict=True)):
        rank = place % len(HATCHES)
        axes.barh(
            place,
            hours,
            height=0.62,
            color=FILLS[rank],
            edgecolor=paper.INK,
            hatch=HATCHES[rank],
            linewidth=0.7,
            zorder=3,
        )
        axes.annotate(
            f"{official.span(round(hours * 3600, 3))} ({official.count(count)} sự cố)",
            (hours, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            zorder=4,
            **paper.text_style(paper.SMALL),
        )
    axes.set_yticks(range(len(names)), names, **paper.text_style())
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(_hours))
    for label in axes.get_xticklabels():
        label.set_fontproperties(paper.font())
    axes.grid(axis="x", color=paper.RULE, linewidth=0.6)
    axes.set_xlabel("Tổng thời gian (giờ)", **paper.text_style(paper.SMALL, Face.ITALIC, paper.GREY))
    if not chart.labels:
        axes.set_xticks([])
        paper.say(axes, paper.NONE_HAPPENED)
    return figure


def _hours(value: float, _: object) -> str:
    for digits in (0, 1, 2):
        if abs(value - round(value, digits)) < _SAME:
            return words.number(value, digits)
    return words.number(value, 3)
