"""What the actions on spreadsheets share: which inventory they work with, and writing a file whole or not at all."""

import os
import shlex
import stat
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from inventory.problem import ProblemsError
from monitor.cli.config import read_settings
from monitor.cli.exits import CommandError, Exit
from monitor.cli.grammar import PROGRAM
from monitor.cli.output import Output
from monitor.clock import SystemClock
from monitor.wording import os_words

_DEFAULT_ZONE: Final = "Asia/Ho_Chi_Minh"
_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Given:
    """The inventory's folders; the policies of the settings, () when there are none; the local time."""

    paths: Sequence[Path]
    policies: Sequence[str]
    now: datetime


def given(arguments: Namespace) -> Given:
    """Return what --inventory names, else what the settings name."""
    if arguments.inventory:
        return Given(arguments.inventory, (), _now(_DEFAULT_ZONE))
    settings = read_settings(arguments)
    return Given(settings.inventory, tuple(settings.alerting.policies), _now(settings.timezone))


def same_source(arguments: Namespace) -> str:
    """Return the options of this call that a command after it needs too: " --config x --inventory a b"."""
    return same_config(arguments) + _joined(" --inventory", arguments.inventory or ())


def same_config(arguments: Namespace) -> str:
    """Return " --config x" when this call has it."""
    return _joined(" --config", [arguments.config] if arguments.config else ())


def same_check(arguments: Namespace, paths: Sequence[Path]) -> str:
    """Return the command that checks what this call was about; `paths` are the inventory's."""
    if arguments.inventory:
        return f"{PROGRAM} inventory validate{_joined('', paths)}"
    return f"{PROGRAM} check-config{same_config(arguments)}"


def _joined(option: str, paths: Sequence[Path]) -> str:
    return " ".join([option, *(shlex.quote(str(path)) for path in paths)]) if paths else ""


def _now(zone: str) -> datetime:
    # Workbooks and comments hold wall time without a zone.
    return datetime.fromtimestamp(SystemClock().now(), ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)


def refused(error: ProblemsError, out: Output) -> CommandError:
    """Print the problems but the first and return the error that names it."""
    first, *others = error.problems
    for problem in others[:_MOST_SHOWN]:
        out.note(f"lỗi: {problem}")
    return CommandError(Exit.FINDINGS, f"không đọc được danh mục: {first}", "sửa danh mục trước")


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it sees the old or the new one; CommandError when it cannot be written."""
    # No .yaml at its end: a folder of the inventory may be watched.
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            _give_access(stream.fileno(), path)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(
            Exit.FINDINGS, f"không ghi được {path}: {os_words(error)}", "xem lại đường dẫn và quyền ghi"
        ) from None


def _give_access(descriptor: int, old: Path) -> None:
    """Let read whoever could read the old file: the daemon often runs under an account of its own."""
    if not old.exists():
        return
    was = old.stat()
    with suppress(PermissionError):
        os.fchown(descriptor, was.st_uid, was.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(was.st_mode))


def refuse_ending(path: Path, endings: Sequence[str]) -> None:
    """Raise CommandError for a file name of another kind."""
    if path.suffix.casefold() not in endings:
        raise CommandError(
            Exit.USAGE,
            f"không biết kiểu tệp '{path.name}'",
            f"tên tệp kết thúc bằng {' hoặc '.join(endings)}",
        )
