"""A chart as a PNG: 160 mm wide, 200 dpi, the same bytes for the same chart (and the same version of matplotlib)."""

from matplotlib.figure import Figure

from monitor.report.charts import causes, days, heat, line, paper, tiles
from monitor.report.document.model import CauseChart, Chart, DayChart, HeatMap, LineChart


def png(chart: Chart) -> bytes:
    """Return the picture. Texts in it are Vietnamese; signs that Tinos lacks are drawn as U+FFFD."""
    with paper.plain_style():
        return paper.png_of(_figure(chart))


def _figure(chart: Chart) -> Figure:
    if isinstance(chart, LineChart):
        return line.draw(chart)
    if isinstance(chart, DayChart):
        return days.draw(chart)
    if isinstance(chart, CauseChart):
        return causes.draw(chart)
    if isinstance(chart, HeatMap):
        return heat.draw(chart)
    return tiles.draw(chart)
