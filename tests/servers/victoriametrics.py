"""A real VictoriaMetrics for the session. Use: import the fixture in a conftest.py."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.servers.running import free_port, http_server


@dataclass(frozen=True)
class VictoriaMetrics:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def export(self, selector: str) -> list[dict[str, object]]:
        """Return series as `{"metric": labels, "values": [...], "timestamps": [ms...]}`; what was written is flushed."""
        self._get("/internal/force_flush")
        text = self._get("/api/v1/export?" + urlencode({"match[]": selector, "reduce_mem_usage": "1"}))
        return [json.loads(line) for line in text.splitlines()]

    def _get(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10.0)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read().decode()
        finally:
            connection.close()
        assert response.status == 200, f"{path}: {response.status} {body}"
        return body


@pytest.fixture(scope="session")
def victoriametrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    folder = tmp_path_factory.mktemp("victoriametrics")
    port = free_port()
    argv = [
        "victoria-metrics",
        f"-httpListenAddr=127.0.0.1:{port}",
        f"-storageDataPath={folder / 'data'}",
        "-retentionPeriod=100y",
        "-memory.allowedBytes=64MB",
        "-search.latencyOffset=0s",
    ]
    with http_server(argv, port=port, ready_path="/health", log=folder / "log"):
        yield VictoriaMetrics(port)
