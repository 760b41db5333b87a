"""The headers that go with every answer, whatever it is: what browsers may do with what they get from here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SERVER: Final = "tslcd-monitor"
"""Instead of the names and versions of what it is made of."""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
_ALWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",  # without it browsers hide from us, too, where a form comes from
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)
_BEHIND_TLS: Final[Mapping[str, str]] = MappingProxyType(
    {**_ALWAYS, "Strict-Transport-Security": "max-age=31536000"}
)


def security_headers(*, is_secure: bool) -> Mapping[str, str]:
    """Return them; `is_secure`: the browser came by https, and is to do so from now on."""
    return _BEHIND_TLS if is_secure else _ALWAYS
