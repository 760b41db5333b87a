"""What comes in by itself: traps and beats."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from monitor.settings.base import Section, known_address


class TrapUserSettings(Section):
    """A user of SNMPv3 notifications: authPriv with AES-128."""

    name: Annotated[str, Field(min_length=1, max_length=32)]
    auth: Literal["sha1", "sha256", "sha512"] = "sha256"
    auth_secret: str = "snmp-auth"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the authentication password."""
    priv_secret: str = "snmp-priv"  # noqa: S105 (the name of a secret, not one)
    """Name of the secret that holds the privacy password."""
    engine_ids: list[Annotated[str, Field(pattern=r"^([0-9a-f]{2}){5,32}$")]] = []
    """Engine ids, in hex, of the devices that send traps; informs need none."""


class TrapsSettings(Section):
    """The receiver of SNMP traps and informs; absent: none. Only addresses of watched targets are listened to."""

    host: Annotated[str, AfterValidator(known_address)] = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 162
    """0: any free port."""
    community_secrets: list[str] = []
    """Names of the secrets that hold the communities of v1 and v2c."""
    users: list[TrapUserSettings] = []


def secrets_of_traps(traps: TrapsSettings | None) -> dict[str, str]:
    """Return the secrets that the section names: dotted key -> name."""
    if traps is None:
        return {}
    named = {f"traps.community_secrets.{index}": name for index, name in enumerate(traps.community_secrets)}
    for index, user in enumerate(traps.users):
        named[f"traps.users.{index}.auth_secret"] = user.auth_secret
        named[f"traps.users.{index}.priv_secret"] = user.priv_secret
    return named


class BeatHttpSettings(Section):
    """The listener for beats over HTTPS; without TLS on loopback only."""

    host: Annotated[str, AfterValidator(known_address)] = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8443
    """0: any free port."""
    tls_cert: Path | None = None
    """Certificate with its chain (PEM)."""
    tls_key: Path | None = None
    """Its private key (PEM)."""


class BeatMqttSettings(Section):
    """The broker that hands beats on; without TLS on loopback only."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 1883
    tls: bool = False
    ca_file: Path | None = None
    """Additional certificate authority (PEM)."""
    username: str | None = None
    password_secret: str | None = None
    """Name of the secret that holds the password."""
    topic: Annotated[str, Field(pattern=r"^[^+#\x00-\x1f]{1,200}/\+$")] = "tslcd/beats/+"
    """What is subscribed to; the last level is the asset's code."""


class HeartbeatSettings(Section):
    """How beats come in; absent: none do."""

    key_secret: str = "heartbeat-key"  # noqa: S105 (a name)
    """Name of the secret that the assets' tokens are made with."""
    http: BeatHttpSettings | None = None
    mqtt: BeatMqttSettings | None = None
