"""How devices may be asked: where checks may go, which SNMP account goes where, how much one device is asked."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from inventory.address import network, network_remedy
from monitor.settings.base import Section
from probes.reach import DeclaredPlaces
from probes.snmp_ranges import AccountRanges, RangeAccount

_NAME = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z][a-z0-9-]{0,62}")


def known_network(text: str) -> str:
    """Refuse anything but a network or one IP address."""
    if network(text) is None:
        raise PydanticCustomError(
            "rule", "'{text}' không phải mạng đúng", {"text": text, "hint": network_remedy(text)}
        )
    return text


def known_network_or_name(text: str) -> str:
    """Refuse anything but a network, an IP address, a host name in ASCII, or `*.` and one."""
    if network(text) is None and not _NAME.fullmatch(text):
        hint = "ví dụ 10.51.0.0/16, 10.51.7.1, cong.quangngai.gov.vn hoặc '*.quangngai.gov.vn'"
        raise PydanticCustomError(
            "rule", "'{text}' không phải mạng hay tên máy đúng", {"text": text, "hint": hint}
        )
    return text


NetworkText = Annotated[str, AfterValidator(known_network)]
NetworkOrName = Annotated[str, AfterValidator(known_network_or_name)]
SecretName = Annotated[str, Field(min_length=1, max_length=64)]


class ProbeSettings(Section):
    """Where checks may go, whatever their kind."""

    allowed: list[NetworkOrName] | None = None
    """Networks, addresses and names that may be asked, and nothing else; absent: everything but special addresses."""

    def declared(self) -> DeclaredPlaces:
        """Return this as the probes ask for it."""
        entries = self.allowed or []
        networks = tuple(found for entry in entries if (found := network(entry)) is not None)
        names = frozenset(entry for entry in entries if network(entry) is None)
        return DeclaredPlaces(networks, names, is_exhaustive=self.allowed is not None)


class SnmpRangeSettings(Section):
    """Names of the secrets of one range's devices; absent: what the check says, or the default."""

    community_secret: SecretName | None = None
    auth_secret: SecretName | None = None
    priv_secret: SecretName | None = None


class SnmpSettings(Section):
    """Which SNMP account is for which devices."""

    ranges: dict[NetworkText, SnmpRangeSettings] = {}
    """Network -> its account; the most specific counts, and an address in none of them gets no account. Empty: any."""

    def accounts(self, trap_secrets: frozenset[str]) -> AccountRanges:
        """Return this as the probes ask for it, with the names of the secrets of those who send traps."""
        return AccountRanges(
            {
                ipaddress.ip_network(text): RangeAccount(
                    account.community_secret, account.auth_secret, account.priv_secret
                )
                for text, account in self.ranges.items()
            },
            trap_secrets,
        )


class DeviceSettings(Section):
    """How much one address is asked; what is beyond it waits, which is no failure."""

    at_once: Annotated[int, Field(ge=1, le=1_000)] = 10
    """Runs of checks under way at once."""
    runs_per_s: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)] = 20
    """Runs begun in a second; so many may begin at once after a quiet time."""
    snmp_requests_per_s: Annotated[float, Field(ge=1, le=10_000, allow_inf_nan=False)] = 100
    """SNMP requests a second to one agent, all checks together."""
