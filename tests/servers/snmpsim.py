"""snmpsim as a fixture: many recorded agents on one port, told apart by the community, which is the recording's name."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parent.parent / "probes/recordings"
READY_WITHIN_S = 20.0
# snmpsim imports pysmi for the sake of its version number, and does not depend on it.
_LAUNCHER = """
import sys, types
sys.modules["pysmi"] = types.SimpleNamespace(__version__="not installed")
from snmpsim.commands.responder import main
sys.argv[0] = "snmpsim"
sys.exit(main())
"""
# GET sysUpTime.0, v2c, of the community "ready", which needs a recording of that name.
_QUESTION = bytes.fromhex("302602010104057265616479a01a02020001020100020100300e300c06082b060102010103000500")


@dataclass(frozen=True, slots=True)
class SnmpSim:
    """A running simulator of v1 and v2c agents."""

    address: str
    port: int


@contextmanager
def running_snmpsim(folder: Path, recordings: Path) -> Iterator[SnmpSim]:
    """Serve every *.snmprec of `recordings`; `folder` takes the simulator's index files."""
    process, port = _start(folder, recordings)
    try:
        yield SnmpSim("127.0.0.1", port)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def snmpsim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnmpSim]:
    with running_snmpsim(tmp_path_factory.mktemp("snmpsim"), RECORDINGS) as simulator:
        yield simulator


def _start(folder: Path, recordings: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Try a few ports: a free one may be taken again before the simulator binds it."""
    log = folder / "log"
    options = [f"--cache-dir={folder}", f"--pid-file={folder / 'pid'}", f"--data-dir={recordings}"]
    options += [f"--variation-modules-dir={folder / 'none'}", "--log-level=error"]
    if os.geteuid() == 0:  # it insists on being told whom to become
        options += ["--process-user=root", "--process-group=root"]
    for _ in range(5):
        port = _free_udp_port()
        command = [sys.executable, "-c", _LAUNCHER, *options, f"--agent-udpv4-endpoint=127.0.0.1:{port}"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        if _becomes_ready(process, port):
            return process, port
        process.kill()
        process.wait()
    raise RuntimeError(f"snmpsim did not start: {log.read_text(errors='replace')[-500:]}")


def _becomes_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + READY_WITHIN_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(0.1)
        while time.monotonic() < deadline and process.poll() is None:
            # Refused until it listens; then the answer comes within the socket's time-out.
            with suppress(OSError):
                sock.send(_QUESTION)
                sock.recv(2048)
                return True
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    return False


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
