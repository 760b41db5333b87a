"""What all processes that the daemon starts to draw and write share: how they are started, and that they stand back."""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

NICE: Final = 10
EXPENDABLE: Final = "500"
"""When the machine runs out of memory, what is in the making goes before the daemon does (proc(5), oom_score_adj)."""


def python() -> list[str]:
    """Return the command of this Python, as isolated from the environment and the current folder as this one is."""
    return [sys.executable, *(["-I"] if sys.flags.isolated else [])]


def stand_back(*, most_bytes: int) -> None:
    """Give the daemon precedence, in the child itself; `most_bytes` of address space end a runaway.

    What a sandbox refuses of it is no reason not to work: there the service's own limits hold.
    """
    with suppress(OSError):
        os.nice(NICE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(EXPENDABLE, encoding="ascii")
