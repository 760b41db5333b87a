"""A sweep of 100,000 loopback targets, against fping and against the kernel's limit; and how true round trips are."""

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from probes.icmp.engine import Engine, open_engine
from tests.bench import icmp_busy
from tests.bench.capture import capture, round_trips
from tests.bench.frame import Figure

TARGETS = 100_000
ROUNDS = 3
SWEEPS = 3
"""Sweeps of ours and runs of the limit, in turn, in each round."""
CAPTURED = 4_000
FPING_TARGETS = 60_000
"""fping -i0 refuses more than 65,535."""
RATE_GOAL = 100_000
FPING_GOAL = 10.0
LIMIT_GOAL = 0.35
_LIMIT = Path(__file__).with_name("icmp_limit.c")


def addresses(count: int) -> list[str]:
    """Return different addresses of 127.0.0.0/8, none ending in 0 or 255."""
    every = (
        f"127.{1 + second}.{third}.{fourth}"
        for second in range(254)
        for third in range(254)
        for fourth in range(1, 255)
    )
    return list(islice(every, count))


def run() -> Sequence[Figure]:
    """Alternate between the peers and ours, so that all meet the same noise; medians count.

    fping is run in two ways: paced at a nominal 10,000 a second (`-i0.1`), which is the rate the goal was set by, and
    as fast as it can (`-i0`), shown beside it. The limit is a C program that looks at nothing.
    """
    targets = addresses(TARGETS)
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "targets"
        listing.write_text("\n".join(targets[:FPING_TARGETS]) + "\n")
        swept = asyncio.run(_measure(targets, listing, compile_limit(Path(folder))))
    return [*swept, *icmp_busy.run(addresses(400))]


def compile_limit(folder: Path) -> Path:
    """Compile the program that finds the kernel's limit; return its path."""
    program = folder / "icmp_limit"
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, _LIMIT], check=True)
    return program


async def _measure(targets: list[str], listing: Path, limit: Path) -> Sequence[Figure]:
    ours, limits, paced, unpaced, lost, slowest = [], [], [], [], 0, []
    for _ in range(ROUNDS):
        paced.append(_fping_rate(listing, interval_ms=0.1))
        unpaced.append(_fping_rate(listing, interval_ms=0))
        for _ in range(SWEEPS):
            limits.append(_limit_rate(limit))
            # Not kept open: a raw socket gets, and the kernel copies, the replies to the peers too.
            async with open_engine() as engine:
                started = time.perf_counter()
                told = await engine.ping(targets, timeout_s=1.0)
                ours.append(len(targets) / (time.perf_counter() - started))
            lost += told.count(None)
            received = sorted(rtt for rtt in told if rtt is not None)
            slowest.append(received[int(len(received) * 0.99)] * 1e6)
    async with open_engine() as engine:
        errors = await _errors(engine, targets[:CAPTURED])
    rate, most = statistics.median(ours), statistics.median(limits)
    fping, fping_unpaced = statistics.median(paced), statistics.median(unpaced)
    p99 = statistics.median(slowest)
    p50_error = statistics.median(errors)
    return [
        Figure("icmp_sweep_rate", rate, "targets/s", None, None, f">= {RATE_GOAL:,}", rate >= RATE_GOAL),
        Figure(
            "icmp_sweep_rate_to_fping",
            *(rate, "targets/s", "fping -i0.1", fping),
            *(f">= {FPING_GOAL:g} x", rate >= FPING_GOAL * fping),
        ),
        Figure("icmp_sweep_rate_to_fping_i0", rate, "targets/s", "fping -i0", fping_unpaced, "", None),
        Figure(
            "icmp_sweep_rate_to_limit",
            *(rate, "targets/s", "kernel, from C", most),
            *(f">= {LIMIT_GOAL:g} x", rate >= LIMIT_GOAL * most),
        ),
        Figure("icmp_sweep_lost", lost, "replies", None, None, "0", lost == 0),
        Figure("icmp_rtt_p50_error", p50_error, "us", "capture", None, "<= 10 us", abs(p50_error) <= 10),
        Figure("icmp_rtt_p99", p99, "us", None, None, "< 50 us", p99 < 50),
    ]


def _limit_rate(program: Path) -> float:
    told = subprocess.run([program, str(TARGETS)], capture_output=True, text=True, check=True)
    received, rate = told.stdout.split()
    if int(received) != TARGETS:
        raise RuntimeError(f"the limit's program lost {TARGETS - int(received)} replies")
    return float(rate)


def _fping_rate(listing: Path, *, interval_ms: float) -> float:
    """Return targets a second of one attempt each; fping must find all alive."""
    started = time.perf_counter()
    told = subprocess.run(
        ["fping", "-q", "-s", "-r0", f"-i{interval_ms:g}", "-t500", "-f", listing],
        capture_output=True,
        text=True,
        check=False,
    )
    elapsed = time.perf_counter() - started
    alive = next(int(line.split()[0]) for line in told.stderr.splitlines() if line.strip().endswith("alive"))
    if alive != FPING_TARGETS:
        raise RuntimeError(f"fping -i{interval_ms:g} lost {FPING_TARGETS - alive} replies: not a fair peer")
    return FPING_TARGETS / elapsed


async def _errors(engine: Engine, targets: list[str]) -> list[float]:
    """Return, in microseconds, how much longer each round trip was told than the capture's two timestamps."""
    with capture() as sock:
        told = await engine.ping(targets, timeout_s=1.0)
        truth = dict(round_trips(sock))
    return [
        (rtt - truth[target]) * 1e6
        for target, rtt in zip(targets, told, strict=True)
        if rtt is not None and target in truth
    ]
