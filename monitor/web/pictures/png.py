"""Pictures as PNG: drawn in a child process, one at a time, and kept for a minute."""

import asyncio
import contextlib
import dataclasses
import json
import os
from collections import OrderedDict
from pathlib import Path
from typing import Final

from monitor.children import python
from monitor.web.pictures.drawing import Drawing, shown_text
from monitor.web.refusing import RefusedError

KEPT_S: Final = 60.0
MOST_KEPT: Final = 60
MOST_WAITING: Final = 6
"""More than so many pictures are not drawn one after the other: whoever comes then is told to wait."""
WITHIN_S: Final = 30.0


class PngPress:
    """Draws pictures."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._one = asyncio.Lock()
        self._waiting = 0

    def kept(self, key: str, now: float) -> bytes | None:
        """Return the picture named `key` when it was drawn within the last minute."""
        at, picture = self._kept.get(key, (float("-inf"), b""))
        return picture if 0 <= now - at < KEPT_S else None

    async def draw(self, key: str, drawing: Drawing, now: float, *, cache: Path) -> bytes:
        """Draw a picture and keep it. Raises RefusedError when too many wait already, or when it cannot be drawn.

        `cache`: where the drawing library may leave what it looked up once.
        """
        if self._waiting >= MOST_WAITING:
            raise RefusedError(429, "đang có nhiều ảnh phải vẽ", "chờ nửa phút, hoặc lấy dạng SVG")
        self._waiting += 1
        try:
            async with self._one:
                found = self.kept(key, now)
                if found is None:
                    found = await _drawn(drawing, cache)
                    self._keep(key, now, found)
                return found
        finally:
            self._waiting -= 1

    def _keep(self, key: str, now: float, picture: bytes) -> None:
        self._kept[key] = (now, picture)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


async def _drawn(drawing: Drawing, cache: Path) -> bytes:
    child = await asyncio.create_subprocess_exec(
        *python(),
        "-m",
        "monitor.web.pictures.png_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLCONFIGDIR": str(cache)},
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            picture, _ = await child.communicate(plain(drawing))
    except TimeoutError:
        picture = b""
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0 or not picture:
        raise RefusedError(503, "không vẽ được ảnh PNG", "lấy dạng SVG")
    return picture


def plain(drawing: Drawing) -> bytes:
    """Return a drawing as JSON, for `drawing_from`."""
    shapes = [
        (
            type(shape).__name__,
            {
                field.name: shown_text(value) if isinstance(value, str) else value
                for field in dataclasses.fields(shape)
                for value in (getattr(shape, field.name),)
            },
        )
        for shape in drawing.shapes
    ]
    data = {
        "width": drawing.width,
        "height": drawing.height,
        "title": shown_text(drawing.title),
        "summary": shown_text(drawing.summary),
    }
    return json.dumps({"drawing": data, "shapes": shapes}).encode()
