"""Characters that nobody sees and that make two equal-looking texts differ. Pure."""

import unicodedata
from typing import Final

_ALLOWED: Final = frozenset("\n\r\t")
_SORTS: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"})
_NAMES: Final = {
    "\N{ZERO WIDTH NO-BREAK SPACE}": "dấu BOM",
    "\N{ZERO WIDTH SPACE}": "dấu cách không bề rộng",
    "\N{ZERO WIDTH NON-JOINER}": "dấu ngắt chữ không bề rộng",
    "\N{ZERO WIDTH JOINER}": "dấu nối chữ không bề rộng",
    "\N{WORD JOINER}": "dấu nối chữ không bề rộng",
    "\N{NO-BREAK SPACE}": "dấu cách không ngắt",
    "\N{SOFT HYPHEN}": "dấu gạch nối mềm",
}
_TURNS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def hidden_in(text: str) -> str:
    """Return the first hidden character in words, "U+FEFF (dấu BOM)"; "" when there is none.

    Hidden are control and format characters, private ones, and blanks other than the space; line breaks and tabs are
    not counted.
    """
    if text.isprintable():
        return ""
    for character in text:
        if _is_hidden(character):
            name = "dấu đổi chiều chữ" if character in _TURNS else _NAMES.get(character, "")
            return f"U+{ord(character):04X}" + (f" ({name})" if name else "")
    return ""


def without_hidden(text: str) -> str:
    """Return `text` without hidden characters; strange blanks become spaces."""
    return "".join(
        " " if unicodedata.category(character) == "Zs" else character
        for character in text
        if not _is_hidden(character) or unicodedata.category(character) == "Zs"
    )


def _is_hidden(character: str) -> bool:
    return (
        not character.isprintable()
        and character not in _ALLOWED
        and unicodedata.category(character) in _SORTS
    )
