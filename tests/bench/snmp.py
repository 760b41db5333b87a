"""CPU of one SNMP GET of 5 objects against a real snmpd: session, matching and reading included."""

import asyncio
import resource
import tempfile
from collections.abc import Sequence
from pathlib import Path

from probes import KINDS
from probes.kind import Probe
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
    options = SnmpOptions(port=agent.port, oids=OBJECTS)
    async with KINDS["snmp"].connect(Public()) as probe:
        await _ask(probe, agent, options, WARM_UP)
        cost_us = min([await _round_us(probe, agent, options) for _ in range(ROUNDS)])
    return [Figure("snmp_get_5_cpu", cost_us, "us", None, None, f"<= {GOAL_US:g} us", cost_us <= GOAL_US)]


async def _round_us(probe: Probe, agent: Snmpd, options: SnmpOptions) -> float:
    before = cpu_s()
    await _ask(probe, agent, options, REQUESTS)
    return (cpu_s() - before) / REQUESTS * 1e6


async def _ask(probe: Probe, agent: Snmpd, options: SnmpOptions, times: int) -> None:
    for _ in range(times):
        reading = await probe(agent.address, options, timeout_s=2.0)
        if not reading.ok or len(reading.metrics) != len(OBJECTS) + 1:
            raise RuntimeError(f"unexpected reading: {reading}")


def cpu_s() -> float:
    """Return the CPU seconds of this process, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
