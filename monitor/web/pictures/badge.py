"""A badge: two words in a box, for other sites' pages. Pure."""

import unicodedata
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from monitor.web.pictures.drawing import shown_text
from monitor.web.view import Shown

HEIGHT: Final = 20
SIZE: Final = 11
PAD: Final = 6
MOST_LETTERS: Final = 60
_FONT: Final = "Verdana, 'DejaVu Sans', Geneva, sans-serif"
_FILLS: Final[Mapping[Shown, tuple[str, str]]] = {
    Shown.UP: ("#1a7f4b", "#ffffff"),
    Shown.DEGRADED: ("#ffd573", "#3a2600"),
    Shown.DOWN: ("#b42318", "#ffffff"),
    Shown.AFFECTED: ("#fbe3e0", "#7a130b"),
    Shown.UNKNOWN: ("#5b6472", "#ffffff"),
    Shown.UNWATCHED: ("#5b6472", "#ffffff"),
}
_NARROW: Final = {
    **dict.fromkeys("ijlI.,:;'|!", 0.36),
    **dict.fromkeys("ftr()/-[] ", 0.40),
    **dict.fromkeys("ckszvxyJ", 0.56),
    **dict.fromkeys("abdeghnopquLFTYZ", 0.63),
    **dict.fromkeys("ABCEKPRSVX0123456789", 0.69),
    **dict.fromkeys("DGHNOQU", 0.78),
    **dict.fromkeys("mwMW%@", 1.0),
}
"""Width of a letter over the size of the font (Verdana, DejaVu Sans), as far as marks leave it what it is."""
_OTHER: Final = 0.85


def text_width(text: str) -> float:
    """Return how wide a text is in pixels. Marks above and below a letter add nothing: "Ế" is as wide as "E"."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return SIZE * sum(_NARROW.get(each, _OTHER) for each in bare if not unicodedata.combining(each))


def badge(label: str, word: str, shown: Shown) -> str:
    """Return the badge. Widths are told to the reader, so that another font cannot push text over the edge."""
    label, word = shown_text(label)[:MOST_LETTERS], shown_text(word)[:MOST_LETTERS]
    left, right = (round(text_width(text) + 2 * PAD) for text in (label, word))
    fill, ink = _FILLS[shown]
    width = left + right
    said = quoteattr(f"{label}: {word}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}"'
        f' role="img" aria-label={said}><title>{escape(f"{label}: {word}")}</title>'
        f'<rect width="{width}" height="{HEIGHT}" rx="3" fill="{fill}"/>'
        f'<path d="M3 0H{left}V{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#33404f"/>'
        f'<g font-family={quoteattr(_FONT)} font-size="{SIZE}">{_line(label, PAD, "#ffffff")}'
        f"{_line(word, left + PAD, ink)}</g></svg>\n"
    )


def _line(text: str, x: int, ink: str) -> str:
    if not text:
        return ""
    length = round(text_width(text))
    return f'<text x="{x}" y="14" textLength="{length}" lengthAdjust="spacingAndGlyphs" fill="{ink}">{escape(text)}</text>'
