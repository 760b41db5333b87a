"""Secrets as files, one each: systemd credentials or a folder of mode 0700. Values are never kept, logged or shown."""

import errno
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from probes.kind import Secrets

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MOST_BYTES = 65_536
NO_FOLDER = Path("/nonexistent")
"""Stands for the folder when there is none."""
KEPT_IN = Path("/etc/tslcd-monitor/credentials")
"""Where an installed monitor's secrets are kept; only root reads them, systemd hands copies over to the service."""
HANDED_OVER_AS = "tslcd_"
"""systemd names each file of a folder <id of LoadCredential=>_<name of the file>."""


class SecretError(KeyError):
    """There is no usable secret of this name; `reason` says why and `remedy` what to do, without the value."""

    def __init__(self, name: str, reason: str, remedy: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"bí mật '{self.name}': {self.reason}"


class FileSecrets:
    """Reads `<directory>/<name>` each time it is asked, so a replaced secret is used at once.

    A trailing newline is dropped. Files that others may read are refused: what everybody can read is no secret.
    """

    __slots__ = ("_directory", "_is_handed_over")

    def __init__(self, directory: Path, *, is_handed_over: bool = False) -> None:
        """Read in `directory`; `is_handed_over`: it holds systemd's copies of the files in KEPT_IN."""
        self._directory = directory
        self._is_handed_over = is_handed_over

    def __repr__(self) -> str:
        return "FileSecrets()"

    def get(self, name: str) -> str:
        """Return the secret; SecretError (a KeyError) when it is missing, unreadable or open to others."""
        if not _NAME.fullmatch(name):
            raise SecretError(name, "tên chỉ gồm a-z, 0-9, '-', '_'", "đổi tên bí mật và tên tệp của nó")
        if name.startswith(HANDED_OVER_AS):
            # It would be the name of another secret's copy: what is kept from somebody must not have two names.
            reason = f"tên bắt đầu bằng '{HANDED_OVER_AS}' là tên systemd đặt cho bản sao"
            raise SecretError(name, reason, f"bỏ '{HANDED_OVER_AS}' ở đầu tên")
        file = (KEPT_IN if self._is_handed_over else self._directory) / name
        descriptor = self._opened(name, file)
        try:
            _refuse_open_file(name, os.fstat(descriptor), file)
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                content = stream.read(_MOST_BYTES + 1)
        finally:
            os.close(descriptor)
        if len(content) > _MOST_BYTES:
            raise SecretError(name, f"tệp lớn hơn {_MOST_BYTES} byte", f"xem lại nội dung {file}")
        try:
            text = content.decode()
        except UnicodeDecodeError:
            # Without the original: its message quotes the bytes.
            raise SecretError(name, "tệp không phải mã UTF-8", f"lưu lại {file} với mã UTF-8") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise SecretError(name, "tệp rỗng", f"ghi bí mật vào {file}")
        return text

    def _opened(self, name: str, file: Path) -> int:
        """Open a secret; `file` is the one that people know."""
        try:
            if self._is_handed_over:
                with suppress(FileNotFoundError):  # handed over alone, it has its own name
                    return _open(self._directory / f"{HANDED_OVER_AS}{name}")
            return _open(self._directory / name)
        except OSError as error:
            reason, remedy = _why_not_opened(error, file)
            if self._is_handed_over:
                remedy += ", rồi: systemctl restart tslcd-monitor"
            raise SecretError(name, reason, remedy) from None


class InventorySecrets:
    """What checks may have of the secrets: none of those that the settings use themselves.

    More people may write the inventory than may read a password, and a check can be told to send what it names, as a
    header or a community, to any address.
    """

    __slots__ = ("_reserved", "_secrets")

    def __init__(self, secrets: Secrets, reserved: Mapping[str, str]) -> None:
        """Keep back the secrets in `reserved`: name -> the key of the settings that it belongs to."""
        self._secrets = secrets
        self._reserved = reserved

    def __repr__(self) -> str:
        return "InventorySecrets()"

    def get(self, name: str) -> str:
        """Return the secret; SecretError when it is the settings' own, otherwise as the secrets themselves."""
        owner = self._reserved.get(name)
        if owner is not None:
            reason = f"là bí mật riêng của cấu hình ({owner}), danh mục không được dùng"
            raise SecretError(name, reason, "dùng tài khoản khác cho phép đo này và cất nó dưới tên khác")
        return self._secrets.get(name)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _refuse_open_file(name: str, status: os.stat_result, file: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretError(name, "không phải tệp thường", f"thay {file} bằng một tệp chứa bí mật")
    # systemd's credentials belong to root:root and are opened to the service by an ACL, whose mask shows as the
    # group's right to read.
    allowed = stat.S_IRGRP if status.st_gid == 0 else 0
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~allowed:
        mode = stat.S_IMODE(status.st_mode)
        raise SecretError(name, f"người khác đọc được tệp (quyền {mode:04o})", f"chạy chmod 600 {file}")


def _why_not_opened(error: OSError, file: Path) -> tuple[str, str]:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR if file.parent == NO_FOLDER:
            return (
                "chưa có thư mục bí mật",
                "ghi secrets_dir trong cấu hình, hoặc dùng LoadCredential= của systemd",
            )
        case errno.ENOENT | errno.ENOTDIR:
            reason = "không có tệp này trong thư mục bí mật"
            return reason, f"ghi bí mật vào tệp {file} rồi chạy chmod 600 {file}"
        case errno.ELOOP:
            return "là liên kết tượng trưng (symlink)", f"chép tệp thật vào {file}"
        case errno.EACCES | errno.EPERM if file.parent == KEPT_IN:
            return "không có quyền đọc", "chạy lệnh này bằng root (sudo)"
        case errno.EACCES | errno.EPERM:
            return "không có quyền đọc", f"chown {file} về người dùng của dịch vụ"
        case _:
            return f"không mở được: {error.strerror}", f"xem lại {file}"
