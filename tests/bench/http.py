"""CPU of one HTTP probe, plain and over TLS, against prometheus-blackbox-exporter probing the same local page.

Both measure the same phases on a fresh connection (resolve, connect, TLS, first byte, body) and read the certificate.
Over TLS there is no goal: OpenSSL 3.0's handshake alone takes a millisecond, as much as half of Go's whole probe.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiohttp

from probes.beats import BeatBook
from probes.http import HttpOptions
from probes.kind import Shared
from probes.kinds import KINDS
from tests.bench.cpu import cpu_s
from tests.bench.frame import Figure
from tests.bench.snmp import Public
from tests.probes.certificates import make_authority

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
      tls_config:
        ca_file: {ca_file}
"""


def run() -> Sequence[Figure]:
    """Alternate between both, same page, same number at once; the best round of each counts."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority = make_authority(folder)
        authority.server("page")
        url, process_id = stack.enter_context(_blackbox(folder, authority.file))
        plain, secure = stack.enter_context(_page()), stack.enter_context(_page(folder / "page.pem"))
        return [
            asyncio.run(_measure("http_probe_cpu", plain, HttpOptions(), url, process_id, goal=GOAL_RATIO)),
            asyncio.run(
                _measure(
                    "https_probe_cpu",
                    secure,
                    HttpOptions(ca_file=authority.file),
                    url,
                    process_id,
                    goal=None,
                )
            ),
        ]


async def _measure(
    name: str, page: str, options: HttpOptions, blackbox: str, process_id: int, *, goal: float | None
) -> Figure:
    ours, theirs = [], []
    async with (
        KINDS["http"].connect(Shared(Public(), BeatBook(opened_mono=0.0))) as probe,
        aiohttp.ClientSession() as session,
    ):

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
    met = None if goal is None else cost <= goal * peer
    return Figure(name, cost, "us", "blackbox_exporter", peer, "" if goal is None else f"<= {goal:g} x", met)


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
def _page(pem: Path | None = None) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.http_server", *([] if pem is None else [str(pem)])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("no pipes")
        try:
            scheme = "http" if pem is None else "https"
            yield f"{scheme}://127.0.0.1:{int(process.stdout.readline())}/"
        finally:
            process.stdin.close()


@contextmanager
def _blackbox(folder: Path, ca_file: Path) -> Iterator[tuple[str, int]]:
    configuration = folder / "blackbox.yml"
    configuration.write_text(_MODULE.format(ca_file=ca_file))
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
