"""Files of a report in a folder of the user's: what was changed by hand there is not written over unasked."""

import os
from collections.abc import Mapping
from pathlib import Path

from monitor.cli.exits import CommandError, Exit
from monitor.wording import os_words


def write_files(to: Path, files: Mapping[str, bytes], *, overwrite: bool) -> tuple[Path, ...]:
    """Write name -> content into `to`, each file whole or not at all. CommandError when it cannot, or may not, be written."""
    paths = {to / name: data for name, data in files.items()}
    try:
        to.mkdir(parents=True, exist_ok=True)
        taken = [path for path, data in paths.items() if not overwrite and _is_other(path, data)]
        if taken:
            raise CommandError(
                Exit.USAGE,
                f"đã có {taken[0]}, nội dung khác",
                "chọn thư mục khác bằng --to, hoặc thêm --yes để ghi đè",
            )
        for path, data in paths.items():
            unfinished = path.with_name(f".{path.name}.{os.getpid()}")
            try:
                with unfinished.open("xb") as stream:
                    stream.write(data)
                unfinished.replace(path)
            except OSError:
                unfinished.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise CommandError(
            Exit.FINDINGS, f"không ghi được vào {to} ({os_words(error)})", "chọn thư mục khác bằng --to"
        ) from None
    return tuple(paths)


def _is_other(path: Path, data: bytes) -> bool:
    """Whether something else lies there."""
    return path.is_symlink() or (path.exists() and (not path.is_file() or path.read_bytes() != data))
