"""Nobody's phone number, address or id leaves in an evidence pack. Pure."""

import re
from typing import Final

_PHONE: Final = re.compile(
    r"(?<![\w.])(?!\d{1,3}(?:\.\d{1,3}){3}(?!\d)|\d{1,2}[.-]\d{1,2}[.-]\d{4}(?!\d))"
    r"(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\d)"
)
"""Vietnamese numbers, +84 or 0 and 8 to 10 digits more; neither an IP address nor a day ("05-11-2026 12:30")."""
_ID: Final = re.compile(r"(?<!\d)\d{15,}(?!\d)")
"""Zalo knows people and groups by numbers this long."""
_ADDRESS: Final = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]*(@[\w-]+(?:\.[\w-]+)+)")
_HIDDEN: Final = "***"
_KEPT: Final = 2


def masked_text(text: str) -> str:
    """Return what a person wrote without phone numbers, mail addresses and ids of Zalo."""
    text = _ADDRESS.sub(rf"\1{_HIDDEN}\2", text)
    for pattern in (_PHONE, _ID):
        text = pattern.sub(lambda found: f"{_HIDDEN}{found[0][-_KEPT:]}", text)
    return text


def masked_recipient(recipient: str) -> str:
    """Return enough of a recipient to tell it from others: of an address its domain, of anything else its end."""
    name, at, domain = recipient.rpartition("@")
    if at:
        return f"{name[:1]}{_HIDDEN}@{domain}"
    return f"{_HIDDEN}{recipient[-_KEPT:]}" if len(recipient) > 2 * _KEPT else _HIDDEN
