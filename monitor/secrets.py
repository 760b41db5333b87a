"""Secrets as files, one each: systemd credentials or a folder of mode 0700. Values are never kept, logged or shown."""

import errno
import os
import re
import stat
from pathlib import Path

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MOST_BYTES = 65_536


class SecretError(KeyError):
    """There is no usable secret of this name; `reason` says why, in Vietnamese, without the value."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"bí mật '{self.name}': {self.reason}"


class FileSecrets:
    """Reads `<directory>/<name>` each time it is asked, so a replaced secret is used at once.

    A trailing newline is dropped. Files that others may read are refused: what everybody can read is no secret.
    """

    __slots__ = ("_directory",)

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __repr__(self) -> str:
        return "FileSecrets()"

    def get(self, name: str) -> str:
        """Return the secret; SecretError (a KeyError) when it is missing, unreadable or open to others."""
        if not _NAME.fullmatch(name):
            raise SecretError(name, "tên chỉ gồm a-z, 0-9, '-', '_'")
        try:
            descriptor = os.open(
                self._directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            )
        except OSError as error:
            raise SecretError(name, _why_not_opened(error)) from None
        try:
            _refuse_open_file(name, os.fstat(descriptor))
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                content = stream.read(_MOST_BYTES + 1)
        finally:
            os.close(descriptor)
        if len(content) > _MOST_BYTES:
            raise SecretError(name, f"tệp lớn hơn {_MOST_BYTES} byte")
        try:
            text = content.decode()
        except UnicodeDecodeError:
            # Without the original: its message quotes the bytes.
            raise SecretError(name, "tệp không phải mã UTF-8") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise SecretError(name, "tệp rỗng")
        return text


def _refuse_open_file(name: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretError(name, "không phải tệp thường")
    # systemd's credentials belong to root:root and are opened to the service by an ACL, whose mask shows as the
    # group's right to read.
    allowed = stat.S_IRGRP if status.st_gid == 0 else 0
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~allowed:
        mode = stat.S_IMODE(status.st_mode)
        raise SecretError(name, f"người khác đọc được tệp (quyền {mode:04o}); chạy chmod 0600")


def _why_not_opened(error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return "không có tệp này trong thư mục bí mật"
        case errno.ELOOP:
            return "là liên kết tượng trưng (symlink)"
        case errno.EACCES | errno.EPERM:
            return "không có quyền đọc"
        case _:
            return f"không mở được: {error.strerror}"
