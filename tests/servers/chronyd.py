"""A real chronyd on a free loopback port. It runs with -x: it never touches this machine's clock; and it asks nobody."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

READY_WITHIN_S = 10.0


@contextmanager
def running_chronyd(folder: Path, *lines: str) -> Iterator[int]:
    """Run chronyd with further lines of configuration (`local stratum 3`); yield its UDP port."""
    for _ in range(5):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        configuration = folder / "chrony.conf"
        fixed = (
            f"port {port}",
            "bindaddress 127.0.0.1",
            "allow 127.0.0.0/8",
            "cmdport 0",
            "bindcmdaddress /",
            f"pidfile {folder / 'pid'}",
        )
        configuration.write_text("\n".join((*fixed, *lines)) + "\n", encoding="ascii")
        command = ["chronyd", "-x", "-d", "-U", "-u", "root", "-f", str(configuration)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            if _becomes_ready(process, port):
                yield port
                return
        finally:
            process.terminate()
            process.wait(10)
    raise RuntimeError(f"chronyd did not start: {(folder / 'log').read_text()[-500:]}")


def _becomes_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + READY_WITHIN_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(0.05)
        while time.monotonic() < deadline and process.poll() is None:
            # Refused until it listens.
            with suppress(OSError):
                sock.send(b"\x23" + bytes(47))
                sock.recv(512)
                return True
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
    return False
