"""`series`: how a check did over time, from the results recorded on this machine."""

from argparse import Namespace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerts.model.checks import CheckResult
from inventory.model import Check, Inventory
from monitor.cli.config import read_inventory
from monitor.cli.exits import CommandError, Exit
from monitor.cli.one_check import one_check
from monitor.cli.output import Output
from monitor.cli.results_file import reading
from monitor.cli.series_output import show_graph, show_results
from monitor.clock import SystemClock
from monitor.series.asking import Asked, AskedWrongError, read_asked
from monitor.series.graph import read_graph, select_marks
from monitor.series.reading import results_between
from monitor.series.series_json import smoke_json
from monitor.series.smoke import Marks, Smoke

_STEP_S: Final = 86_400.0
"""Single results are read a day at a time."""


def run(arguments: Namespace, out: Output) -> int:
    """Show a series; 0 also when nothing was measured."""
    settings, inventory = read_inventory(arguments)
    zone, now = ZoneInfo(settings.timezone), SystemClock().now()
    check = one_check(arguments.name, inventory, out)
    try:
        asked = read_asked(
            span=arguments.range,
            since=arguments.since,
            until=arguments.until,
            points=arguments.points,
            metric=arguments.metric,
            now=now,
            zone=zone,
        )
        if arguments.raw:
            found = _results(settings.state_dir / "results.db", check, asked)
            show_results(found, check.id, zone, out, now=now)
            return Exit.OK
        graph = _graph(settings.state_dir, check, inventory, asked, zone, now)
    except AskedWrongError as wrong:
        raise CommandError(Exit.USAGE, wrong.what, wrong.remedy) from None
    if out.is_json:
        out.json(smoke_json(graph, zone, now=now))
    else:
        show_graph(graph, f"{check.id}  {inventory.targets[check.target_id].name}", zone, out)
    return Exit.OK


def _graph(
    state_dir: Path, check: Check, inventory: Inventory, asked: Asked, zone: ZoneInfo, now: float
) -> Smoke:
    marks = Marks()
    if (state_dir / "state.db").exists():
        with reading(state_dir / "state.db") as connection:
            marks = select_marks(connection, check, inventory, asked)
    with reading(state_dir / "results.db") as connection:
        return read_graph(connection, check, asked, marks, zone=zone, now=now)


def _results(path: Path, check: Check, asked: Asked) -> list[CheckResult]:
    found: list[CheckResult] = []
    with reading(path) as connection:
        at = asked.from_at
        while at < asked.until_at:
            until_at = min(at + _STEP_S, asked.until_at)
            found += results_between(connection, check.id, from_at=at, until_at=until_at)
            at = until_at
    return found
