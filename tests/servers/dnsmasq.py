"""A real dnsmasq on a free loopback port: it answers from its own configuration and asks nobody."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.running import free_port

READY_WITHIN_S = 10.0
_QUESTION = bytes.fromhex("0007010000010000000000000772656164797a7a0000010001")


@contextmanager
def running_dnsmasq(folder: Path, *lines: str) -> Iterator[int]:
    """Run dnsmasq with further lines of configuration; yield its port, UDP and TCP."""
    for _ in range(5):
        port = free_port()
        configuration = folder / "dnsmasq.conf"
        fixed = (
            f"port={port}",
            "listen-address=127.0.0.1",
            "bind-interfaces",
            "no-resolv",
            "no-hosts",
            "no-daemon",
            "user=root",
            f"pid-file={folder / 'pid'}",
        )
        configuration.write_text("\n".join((*fixed, *lines)) + "\n", encoding="ascii")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(["dnsmasq", "-C", str(configuration)], stdout=log, stderr=log)
        try:
            if _becomes_ready(process, port):
                yield port
                return
        finally:
            process.terminate()
            process.wait(10)
    raise RuntimeError(f"dnsmasq did not start: {(folder / 'log').read_text()[-500:]}")


def _becomes_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + READY_WITHIN_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(0.05)
        while time.monotonic() < deadline and process.poll() is None:
            # Refused until it listens.
            with suppress(OSError):
                sock.send(_QUESTION)
                sock.recv(512)
                return True
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
    return False
