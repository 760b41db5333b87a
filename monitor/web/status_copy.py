"""A copy of the status page in a folder, written anew every minute: another web server shows it when we are dead.

File by file in one step (a reader sees the old one or the new one); a write that fails leaves what was there. Layout:
tt/index.html, tt/xa/<code>/index.html, tt.json, tt.atom, static/...: the addresses of the pages themselves.
"""

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from monitor.clock import Clock
from monitor.people.principal import Principal
from monitor.web.api.standing import public_json, public_now
from monitor.web.feeds import atom
from monitor.web.framing import frame
from monitor.web.pages.status import COMMUNE_STATUS, STATUS, commune_values, values_of
from monitor.web.port import DaemonPort
from monitor.web.rendering import Renderer
from monitor.web.static_files import StaticFile, load_static
from monitor.web.visiting import Visit
from monitor.wording import os_words

EVERY_S: Final = 60.0
FOLDER: Final = "status"
_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755
_ASSETS: Final = ("favicon.svg", "site.css", "status.css", "status.js")

log = logging.getLogger(__name__)


class StatusCopy:
    """Writes it. `fault` is why the last write failed, one line for people; "" when it did not."""

    def __init__(self, daemon: DaemonPort) -> None:
        self.fault = ""
        self._daemon = daemon
        static = load_static()
        self._assets = {name: static[name] for name in _ASSETS}
        self._zone = ZoneInfo(daemon.settings.timezone)
        self._renderer = Renderer(
            daemon.settings, static, (), lambda page, visit: frame(daemon.snapshot(), page, visit)
        )
        # Its own thread: a disk that hangs must not keep others waiting.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="status-copy")

    @property
    def folder(self) -> Path:
        """Where it is written."""
        settings = self._daemon.settings
        return settings.web.status_folder or settings.state_dir / FOLDER

    async def write(self) -> None:
        """Write everything once; what goes wrong is kept in `fault` and logged when it is news."""
        pages = await self.pages()
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, put, self.folder, pages)
        except OSError as error:
            fault = f"không ghi được trang trạng thái vào {self.folder}: {os_words(error)}"
            if fault != self.fault:
                log.warning("status_copy_not_written folder=%s error=%s", self.folder, error)
            self.fault = fault
        else:
            self.fault = ""

    async def pages(self) -> dict[str, bytes]:
        """Return path -> content. The loop is free between two pages: a hundred of them take longer than it may wait."""
        daemon = self._daemon
        status = await public_now(daemon)
        snapshot = daemon.snapshot()
        visit = self._visit("/tt", snapshot.now)
        index = self._renderer.page(STATUS, visit, values_of(status, visit) | {"is_copy": True})
        settings = daemon.settings
        feed = atom(status, self._zone, province=settings.province, url=settings.web.url or "")
        found = {
            "tt/index.html": index.encode(),
            "tt.json": json.dumps(public_json(status, self._zone), ensure_ascii=False).encode(),
            "tt.atom": feed.encode(),
            **dict(_assets(self._assets)),
        }
        for unit in status.communes:
            await asyncio.sleep(0)
            visit = self._visit(f"/tt/xa/{unit.id}", snapshot.now)
            values = commune_values(status, unit, snapshot, visit) | {"is_copy": True}
            found[f"tt/xa/{unit.id}/index.html"] = self._renderer.page(COMMUNE_STATUS, visit, values).encode()
        return found

    def close(self) -> None:
        """End its thread."""
        self._thread.shutdown(wait=False)

    def _visit(self, path: str, now: float) -> Visit:
        return Visit(principal=Principal(), path=path, zone=self._zone, now=now)


def _assets(assets: Mapping[str, StaticFile]) -> Iterator[tuple[str, bytes]]:
    for name, file in assets.items():
        yield f"static/{name}", file.content


def put(folder: Path, pages: Mapping[str, bytes]) -> None:
    """Write files into a folder, each in one step, and drop communes that are no more. Raises OSError."""
    for path, content in pages.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        fresh = target.with_name(f".{target.name}.moi")
        fresh.write_bytes(content)
        fresh.chmod(_MODE)
        fresh.replace(target)
    known = {Path(path).parent.name for path in pages if path.startswith("tt/xa/")}
    for old in (folder / "tt" / "xa").glob("*"):
        if old.is_dir() and not old.is_symlink() and old.name not in known:
            shutil.rmtree(old)


@asynccontextmanager
async def published(daemon: DaemonPort, *, clock: Clock) -> AsyncIterator[StatusCopy]:
    """Keep the copy fresh while the block runs."""
    copy = StatusCopy(daemon)

    async def keep() -> None:
        while True:
            try:
                await copy.write()
            except Exception:  # the page itself may have a bug; the next minute may be better
                log.exception("status_copy_bug")
            await clock.sleep(EVERY_S)

    task = asyncio.create_task(keep(), name="status-copy")
    try:
        yield copy
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        copy.close()
