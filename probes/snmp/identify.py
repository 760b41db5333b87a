"""What a device says it is: the first four objects of the system group (SNMPv2-MIB, RFC 3418)."""

from dataclasses import dataclass

from probes.snmp.session import Credentials, Dialect, Sessions, Value
from probes.wording import one_line

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the device told of itself; None: it did not tell."""

    object_id: str | None
    """sysObjectID: the vendor's OID of the model, under 1.3.6.1.4.1."""
    description: str | None
    """sysDescr as one clean line of at most 200 characters."""
    name: str | None
    """sysName, likewise."""
    uptime_s: float | None
    """sysUpTime: since the SNMP agent started."""


async def identify(
    sessions: Sessions, ip: str, port: int, credentials: Credentials, *, dialect: Dialect, ends_at: float
) -> Identity:
    """Read the system group once; SnmpRequestError says why it could not. `ends_at` is loop time."""
    oids = (SYS_OBJECT_ID, SYS_DESCR, SYS_NAME, SYS_UPTIME)
    answer = await sessions.get(ip, port, credentials, oids, ends_at=ends_at, dialect=dialect)
    object_id, uptime = answer.get(SYS_OBJECT_ID), answer.get(SYS_UPTIME)
    return Identity(
        object_id=object_id if isinstance(object_id, str) else None,
        description=_text(answer.get(SYS_DESCR)),
        name=_text(answer.get(SYS_NAME)),
        uptime_s=uptime / 100 if isinstance(uptime, int) else None,
    )


def _text(value: Value) -> str | None:
    return one_line(value.decode("utf-8", "replace")) if isinstance(value, bytes) else None
