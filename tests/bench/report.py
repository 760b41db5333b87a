"""A month of the medium province from the database to DOCX and XLSX in the child process, beside a daemon at work.

Wall and processor seconds and the peak of memory are those of the child that the daemon starts; the steps are timed in
another one. The daemon has its own 6,800 checks to run meanwhile: what counts is that it is not late for them.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from monitor.demo.box import Box
from monitor.demo.devices import DevicePlan
from monitor.report.process import VERSION
from tests.bench.frame import Figure
from tests.bench.province import write_settings
from tests.bench.report_month import NOW, PERIOD, ROWS_A_DAY, write_month

SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
WARM_UP_S = 70.0
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
WALL_GOAL_S, RSS_GOAL_MB, LAG_GOAL_S = 10.0, 400.0, 0.1
PEER = "python-docx, the same tables"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one child took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run() -> Sequence[Figure]:
    """Measure the child alone, its steps, and the daemon beside it."""
    with tempfile.TemporaryDirectory() as name:
        config, rows, incidents = write_month(Path(name))
        alone = [_child(config) for _ in range(ROUNDS)]
        steps = _steps(config)
        lags = asyncio.run(_beside_a_daemon(config))
    best = min(alone, key=lambda cost: cost.wall_s)
    peak_mb = max(cost.peak_mb for cost in alone)
    peer_s = steps.pop("peer")
    p99_s = _quantile(lags, 0.99)
    return [
        Figure("report_wall", best.wall_s, "s", None, None, "< 10", best.wall_s < WALL_GOAL_S),
        Figure("report_cpu", best.cpu_s, "s", None, None, "", None),
        Figure("report_peak", peak_mb, "MB", None, None, "< 400", peak_mb < RSS_GOAL_MB),
        *(
            Figure(f"report_{step}", spent, "s", None, None, "", None)
            for step, spent in steps.items()
            if step not in {"docx", "rss_mb"}
        ),
        Figure("report_docx", steps["docx"], "s", PEER, peer_s, "", None),
        Figure("report_daemon_lag_p99", p99_s, "s (at most)", None, None, "<= 0.1", p99_s <= LAG_GOAL_S),
        # What it assumes of two months; a bad month: BENCH_ROWS_A_DAY=2300.
        Figure("report_transitions_a_day", ROWS_A_DAY, "", None, None, "", None),
        Figure("report_transitions", rows, "", None, None, "", None),
        Figure("report_incidents", incidents, "", None, None, "", None),
    ]


def _child(config: Path) -> Cost:
    """Let the daemon's child make the report."""
    with tempfile.TemporaryDirectory() as folder:
        job = {
            "version": VERSION,
            "config": str(config),
            "period": PERIOD,
            "kind": "report",
            "folder": str(Path(folder) / "reports"),
            "formats": ["docx", "xlsx"],
            "now": NOW,
            "freeze": None,
        }
        started_s = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-m", "monitor.report.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"MPLCONFIGDIR": str(config.parent), "OPENBLAS_NUM_THREADS": "1"},
        )
        assert child.stdin is not None
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise RuntimeError(f"the child ended with {child.returncode}")
        wall_s = time.perf_counter() - started_s
    return Cost(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _steps(config: Path) -> dict[str, float]:
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.report_month", str(config)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(told.stdout)
    return found


async def _beside_a_daemon(config: Path) -> dict[float, float]:
    """Make reports for SECONDS, one after the other, beside a daemon; return how late it was, by bucket."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        daemon_config = write_settings(folder, state_dir=folder / "state")
        async with Box.open(devices=DevicePlan()) as box:
            with (folder / "log").open("wb") as log:
                daemon = await box.spawn(
                    [sys.executable, "-m", "monitor.cli", "daemon", "--config", str(daemon_config)],
                    inside="province",
                    stdout=log,
                    stderr=log,
                )
            await asyncio.sleep(WARM_UP_S)
            if daemon.returncode is not None:
                raise RuntimeError((folder / "log").read_text(encoding="utf-8"))
            first = await _lags(folder / "state")
            until_s = time.monotonic() + SECONDS
            while time.monotonic() < until_s:
                await asyncio.to_thread(_child, config)
            last = await _lags(folder / "state")
            daemon.terminate()
            await daemon.wait()
    return {bound: last[bound] - first[bound] for bound in last}


async def _lags(state_dir: Path) -> dict[float, float]:
    connector = aiohttp.UnixConnector(str(state_dir / "api.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get("http://localhost/metrics") as answer,
    ):
        text = await answer.text()
    found = re.findall(r'^tslcd_schedule_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', text, re.MULTILINE)
    return {float(bound): float(count) for bound, count in found}


def _quantile(cumulative: dict[float, float], quantile: float) -> float:
    """Return the bucket bound below which that share of the starts lies."""
    total = cumulative[float("inf")]
    return next(bound for bound, count in sorted(cumulative.items()) if count >= quantile * total)
