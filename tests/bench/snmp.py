"""CPU of one SNMP GET of 5 objects of a real snmpd: the probe alone against prometheus-snmp-exporter, and all of it.

The whole way of a measurement is runner, probe, result log on disk and engine, as in the daemon. Ours and the
exporter take turns, so that both meet the same noise; the best round of each counts.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from alerts import engine
from alerts.model.decision import SavedState
from alerts.model.settings import AlertSettings
from inventory.model import Check, Inventory
from monitor.clock import SystemClock
from monitor.pipeline import Pipeline, Saver
from monitor.runner import Runner
from monitor.series.log import ResultLog
from monitor.storage.state import StateStore
from probes.beats import BeatBook
from probes.kind import Shared
from probes.kinds import KINDS
from probes.reading import Reading
from probes.snmp.scalars import SnmpOptions
from tests.bench.cpu import cpu_of, cpu_s
from tests.bench.frame import Figure
from tests.bench.snmp_exporter import Exporter, running_exporter
from tests.servers.snmpd import Snmpd, running_snmpd

WARM_UP = 200
REQUESTS = 1_000
ROUNDS = 5
AT_ONCE = 16
GOAL_US = 150.0
GOAL_RATE = 8_000.0
GOAL_RATIO = 0.25
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
    """Ask one agent again and again; CPU time by the request."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_snmpd(Path(folder)) as agent,
        running_exporter(Path(folder), OBJECTS) as exporter,
    ):
        return asyncio.run(_measure(agent, exporter))


async def _measure(agent: Snmpd, exporter: Exporter) -> Sequence[Figure]:
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

        session = await stack.enter_async_context(aiohttp.ClientSession())
        await exporter.wait(session, agent)
        alone, whole, theirs = [], [], []
        await _repeat(whole_way, WARM_UP)
        for _ in range(ROUNDS):
            alone.append(await _cost_us(measure))
            theirs.append(await _their_cost_us(exporter, session, agent))
            whole.append(await _cost_us(whole_way, then=results.flush))
    return _figures(min(alone), min(whole), min(theirs))


def _figures(alone_us: float, whole_us: float, exporter_us: float) -> Sequence[Figure]:
    rate = 1e6 / alone_us
    is_cheap = alone_us <= GOAL_RATIO * exporter_us
    return [
        Figure("snmp_get_5_rate", rate, "GET/s a core", None, None, f">= {GOAL_RATE:g}", rate >= GOAL_RATE),
        Figure(
            "snmp_get_5_probe_cpu",
            alone_us,
            "us",
            "snmp_exporter",
            exporter_us,
            f"<= {GOAL_RATIO:g} x",
            is_cheap,
        ),
        Figure("snmp_get_5_cpu", whole_us, "us", None, None, f"<= {GOAL_US:g} us", whole_us <= GOAL_US),
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
    """Return our CPU microseconds a request, `then` shared by all of a round."""
    before = cpu_s()
    await _repeat(once, REQUESTS)
    await then()
    return (cpu_s() - before) / REQUESTS * 1e6


async def _their_cost_us(exporter: Exporter, session: aiohttp.ClientSession, agent: Snmpd) -> float:
    async def some() -> None:
        for _ in range(REQUESTS // AT_ONCE):
            await exporter.scrape(session, agent)

    before = cpu_of(exporter.process_id)
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    return (cpu_of(exporter.process_id) - before) / (REQUESTS // AT_ONCE * AT_ONCE) * 1e6


async def _repeat(once: Callable[[], Awaitable[Reading]], times: int) -> None:
    for _ in range(times):
        reading = await once()
        if not reading.ok or len(reading.metrics) != len(OBJECTS) + 1:
            raise RuntimeError(f"unexpected reading: {reading}")
