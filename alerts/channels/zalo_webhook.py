"""Whether a webhook call is Zalo's: the signatures of Official Account and Bot, over the bytes as they came. Pure."""

import hashlib
import hmac
import json
from enum import StrEnum

from alerts.channels.zalo_bot_api import BotUpdate, read_update


class Signature(StrEnum):
    """What a call of the Official Account's webhook is."""

    GOOD = "good"
    PROBE = "probe"
    """Zalo tries the address when it is saved: unsigned, with the body {}; it wants 200, and says nothing."""
    WRONG = "wrong"


def oa_signature(body: bytes, given: str, *, oa_secret: str, header_timestamp: str = "") -> Signature:
    """Judge X-ZEvent-Signature: SHA-256 of app id, raw body, timestamp and the OA's secret key, hex, maybe after "mac=".

    The timestamp is the body's, or else that of X-ZEvent-Timestamp; some senders sign with `oa_id` for `app_id`. That
    a message comes twice is for the caller to see, by its id.
    """
    if not given:
        return Signature.PROBE if body.strip() == b"{}" else Signature.WRONG
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return Signature.WRONG
    if not isinstance(event, dict):
        return Signature.WRONG
    told = given.strip().lower().removeprefix("mac=").encode(errors="replace")
    matches = [
        hmac.compare_digest(_mac(str(event[key]), body, timestamp, oa_secret).encode(), told)
        for key in ("app_id", "oa_id")
        if event.get(key)
        for timestamp in (str(event.get("timestamp", "")), header_timestamp)
        if timestamp
    ]
    return Signature.GOOD if any(matches) else Signature.WRONG


def bot_webhook(body: bytes, given: str, *, secret: str) -> BotUpdate | None:
    """Read a call of the Bot's webhook; None when X-Bot-Api-Secret-Token is not `secret`, or nobody wrote anything."""
    if not secret or not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
        return None
    try:
        return read_update(json.loads(body))
    except (ValueError, RecursionError):
        return None


def _mac(app_id: str, body: bytes, timestamp: str, oa_secret: str) -> str:
    # Text from JSON may hold what UTF-8 cannot say.
    before, after = app_id.encode(errors="replace"), timestamp.encode(errors="replace")
    return hashlib.sha256(before + body + after + oa_secret.encode()).hexdigest()
