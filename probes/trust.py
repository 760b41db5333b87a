"""Whom a TLS client takes for its target: whoever an authority vouches for, one pinned certificate, or anyone.

Conference devices come with self-signed certificates: pinning one is as good as an authority, and better than taking
everybody.
"""

import asyncio
import hashlib
import hmac
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from probes.dial import StreamError
from probes.handshake import MinVersion, TlsContexts, TlsPolicy, secure, session_of
from probes.kind import Options, as_written
from probes.reading import FailureReason

Protocol = TypeVar("Protocol", bound=asyncio.Protocol)


class TlsVerification(Options):
    """Options of kinds that speak TLS."""

    verify_tls: bool = True
    """Whether the certificate must be valid, trusted and for this name. With `false` anybody on the way can play the
    server."""
    ca_file: Path | None = None
    """File with additional certificate authorities (PEM). Default: the system's only."""
    min_tls_version: Annotated[MinVersion, BeforeValidator(as_written)] = "1.2"
    """Oldest TLS version accepted; `1.0` also accepts the weak ciphers of old devices."""

    def policy(self) -> TlsPolicy:
        """Return what the handshake demands."""
        return TlsPolicy(self.verify_tls, self.ca_file, self.min_tls_version)

    def refuse_without_tls(self, needed: str) -> None:
        """ValueError when options of TLS are given to a check without it; `needed` says what switches it on."""
        given = self.model_fields_set & {*TlsTrust.model_fields, "server_name"}
        if given:
            raise ValueError(f"{', '.join(sorted(given))} chỉ dùng với {needed}")

    @model_validator(mode="after")
    def _check_authorities(self) -> Self:
        if self.ca_file is not None and not self.policy().verify:
            raise ValueError("ca_file không có tác dụng khi verify_tls là false hoặc có fingerprint")
        return self


class TlsTrust(TlsVerification):
    """Options of kinds that speak TLS to devices with certificates of their own making."""

    fingerprint: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$")] | None = None
    """SHA-256 of the only certificate accepted (hexadecimal, colons or not), self-signed or expired though it may be;
    takes the place of `verify_tls`. Default: none."""

    def policy(self) -> TlsPolicy:
        """Return what the handshake demands; with `fingerprint` nothing: what it showed is compared."""
        return TlsPolicy(self.verify_tls and self.fingerprint is None, self.ca_file, self.min_tls_version)


@dataclass(frozen=True, slots=True)
class TrustedTls:
    """How to secure a connection to one device."""

    contexts: TlsContexts
    trust: TlsTrust
    name: str
    """Name to ask for, and to find in the certificate; may be an IP address."""

    async def over(
        self, sock: socket.socket, protocol: Callable[[], Protocol]
    ) -> tuple[asyncio.Transport, Protocol]:
        """Shake hands over a connected socket, which is the transport's from then on (or closed).

        StreamError also tells that the certificate is not the pinned one. The caller owns the deadline.
        """
        try:
            context = await self.contexts.get(self.trust.policy())
        except BaseException:
            sock.close()
            raise
        transport, made = await secure(sock, context, self.name, protocol)
        fingerprint = self.trust.fingerprint
        if fingerprint is not None and not _is_pinned(session_of(transport).chain, fingerprint):
            transport.abort()
            raise StreamError(FailureReason.TLS, "chứng thư TLS không phải chứng thư đã ghim (fingerprint)")
        return transport, made


def _is_pinned(chain: tuple[bytes, ...], fingerprint: str) -> bool:
    pinned = bytes.fromhex(fingerprint.replace(":", ""))
    return bool(chain) and hmac.compare_digest(hashlib.sha256(chain[0]).digest(), pinned)
