"""Takes out of a text what its readers must not see: secrets always, addresses unless somebody wants them in. Pure."""

import base64
import html
import ipaddress
import json
import re
from collections.abc import Collection, Iterator
from typing import Self
from urllib.parse import quote, quote_plus

from probes.resolve import ip_literal

_LEAST_PART = 8
"""Characters of a part of a secret that is one by itself; shorter ones would take words out of every text."""
SECRET = "<bí mật>"  # noqa: S105 (what stands in place of one)
_ACCOUNT = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_GIVEN = re.compile(
    r"(?i)((?:token|password|passwd|(?<!_)secret|app_secret|signature|authorization)[\"']?\s*[=:]\s*[\"']?)"
    r"(?:(?:Bearer|Basic|Token)\s+)?[^\s&\"',;}]{6,}"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])(?:\+84|0)\d{9}(?![\w.])")
_MAC = re.compile(r"(?i)(?<![0-9a-f:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![0-9a-f:])")
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])"
)


class Mask:
    """Masks one text after the other; the same address gets the same stand-in in all of them."""

    def __init__(self, secrets: Collection[str], hosts: Collection[str], *, with_addresses: bool) -> None:
        spelled = {form for secret in secrets for part in _parts(secret) for form in _spellings(part)}
        self._secrets = sorted(spelled, key=len, reverse=True)
        self._hosts = sorted((host for host in hosts if host), key=len, reverse=True)
        self._with_addresses = with_addresses
        self._known: dict[str, str] = {}

    @classmethod
    def of_secrets(cls, *secrets: str | None) -> Self:
        """Return one for what somebody else says who was told these secrets; addresses stay."""
        return cls([secret for secret in secrets if secret], (), with_addresses=True)

    def __call__(self, text: str) -> str:
        """Return the text as it may be handed on."""
        for secret in self._secrets:
            text = text.replace(secret, SECRET)
        text = _ACCOUNT.sub(SECRET, text)
        text = _GIVEN.sub(lambda match: match[1] + SECRET, text)
        if self._with_addresses:
            return text
        text = _MAIL.sub(lambda match: self._instead("thư", match[0]), text)
        text = _PHONE.sub(lambda match: self._instead("điện-thoại", match[0]), text)
        text = _MAC.sub(lambda match: self._instead("mac", match[0]), text)
        text = _IP.sub(self._masked_ip, text)
        for host in self._hosts:
            if ip_literal(host) is None and host in text:
                text = re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", self._instead("máy", host), text)
        return text

    def _masked_ip(self, match: re.Match[str]) -> str:
        text = match[0]
        return self._instead("ip", text) if ip_literal(text) is not None and not _is_harmless(text) else text

    def _instead(self, what: str, of: str) -> str:
        known = self._known.get(of)
        if known is None:
            known = self._known[of] = f"<{what}-{len(self._known) + 1}>"
        return known


def _parts(secret: str) -> Iterator[str]:
    """Yield a secret and what is secret of it alone: lines (a key), the ways of a URL, what follows an account's name."""
    if secret:
        yield secret
    parts = secret.splitlines()
    _, scheme_ends, rest = secret.partition("://")
    if scheme_ends:
        parts += re.split(r"[/?&=#;]", rest)[1:]
    elif len(parts) == 1:
        parts.append(secret.partition(":")[2])
    yield from (part.strip() for part in parts if len(part.strip()) >= _LEAST_PART)


def _spellings(secret: str) -> set[str]:
    """Return a secret as it may stand in a URL, a header, a page, a JSON text or a dump of octets too."""
    octets = secret.encode(errors="replace")
    escaped = quote(secret, safe="", errors="replace")
    hexadecimal = {octets.hex(), octets.hex(" "), octets.hex(":")}
    percent = {
        escaped,
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
        quote(escaped, safe=""),
    }
    return {
        secret,
        secret.strip(),
        html.escape(secret),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        secret.encode("unicode_escape").decode("ascii"),
        base64.b64encode(octets).decode("ascii").rstrip("="),
        *hexadecimal,
        *(form.upper() for form in hexadecimal),
        *percent,
        *(re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), form) for form in percent),
        *_within_base64(octets),
    } - {""}


def _within_base64(octets: bytes) -> Iterator[str]:
    """Yield what base64 makes of these octets whatever stands before and behind them (`user:password`), if it is enough."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + octets)
        known = encoded[-(-before * 8 // 6) : (before + len(octets)) * 8 // 6].decode("ascii")
        if len(known) >= _LEAST_PART:
            yield known
            yield known.replace("+", "-").replace("/", "_")


def _is_harmless(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return address.is_loopback or address.is_unspecified
