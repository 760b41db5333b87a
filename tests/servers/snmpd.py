"""A real snmpd on a free loopback port."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

READY_WITHIN_S = 10.0
# GET sysUpTime.0, v2c, community "public"
_QUESTION = bytes.fromhex(
    "3026020101040670 75626c6963a01902010102010002010030 0e300c06082b060102010103000500".replace(" ", "")
)


@dataclass(frozen=True, slots=True)
class Snmpd:
    """A running agent: v1 and v2c with community `public`; `process_id` for measuring or stopping it."""

    address: str
    port: int
    process_id: int


@contextmanager
def running_snmpd(folder: Path, *, config: str = "") -> Iterator[Snmpd]:
    """Run snmpd with `rocommunity public 127.0.0.1` and further lines of configuration; `folder` takes its files."""
    configuration = folder / "snmpd.conf"
    configuration.write_text(f"rocommunity public 127.0.0.1\n{config}\n", encoding="ascii")
    process, port = _start(folder, configuration)
    try:
        yield Snmpd("127.0.0.1", port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with running_snmpd(tmp_path_factory.mktemp("snmpd")) as agent:
        yield agent


def _start(folder: Path, configuration: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Try a few ports: a free one may be taken again before snmpd binds it."""
    environment = os.environ | {
        "SNMP_PERSISTENT_DIR": str(folder),
        "MIBS": "",
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
    }
    for _ in range(5):
        port = _free_udp_port()
        files = ["-c", str(configuration), "-Lf", str(folder / "log"), "-p", str(folder / "pid")]
        command = ["snmpd", "-f", "-C", "-I", "-smux", *files, f"udp:127.0.0.1:{port}"]
        process = subprocess.Popen(command, env=environment)
        if _becomes_ready(process, port):
            return process, port
        process.kill()
        process.wait(10)
    raise RuntimeError(f"snmpd did not start: {(folder / 'log').read_text()[-500:]}")


def _becomes_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + READY_WITHIN_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(0.05)
        while time.monotonic() < deadline and process.poll() is None:
            # Refused until it listens; then the answer comes within the socket's time-out.
            with suppress(OSError):
                sock.send(_QUESTION)
                sock.recv(2048)
                return True
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
    return False


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
