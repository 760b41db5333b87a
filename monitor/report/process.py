"""Runs the child process that builds reports, one at a time, and waits for it without blocking anybody."""

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from monitor.children import python
from monitor.report.editions.keeping import reports_folder
from probes.wording import one_line

log = logging.getLogger(__name__)

WITHIN_S: Final = 600.0
"""A month of a large province takes seconds on a good machine; a disk that hangs must not keep a child for ever."""
PICTURE: Final = "hinh-{}.png"
"""What the file of a chart is called, by the chart's id."""
_TOLD: Final = 400
VERSION: Final = version("tslcd-monitor")
"""Of this process, however the program on the disk is replaced while it runs."""


class ReportBuildError(Exception):
    """The child could not build it; the text says why, one line for people."""


@dataclass(frozen=True, slots=True)
class Job:
    """What the child is to build. `freeze`: who, reason and approver, or None for a draft.

    `with_pictures`: the charts of a draft besides, each as PICTURE.
    """

    period: str
    kind: str
    folder: Path
    formats: tuple[str, ...]
    now: float
    freeze: Mapping[str, str] | None = None
    with_pictures: bool = False


class ReportProcess:
    """Starts children, at most one at a time. `config`: the settings file that they read."""

    def __init__(self, config: Path, state_dir: Path) -> None:
        self._config = config
        self._state_dir = state_dir
        self._one = asyncio.Lock()

    async def build(self, job: Job) -> dict[str, Any]:
        """Return the child's answer (see monitor.report.child). Raises ReportBuildError; cancelled, the child ends too."""
        async with self._one:
            return await self._run(job)

    async def _run(self, job: Job) -> dict[str, Any]:
        try:
            child = await asyncio.create_subprocess_exec(
                *python(),
                "-m",
                "monitor.report.child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment(),
            )
        except OSError as error:
            raise ReportBuildError(f"không chạy được tiến trình làm báo cáo: {error.strerror}") from error
        try:
            async with asyncio.timeout(WITHIN_S):
                answer, said = await child.communicate(json.dumps(self._asked(job)).encode())
        except TimeoutError:
            raise ReportBuildError(f"làm báo cáo quá {WITHIN_S:.0f} giây nên đã dừng") from None
        finally:
            await _ended(child)
        if child.returncode != 0:
            raise ReportBuildError(_reason(said, child.returncode or 0))
        try:
            found: dict[str, Any] = json.loads(answer)
        except ValueError:
            raise ReportBuildError("tiến trình làm báo cáo không trả lời") from None
        return found

    def _asked(self, job: Job) -> dict[str, Any]:
        return {
            "version": VERSION,
            "config": str(self._config),
            "period": job.period,
            "kind": job.kind,
            "folder": str(job.folder),
            "formats": list(job.formats),
            "now": job.now,
            "freeze": None if job.freeze is None else dict(job.freeze),
            "withPictures": job.with_pictures,
        }

    def _environment(self) -> dict[str, str]:
        # One core is enough for it, and one thread's stacks; what fonts there are is looked up once, not at every start.
        cache = reports_folder(self._state_dir) / ".matplotlib"
        return os.environ | {
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MPLCONFIGDIR": str(cache),
        }


async def _ended(child: asyncio.subprocess.Process) -> None:
    """See a child that is not over to its end."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _reason(said: bytes, code: int) -> str:
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    if lines:
        log.warning("report_child_said text=%s", one_line(" | ".join(lines[-5:]), 2_000))
    return one_line(lines[-1], _TOLD) if lines else f"tiến trình làm báo cáo dừng với mã {code}"
