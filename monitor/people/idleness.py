"""Accounts that nobody used for long: closed by the daemon itself (TCVN 14423:2026: 45 days), never the last administrator."""

from typing import Final

from monitor.people.account import Account
from monitor.people.desk import PeopleDesk
from monitor.people.principal import By
from monitor.people.refusals import PeopleError

DAY_S: Final = 86_400.0
AT: Final = "02:40"
"""A quiet hour."""
_BY: Final = By("hệ thống")


def idle_since_at(account: Account) -> float:
    """Return since when nobody used it: one that never was used, since it was added."""
    return account.created_at if account.used_at is None else max(account.used_at, account.created_at)


async def disable_idle(desk: PeopleDesk, days: int, now: float) -> tuple[str, ...]:
    """Disable accounts that were idle for so many days; return their names. StorageError."""
    idle = [
        account
        for account in sorted(desk.accounts(), key=idle_since_at)
        if not account.is_disabled and now - idle_since_at(account) >= days * DAY_S
    ]
    done = []
    for account in idle:
        try:
            await desk.disable(account.name, _BY, f"không dùng trong {days} ngày")
        except PeopleError:  # the last administrator
            continue
        done.append(account.name)
    return tuple(done)
