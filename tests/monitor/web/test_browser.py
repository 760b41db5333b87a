"""The page in a real browser: no sideways scroll from a small phone to a desk, and no request to anybody else."""

import asyncio
import html
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from monitor.web.door.base import SocketDoor
from monitor.web.server import make_app
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
DEADLINE_S = 40.0

WRAPPER = """<!doctype html><body style="margin:0">
<iframe id="f" src="/page" style="width:%(width)dpx;height:800px;border:0"></iframe><pre id="out"></pre>
<script>
const frame = document.getElementById("f");
frame.onload = () => {
  const root = frame.contentDocument.documentElement;
  document.getElementById("out").textContent = JSON.stringify({
    width: root.clientWidth, scroll: root.scrollWidth,
    wide: [...frame.contentDocument.body.querySelectorAll("*")]
      .filter(e => !e.closest(".only-read, .sprite, .layers, .skip") && e.getBoundingClientRect().right > root.clientWidth + 1)
      .map(e => e.tagName + "." + e.className),
    small: [...frame.contentDocument.querySelectorAll("a")]
      .filter(e => !e.closest(".tile, .skip") && e.offsetParent && e.getBoundingClientRect().height < 24).length,
    styled: frame.contentDocument.styleSheets.length,
    asked: frame.contentWindow.performance.getEntriesByType("resource").map(e => e.name),
  });
};
</script>"""


def bad_day() -> HeldDaemon:
    inventory = samples.province(communes=96)
    incidents = [samples.cut(inventory, n, f"{21_000 + n:05d}") for n in range(0, 96, 12)]
    return HeldDaemon(samples.snapshot_of(inventory, incidents=incidents))


@asynccontextmanager
async def wrapped(daemon: HeldDaemon) -> AsyncIterator[str]:
    """Serve the real answers under a frame that measures; only the ban on frames is taken off."""
    async with TestServer(make_app(daemon, SocketDoor())) as real, ClientSession() as session:

        async def pass_on(request: web.Request) -> web.Response:
            path = "/" if request.path == "/page" else request.path_qs
            async with session.get(real.make_url(path)) as answer:
                policy = answer.headers["Content-Security-Policy"].replace(
                    "frame-ancestors 'none'", "frame-ancestors 'self'"
                )
                headers = {"Content-Security-Policy": policy, "Content-Type": answer.headers["Content-Type"]}
                return web.Response(body=await answer.read(), headers=headers)

        async def wrapper(request: web.Request) -> web.Response:
            body = WRAPPER % {"width": int(request.match_info["width"])}
            return web.Response(text=body, content_type="text/html")

        app = web.Application()
        app.add_routes(
            [web.get("/page", pass_on), web.get("/static/{name}", pass_on), web.get("/w/{width}", wrapper)]
        )
        async with TestServer(app) as outside:
            yield str(outside.make_url("/")).rstrip("/")


async def chromium(profile: Path, arguments: Sequence[str]) -> str:
    process = await asyncio.create_subprocess_exec(
        "chromium",
        *FLAGS,
        f"--user-data-dir={profile}",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            output, _ = await process.communicate()
        return output.decode()
    finally:
        # Its helpers are in its own process group; none may stay behind.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("width", [320])
async def test_the_page_fits_its_width_and_asks_nobody_else(width: int, tmp_path: Path) -> None:
    async with wrapped(bad_day()) as origin:
        window = f"--window-size={max(width, 600)},900"
        dom = await chromium(
            tmp_path, [window, "--virtual-time-budget=4000", "--dump-dom", f"{origin}/w/{width}"]
        )

    (told,) = re.findall(r'<pre id="out">(.*?)</pre>', dom)
    seen = json.loads(html.unescape(told))
    assert seen["scroll"] <= seen["width"]
    assert seen["wide"] == []
    assert seen["small"] == 0
    assert seen["styled"] == 1
    assert [url for url in seen["asked"] if not url.startswith(origin)] == []
