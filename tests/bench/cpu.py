"""CPU seconds of processes."""

import os
import resource
from pathlib import Path


def cpu_s() -> float:
    """Return the CPU seconds of this process, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_of(process_id: int) -> float:
    """Return the CPU seconds of a process, all its threads (proc(5): utime and stime)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
