"""What was kept of lines that a server refused."""

from functools import partial

from monitor.series.log import ResultLog
from monitor.series.result_rows import DeadLetter, select_dead_letters


async def refused_lines(log: ResultLog) -> list[DeadLetter]:
    """Return all of them, the newest first."""
    return await log.database.read(partial(select_dead_letters, limit=1_000))
