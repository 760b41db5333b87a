"""A message's text as Zalo gets it: NFC, at most 2,000 characters however they are counted, nothing of our network. Pure."""

import ipaddress
import re
import unicodedata
from collections.abc import Collection
from typing import Final

from alerts.messages.plain import ELLIPSIS, utf16_length

TEXT_LIMIT: Final = 2_000
_WORD_JOINER: Final = "\N{WORD JOINER}"
_WORD: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:-]*[A-Za-z0-9_])?|::[A-Fa-f0-9:.]*[A-Fa-f0-9]")
_IPV4: Final = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?!\d|\.\d)")
_JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}\N{VARIATION SELECTOR-15}\u20e3")
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS: Final = range(0x1F1E6, 0x1F200)


class Guard:
    """Keeps addresses of the province's network out of texts that leave it: the last line of defence, not the first.

    `names`: what the inventory calls its devices by, lower case: addresses, and host names with a dot in them.
    """

    def __init__(self, names: Collection[str] = ()) -> None:
        self.names = frozenset(name.lower() for name in names if "." in name or ":" in name)

    def hide(self, text: str) -> str:
        """Return `text` with an ellipsis in place of every private address and every name that is ours."""
        text = _IPV4.sub(lambda found: ELLIPSIS if self._is_ours(found[1]) else found[0], text)
        return _WORD.sub(lambda found: ELLIPSIS if self._is_ours(found[0]) else found[0], text)

    def _is_ours(self, word: str) -> bool:
        if word.lower() in self.names or word.partition(":")[0].lower() in self.names:
            return True
        if "." not in word and ":" not in word:
            return False
        try:
            address = ipaddress.ip_address(word)
        except ValueError:
            return False
        return not address.is_global


def zalo_text(text: str, guard: Guard) -> str:
    """Return what is sent: plain, without mentions and internal addresses, cut between characters."""
    text = guard.hide(unicodedata.normalize("NFC", text)).replace("[@", f"[{_WORD_JOINER}@").strip()
    return shorten(text, TEXT_LIMIT)


def shorten(text: str, limit: int) -> str:
    """Cut to `limit`, an ellipsis included, on the larger of code points and UTF-16 units, never inside a character."""
    if utf16_length(text) <= limit:
        return text
    kept, units = 0, len(ELLIPSIS)
    for character in text:
        units += 2 if character > "\uffff" else 1
        if units > limit:
            break
        kept += 1
    while kept and _is_inside(text, kept):
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS


def _is_inside(text: str, place: int) -> bool:
    """Whether what stands before and at `place` is seen as one character."""
    before, after = text[place - 1], text[place]
    if unicodedata.combining(after) or after in _JOINERS or before == "\N{ZERO WIDTH JOINER}":
        return True
    if ord(after) in _SKIN_TONES:
        return True
    if ord(after) in _FLAG_LETTERS:
        flags = 0
        while flags < place and ord(text[place - 1 - flags]) in _FLAG_LETTERS:
            flags += 1
        return flags % 2 == 1
    return False
