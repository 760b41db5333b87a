"""Who was ready for meetings, read from the accounts. For `Database.read`, and for whoever opens the file alone."""

import sqlite3
from collections.abc import Sequence

from inventory.model import Inventory
from monitor.accounting.books import read_books
from monitor.accounting.model import Period
from monitor.conference.model import LOOKED_AT_BEFORE_S, Attendance, Meeting
from monitor.conference.readiness import attendances, endpoints_of


def read_attendances(
    connection: sqlite3.Connection,
    meetings: Sequence[Meeting],
    inventory: Inventory,
    *,
    ports: int | None,
    now: float,
) -> tuple[Attendance, ...]:
    """Return the meetings that were not withdrawn with what their endpoints did. `ports`: what the MCU carries."""
    if not meetings:
        return ()
    first_at = min(each.begins_at for each in meetings) - LOOKED_AT_BEFORE_S
    targets = {target.id for own in endpoints_of(inventory).values() for target, _check in own}
    books = read_books(
        connection,
        inventory,
        Period("", first_at, max(each.ends_at for each in meetings)),
        now=now,
        targets=targets,
        with_incidents=False,
    )
    return attendances(meetings, books.histories, inventory, ports=ports, known_until_at=books.known_until_at)
