"""CPU of one HTTP probe, against prometheus-blackbox-exporter probing the same local page."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from probes import KINDS
from probes.beats import BeatBook
from probes.http import HttpOptions
from probes.kind import Shared
from tests.bench.frame import Figure
from tests.bench.snmp import Public, cpu_s

ROUNDS = 5
PROBES = 1_000
AT_ONCE = 16
GOAL_RATIO = 0.5
_MODULE = """
modules:
  page:
    prober: http
    timeout: 5s
    http:
      follow_redirects: false
      preferred_ip_protocol: ip4
"""


def run() -> Sequence[Figure]:
    """Alternate between both, same page, same number at once; the best round of each counts."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _page() as page,
        _blackbox(Path(folder)) as (url, process_id),
    ):
        return asyncio.run(_measure(page, url, process_id))


async def _measure(page: str, blackbox: str, process_id: int) -> Sequence[Figure]:
    ours, theirs = [], []
    async with (
        KINDS["http"].connect(Shared(Public(), BeatBook(opened_mono=0.0))) as probe,
        aiohttp.ClientSession() as session,
    ):
        options = HttpOptions()

        async def probe_once() -> None:
            reading = await probe(page, options, timeout_s=5.0)
            if not reading.ok:
                raise RuntimeError(f"unexpected reading: {reading}")

        async def ask_blackbox() -> None:
            async with session.get(blackbox, params={"module": "page", "target": page}) as response:
                if b"\nprobe_success 1" not in await response.read():
                    raise RuntimeError("blackbox_exporter could not probe the page")

        await _wait_until(ask_blackbox)
        for _ in range(ROUNDS):
            ours.append(await _cost_us(probe_once, cpu_s))
            theirs.append(await _cost_us(ask_blackbox, lambda: _cpu_of(process_id)))
    cost, peer = min(ours), min(theirs)
    met = cost <= GOAL_RATIO * peer
    return [Figure("http_probe_cpu", cost, "us", "blackbox_exporter", peer, f"<= {GOAL_RATIO:g} x", met)]


async def _cost_us(once: Callable[[], Awaitable[None]], cpu: Callable[[], float]) -> float:
    async def some() -> None:
        for _ in range(PROBES // AT_ONCE):
            await once()

    await once()
    before = cpu()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    return (cpu() - before) / (PROBES // AT_ONCE * AT_ONCE) * 1e6


async def _wait_until(works: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(15):
        while True:
            try:
                await works()
            except (aiohttp.ClientError, RuntimeError):
                await asyncio.sleep(0.05)
            else:
                return


def _cpu_of(process_id: int) -> float:
    """Return the CPU seconds of a process, all its threads (proc(5): utime and stime)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _page() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.http_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("no pipes")
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        finally:
            process.stdin.close()


@contextmanager
def _blackbox(folder: Path) -> Iterator[tuple[str, int]]:
    configuration = folder / "blackbox.yml"
    configuration.write_text(_MODULE)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = ["prometheus-blackbox-exporter", f"--config.file={configuration}", "--log.level=error"]
    command.append(f"--web.listen-address=127.0.0.1:{port}")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}/probe", process.pid
        finally:
            process.terminate()
