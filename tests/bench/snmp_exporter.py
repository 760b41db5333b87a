"""prometheus-snmp-exporter as a peer: it reads the same objects of the same agent."""

import asyncio
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.servers.snmpd import Snmpd

_MODULE = """
objects:
  version: 2
  auth: {{community: public}}
  timeout: 2s
  retries: 0
  get: [{oids}]
  metrics:
{metrics}
"""
_METRIC = "    - {{name: {name}, oid: {oid}, type: gauge, help: {name}}}"


@dataclass(frozen=True, slots=True)
class Exporter:
    """A running exporter that knows a fixed set of objects."""

    url: str
    process_id: int
    names: tuple[str, ...]

    async def scrape(self, session: aiohttp.ClientSession, agent: Snmpd) -> None:
        """Read the objects once; RuntimeError unless all of them came."""
        target = {"module": "objects", "target": f"{agent.address}:{agent.port}"}
        async with session.get(self.url, params=target) as response:
            lines = (await response.text()).splitlines()
        if not all(any(line.startswith(f"{name} ") for line in lines) for name in self.names):
            raise RuntimeError("snmp_exporter could not read the objects")

    async def wait(self, session: aiohttp.ClientSession, agent: Snmpd) -> None:
        """Wait until it works."""
        async with asyncio.timeout(15):
            while True:
                try:
                    await self.scrape(session, agent)
                except (aiohttp.ClientError, RuntimeError):
                    await asyncio.sleep(0.05)
                else:
                    return


@contextmanager
def running_exporter(folder: Path, objects: Mapping[str, str]) -> Iterator[Exporter]:
    """Run it on a free port; `objects` maps a metric's name to the OID of a scalar."""
    configuration = folder / "snmp.yml"
    metrics = (_METRIC.format(name=name, oid=oid.removesuffix(".0")) for name, oid in objects.items())
    configuration.write_text(_MODULE.format(oids=", ".join(objects.values()), metrics="\n".join(metrics)))
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = ["prometheus-snmp-exporter", f"--config.file={configuration}", "--log.level=error"]
    command.append(f"--web.listen-address=127.0.0.1:{port}")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield Exporter(f"http://127.0.0.1:{port}/snmp", process.pid, tuple(objects))
        finally:
            process.terminate()
