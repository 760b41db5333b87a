"""What began on each day: bars with their counts; free days stand on a shaded ground."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from alerts.messages import words
from monitor.report.charts import paper
from monitor.report.document.model import DayChart
from monitor.report.fonts.faces import Face

HEIGHT_MM: Final = 49.0
MOST_NAMED: Final = 31
"""Up to so many days each has its number and its count; beyond, months are named."""
SLOT_MM: Final = 5.0
"""How wide a count over a bar may be at most."""
FEWEST: Final = 4
"""The axis reaches at least so high: one event must not look like a wall."""


def draw(chart: DayChart) -> Figure:
    """Draw the chart."""
    figure = paper.figure_of(HEIGHT_MM)
    axes = paper.axes_at(figure, left=13, top=9, right=3, bottom=11)
    most = max(chart.counts, default=0)
    axes.set_xlim(-0.6, max(len(chart.days), 1) - 0.4)
    axes.set_ylim(0, max(FEWEST, most) * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(round(value))))
    axes.grid(axis="y", color=paper.RULE, linewidth=0.6)
    for place, is_free in enumerate(chart.is_free):
        if is_free:
            axes.axvspan(place - 0.5, place + 0.5, facecolor=paper.SHADE, edgecolor="none", zorder=0)
    few = len(chart.days) <= MOST_NAMED
    axes.bar(
        range(len(chart.counts)),
        chart.counts,
        width=0.66 if few else 0.9,
        color=paper.BLUE,
        edgecolor=paper.INK if few else "none",
        linewidth=0.5,
        zorder=3,
    )
    if few and paper.width_mm(words.number(most), paper.SMALL) < SLOT_MM:
        _counts(axes, chart)
    _names(axes, chart)
    if not chart.days:
        paper.say(axes, paper.NOTHING)
    elif not most:
        paper.say(axes, paper.NONE_HAPPENED)
    for label in axes.get_yticklabels():
        label.set_fontproperties(paper.font())
    _words(figure, axes, chart)
    return figure


def _counts(axes: Axes, chart: DayChart) -> None:
    for place, count in enumerate(chart.counts):
        if count:
            axes.annotate(
                words.number(count),
                (place, count),
                xytext=(0, 1.5),
                textcoords="offset points",
                ha="center",
                va="bottom",
                zorder=4,
                **paper.text_style(paper.SMALL),
            )


def _names(axes: Axes, chart: DayChart) -> None:
    if len(chart.days) <= MOST_NAMED:
        names = [str(day.day) for day in chart.days]
        axes.set_xticks(range(len(names)), names, **paper.text_style(paper.SMALL))
        axes.tick_params(axis="x", length=0)
        return
    firsts = [place for place, day in enumerate(chart.days) if day.day == 1]
    names = [f"{chart.days[place]:%m/%Y}" for place in firsts]
    axes.set_xticks(firsts, names, **paper.text_style(paper.SMALL))


def _words(figure: Figure, axes: Axes, chart: DayChart) -> None:
    if chart.days:
        first, last = chart.days[0], chart.days[-1]
        same = (first.year, first.month) == (last.year, last.month)
        title = f"Ngày trong tháng {first:%m/%Y}" if same else f"Từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}"
        axes.set_xlabel(title, **paper.text_style())
    style = paper.text_style(paper.SMALL, Face.ITALIC, paper.GREY)
    figure.text(13 / paper.WIDTH_MM, 1 - 3.2 / HEIGHT_MM, "Số lượt", ha="left", va="center", **style)
    if any(chart.is_free):
        figure.legend(
            handles=[Patch(facecolor=paper.SHADE, edgecolor=paper.RULE, label="Ngày nghỉ, ngày lễ")],
            loc="upper right",
            bbox_to_anchor=(1 - 2 / paper.WIDTH_MM, 1),
            frameon=False,
            prop=paper.font(paper.SMALL),
            borderpad=0.2,
            handlelength=1.6,
        )
