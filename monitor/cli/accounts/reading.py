"""What `uptime` reads from this machine's disk: settings, inventory, the books of a period. The daemon is not asked."""

import gc
import sqlite3
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from inventory.model import Inventory
from monitor.accounting.books import read_books
from monitor.accounting.model import Books, Period
from monitor.accounting.periods import PeriodError, period, previous
from monitor.cli.config import read_inventory
from monitor.cli.exits import CommandError, Exit
from monitor.clock import SystemClock
from monitor.settings.settings import Settings
from monitor.storage.decisions import load_alive_at
from monitor.storage.errors import DamagedError, explain
from monitor.storage.opening import open_reader

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where accounts are read, and at which moment."""

    settings: Settings
    inventory: Inventory
    now: float

    @property
    def zone(self) -> ZoneInfo:
        """The province's."""
        return ZoneInfo(self.settings.timezone)

    def period(self, text: str) -> Period:
        """Return the period asked for; CommandError when there is none of that name."""
        accounting = self.settings.accounting
        try:
            return period(
                text, zone=self.settings.timezone, month_begins_on=accounting.month_begins_on, now=self.now
            )
        except PeriodError as error:
            raise CommandError(Exit.USAGE, str(error)) from None

    def previous(self, of: Period) -> Period:
        """Return the period of the same kind before it; CommandError when there is none."""
        month_begins_on = self.settings.accounting.month_begins_on
        try:
            return previous(of, zone=self.settings.timezone, month_begins_on=month_begins_on)
        except PeriodError as error:
            raise CommandError(Exit.USAGE, str(error)) from None

    def books(self, of: Period) -> Books:
        """Return the books of a period."""
        return self.read(lambda connection: read_books(connection, self.inventory, of, now=self.now))

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query on one snapshot of state.db; CommandError when it cannot be read."""
        path = self.settings.state_dir / "state.db"
        try:
            return _read(path, query)
        except PermissionError:
            raise CommandError(
                Exit.NOT_ALLOWED,
                f"không được phép đọc {path}",
                "chạy bằng tài khoản của dịch vụ giám sát",
            ) from None
        except (sqlite3.Error, DamagedError) as error:
            told = explain(error, path)
            raise CommandError(Exit.FINDINGS, told.what, told.remedy) from None


def open_place(arguments: Namespace) -> Place:
    """Read settings and inventory.

    The moment is this machine's, unless the daemon was alive later than that: then the databases come from elsewhere, or
    this clock is behind, and what is on record has happened.
    """
    settings, inventory = read_inventory(arguments)
    gc.freeze()  # it stays to the end: looking for garbage in it at every later round would only cost time
    return Place(settings, inventory, max(SystemClock().now(), _last_alive_at(settings)))


def _last_alive_at(settings: Settings) -> float:
    """Return the daemon's last sign of life; 0.0 when there is none that can be read, which is told where it matters."""
    try:
        found = _read(settings.state_dir / "state.db", load_alive_at)
    except (CommandError, OSError, sqlite3.Error, DamagedError):
        return 0.0
    return found or 0.0


def _read(path: Path, query: Callable[[sqlite3.Connection], T]) -> T:
    if not path.exists():
        raise CommandError(
            Exit.FINDINGS,
            f"chưa có {path}",
            "tiến trình giám sát chưa chạy trên máy này, hoặc sai --config",
        )
    with closing(open_reader(path)) as connection:
        connection.execute("begin")
        return query(connection)
