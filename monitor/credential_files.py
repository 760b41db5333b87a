"""Which files keep systemd from handing the secrets' folder over: it then ends the service before our first word.

Seen of systemd 252 (LoadCredential= of a folder, `243/CREDENTIALS`), and tried again by tests/deploy/test_credentials.py:
each file, also in folders below, is named by the folder's id and its own path, joined with "_". Names may have printable
ASCII without ":" and at most 255 characters; all files together may have 1 MiB. Hidden files and links are left out.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from inventory.problem import Problem
from monitor.secrets import HANDED_OVER_AS

_MOST_CHARACTERS: Final = 255
_MOST_BYTES: Final = 1 << 20
_EXIT: Final = "243/CREDENTIALS"


def refused_credentials(folder: Path) -> Iterator[Problem]:
    """Yield what systemd refuses of a folder, with the remedy; nothing of one that cannot be listed. Reads no content."""
    total_bytes = 0
    for path in _files(folder):
        name = HANDED_OVER_AS + "_".join(path.relative_to(folder).parts)
        if not _is_taken(name):
            message = f"systemd không nhận tên tệp này, nên dịch vụ sẽ không khởi động ({_EXIT})"
            hint = (
                "đổi tên chỉ còn a-z, 0-9, '-', '_' (đầu tên là chữ hoặc số), hoặc chuyển tệp ra khỏi thư mục"
            )
            yield Problem(str(path), 1, "", message, hint)
        total_bytes += len(os.fsencode(name)) + path.lstat().st_size
    if total_bytes > _MOST_BYTES:
        message = f"các tệp cộng lại quá 1 MB, nên dịch vụ sẽ không khởi động ({_EXIT})"
        hint = "chỉ để bí mật ở đây, chuyển tệp khác (bản sao, chứng thư) ra khỏi thư mục"
        yield Problem(str(folder), 1, "", message, hint)


def _is_taken(name: str) -> bool:
    return name.isascii() and name.isprintable() and ":" not in name and len(name) <= _MOST_CHARACTERS


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files that systemd hands over, in order."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and stat.S_ISREG(path.lstat().st_mode):
                yield path
