"""Links that act: one contact may do one thing to one incident, once, for some days.

`SC-2026-1187.` and 24 characters of base64url: when it ends (Unix seconds, 4 bytes), 2 bytes that make two links of the
same second differ, and 12 bytes of HMAC-SHA256 over all of it and the contact. Who it was made for is not in it: the
contacts are few, so each is tried. At most 40 characters, so that a chat does not break it. Pure but for `nonce`.
"""

import base64
import binascii
import hashlib
import hmac
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LIFE_S: Final = 72 * 3_600.0
FOLLOW_UP_S: Final = 3_600.0
"""Life of a link that the page gives to whoever has just acted."""
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 2
_PURPOSE: Final = b"tslcd link v1"
_MAC_BYTES: Final = 12
_SHAPE: Final = re.compile(r"([A-Z]{2}-\d{4}-\d{1,7})\.([A-Za-z0-9_-]{24})", re.ASCII)
_TIME_BYTES: Final = 4
_LATEST: Final = 0xFFFF_FFFF


class TokenRefusal(StrEnum):
    """Why a link does not act."""

    UNKNOWN = "unknown"
    """Nothing that we made with this key, or for somebody who is not on the on-call file any more."""
    EXPIRED = "expired"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: `contact_id` may act on `incident_id` before `until_at`."""

    incident_id: str
    contact_id: str
    until_at: float


def make_token(key: bytes, incident_id: str, contact_id: str, *, until_at: float, nonce: bytes) -> str:
    """Return the token. Raises ValueError for an incident id that would not be recognised again."""
    ends = struct.pack(">I", max(0, min(int(until_at), _LATEST))) + nonce
    token = f"{incident_id}.{_encode(ends + _mac(key, incident_id, contact_id, ends))}"
    if _SHAPE.fullmatch(token) is None:
        raise ValueError(f"no link can be made for '{incident_id}'")
    return token


def read_token(key: bytes, token: str, contact_ids: Iterable[str], now: float) -> Grant | TokenRefusal:
    """Return what a token allows now. Whether it was used is not known here. Compares in constant time."""
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        return TokenRefusal.UNKNOWN
    try:
        content = base64.b64decode(shape[2], altchars=b"-_", validate=True)
    except binascii.Error:
        return TokenRefusal.UNKNOWN
    ends, mac = content[:-_MAC_BYTES], content[-_MAC_BYTES:]
    owner = ""
    for contact_id in contact_ids:
        if hmac.compare_digest(mac, _mac(key, shape[1], contact_id, ends)):
            owner = contact_id
    if not owner:
        return TokenRefusal.UNKNOWN
    until_at = float(struct.unpack(">I", ends[:_TIME_BYTES])[0])
    return TokenRefusal.EXPIRED if now >= until_at else Grant(shape[1], owner, until_at)


def _mac(key: bytes, incident_id: str, contact_id: str, ends: bytes) -> bytes:
    message = b"\0".join((_PURPOSE, incident_id.encode(), contact_id.encode(), ends))
    return hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES]


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()
