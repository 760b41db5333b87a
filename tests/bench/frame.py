"""The frame of all benchmarks: a figure, the table for people, and one JSON line a figure in build/bench.jsonl."""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

RECORD = Path("build/bench.jsonl")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, beside a peer measured in the same run (None: there is no peer)."""

    name: str
    value: float
    unit: str
    peer: str | None
    peer_value: float | None
    goal: str
    """What was promised, in words; empty: shown for information."""
    met: bool | None
    """Whether the goal is met; None: no goal."""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's."""
        return self.value / self.peer_value if self.peer_value else None


Bench = Callable[[], Sequence[Figure]]


def record(figures: Sequence[Figure], path: Path = RECORD) -> None:
    """Append the figures with the commit they belong to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    commit = _commit()
    with path.open("a", encoding="utf-8") as file:
        for figure in figures:
            line = asdict(figure) | {"ratio": figure.ratio, "commit": commit}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print the table."""
    table = Table("figure", "value", "unit", "peer", "peer's value", "ratio", "goal", "met")
    for figure in figures:
        table.add_row(
            figure.name,
            _number(figure.value),
            figure.unit,
            figure.peer or "",
            _number(figure.peer_value),
            _number(figure.ratio),
            figure.goal,
            {True: "yes", False: "NO", None: ""}[figure.met],
        )
    console.print(table)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"
