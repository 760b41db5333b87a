"""Plain text in the body of a hostile server's page. No I/O."""

import re
import unicodedata
from functools import lru_cache

_CHARSETS = frozenset(
    {
        *("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "latin1"),
        *("gb2312", "gbk", "gb18030", "big5", "euc-kr", "euc-jp", "shift_jis", "koi8-r"),
        *(f"iso-8859-{part}" for part in (*range(1, 12), *range(13, 17))),
        *(f"windows-{page}" for page in range(1250, 1259)),
    }
)
"""Charsets that a page may name; any other is read as UTF-8."""
_CHARSET = re.compile(r";[ \t]*charset[ \t]*=[ \t]*[\"']?([a-z0-9._-]{1,40})", re.IGNORECASE)
_FIELD_CHARACTERS = 512
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def charset_of(content_type: str) -> str | None:
    """Return the charset that a Content-Type field names (RFC 9110 8.3.1).

    Python's own parser, which aiohttp asks, fails on some fields and takes half a second for others.
    """
    found = _CHARSET.search(content_type[:_FIELD_CHARACTERS])
    return found[1] if found else None


def decoded(body: bytes, charset: str | None) -> str:
    """Decode a body by the charset it names.

    The text is left as it came: bringing a hostile one to NFC takes the square of its length, as some of Python's
    codecs do, and Python remembers every charset it was ever asked for. So only those of the web are decoded.
    """
    name = (charset or "").lower()
    return body.decode(name if name in _CHARSETS else "utf-8", "replace")


def contains(text: str, keyword: str) -> bool:
    """Search for any usual spelling of the keyword."""
    return any(spelling in text for spelling in _spellings(keyword))


@lru_cache(maxsize=4_096)
def _spellings(keyword: str) -> frozenset[str]:
    """Write Vietnamese composed, decomposed, and as the old code page 1258: composed but for the tones."""
    composed = unicodedata.normalize("NFC", keyword)
    toned = "".join(map(_with_tone_apart, composed))
    return frozenset({composed, unicodedata.normalize("NFD", keyword), toned})


def _with_tone_apart(letter: str) -> str:
    marks = unicodedata.normalize("NFD", letter)
    tones = "".join(mark for mark in marks if mark in _TONES)
    return unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES)) + tones
