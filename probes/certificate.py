"""What a server's X.509 certificate says: names, dates, issuer (RFC 5280). Pure: the time is an argument.

Nothing here decides whether a certificate is trusted; that is OpenSSL's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from probes.kind import Metric
from probes.wording import one_line

NAMES_SHOWN = 8
CHAIN_SHOWN = 6
_REMEMBERED_BYTES = 8_192
_LONGEST = 200
"""Of a name, before it is cleaned: a certificate may be of 100 kB."""

METRICS: Mapping[str, Metric] = {
    "certificate_s": Metric(
        "thời hạn còn lại của chứng thư",
        "Time until the server's certificate ends, negative after; read even when verification fails",
        "chứng thư bảo mật sắp hết hạn, còn",
        "chứng thư bảo mật đã hết hạn",
    ),
    "certificate_lifetime_ratio": Metric(
        "phần thời hạn còn lại của chứng thư",
        "Share of the certificate's own lifetime that is left, 0 to 1 (renewal is due at a third)",
        "chứng thư bảo mật sắp hết hạn, thời hạn còn",
    ),
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate; names are clean lines."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """The first of its DNS names and IP addresses."""
    names_count: int
    starts_at: float
    """First second of validity, Unix time."""
    ends_at: float
    """Last second of validity, Unix time."""

    @property
    def is_self_issued(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.subject == self.issuer

    def metrics(self, *, now: float) -> dict[str, float]:
        """Return how long it still lasts at `now` (Unix time)."""
        left_s, lifetime_s = self.ends_at - now, self.ends_at - self.starts_at
        metrics = {"certificate_s": left_s}
        if lifetime_s > 0:
            metrics["certificate_lifetime_ratio"] = min(max(0.0, left_s / lifetime_s), 1.0)
        return metrics


def parse(der: bytes) -> Certificate | None:
    """Parse a DER certificate; None when it is not one. Remembered, unless huge: a check sees the same for months."""
    return _remembered(der) if len(der) <= _REMEMBERED_BYTES else _parse(der)


@lru_cache(maxsize=512)
def _remembered(der: bytes) -> Certificate | None:
    return _parse(der)


def _parse(der: bytes) -> Certificate | None:
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = _names(certificate)
        return Certificate(
            subject=_name(certificate.subject),
            issuer=_name(certificate.issuer),
            names=tuple(one_line(name, 80) for name in names[:NAMES_SHOWN]),
            names_count=len(names),
            starts_at=certificate.not_valid_before_utc.timestamp(),
            ends_at=certificate.not_valid_after_utc.timestamp(),
        )
    except (ValueError, OverflowError, x509.InvalidVersion):
        return None


def notes(chain: Sequence[bytes]) -> dict[str, str]:
    """Return what a chain of DER certificates says, the server's own first, as notes of a reading."""
    leaf = parse(chain[0]) if chain else None
    if leaf is None:
        return {}
    more = leaf.names_count - len(leaf.names)
    links = [parse(der) for der in chain[:CHAIN_SHOWN]]
    path = " > ".join("?" if link is None else link.subject for link in links)
    return {
        "tls_subject": leaf.subject,
        "tls_issuer": leaf.issuer,
        "tls_names": one_line(", ".join(leaf.names) + (f" (và {more} tên khác)" if more > 0 else "")),
        "tls_chain": one_line(f"{len(chain)}: {path}"),
    }


def _name(name: x509.Name) -> str:
    """Return the common name, or the whole name of whoever has none."""
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    organization = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    parts = [str(part.value)[:_LONGEST] for part in (*common[:1], *organization[:1])]
    return one_line(", ".join(parts) or name.rfc4514_string()[:_LONGEST], 80)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return []
    return [
        str(name.value)[:_LONGEST]
        for name in extension.value
        if isinstance(name, x509.DNSName | x509.IPAddress)
    ]
