"""One process that writes per state folder: a second daemon would tell everybody twice, a restore would be overwritten."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.wording import os_words


class StateLockError(Exception):
    """The folder cannot be locked; the text says why, and behind a semicolon what to do."""


class StateLock:
    """Held within the block; the system lets go of it when the process dies."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "lock"
        self._fd = -1

    def __enter__(self) -> Self:
        """Take it at once. Raises StateLockError."""
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            self._give_to_owner()
        except OSError as error:
            raise StateLockError(
                f"không ghi được vào {self._path.parent} ({os_words(error)}); xem ổ đĩa có gắn chỉ đọc không; "
                f"thư mục và mọi tệp phải thuộc tài khoản của dịch vụ: chown -R tslcd-monitor: {self._path.parent}"
            ) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise StateLockError(
                f"một tiến trình khác đang dùng {self._path.parent}; "
                "dừng tiến trình đó trước (systemctl stop tslcd-monitor)"
            ) from error
        return self

    def _give_to_owner(self) -> None:
        """Let the service open the lock that root was the first to need, for a restore on a new machine."""
        if os.geteuid() == 0:
            owner = self._path.parent.stat()
            with suppress(PermissionError):  # a file system that knows no owners
                os.fchown(self._fd, owner.st_uid, owner.st_gid)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)
