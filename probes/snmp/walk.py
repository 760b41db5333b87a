"""Walk one subtree, for people who look for what a device offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from probes.reading import FailureReason
from probes.snmp.session import Credentials, Dialect, Sessions, SnmpRequestError, TableWalk, Value


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found, in the device's order. `stopped`: why before the end, in Vietnamese; empty: at the end."""

    objects: Mapping[str, Value]
    """OID in dotted text -> value."""
    stopped: str = ""


async def walk(
    sessions: Sessions,
    ip: str,
    port: int,
    credentials: Credentials,
    root: str,
    *,
    dialect: Dialect,
    ends_at: float,
    most_objects: int = 10_000,
) -> Walk:
    """Read everything under `root`, or the object `root` itself; SnmpRequestError when there is nothing to show.

    A walk that the device or the limits cut short is returned with the reason. `ends_at` is loop time.
    """
    table = TableWalk([root], most_rows=most_objects)
    stopped = ""
    try:
        await sessions.fill(table, ip, port, credentials, dialect=dialect, ends_at=ends_at)
    except SnmpRequestError as error:
        if not table.found[root]:
            raise
        stopped = "hết thời gian cho phép" if error.reason is FailureReason.TIMEOUT else error.detail
    rows = islice(table.found[root].items(), most_objects)
    objects = {f"{root}.{index}": value for index, value in rows}
    if not objects:
        return Walk(await sessions.get(ip, port, credentials, [root], dialect=dialect, ends_at=ends_at))
    return Walk(objects, stopped)
