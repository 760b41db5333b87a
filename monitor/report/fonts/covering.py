"""Text as the faces can show it. Pure.

Names and notes come from people: they may hold signs that no face has (emoji), or control characters that would break
a page. A sign without a glyph is drawn as U+FFFD, so that a reader sees that something stood there.
"""

import unicodedata
from collections.abc import Container
from typing import Final

UNKNOWN_SIGN: Final = "\N{REPLACEMENT CHARACTER}"
_TWINS: Final = {
    "\N{CHECK MARK}": "\N{SQUARE ROOT}",
    "\N{HEAVY CHECK MARK}": "\N{SQUARE ROOT}",
    "\N{BALLOT X}": "\N{MULTIPLICATION SIGN}",
    "\N{MULTIPLICATION X}": "\N{MULTIPLICATION SIGN}",
}
"""What Tinos lacks and has something alike for."""


def printable(text: str, known: Container[int]) -> str:
    """Return the text composed (NFC), on one line, with only signs whose code points are `known`."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isascii() and composed.isprintable():
        return composed
    return "".join(_shown(sign, known) for sign in composed)


def _shown(sign: str, known: Container[int]) -> str:
    if sign.isspace():
        # A no-break space keeps a number and its unit together; what breaks lines does not stand in one paragraph.
        return sign if ord(sign) in known else " "
    if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Cn", "Co"):
        return ""
    return sign if ord(sign) in known else _TWINS.get(sign, UNKNOWN_SIGN)
