"""How true round trips are on a busy poller: what was told against what a packet capture saw.

Ours while the event loop is kept 70 % busy by other work; blackbox_exporter while it runs 64 probes at once.
"""

import asyncio
import re
import socket
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from probes.icmp.engine import Engine, open_engine
from probes.icmp.flight import Burst, destination
from tests.bench.capture import capture, round_trips
from tests.bench.frame import Figure

COUNT = 10
AT_ONCE = 64
WORK_S, REST_S = 0.007, 0.002  # a timer of 2 ms fires after about 3
GOAL_US = 100.0
BUSY_GOAL = 0.7
_MODULE = "modules: {ping: {prober: icmp, timeout: 5s, icmp: {preferred_ip_protocol: ip4}}}\n"
_RTT = re.compile(rb'probe_icmp_duration_seconds\{phase="rtt"\} (\S+)')


def run(targets: Sequence[str]) -> Sequence[Figure]:
    """Probe each target once by both; 127.x.y.z only."""
    ours, busy_ratio = asyncio.run(_ours(targets))
    with _blackbox() as url:
        theirs = asyncio.run(_theirs(targets, url))
    p50, p99 = statistics.median(ours), _p99(ours)
    return [
        Figure("icmp_busy_loop", busy_ratio, "busy", None, None, f">= {BUSY_GOAL}", busy_ratio >= BUSY_GOAL),
        Figure(
            "icmp_busy_rtt_error_p50", p50, "us", "blackbox_exporter", statistics.median(theirs), "", None
        ),
        Figure(
            "icmp_busy_rtt_error_p99",
            *(p99, "us", "blackbox_exporter", _p99(theirs)),
            *(f"< {GOAL_US:g} us", p99 < GOAL_US),
        ),
    ]


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


async def _ours(targets: Sequence[str]) -> tuple[list[float], float]:
    """Return the errors (absolute, microseconds) and how busy the loop was."""
    with capture() as sock:
        async with open_engine() as engine:
            busy = asyncio.create_task(_work())
            try:
                bursts = await asyncio.gather(*(_burst(engine, target) for target in targets))
            finally:
                busy.cancel()
            [busy_ratio] = await asyncio.gather(busy)
        truth = defaultdict(list)
        for target, rtt_s in round_trips(sock):
            truth[target].append(rtt_s)
    errors = [
        abs(told - real) * 1e6
        for target, burst in zip(targets, bursts, strict=True)
        for told, real in zip(burst.rtts_s[: burst.sent], truth[target], strict=True)
        if told is not None
    ]
    if len(errors) < 0.99 * COUNT * len(targets):
        raise RuntimeError(f"only {len(errors)} round trips of {COUNT * len(targets)} were told")
    return errors, busy_ratio


async def _burst(engine: Engine, target: str) -> Burst:
    return await engine.burst(
        destination(target), count=COUNT, spacing_s=0.1, within_s=10, payload_bytes=56, dscp=0
    )


async def _work() -> float:
    """Hold the loop most of the time until cancelled; return the share of time it was held."""
    started = time.perf_counter()
    worked = 0.0
    try:
        while True:
            begun = time.perf_counter()
            while time.perf_counter() - begun < WORK_S:
                pass
            worked += time.perf_counter() - begun
            await asyncio.sleep(REST_S)
    except asyncio.CancelledError:
        return worked / (time.perf_counter() - started)


async def _theirs(targets: Sequence[str], url: str) -> list[float]:
    told: dict[str, float] = {}
    turns = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(target: str) -> None:
            async with turns, session.get(url, params={"module": "ping", "target": target}) as response:
                match = _RTT.search(await response.read())
                told[target] = float(match[1]) if match else float("nan")

        await _until_serving(session, url)
        with capture() as sock:
            await asyncio.gather(*(ask(target) for target in targets))
            truth = dict(round_trips(sock))
    return [abs(told[target] - real) * 1e6 for target, real in truth.items() if told.get(target, 0) > 0]


@contextmanager
def _blackbox() -> Iterator[str]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "blackbox.yml"
        config.write_text(_MODULE)
        command = [
            "prometheus-blackbox-exporter",
            f"--config.file={config}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                yield f"http://127.0.0.1:{port}/probe"
            finally:
                process.terminate()


async def _until_serving(session: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(15):
        while True:
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
