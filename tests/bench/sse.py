"""200 browsers on the overview through a mass outage, then a restart: processor, lag of the loop, who is how far behind."""

import asyncio
import itertools
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from aiohttp import web

from alerts.world import World
from inventory.model import Inventory
from monitor.people.principal import Principal, Way
from monitor.people.rights import RIGHTS, Role
from monitor.web.door.base import admitted
from monitor.web.framing import frame
from monitor.web.live.stream import LiveDesk
from monitor.web.pages.table import NAV
from monitor.web.rendering import Renderer
from monitor.web.showing import PageDesk
from monitor.web.static_files import load_static
from tests.bench.frame import Figure
from tests.bench.overview import MemoryDaemon, daemon_of, province
from tests.monitor.web import samples

CLIENTS = 200
OUTAGE_S = float(os.environ.get("BENCH_SECONDS", "30"))
STEPS_S = 0.25
BEHIND_GOAL_S, BACK_GOAL_S = 3.0, 30.0


class _Door:
    """Everybody is one of fifty on duty: an account has its own number of streams."""

    async def principal(self, request: web.Request) -> Principal:
        number = hash(request.transport) % 50
        return Principal(name=f"n{number}", way=Way.SESSION, role=Role.DUTY, rights=RIGHTS[Role.DUTY])


def run() -> Sequence[Figure]:
    """Measure it over real connections, the browsers in a process of their own."""
    return asyncio.run(_run())


async def _run() -> Sequence[Figure]:
    inventory = province()
    daemon, worlds = daemon_of(inventory, 0), _worlds(inventory)
    async with AsyncExitStack() as stack:
        runner, port = await _serve(daemon, 0)
        clients = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.sse_clients",
            str(port),
            str(CLIENTS),
            stdout=asyncio.subprocess.PIPE,
        )
        heard: list[tuple[str, str, str, float]] = []
        reading = asyncio.create_task(_read(clients, heard))
        stack.callback(reading.cancel)
        while len({each[0] for each in heard if each[1] == "pieces"}) < CLIENTS:
            await asyncio.sleep(0.1)
        lags: list[float] = []
        lagging = asyncio.create_task(_lag(lags))
        spent, began = time.process_time(), time.monotonic()
        noted = await _outage(daemon, worlds)
        used = (time.process_time() - spent) / (time.monotonic() - began)
        lagging.cancel()
        await asyncio.sleep(3)
        behind = _behind(daemon, noted, heard)
        streams = len({each[0] for each in heard})
        await runner.cleanup()
        await asyncio.sleep(3)
        heard.clear()
        up_at = time.time()  # noqa: TID251 (beside the browsers)
        again, _port = await _serve(daemon_of(inventory, 96), port)
        while len({each[0] for each in heard if each[1] == "hello"}) < CLIENTS and time.time() < up_at + 60:  # noqa: TID251 (beside the browsers)
            await asyncio.sleep(0.1)
        back_s = time.time() - up_at  # noqa: TID251 (beside the browsers)
        await again.cleanup()
        clients.kill()
        await clients.wait()
    lags.sort()
    p99_s = lags[int(0.99 * (len(lags) - 1))]
    return [
        Figure("sse_clients", streams, "streams", None, None, "200", streams == CLIENTS),
        Figure("sse_cpu", 100 * used, "% of a core", None, None, "", None),
        Figure("sse_loop_lag_p99", 1000 * p99_s, "ms", None, None, "", None),
        Figure("sse_loop_lag_max", 1000 * lags[-1], "ms", None, None, "", None),
        Figure("sse_latest_client", behind, "s behind", None, None, "<= 3", behind <= BEHIND_GOAL_S),
        Figure("sse_back_after_restart", back_s, "s", None, None, "<= 30", back_s <= BACK_GOAL_S),
    ]


async def _serve(daemon: MemoryDaemon, port: int) -> tuple[web.AppRunner, int]:
    door = _Door()
    renderer = Renderer(
        daemon.settings, load_static(), NAV, lambda page, visit: frame(daemon.snapshot(), page, visit)
    )
    app = web.Application(middlewares=[admitted(door)])
    LiveDesk(daemon, PageDesk(daemon, renderer), door).add(app)
    runner = web.AppRunner(app, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
    await site.start()
    return runner, int(runner.addresses[0][1])


def _worlds(inventory: Inventory) -> list[World]:
    """Return what the engine knows while one commune after the other is cut."""
    codes = [unit.code for unit in inventory.units.values() if unit.is_commune]
    cuts = [samples.cut(inventory, number, code) for number, code in enumerate(codes, 1)]
    return [samples.world_of(inventory, incidents=cuts[:cut]) for cut in range(2, len(cuts) + 1, 2)]


async def _outage(daemon: MemoryDaemon, worlds: Sequence[World]) -> list[tuple[int, float]]:
    """Cut them faster than pages are rendered; return (count of changes, when)."""
    noted, ends = [], time.monotonic() + OUTAGE_S
    for world in itertools.chain(worlds, itertools.repeat(worlds[-1])):
        if time.monotonic() > ends:
            break
        daemon.engine = world
        daemon.changes.note()
        noted.append((daemon.changes.version, time.time()))  # noqa: TID251 (beside the browsers)
        await asyncio.sleep(STEPS_S)
    return noted


def _behind(
    daemon: MemoryDaemon, noted: Sequence[tuple[int, float]], heard: Sequence[tuple[str, str, str, float]]
) -> float:
    """Return how long after a change the last browser was shown it (or something newer)."""
    shown: dict[str, list[tuple[int, float]]] = {}
    for number, name, event_id, at in heard:
        life, _, version = event_id.partition("-")
        if name == "pieces" and life == daemon.changes.life:
            shown.setdefault(number, []).append((int(version), at))
    return max(
        min((at for known, at in seen if known >= version), default=float("inf")) - noted_at
        for seen in shown.values()
        for version, noted_at in noted
    )


async def _read(process: asyncio.subprocess.Process, heard: list[tuple[str, str, str, float]]) -> None:
    assert process.stdout is not None
    async for raw in process.stdout:
        number, name, event_id, at = raw.decode().split()
        heard.append((number, name, event_id, float(at)))


async def _lag(lags: list[float]) -> None:
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.02)
        lags.append(time.monotonic() - began - 0.02)
