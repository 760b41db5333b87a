"""What all charts share: paper of 160 mm, Tinos, colours that stay apart when printed black and white."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags

from monitor.report.fonts.covering import printable
from monitor.report.fonts.faces import Face, path_of

WIDTH_MM: Final = 160.0
DPI: Final = 200
MM_PER_INCH: Final = 25.4
POINTS_PER_MM: Final = 72 / MM_PER_INCH

BODY: Final = 9.5
"""Points: of axes; the text around a chart has 13."""
SMALL: Final = 8.0

INK: Final = "#1b1b1b"
GREY: Final = "#5b6472"
RULE: Final = "#c9ced6"
SHADE: Final = "#e6e9ee"
BLUE: Final = "#1f5fbf"
PALE_BLUE: Final = "#a9c4f0"
RED: Final = "#b42318"

NO_DATA: Final = "không đủ dữ liệu"
NOTHING: Final = "Không có số liệu"
NONE_HAPPENED: Final = "Không phát sinh"


@contextmanager
def plain_style() -> Iterator[None]:
    """Draw by matplotlib's own defaults, whatever a file of the machine or the folder says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "axes.edgecolor": GREY,
                "axes.linewidth": 0.8,
                "hatch.linewidth": 0.7,
                "xtick.color": GREY,
                "ytick.color": GREY,
                "xtick.labelcolor": INK,
                "ytick.labelcolor": INK,
            }
        )
        yield


def figure_of(height_mm: float) -> Figure:
    """Return an empty figure, as wide as the text of a page."""
    return Figure(
        figsize=(WIDTH_MM / MM_PER_INCH, height_mm / MM_PER_INCH), dpi=DPI, facecolor="white", layout=None
    )


def axes_at(figure: Figure, left: float, top: float, right: float, bottom: float) -> Axes:
    """Return axes with these margins in millimetres, without a frame above and on the right."""
    height = figure.get_figheight() * MM_PER_INCH
    box = (
        left / WIDTH_MM,
        bottom / height,
        (WIDTH_MM - left - right) / WIDTH_MM,
        (height - top - bottom) / height,
    )
    axes = figure.add_axes(box)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    return axes


def sheet_of(figure: Figure) -> Axes:
    """Return axes over the whole figure whose units are millimetres from its top left corner, and that show nothing."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH_MM)
    axes.set_ylim(figure.get_figheight() * MM_PER_INCH, 0)
    axes.set_axis_off()
    return axes


def png_of(figure: Figure) -> bytes:
    """Return the figure's PNG: the same bytes for the same figure (no date, no name of a program)."""
    buffer = BytesIO()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def font(size: float = BODY, face: Face = Face.REGULAR) -> FontProperties:
    """Return Tinos; only ever by its file, so that no other font of the machine is met."""
    return FontProperties(fname=str(path_of(face)), size=size)


def shown(text: str, face: Face = Face.REGULAR) -> str:
    """Return the text with what the face has."""
    return printable(text, _signs(face))


def text_style(size: float = BODY, face: Face = Face.REGULAR, color: str = INK) -> dict[str, Any]:
    """Return keywords for text: "$" is a dollar, never the beginning of a formula."""
    return {"fontproperties": font(size, face), "color": color, "parse_math": False}


def say(axes: Axes, text: str) -> None:
    """Write what an empty chart means into its middle."""
    style = text_style(BODY, Face.ITALIC, GREY)
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, zorder=5, **style)


def width_mm(text: str, size: float, face: Face = Face.REGULAR) -> float:
    """Return how long the text is on one line."""
    return sum(_advance(sign, face) for sign in text) * size / POINTS_PER_MM


@cache
def _signs(face: Face) -> frozenset[int]:
    return frozenset(_opened(face).get_charmap())


@cache
def _opened(face: Face) -> FT2Font:
    return FT2Font(str(path_of(face)))


@cache
def _advance(sign: str, face: Face) -> float:
    """Return the width of a sign in sizes of letters."""
    measure = _opened(face)
    glyph = measure.load_char(ord(sign), flags=LoadFlags.NO_SCALE)
    return float(glyph.horiAdvance) / measure.units_per_EM


def wrapped(text: str, size: float, most_mm: float, most_lines: int, face: Face = Face.REGULAR) -> str:
    """Break the text between words into lines that fit; what is beyond the last line is left out with "…"."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_mm(longer, size, face) <= most_mm:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], f"{lines[most_lines - 1]}…"]
    elif len(lines) == 2:  # noqa: PLR2004 (two lines of like length look better than a full one and one word)
        lines = _halved(text.split(), size, face)
    return "\n".join(_cut(line, size, most_mm, face) for line in lines)


def _halved(every: list[str], size: float, face: Face) -> list[str]:
    pairs = [(" ".join(every[:cut]), " ".join(every[cut:])) for cut in range(1, len(every))]
    return list(min(pairs, key=lambda pair: max(width_mm(half, size, face) for half in pair)))


def _cut(line: str, size: float, most_mm: float, face: Face) -> str:
    if width_mm(line, size, face) <= most_mm:
        return line
    while len(line) > 1 and width_mm(f"{line}…", size, face) > most_mm:
        line = line[:-1]
    return f"{line.rstrip('…')}…"
