"""VictoriaMetrics and InfluxDB 1.x as stores whose folders are measured: started, filled by line protocol, left to merge."""

import contextlib
import http.client
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.servers.influxd import CONFIG, Influxd
from tests.servers.running import free_port, http_server

CALM_S = 12.0
"""A store that stayed the same for so long has merged what it wants to."""
PATIENCE_S = 600.0
_LOOK_S = 1.0
_EAGER = """[data]
cache-snapshot-write-cold-duration = "2s"
compact-full-write-cold-duration = "4s"
"""
"""Write to files and compact fully at once, not after the hours that are the default."""


class Store(Protocol):
    """Holds what it is given in a part of its own for each name."""

    def write(self, part: str, lines: str) -> None:
        """Write lines with times in ns."""

    def settle(self) -> dict[str, int]:
        """Return how many bytes each part takes on the disk, once all is written and merged."""


@dataclass(frozen=True, slots=True)
class VictoriaStore:
    """One server for each part."""

    ports: Mapping[str, int]
    folders: Mapping[str, Path]

    def write(self, part: str, lines: str) -> None:
        """Write lines with times in ns."""
        _ask(self.ports[part], "POST", "/write?precision=ns", lines.encode())

    def settle(self) -> dict[str, int]:
        """Flush, merge into one part, and wait until the folders rest."""
        for port in self.ports.values():
            _ask(port, "GET", "/internal/force_flush")
            _ask(port, "GET", "/internal/force_merge")
        return _at_rest(self.folders)


@dataclass(frozen=True, slots=True)
class InfluxStore:
    """One server with a database for each part."""

    server: Influxd
    folders: Mapping[str, Path]
    wal: Path

    def write(self, part: str, lines: str) -> None:
        """Write lines with times in ns."""
        status = self.server.write(part, lines)
        if status != http.HTTPStatus.NO_CONTENT:
            raise RuntimeError(f"influxd answered {status}")

    def settle(self) -> dict[str, int]:
        """Wait until the write-ahead log is empty and the folders rest."""
        return _at_rest(self.folders, wal=self.wal)


@contextlib.contextmanager
def victoria_store(folder: Path, parts: tuple[str, ...]) -> Iterator[Store]:
    """Run one VictoriaMetrics for each part, with its own defaults for everything on the disk."""
    ports = {part: free_port() for part in parts}
    folders = {part: folder / f"victoria-{part}" for part in parts}
    with contextlib.ExitStack() as stack:
        for part, port in ports.items():
            argv = [
                "victoria-metrics",
                f"-httpListenAddr=127.0.0.1:{port}",
                f"-storageDataPath={folders[part]}",
                "-retentionPeriod=100y",
                "-memory.allowedBytes=256MB",
            ]
            log = folder / f"victoria-{part}.log"
            stack.enter_context(http_server(argv, port=port, ready_path="/health", log=log))
        yield VictoriaStore(ports, folders)


@contextlib.contextmanager
def influx_store(folder: Path, parts: tuple[str, ...]) -> Iterator[Store]:
    """Run one influxd 1.x."""
    home = folder / "influxd"
    home.mkdir()
    http_port, rpc_port = free_port(), free_port()
    config = home / "influxd.conf"
    text = CONFIG.format(folder=home, http_port=http_port, rpc_port=rpc_port)
    config.write_text(text.replace("[data]\n", _EAGER), encoding="utf-8")
    argv = ["influxd", "run", "-config", str(config)]
    with http_server(argv, port=http_port, ready_path="/ping", log=home / "log"):
        server = Influxd(http_port)
        for part in parts:
            server.create_database(part)
        yield InfluxStore(server, {part: home / "data" / part for part in parts}, home / "wal")


def _at_rest(folders: Mapping[str, Path], wal: Path | None = None) -> dict[str, int]:
    sizes: dict[str, int] = {}
    calm_since = started = time.monotonic()
    while time.monotonic() - calm_since < CALM_S:
        if time.monotonic() - started > PATIENCE_S:
            raise RuntimeError("a server does not come to rest")
        found = {part: _bytes(folder) for part, folder in folders.items()}
        if found != sizes or (wal is not None and _bytes(wal)):
            sizes, calm_since = found, time.monotonic()
        time.sleep(_LOOK_S)  # noqa: TID251 (nothing else is to be done meanwhile)
    return sizes


def _bytes(folder: Path) -> int:
    """Return what the files of a folder hold; those that vanish meanwhile were merged."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            # Files made larger in advance count by what is written.
            status = path.stat()
            total += min(status.st_size, 512 * status.st_blocks) if path.is_file() else 0
    return total


def _ask(port: int, method: str, path: str, body: bytes = b"") -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120.0)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        told = response.read()
    finally:
        connection.close()
    if response.status // 100 != 2:
        raise RuntimeError(f"{path}: {response.status} {told[:200]!r}")
