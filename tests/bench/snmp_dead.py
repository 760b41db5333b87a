"""Two hundred dead SNMP agents among two thousand live ones: do the live ones keep their schedule?

The daemon's scheduler, runner and probe, agents in a process of their own at loopback addresses. BENCH_SECONDS
shortens the run.
"""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from inventory.model import Check
from monitor.clock import SystemClock
from monitor.lanes import Lane
from monitor.runner import Runner
from monitor.scheduler import Scheduler
from probes.beats import BeatBook
from probes.kind import Shared
from probes.kinds import KINDS
from probes.reading import FailureReason
from probes.snmp.scalars import SnmpOptions
from tests.bench.cpu import cpu_s
from tests.bench.frame import Figure
from tests.bench.snmp import Public

LIVE, DEAD = 2_000, 200
SECONDS = min(60.0, float(os.environ.get("BENCH_SECONDS", "60")))
INTERVAL_S, TIMEOUT_S = 10.0, 5.0
LAG_GOAL_S = 0.1


def run() -> Sequence[Figure]:
    """Let the schedule run for a while; the lags of all starts, and what the live ones missed."""
    with _agents() as port:
        return asyncio.run(_measure(port))


async def _measure(port: int) -> Sequence[Figure]:
    clock = SystemClock()
    ok: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    checks = [*(_check("live", number, port) for number in range(LIVE))]
    checks += [_check("dead", number, port) for number in range(DEAD)]
    async with KINDS["snmp"].connect(Shared(Public(), BeatBook(opened_mono=0.0))) as probe:
        runner = Runner({"snmp": probe}, clock=clock, vantage="bench")

        async def probe_once(check: Check) -> None:
            reading = (await runner.run(check)).reading
            (ok if reading.ok else failed)[check.target_id] += 1
            if check.target_id == "dead" and reading.reason is not FailureReason.TIMEOUT:
                raise RuntimeError(f"a dead agent gave {reading}")

        lanes = {"snmp": Lane(KINDS["snmp"].lane)}
        schedule = Scheduler(clock=clock, run=probe_once, lanes=lanes, checks=checks)
        before = cpu_s()
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await schedule.run()
    p99_s = schedule.stats.lag_s(0.99)
    missed = LIVE * SECONDS / INTERVAL_S - ok["live"] - failed["live"]
    # A run under way at the end, and a slot just after it, are not missed.
    is_whole = schedule.stats.missed == 0 and missed <= LIVE * 0.01
    return [
        _figure("snmp_dead_live_runs_per_s", ok["live"] / SECONDS, "1/s", "", met=None),
        _figure("snmp_dead_live_failed", failed["live"], "runs", "0", met=failed["live"] == 0),
        _figure("snmp_dead_slots_missed", schedule.stats.missed, "slots", "0", met=is_whole),
        _figure("snmp_dead_lag_p50", schedule.stats.lag_s(0.5), "s", "", met=None),
        _figure("snmp_dead_lag_p99", p99_s, "s", f"< {LAG_GOAL_S}", met=p99_s < LAG_GOAL_S),
        _figure("snmp_dead_cpu", (cpu_s() - before) / SECONDS, "cores", "", met=None),
    ]


def _figure(name: str, value: float, unit: str, goal: str, *, met: bool | None) -> Figure:
    return Figure(name, value, unit, None, None, goal, met)


def _check(state: str, number: int, port: int) -> Check:
    first = 1 if state == "live" else 200
    return Check(
        id=f"{state}{number}/snmp",
        target_id=state,
        kind="snmp",
        address=f"127.{first}.{number // 250}.{number % 250 + 1}",
        options=SnmpOptions(port=port),
        interval_s=INTERVAL_S,
        retry_interval_s=INTERVAL_S,
        timeout_s=TIMEOUT_S,
        failures_to_down=3,
        successes_to_up=2,
    )


@contextmanager
def _agents() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.bench.snmp_agents"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("no pipes")
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
