"""Make text from outside safe to show: one line, no control or direction marks, cut on a character. Pure.

Names and clauses come from the inventory and from people; none of them may forge a second line, turn the writing
direction, mention a whole group, show an internal address or fill a message.
"""

import codecs
import re
import unicodedata

ELLIPSIS = "…"

_PRIVATE_IPV4 = (
    r"(?:(?:10|127)\.\d{1,3}|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))"
    r"(?:\.\d{1,3}){2}"
)
_PRIVATE_IPV6 = r"(?:f[cd][0-9a-f]{2}|fe80):[0-9a-f:]*[0-9a-f]"
_INTERNAL_ADDRESS = re.compile(
    rf"(?<![\w.:])(?:{_PRIVATE_IPV4}|{_PRIVATE_IPV6})(?:[:/]\d{{1,5}})?(?![\w:])", re.ASCII | re.IGNORECASE
)
_MENTION = re.compile(r"(?<!\S)[@\N{FULLWIDTH COMMERCIAL AT}]+(?=\w)")

# Python reads a codec's file when it is first asked for: a message must not need a descriptor that nobody has then.
_TO_UTF16 = codecs.getencoder("utf-16-le")

_SPACE_CATEGORIES = frozenset({"Cc", "Zl", "Zp", "Zs"})
_DROPPED_CATEGORIES = frozenset({"Cf", "Cs", "Co"})


def clean(text: str, limit: int) -> str:
    """Return `text` as one NFC line of plain spaces, at most `limit` UTF-16 units.

    Control characters become spaces; format characters (direction marks, zero width), surrogates and private-use
    characters go; a leading `@` of a mention goes; private network addresses are replaced by an ellipsis.
    """
    line = _MENTION.sub("", _INTERNAL_ADDRESS.sub(ELLIPSIS, seen_line(text, limit)))
    return cut(line, limit)


def seen_line(text: str, limit: int) -> str:
    """Return `text` as one NFC line of plain spaces without what nobody sees, else as it is; at most 4 x `limit` of it.

    For what people type: addresses and mentions stay, whoever shows them to others than the writer cleans them.
    """
    head = text[: 4 * limit]  # enough for what is dropped, and 100 kB do not cost more than a line
    if not head.isprintable():
        head = "".join(_plain_character(character) for character in head)
    return " ".join(unicodedata.normalize("NFC", head).split())


def clause(text: str, limit: int) -> str:
    """Clean a clause that is put into a sentence: without its own full stop."""
    return clean(text, limit).rstrip(" .;,")


def cut(text: str, limit: int) -> str:
    """Shorten `text` to `limit` UTF-16 units, an ellipsis included, never inside a character and its marks."""
    if utf16_length(text) <= limit:
        return text
    kept = text[:limit]
    while kept and utf16_length(kept) > limit - 1:
        kept = kept[:-1]
    while kept and unicodedata.combining(text[len(kept)]):
        kept = kept[:-1]
    return kept.rstrip(f" {ELLIPSIS}") + ELLIPSIS if limit > 0 else ""


def utf16_length(text: str) -> int:
    """Count as chat services do: characters beyond the basic plane count twice."""
    return len(_TO_UTF16(text, "surrogatepass")[0]) // 2


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACE_CATEGORIES:
        return " "
    return "" if category in _DROPPED_CATEGORIES else character
