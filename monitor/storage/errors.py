"""What went wrong with a database file, and what a person can do about it. No I/O.

Result codes: https://www.sqlite.org/rescode.html.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from alerts.delivery.outbox import OutboxError


class StorageFault(StrEnum):
    """Why a database cannot be used. None of these says anything about a target."""

    FULL = "full"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    CORRUPT = "corrupt"
    NEWER = "newer"
    """Written by a newer version of this program."""
    IO = "io"
    """The file cannot be opened, read or written."""
    REFUSED = "refused"
    """The schema or a statement refused the data: a bug in this program."""
    CLOSED = "closed"
    SLOW = "slow"
    """A read lasted too long and was ended."""
    HELD = "held"
    """Another program reads for so long that the write-ahead log is as large as it may be."""


class StorageError(OutboxError):
    """A transaction failed. It changed nothing, or it is in doubt (a failed commit): every transaction can be repeated.

    `what` says what happened to which file, `remedy` what to do; both are for people.
    """

    def __init__(self, fault: StorageFault, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.fault = fault
        self.what = what
        self.remedy = remedy


class DamagedError(Exception):
    """The file is not a sound database, or holds what this program never wrote."""


@contextmanager
def sound_rows() -> Iterator[None]:
    """Around (or on a function) that makes values of rows: what cannot be one of ours is damage."""
    try:
        yield
    except ValueError as error:
        raise DamagedError(f"a row cannot be read: {error}") from error


_FAULT_OF_CODE = {
    sqlite3.SQLITE_FULL: StorageFault.FULL,
    sqlite3.SQLITE_READONLY: StorageFault.READ_ONLY,
    sqlite3.SQLITE_BUSY: StorageFault.LOCKED,
    sqlite3.SQLITE_LOCKED: StorageFault.LOCKED,
    sqlite3.SQLITE_CORRUPT: StorageFault.CORRUPT,
    sqlite3.SQLITE_NOTADB: StorageFault.CORRUPT,
    sqlite3.SQLITE_IOERR: StorageFault.IO,
    sqlite3.SQLITE_CANTOPEN: StorageFault.IO,
    sqlite3.SQLITE_PERM: StorageFault.IO,
    sqlite3.SQLITE_AUTH: StorageFault.IO,
    sqlite3.SQLITE_NOLFS: StorageFault.IO,
    sqlite3.SQLITE_INTERRUPT: StorageFault.CLOSED,
}


_WHAT = {
    StorageFault.FULL: "ổ đĩa đầy",
    StorageFault.READ_ONLY: "chỉ đọc được, không ghi được",
    StorageFault.LOCKED: "chương trình khác đang giữ tệp",
    StorageFault.CORRUPT: "tệp hỏng",
    StorageFault.IO: "không mở, đọc hoặc ghi được tệp",
    StorageFault.REFUSED: "cơ sở dữ liệu từ chối dữ liệu, do lỗi phần mềm",
    StorageFault.CLOSED: "đã đóng",
}
_REMEDY = {
    StorageFault.FULL: "giải phóng dung lượng trên ổ đĩa chứa {folder}; không cần khởi động lại",
    StorageFault.READ_ONLY: "cho tài khoản của dịch vụ quyền ghi vào {folder} (ổ đĩa có đang gắn chỉ đọc không?)",
    StorageFault.LOCKED: "đóng chương trình khác đang mở tệp này để ghi",
    StorageFault.CORRUPT: "khởi động lại dịch vụ: tệp hỏng được cất sang bên và tệp mới được tạo",
    StorageFault.NEWER: "cài đúng phiên bản đã ghi tệp này, hoặc khôi phục bản sao lưu trước khi nâng cấp",
    StorageFault.IO: (
        "kiểm tra {folder} có tồn tại không, mọi tệp trong đó có thuộc tài khoản của dịch vụ không "
        "(chown -R tslcd-monitor: {folder}), và ổ đĩa (dmesg)"
    ),
    StorageFault.REFUSED: "báo lỗi này cho nhóm phát triển tslcd-monitor",
    StorageFault.CLOSED: "dịch vụ đang dừng",
    StorageFault.SLOW: "hỏi khoảng thời gian ngắn hơn, hoặc thử lại khi máy bớt bận",
    StorageFault.HELD: "đóng chương trình đang mở tệp này để đọc, ví dụ sqlite3 (xem: lsof {folder}); không cần khởi động lại",
}


def explain(error: sqlite3.Error | DamagedError, path: Path) -> StorageError:
    """Turn SQLite's error about the database at `path` into ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        # The low byte is the primary code; the rest only details it.
        fault = _FAULT_OF_CODE.get(code & 0xFF, StorageFault.REFUSED)
    elif isinstance(error, DamagedError | sqlite3.OperationalError):
        # The Python module's own OperationalError: a text that is not UTF-8.
        fault = StorageFault.CORRUPT
    else:
        # Its other errors without a code (wrong thread, closed connection) are bugs.
        fault = StorageFault.REFUSED
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    # The code is for whoever looks it up; only damage and bugs need SQLite's own sentence.
    needs_detail = fault in {StorageFault.CORRUPT, StorageFault.REFUSED}
    # What we found ourselves has no name to look up.
    detail = str(error) if isinstance(error, DamagedError) else f"{name}: {error}" if needs_detail else name
    return StorageError(fault, f"{path}: {_WHAT[fault]} ({detail})", remedy_for(fault, path))


def remedy_for(fault: StorageFault, path: Path) -> str:
    """Say what a person does about `fault`."""
    return _REMEDY[fault].format(folder=path.parent)
