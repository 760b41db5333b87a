"""A temporary folder that goes away with us, even when we are killed, and files that only we can read."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from monitor.demo.namespaces import find_command

# Waits for the end of its input, which the kernel closes when we die. The daemon dies at the same moment; should it
# still write, removing is tried again.
_SWEEP = 'while read line; do :; done; for turn in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$0" 2>/dev/null && exit 0; sleep 0.2; done'


@asynccontextmanager
async def temporary_folder() -> AsyncIterator[Path]:
    """Make a folder only we can read; a small shell of its own removes it when we leave or die."""
    folder = Path(tempfile.mkdtemp(prefix="tslcd-demo-"))
    sweeper = await asyncio.create_subprocess_exec(
        find_command("sh"),
        "-c",
        _SWEEP,
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,
        cwd="/",
        env={"PATH": os.defpath},
    )
    try:
        yield folder
    finally:
        if sweeper.stdin is not None:
            sweeper.stdin.close()
        await sweeper.wait()


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor)
        file.write(text)
