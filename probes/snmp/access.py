"""Options that every SNMP kind shares: credentials and the device's dialect."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from probes.kind import Options, Secrets, as_written, no_secret
from probes.reading import FailureReason
from probes.snmp.session import Community, Credentials, Dialect, SnmpRequestError, UsmUser
from probes.snmp_ranges import AccountRanges, OutOfRangeError

SecretName = Annotated[str, Field(min_length=1, max_length=128)]
_LEGACY = frozenset({"none", "md5", "des"})


class SnmpAccess(Options):
    """How to speak to an agent. Version 3 is authPriv unless `allow_legacy` permits less.

    A question without an answer is sent again, at most twice within the timeout. Secrets that are not named here are
    those of the address's range in `snmp.ranges` of the settings, if there is one.
    """

    version: Annotated[Literal["1", "2c", "3"], BeforeValidator(as_written)] = "2c"
    """SNMP version. With 1 each missing object costs one more request."""
    community_secret: SecretName = "snmp-community"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the community (versions 1 and 2c)."""
    user: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    """SNMPv3 user name. Default: none; required for version 3."""
    auth: Literal["sha256", "sha224", "sha384", "sha512", "sha1", "md5", "none"] = "sha256"
    """SNMPv3 authentication protocol; `md5` and `none` only with `allow_legacy`."""
    auth_secret: SecretName = "snmp-auth"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the SNMPv3 authentication password."""
    priv: Literal["aes128", "aes192", "aes256", "aes192-cisco", "aes256-cisco", "des", "none"] = "aes128"
    """SNMPv3 privacy protocol; `-cisco`: how Cisco lengthens a short key (Reeder); `des` and `none` only with
    `allow_legacy`."""
    priv_secret: SecretName = "snmp-priv"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the SNMPv3 privacy password."""
    allow_legacy: bool = False
    """Permit broken or missing protection in version 3 (`md5`, `des`, `none`): for devices that know nothing better."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 161
    """UDP port of the agent."""
    bulk: bool = True
    """Whether tables are read with GETBULK; `false`: GETNEXT, for agents that do not know better (version 1 always)."""
    max_repetitions: Annotated[int, Field(ge=1, le=50)] = 10
    """Rows asked for with one GETBULK, fewer where the columns make more than 60 objects; halved by itself when the
    device says that its answer is too big."""
    any_source: bool = False
    """Accept the answer from another address than the one asked, same port: some routers with a virtual address
    (VRRP, HSRP) answer from their own. A closed port is then a time-out."""
    max_oids: Annotated[int, Field(ge=1, le=60)] = 20
    """Objects asked for with one request; more are asked one request after the other, and fewer when the device says
    that its answer is too big."""

    def secrets(self) -> frozenset[str]:
        """Names of the secrets these options refer to."""
        if self.version != "3":
            return frozenset({self.community_secret})
        needed = {self.auth_secret: self.auth, self.priv_secret: self.priv}
        return frozenset(name for name, protocol in needed.items() if protocol != "none")

    @model_validator(mode="after")
    def _check_version_3(self) -> Self:
        if self.version != "3":
            return self
        if self.user is None:
            raise ValueError("SNMP phiên bản 3 cần user")
        if self.auth == "none" and self.priv != "none":
            raise ValueError("SNMP phiên bản 3 không thể mã hóa (priv) khi không xác thực (auth: none)")
        if not self.allow_legacy and _LEGACY & {self.auth, self.priv}:
            raise ValueError(
                "auth: md5/none và priv: des/none không an toàn; nếu thiết bị chỉ có vậy, ghi allow_legacy: true"
            )
        return self


def credentials(options: SnmpAccess, secrets: Secrets) -> Credentials:
    """Return the credentials that the options name; KeyError when a secret is missing."""
    if options.version == "3" and options.user is not None:
        return UsmUser(
            options.user,
            options.auth,
            secrets.get(options.auth_secret) if options.auth != "none" else "",
            secrets.get(options.priv_secret) if options.priv != "none" else "",
            options.priv,
        )
    return Community(options.version, secrets.get(options.community_secret))


def in_range(options: SnmpAccess, ranges: AccountRanges, ip: str) -> SnmpAccess:
    """Return the options with the account of the address's range, where they do not name their own.

    OutOfRangeError when the address is in no range, or an account of its own is meant for others.
    """
    if not ranges.accounts:
        return options
    said = ranges.account(ip).said()
    missing = {name: value for name, value in said.items() if name not in options.model_fields_set}
    filled = options.model_copy(update=missing) if missing else options
    ranges.refuse_strangers(ip, filled.secrets())
    return filled


def login(options: SnmpAccess, secrets: Secrets, ranges: AccountRanges, ip: str) -> Credentials:
    """Return the credentials for one device; SnmpRequestError when there are none for it."""
    try:
        return credentials(in_range(options, ranges, ip), secrets)
    except OutOfRangeError as error:
        raise SnmpRequestError(FailureReason.LOCAL, str(error)) from None
    except KeyError as error:
        raise SnmpRequestError(FailureReason.LOCAL, no_secret(error)) from None


def dialect(options: SnmpAccess) -> Dialect:
    """Return how the device wants to be asked."""
    return Dialect(
        bulk=options.bulk and options.version != "1",
        max_repetitions=options.max_repetitions,
        max_oids=options.max_oids,
        any_source=options.any_source,
    )
