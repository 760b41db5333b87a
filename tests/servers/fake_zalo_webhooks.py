"""What Zalo's webhooks bring, as (headers, body): signed, unsigned, forged, written anew on the way."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

OA_SECRET = "oa-secret-key-for-tests"
EVENT = {
    "app_id": "1234567890123456789",
    "event_name": "user_send_text",
    "message": {"msg_id": "m1", "text": "xin chào"},
    "recipient": {"id": "111"},
    "sender": {"id": "222"},
    "timestamp": "1767225600000",
}
EVENT_MAC = "4c346087a98928a0cbead2f43d5f647669c6f39371e9d28237c1ff2599024491"
"""Of EVENT written without spaces, with OA_SECRET."""
RETRIES_S = (30, 300, 900, 1_800, 3_600)


@dataclass(frozen=True)
class Call:
    headers: dict[str, str]
    body: bytes


def oa_call(
    event: dict[str, Any] = EVENT, *, secret: str = OA_SECRET, mac_word: bool = False, key: str = "app_id"
) -> Call:
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    given = event[key].encode() + body + event["timestamp"].encode() + secret.encode()
    mac = hashlib.sha256(given).hexdigest()
    return Call({"X-ZEvent-Signature": f"mac={mac}" if mac_word else mac}, body)


def oa_probe() -> Call:
    return Call({}, b"{}")


def oa_written_anew() -> Call:
    """The body went through something that parsed it and wrote it again."""
    return Call(oa_call().headers, json.dumps(EVENT).encode())


def bot_call(update: dict[str, Any], secret: str, *, wrapped: bool) -> Call:
    body = {"ok": True, "result": update} if wrapped else update
    return Call({"X-Bot-Api-Secret-Token": secret}, json.dumps(body).encode())
