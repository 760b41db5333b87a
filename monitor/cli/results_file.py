"""Read results.db and state.db of this machine, while the daemon runs or not; every failure is a CommandError."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from monitor.cli.exits import CommandError, Exit
from monitor.storage.errors import DamagedError, explain
from monitor.storage.opening import open_reader


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for queries. Each query is a snapshot of its own: a long command never keeps the log from shrinking."""
    try:
        if not path.exists():
            raise CommandError(
                Exit.FINDINGS,
                f"chưa có {path}",
                "tiến trình giám sát chưa chạy trên máy này, hoặc sai --config",
            )
        with closing(open_reader(path)) as connection:
            yield connection
    except PermissionError:
        raise CommandError(
            Exit.NOT_ALLOWED, f"không được phép đọc {path}", "chạy bằng tài khoản của dịch vụ giám sát"
        ) from None
    except (sqlite3.Error, DamagedError) as error:
        told = explain(error, path)
        raise CommandError(Exit.FINDINGS, told.what, told.remedy) from None
