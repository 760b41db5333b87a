"""CPU of one SNMP GET of 5 objects against a real snmpd: the probe alone, and the whole way of a measurement.

The whole way is runner, probe, result log on disk and engine, as in the daemon.
"""

import asyncio
import resource
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from alerts import engine
from alerts.model import AlertSettings, SavedState
from inventory.model import Check, Inventory
from monitor.clock import SystemClock
from monitor.pipeline import Pipeline, Saver
from monitor.runner import Runner
from monitor.storage.results import ResultLog
from monitor.storage.state import StateStore
from probes import KINDS
from probes.beats import BeatBook
from probes.kind import Shared
from probes.reading import Reading
from probes.snmp.scalars import SnmpOptions
from tests.bench.frame import Figure
from tests.servers.snmpd import Snmpd, running_snmpd

WARM_UP = 200
REQUESTS = 1_000
ROUNDS = 5
GOAL_US = 150.0
OBJECTS = {
    "sys_uptime_s": "1.3.6.1.2.1.1.3.0",
    "engine_time_s": "1.3.6.1.6.3.10.2.1.3.0",
    "interfaces": "1.3.6.1.2.1.2.1.0",
    "snmp_in_packets": "1.3.6.1.2.1.11.1.0",
    "host_uptime": "1.3.6.1.2.1.25.1.1.0",
}


class Public:
    """The only secret is `public`."""

    def get(self, _name: str) -> str:
        return "public"


def run() -> Sequence[Figure]:
    """Ask one agent again and again; our process's CPU time by the request in the best round."""
    with tempfile.TemporaryDirectory() as folder, running_snmpd(Path(folder)) as agent:
        return asyncio.run(_measure(agent))


async def _measure(agent: Snmpd) -> Sequence[Figure]:
    check = _check(agent)
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        probe = await stack.enter_async_context(
            KINDS["snmp"].connect(Shared(Public(), BeatBook(opened_mono=0.0)))
        )
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        state = await stack.enter_async_context(StateStore.open(folder / "state.db", now=clock.now()))
        results = await stack.enter_async_context(ResultLog.open(folder / "results.db", now=clock.now()))
        inventory = Inventory(units={}, targets={}, checks={check.id: check}, ancestors_first=(check.id,))
        world, _ = engine.start(
            inventory, AlertSettings(), SavedState(), now=clock.now(), mono=clock.monotonic()
        )
        saver = Saver(state, clock=clock, saved=lambda: None)
        pipeline = Pipeline(world, results=results, saver=saver, clock=clock)
        runner = Runner({"snmp": probe}, clock=clock, vantage="bench")

        async def measure() -> Reading:
            return await probe(check.address, check.options, timeout_s=check.timeout_s)

        async def whole_way() -> Reading:
            result = await runner.run(check)
            pipeline.handle(result)
            return result.reading

        alone_us = await _cost_us(measure)
        whole_us = await _cost_us(whole_way, then=results.flush)
    goal = f"<= {GOAL_US:g} us"
    return [
        Figure("snmp_get_5_probe_cpu", alone_us, "us", None, None, "", None),
        Figure("snmp_get_5_cpu", whole_us, "us", None, None, goal, whole_us <= GOAL_US),
    ]


def _check(agent: Snmpd) -> Check:
    return Check(
        id="agent/snmp",
        target_id="agent",
        kind="snmp",
        address=agent.address,
        options=SnmpOptions(port=agent.port, oids=OBJECTS),
        interval_s=60,
        retry_interval_s=20,
        timeout_s=2,
        failures_to_down=3,
        successes_to_up=2,
    )


async def _nothing() -> None:
    pass


async def _cost_us(
    once: Callable[[], Awaitable[Reading]], *, then: Callable[[], Awaitable[None]] = _nothing
) -> float:
    """Return our CPU microseconds a request, `then` shared by all of a round; the best round counts."""
    await _repeat(once, WARM_UP)
    rounds = []
    for _ in range(ROUNDS):
        before = cpu_s()
        await _repeat(once, REQUESTS)
        await then()
        rounds.append((cpu_s() - before) / REQUESTS * 1e6)
    return min(rounds)


async def _repeat(once: Callable[[], Awaitable[Reading]], times: int) -> None:
    for _ in range(times):
        reading = await once()
        if not reading.ok or len(reading.metrics) != len(OBJECTS) + 1:
            raise RuntimeError(f"unexpected reading: {reading}")


def cpu_s() -> float:
    """Return the CPU seconds of this process, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
