"""Draws a picture as PNG in a process of its own: matplotlib's memory and time are not the daemon's.

Reads a drawing (JSON) from standard input and writes the PNG to standard output.
"""

import io
import json
import sys
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from monitor.children import stand_back
from monitor.web.pictures.drawing import Area, Drawing, Lines, Rect, Text, drawing_from

MOST_BYTES: Final = 2**31
DPI: Final = 96
SHARPNESS: Final = 2
"""Pixels of the file for each of the drawing."""
_POINTS: Final = 72 / DPI
_ALIGN: Final = {"start": "left", "middle": "center", "end": "right"}


def main() -> int:
    """Do the job of standard input."""
    stand_back(most_bytes=MOST_BYTES)
    job = json.load(sys.stdin)
    sys.stdout.buffer.write(png(drawing_from(job["drawing"], job["shapes"])))
    return 0


def png(drawing: Drawing) -> bytes:
    """Return the picture as PNG."""
    figure = Figure(figsize=(drawing.width / DPI, drawing.height / DPI), dpi=DPI * SHARPNESS)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    axes.set_axis_off()
    for number, shape in enumerate(drawing.shapes):
        match shape:
            case Rect():
                for hatch in ("", "////") if shape.hatch else ("",):
                    axes.add_patch(
                        Rectangle(
                            (shape.x, shape.y),
                            shape.width,
                            shape.height,
                            facecolor="none" if hatch else shape.fill,
                            edgecolor=shape.hatch if hatch else "none",
                            alpha=1.0 if hatch else shape.opacity,
                            hatch=hatch or None,
                            linewidth=0,
                            zorder=number,
                        )
                    )
            case Lines():
                width = shape.width * _POINTS
                axes.add_collection(
                    LineCollection(shape.strokes, colors=shape.stroke, linewidths=width, zorder=number)
                )
            case Area():
                axes.add_patch(
                    Polygon(
                        shape.points, facecolor=shape.fill, alpha=shape.opacity, linewidth=0, zorder=number
                    )
                )
            case Text():
                axes.text(
                    shape.x,
                    shape.y,
                    shape.text,
                    color=shape.fill,
                    fontsize=shape.size * _POINTS,
                    horizontalalignment=_ALIGN[shape.anchor],
                    fontweight="bold" if shape.is_bold else "normal",
                    parse_math=False,
                    zorder=number,
                )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
