"""Whom a TLS client takes for its target: whoever an authority vouches for, one pinned certificate, or anyone.

Conference devices come with self-signed certificates: pinning one is as good as an authority, and better than taking
everybody.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Annotated

from pydantic import Field

from probes.handshake import MinVersion, Session, TlsPolicy
from probes.kind import Options


class TlsTrust(Options):
    """Options of kinds that speak to devices over TLS."""

    verify_tls: bool = True
    """Whether the certificate must be valid, trusted and for this name. With `false` and no `fingerprint` anybody on
    the way can play the device."""
    ca_file: Path | None = None
    """Additional certificate authority (PEM). Default: the system's only."""
    fingerprint: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$")] | None = None
    """SHA-256 of the only certificate accepted (hexadecimal, colons or not), self-signed or expired though it may be;
    takes the place of `verify_tls`. Default: none."""
    min_tls_version: MinVersion = "1.2"
    """Oldest TLS version accepted; `1.0` also accepts the weak ciphers of old devices."""

    def policy(self) -> TlsPolicy:
        """Return what the handshake demands; with `fingerprint` nothing, `is_pinned` judges what it showed."""
        is_verified = self.verify_tls and self.fingerprint is None
        return TlsPolicy(is_verified, self.ca_file if is_verified else None, self.min_tls_version)

    def pinned(self) -> bytes | None:
        """Return the SHA-256 digest of the one certificate accepted."""
        return bytes.fromhex(self.fingerprint.replace(":", "")) if self.fingerprint else None


def is_pinned(session: Session, digest: bytes) -> bool:
    """Whether the server showed the pinned certificate."""
    return bool(session.chain) and hmac.compare_digest(hashlib.sha256(session.chain[0]).digest(), digest)
