"""The daemon with the medium province: CPU, memory and lateness, when all is well and when nothing answers.

The province is a box: real kernel stacks, real ICMP, SNMP, HTTP and TCP. BENCH_SECONDS shortens the run.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from monitor.demo.box import Box, Place
from monitor.demo.devices import DevicePlan
from tests.bench.frame import Figure
from tests.bench.province import write_settings

SECONDS = float(os.environ.get("BENCH_SECONDS", "300"))
WARM_UP_S = 70.0
"""One interval and a little: every check has run once."""
CPU_GOAL, RSS_GOAL_MB, LAG_GOAL_S, DEAD_LAG_GOAL_S = 0.20, 250.0, 0.1, 1.0


@dataclass(frozen=True, slots=True)
class _Sample:
    cpu_s: float
    rss_mb: float
    started: float
    lags: dict[float, float]


def run() -> Sequence[Figure]:
    """Measure both provinces, one after the other."""
    return asyncio.run(_run())


async def _run() -> list[Figure]:
    figures: list[Figure] = []
    async with Box.open(devices=DevicePlan()) as box:
        # Healthy: the daemon stands in the province itself, so that the emulator does not take its processor.
        healthy = await _measure(box, "province")
        box.cut("10.51.0.0/16")
        dead = await _measure(box, "monitor")
    for name, (first, last, seconds), lag_goal_s in (
        ("healthy", healthy, LAG_GOAL_S),
        ("unreachable", dead, DEAD_LAG_GOAL_S),
    ):
        cpu = (last.cpu_s - first.cpu_s) / seconds
        lags = {bound: last.lags[bound] - first.lags[bound] for bound in last.lags}
        p50_s, p99_s = _quantile(lags, 0.5), _quantile(lags, 0.99)
        is_healthy = name == "healthy"
        figures += [
            _figure(f"daemon_{name}_runs_per_s", (last.started - first.started) / seconds, "1/s", "", None),
            _figure(
                f"daemon_{name}_cpu",
                cpu,
                "cores",
                f"< {CPU_GOAL}" if is_healthy else "",
                cpu < CPU_GOAL if is_healthy else None,
            ),
            _figure(
                f"daemon_{name}_rss",
                last.rss_mb,
                "MB",
                f"< {RSS_GOAL_MB:.0f}" if is_healthy else "",
                last.rss_mb < RSS_GOAL_MB if is_healthy else None,
            ),
            _figure(f"daemon_{name}_lag_p50", p50_s, "s (at most)", "", None),
            _figure(f"daemon_{name}_lag_p99", p99_s, "s (at most)", f"<= {lag_goal_s}", p99_s <= lag_goal_s),
        ]
    return figures


def _figure(name: str, value: float, unit: str, goal: str, met: bool | None) -> Figure:  # noqa: FBT001 (a record)
    return Figure(name=name, value=value, unit=unit, peer=None, peer_value=None, goal=goal, met=met)


async def _measure(box: Box, inside: Place) -> tuple[_Sample, _Sample, float]:
    """Run a daemon for the warm-up and SECONDS; return what it had used at both ends of the latter."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder) / "state"
        config = write_settings(Path(folder), state_dir=state_dir)
        with (Path(folder) / "log").open("wb") as log:
            daemon = await box.spawn(
                [sys.executable, "-m", "monitor.cli", "daemon", "--config", str(config)],
                inside=inside,
                stdout=log,
                stderr=log,
            )
        await asyncio.sleep(WARM_UP_S)
        if daemon.returncode is not None:
            raise RuntimeError((Path(folder) / "log").read_text(encoding="utf-8"))
        first = await _sample(daemon.pid, state_dir)
        await asyncio.sleep(SECONDS)
        last = await _sample(daemon.pid, state_dir)
        daemon.terminate()
        await daemon.wait()
    return first, last, SECONDS


async def _sample(pid: int, state_dir: Path) -> _Sample:
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(state_dir / "api.sock"))) as session,
        session.get("http://localhost/metrics") as answer,
    ):
        text = await answer.text()
    buckets = re.findall(r'^tslcd_schedule_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', text, re.MULTILINE)
    lags = {float(bound): float(count) for bound, count in buckets}
    cpu_s, rss_mb = _used(pid)
    return _Sample(cpu_s=cpu_s, rss_mb=rss_mb, started=lags[float("inf")], lags=lags)


def _used(pid: int) -> tuple[float, float]:
    """Return the process's processor seconds (user and system) and resident megabytes: proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _quantile(cumulative: dict[float, float], quantile: float) -> float:
    """Return the bucket bound below which that share of the starts lies."""
    total = cumulative[float("inf")]
    return next(bound for bound, count in sorted(cumulative.items()) if count >= quantile * total)
