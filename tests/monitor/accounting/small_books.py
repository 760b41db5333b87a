"""Books written by hand for the small land of `books_of_chance`: hours of one day, one check after the other."""

from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.model.checks import Status, Transition
from inventory.model import Inventory
from monitor.accounting.account import account
from monitor.accounting.model import Books, Correction, GroupBy, History, Part, Period, Row
from tests.monitor.accounting.books_of_chance import CHECK_IDS, land

HOUR_S = 3_600.0
MIDNIGHT = datetime(2026, 11, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()
"""Of a Monday."""
DAY = Period("2026-11-09", MIDNIGHT, MIDNIGHT + 24 * HOUR_S)


def hour(number: float) -> float:
    return MIDNIGHT + number * HOUR_S


def history(check_id: str, *changes: tuple[float, Status], status: Status | None = Status.UP) -> History:
    """Write a history of (hour of the day, status)."""
    return History(
        check_id,
        status,
        tuple(Transition(check_id, hour(at), hour(at), Status.UP, new, "") for at, new in changes),
    )


def books(*histories: History, inventory: Inventory | None = None, **more: object) -> Books:
    """Write books of these histories; every other check is up all the time."""
    known = {check_id: History(check_id, Status.UP) for check_id in CHECK_IDS}
    known |= {each.check_id: each for each in histories}
    return Books(land() if inventory is None else inventory, known, **more)  # type: ignore[arg-type]


def correction(id_: int, counts_as: Part | None, **more: object) -> Correction:
    """Write a correction of 1.cpe/icmp from 10 to 12 o'clock."""
    values: dict[str, object] = {
        "check_ids": ("1.cpe/icmp",),
        "from_at": hour(10),
        "until_at": hour(12),
        "was": None,
        "reason": "mất điện",
        "who": "Ngọc",
        "approver": "Hà",
        "at": hour(20),
    }
    return Correction(id=id_, counts_as=counts_as, **(values | more))  # type: ignore[arg-type]


def row(of: Books, key: str, group_by: GroupBy = GroupBy.CHECK, when: Period = DAY, **more: object) -> Row:
    """Return one row of an account."""
    found = account(of, when, group_by, least_coverage_ratio=0.9, **more)  # type: ignore[arg-type]
    return {each.key: each for each in found.rows}[key]
