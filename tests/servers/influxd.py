"""A real InfluxDB 1.x for the session. Use: import the fixture in a conftest.py."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.servers.running import free_port, http_server

CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{http_port}"
log-enabled = false
[ifql]
enabled = false
"""


@dataclass(frozen=True)
class Influxd:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def create_database(self, name: str) -> None:
        self.query(f'create database "{name}"')

    def query(self, text: str) -> None:
        """Run a statement that changes something."""
        self._request("POST", "/query?" + urlencode({"q": text}))

    def write(self, database: str, lines: str) -> int:
        """Return the status of a write of lines with nanosecond times."""
        status, _ = self._request(
            "POST", "/write?" + urlencode({"db": database, "precision": "ns"}), lines.encode()
        )
        return status

    def series(self, database: str, query: str) -> list[dict[str, Any]]:
        """Return the series of a query, each with `tags` and rows as dicts (time in ns)."""
        path = "/query?" + urlencode({"db": database, "q": query, "epoch": "ns"})
        _, body = self._request("GET", path)
        found = json.loads(body)["results"][0].get("series", [])
        return [
            {
                "name": series["name"],
                "tags": series.get("tags", {}),
                "rows": [dict(zip(series["columns"], values, strict=True)) for values in series["values"]],
            }
            for series in found
        ]

    def _request(self, method: str, path: str, body: bytes = b"") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10.0)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    folder = tmp_path_factory.mktemp("influxd")
    http_port, rpc_port = free_port(), free_port()
    config = folder / "influxd.conf"
    config.write_text(CONFIG.format(folder=folder, http_port=http_port, rpc_port=rpc_port))
    argv = ["influxd", "run", "-config", str(config)]
    with http_server(argv, port=http_port, ready_path="/ping", log=folder / "log"):
        yield Influxd(http_port)
