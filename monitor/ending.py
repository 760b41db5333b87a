"""Tasks that are to end now: one that takes no notice is named and left behind, or it would hold up whoever waits for it."""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Mapping
from typing import Any, Final

log = logging.getLogger(__name__)

END_S: Final = 2.0
"""How long loops may take to end: they only have to let go of what they hold."""


async def end(tasks: Collection[asyncio.Task[Any]], *, within_s: float = END_S) -> None:
    """Cancel tasks and wait for their end, but no longer than this; what they raise at it is dropped."""
    for task in tasks:
        task.cancel()
    done, left = await asyncio.wait(tasks, timeout=within_s) if tasks else (set(), set())
    for task in left:
        log.critical("task_will_not_end name=%s within_s=%g", task.get_name(), within_s)
    for task in done:
        if not task.cancelled():
            task.exception()  # or asyncio complains that nobody asked


async def run_until(
    stopping: asyncio.Event, loops: Mapping[str, Coroutine[Any, Any, object]], *, within_s: float = END_S
) -> int:
    """Run loops until asked to stop (0) or until one of them ends, which is a bug (70); the others end with it."""
    tasks = [asyncio.create_task(loop, name=name) for name, loop in loops.items()]
    asked = asyncio.create_task(stopping.wait(), name="stopping")
    died: list[asyncio.Task[object]] = []
    try:
        await asyncio.wait([asked, *tasks], return_when=asyncio.FIRST_COMPLETED)
        died = [task for task in tasks if task.done()]
    finally:
        await end([asked, *tasks], within_s=within_s)
    for task in died:
        why = asyncio.CancelledError() if task.cancelled() else task.exception()
        log.critical("task_died name=%s", task.get_name(), exc_info=why)
    return 70 if died else 0
