"""Writes a drawing as SVG: presentation attributes only, so that it needs neither scripts nor style. Pure."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from monitor.web.pictures.drawing import Area, Drawing, Lines, Point, Rect, Shape, Text, shown_text

FONT: Final = "system-ui, 'Be Vietnam Pro', 'Noto Sans', 'DejaVu Sans', sans-serif"


def svg(drawing: Drawing) -> str:
    """Return the whole file."""
    hatches = sorted({each.hatch for each in drawing.shapes if isinstance(each, Rect) and each.hatch})
    width, height = _number(drawing.width), _number(drawing.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"',
        f' viewBox="0 0 {width} {height}" role="img" font-family={quoteattr(FONT)}>',
        f"<title>{_text(drawing.title)}</title><desc>{_text(drawing.summary)}</desc>",
        *(_pattern(colour) for colour in hatches),
        *(piece for shape in drawing.shapes for piece in _shape(shape)),
        "</svg>\n",
    ]
    return "".join(parts)


def _shape(shape: Shape) -> Iterator[str]:
    match shape:
        case Rect():
            yield from _rect(shape)
        case Lines():
            path = "".join(f"M{_point(start)}L{_point(end)}" for start, end in shape.strokes)
            if path:
                yield f'<path d="{path}" stroke={quoteattr(shape.stroke)} stroke-width="{_number(shape.width)}" fill="none"/>'
        case Area():
            points = " ".join(map(_point, shape.points))
            yield f'<polygon points="{points}" fill={quoteattr(shape.fill)} fill-opacity="{_number(shape.opacity)}"/>'
        case Text():
            weight = ' font-weight="600"' if shape.is_bold else ""
            yield (
                f'<text x="{_number(shape.x)}" y="{_number(shape.y)}" font-size="{_number(shape.size)}"'
                f' text-anchor="{shape.anchor}" fill={quoteattr(shape.fill)}{weight}>{_text(shape.text)}</text>'
            )


def _rect(rect: Rect) -> Iterator[str]:
    where = (
        f'x="{_number(rect.x)}" y="{_number(rect.y)}" width="{_number(max(0.0, rect.width))}"'
        f' height="{_number(max(0.0, rect.height))}" shape-rendering="crispEdges"'
    )
    note = f"<title>{_text(rect.note)}</title>" if rect.note else ""
    yield f'<rect {where} fill={quoteattr(rect.fill)} fill-opacity="{_number(rect.opacity)}">{note}</rect>'
    if rect.hatch:
        yield f'<rect {where} fill="url(#hatch-{rect.hatch.removeprefix("#")})">{note}</rect>'


def _pattern(colour: str) -> str:
    return (
        f'<pattern id="hatch-{colour.removeprefix("#")}" width="7" height="7" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><path d="M0 0V7" stroke={quoteattr(colour)} stroke-width="4"/></pattern>'
    )


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def _text(text: str) -> str:
    return escape(shown_text(text))
