"""What a daemon decided, read from its state.db and results.db while it runs or after its death."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts.model.checks import CheckResult
from monitor.series.reading import last_results


@dataclass(frozen=True)
class Change:
    """A row of `transition`."""

    check: str
    at: float
    declared_at: float
    old: str
    new: str
    cause: str


class Ledger:
    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    def statuses(self) -> dict[str, str]:
        return dict(self._ask("state.db", "select check_id, status from check_state"))

    def changes(self) -> list[Change]:
        """All transitions in the order they were declared."""
        query = "select check_id, at, declared_at, old, new, cause from transition order by id"
        return [Change(*row) for row in self._ask("state.db", query)]

    def incidents(self) -> list[dict[str, Any]]:
        return self._rows("select * from incident order by declared_at, id")

    def affected(self, incident_id: str) -> set[str]:
        query = "select check_id from incident_affected where incident_id = ?"
        return {check for (check,) in self._ask("state.db", query, incident_id)}

    def paths(self, incident_id: str) -> list[str]:
        """Return the ways traced for an incident, in order."""
        query = "select text from incident_log where kind = 'path' and incident_id = ? order by at"
        return [text for (text,) in self._ask("state.db", query, incident_id)]

    def mutings(self) -> set[tuple[str, str]]:
        """Return the kind of each silence and maintenance that was declared, and who did."""
        return set(self._ask("state.db", "select kind, who from muting"))

    def outbox(self) -> list[dict[str, Any]]:
        return self._rows("select * from outbox order by id")

    def waiting(self) -> list[dict[str, Any]]:
        return self._rows("select * from waiting order by id")

    def alive_at(self) -> float:
        ((value,),) = self._ask("state.db", "select value from meta where key = 'alive_at'")
        return float(value)

    def integrity(self) -> str:
        ((answer,),) = self._ask("state.db", "pragma integrity_check")
        return str(answer)

    def results(self, check_id: str) -> list[CheckResult]:
        """Return a check's results in order."""
        with closing(_connect(self._state_dir / "results.db")) as connection:
            rows = last_results(connection, check_id, 100_000)
        return [row.result for row in reversed(rows)]

    def failed_results(self) -> dict[str, int]:
        """Count failed results by reason."""
        query = "select reason, count(*) from result where reason is not null group by reason"
        return dict(self._ask("results.db", query))

    def _rows(self, query: str) -> list[dict[str, Any]]:
        with closing(_connect(self._state_dir / "state.db")) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]

    def _ask(self, name: str, query: str, *parameters: str) -> list[Any]:
        with closing(_connect(self._state_dir / name)) as connection:
            return connection.execute(query, parameters).fetchall()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=5.0)
    connection.execute("pragma query_only = on")
    return connection


def status_at(changes: list[Change], check: str, at: float) -> str:
    """Return what the transitions say a check was at a moment; before the first it is unknown."""
    status = "unknown"
    for change in changes:
        if change.check == check and change.at <= at:
            status = change.new
    return status


def unknown_spans(changes: list[Change], check: str) -> list[tuple[float, float]]:
    """Return the spans (the open one ends at infinity) in which a check that had been known was unknown."""
    spans: list[tuple[float, float]] = []
    for change in changes:
        if change.check == check and change.new == "unknown":
            spans.append((change.at, float("inf")))
        elif change.check == check and change.old == "unknown" and spans and spans[-1][1] == float("inf"):
            spans[-1] = (spans[-1][0], change.at)
    return spans
