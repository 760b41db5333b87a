"""The run: the medium province in a box, a part of it silent, one site after the other cut and restored, and a reader."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import yaml

from monitor.demo.box import Box
from monitor.demo.devices import DevicePlan
from tests.bench.province import SITES, write_settings
from tests.soak.sample import Sample, lag_ms, read_exposition, size_mb, use_of

EVERY_S: Final = 15.0
SILENT_SITES: Final = round(0.3 * SITES)
"""These never answer: 30 % of the polls run into their timeouts."""
CUT_EVERY_S, CUT_FOR_S = 60.0, 180.0
"""The other sites are cut in turn: incidents open, are told and end all the time."""
PAGES: Final = ("/", "/api/v1/overview", "/may-giam-sat", "/metrics")
_START_S: Final = 30.0
_PATIENCE_S: Final = 20.0

Tell = Callable[[Sample], None]


@dataclass(slots=True)
class _Watched:
    """A daemon that is sampled."""

    process_id: int
    state_dir: Path
    began: float = field(default_factory=time.monotonic)
    lags: dict[float, float] = field(default_factory=dict)


async def soak(folder: Path, *, minutes: float, tell: Tell) -> None:
    """Run for so long and `tell` of a sample each EVERY_S; RuntimeError with the daemon's log when it ends early."""
    config = _settings(folder)
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(Box.open(devices=DevicePlan()))
        box.cut(*(f"10.51.{site}.0/24" for site in range(SILENT_SITES)))
        log = stack.enter_context((folder / "daemon.log").open("wb"))
        daemon = await box.spawn(
            [sys.executable, "-m", "monitor.cli", "daemon", "--config", str(config)],
            inside="monitor",
            stdout=log,
            stderr=log,
        )
        watched = _Watched(daemon.pid, folder / "state")
        api = watched.state_dir / "api.sock"
        async with asyncio.timeout(_START_S):
            while not api.exists():
                await asyncio.sleep(0.1)
        await stack.enter_async_context(_beside(lambda: _cut_in_turn(box)))
        await stack.enter_async_context(_beside(lambda: _follow(watched.state_dir)))
        for count in range(1, round(60 * minutes / EVERY_S) + 1):
            await asyncio.sleep(watched.began + count * EVERY_S - time.monotonic())
            if daemon.returncode is not None:
                raise RuntimeError((folder / "daemon.log").read_text(encoding="utf-8")[-4_000:])
            tell(await _sample(watched))
        daemon.terminate()
        await daemon.wait()


def _settings(folder: Path) -> Path:
    config = write_settings(folder, state_dir=folder / "state")
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    # Told in bundles to one file, as a province would hear it.
    settings["alerting"]["night"] = None
    config.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return config


@asynccontextmanager
async def _beside(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _cut_in_turn(box: Box) -> None:
    lasting = round(CUT_FOR_S / CUT_EVERY_S)
    turn = 0
    while True:
        await asyncio.sleep(CUT_EVERY_S)
        box.cut(_turn(turn))
        if turn >= lasting:
            box.restore(_turn(turn - lasting))
        turn += 1


def _turn(turn: int) -> str:
    return f"10.51.{SILENT_SITES + turn % (SITES - SILENT_SITES)}.0/24"


async def _follow(state_dir: Path) -> None:
    """Be a screen on the wall: keep a stream of changes open, come back when it ends, and turn the pages."""
    while True:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                _session(state_dir, total_s=None) as session,
                session.get("http://localhost/song?trang=/") as stream,
            ):
                async for _line in stream.content:
                    pass
        await asyncio.sleep(1.0)


async def _sample(watched: _Watched) -> Sample:
    async with _session(watched.state_dir, total_s=_PATIENCE_S) as session:
        begun = time.monotonic()
        async with session.get("http://localhost/healthz") as answer:
            await answer.read()
        answer_ms = 1_000 * (time.monotonic() - begun)
        for page in PAGES:
            async with session.get(f"http://localhost{page}") as answer:
                text = await answer.text()
                answer.raise_for_status()
    said = read_exposition(text)
    late_ms = lag_ms(watched.lags, said.lags)
    watched.lags = dict(said.lags)
    use, folder = use_of(watched.process_id), watched.state_dir
    return Sample(
        at_s=time.monotonic() - watched.began,
        polls=said.sums.get("tslcd_probe_runs_total", 0.0),
        timeouts=said.timeouts,
        missed=said.sums["tslcd_slots_missed_total"],
        cpu_s=use.cpu_s,
        rss_mb=use.rss_mb,
        descriptors=use.descriptors,
        threads=use.threads,
        tasks=said.sums["tslcd_tasks"],
        lag_p99_ms=late_ms,
        answer_ms=answer_ms,
        state_mb=size_mb(folder / "state.db"),
        results_mb=size_mb(folder / "results.db"),
        wal_mb=size_mb(folder / "state.db-wal", folder / "results.db-wal"),
        queued=said.sums["tslcd_results_queued"],
        outbox=said.sums.get("tslcd_outbox_pending", 0.0),
        incidents=said.sums["tslcd_incidents_open"],
    )


def _session(state_dir: Path, *, total_s: float | None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(state_dir / "api.sock")),
        timeout=aiohttp.ClientTimeout(total=total_s),
    )
