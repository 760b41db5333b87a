"""A real VictoriaMetrics for the session. Use: import the fixture in a conftest.py."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.servers.running import free_port, http_server


@dataclass(frozen=True)
class Series:
    """`times_ms` and `values` are as long as each other; a point written twice may be there twice."""

    labels: dict[str, str]
    times_ms: list[int]
    values: list[float]

    @property
    def points(self) -> dict[int, float]:
        return dict(zip(self.times_ms, self.values, strict=True))


@dataclass(frozen=True)
class VictoriaMetrics:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def export(self, selector: str) -> list[Series]:
        """Return the series that match, with all that was written until now."""
        self._get("/internal/force_flush")
        text = self._get("/api/v1/export?" + urlencode({"match[]": selector}))
        found = [json.loads(line) for line in text.splitlines()]
        return [Series(entry["metric"], entry["timestamps"], entry["values"]) for entry in found]

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
