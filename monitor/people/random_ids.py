"""Secrets that are made here, and the only form in which they are kept."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from typing import Final

TOKEN_PREFIX: Final = "tslcd_"  # noqa: S105 (so that scanners for lost secrets find one)
_BYTES: Final = 32


def new_secret() -> str:
    """Return 256 random bits as text for a cookie or a link."""
    return secrets.token_urlsafe(_BYTES)


def new_token() -> str:
    """Return an API token."""
    return TOKEN_PREFIX + new_secret()


def new_short_id() -> str:
    """Return an id for people to name something by; no secret."""
    return secrets.token_hex(4)


def digest(secret: str) -> str:
    """Return what is kept of a secret: it has enough bits that a plain SHA-256 is not to be reversed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def csrf_of(secret: str) -> str:
    """Return the mark that forms of this session send back; the secret cannot be found from it."""
    found = hashlib.sha256(b"csrf\0" + secret.encode("utf-8", "replace")).digest()
    return urlsafe_b64encode(found).decode().rstrip("=")
