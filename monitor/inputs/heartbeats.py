"""What a beat may say, and who may say it. Pure: bytes in, values out.

A beat is one flat JSON object: `{"asset": "kiosk-01", "uptime_s": 86400, "disk_free_ratio": 0.31, "app_alive": true}`.
Everything but `asset` may be left out; anything else is refused, above all what would name a person. Over MQTT it
carries the asset's token too.
"""

import base64
import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NoReturn

from inventory.address import is_asset_code

BEAT_BYTES: Final = 4_096
LEAST_KEY_BYTES: Final = 16
TOKEN_CHARACTERS: Final = 52
"""32 bytes in base32 without padding."""
_LIMITS: Final[Mapping[str, float]] = {"uptime_s": 3.2e9, "disk_free_ratio": 1.0}
_MOST_DIGITS: Final = 20
_PURPOSE: Final = b"tslcd-heartbeat/1"


class Outcome(StrEnum):
    """What became of something that came in as a beat."""

    ACCEPTED = "accepted"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    """Not UTF-8, not JSON, or not one flat object."""
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_KEY = "unknown_key"
    BAD_VALUE = "bad_value"
    """Missing, of a wrong type, or out of range."""
    BAD_TOKEN = "bad_token"  # noqa: S105 (no password)
    UNKNOWN_ASSET = "unknown_asset"
    """The token is right, but no heartbeat check has this asset."""
    TOO_FAST = "too_fast"
    """The asset beats more often than beats make sense."""
    FLOODED = "flooded"
    """The source sends more than many assets behind one address would."""
    OVERFLOW = "overflow"
    """More MQTT messages of QoS 0 than can be judged: dropped unread."""
    RETAINED = "retained"
    """The broker kept it: nobody knows how old it is."""
    WRONG_TOPIC = "wrong_topic"
    """The topic is another asset's."""
    NOT_A_BEAT = "not_a_beat"
    """An HTTP request for something else."""
    BUG = "bug"
    """Ours; the log has its traceback."""


class RefusedError(ValueError):
    """This is no beat; `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Said:
    """What a beat says: whose it is, what it measured, and (over MQTT) its token."""

    asset: str
    metrics: Mapping[str, float]
    token: str = ""


def decode(body: bytes, *, with_token: bool) -> Said:
    """Read a beat of at most 4 kB. Raises RefusedError."""
    if len(body) > BEAT_BYTES:
        raise RefusedError(Outcome.TOO_LARGE)
    fields = _flat_object(body)
    allowed = {"asset", "app_alive", *_LIMITS} | ({"token"} if with_token else set())
    if not fields.keys() <= allowed:
        raise RefusedError(Outcome.UNKNOWN_KEY)
    asset, token = fields.get("asset"), fields.get("token", "")
    if not isinstance(asset, str) or not is_asset_code(asset):
        raise RefusedError(Outcome.BAD_VALUE)
    if not isinstance(token, str) or len(token) > TOKEN_CHARACTERS:
        raise RefusedError(Outcome.BAD_VALUE)
    return Said(asset, _metrics(fields), token)


def _flat_object(body: bytes) -> dict[str, Any]:
    # One brace, no bracket: nothing is nested, however deep the parser would go (case M-07).
    if body.count(b"{") != 1 or b"[" in body:
        raise RefusedError(Outcome.MALFORMED)
    try:
        fields = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_short,
        )
    except RefusedError:
        raise
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are such
        raise RefusedError(Outcome.MALFORMED) from error
    if not isinstance(fields, dict):
        raise RefusedError(Outcome.MALFORMED)
    return fields


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise RefusedError(Outcome.DUPLICATE_KEY)
    return fields


def _refuse(_name: str) -> NoReturn:
    """Take no NaN and no Infinity: they are not JSON."""
    raise RefusedError(Outcome.BAD_VALUE)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):  # 1e999
        raise RefusedError(Outcome.BAD_VALUE)
    return value


def _short(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise RefusedError(Outcome.BAD_VALUE)
    return int(text)


def _metrics(fields: Mapping[str, Any]) -> dict[str, float]:
    metrics = {}
    for name, most in _LIMITS.items():
        value = fields.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise RefusedError(Outcome.BAD_VALUE)
        if name in fields:
            metrics[name] = float(value)
    if "app_alive" in fields:
        if not isinstance(fields["app_alive"], bool):
            raise RefusedError(Outcome.BAD_VALUE)
        metrics["app_alive"] = float(fields["app_alive"])
    return metrics


def make_token(key: bytes, asset: str, serial: int) -> str:
    """Return the token that proves a beat to be the asset's. Nothing is stored: a higher serial revokes it."""
    message = b"\0".join((_PURPOSE, asset.encode(), str(serial).encode()))
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return base64.b32encode(digest).decode().rstrip("=")


def is_right_token(token: str, key: bytes, asset: str, serial: int) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(token.encode(errors="replace"), make_token(key, asset, serial).encode())


def key_of(secret: str) -> bytes:
    """Return the key that tokens are made with. Raises ValueError (Vietnamese) when it could be guessed."""
    key = secret.strip().encode()
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"khóa ngắn hơn {LEAST_KEY_BYTES} ký tự; tạo bằng: openssl rand -base64 32")
    return key
