"""Starting a real server for tests: a free port, a process, readiness by asking it."""

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

READY_S = 20.0
STOP_S = 10.0


def free_port() -> int:
    """Return a loopback TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, path: str) -> bool:
    """Whether the HTTP server on loopback answers `path` with 2xx."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status // 100 == 2
    except OSError:
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def http_server(argv: Sequence[str], *, port: int, ready_path: str, log: Path) -> Iterator[None]:
    """Run `argv` until the end of the block; enter when it answers `ready_path`."""
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + READY_S
            while not answers(port, ready_path):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{argv[0]} is not ready:\n{log.read_text(errors='replace')[-2_000:]}")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=0.05)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
