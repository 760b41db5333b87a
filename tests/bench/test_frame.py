import json
from pathlib import Path

from tests.bench.frame import Figure, record


def test_a_figure_is_one_line_with_every_key(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.jsonl"

    record([Figure("rate", 80.0, "1/s", "peer", 10.0, ">= 8 x", met=True)], path)
    record([Figure("lost", 0.0, "replies", None, None, "0", met=True)], path)

    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert first.keys() == {"name", "value", "unit", "peer", "peer_value", "ratio", "goal", "met", "commit"}
    assert first["ratio"] == 8.0
    assert second["ratio"] is None
