"""The medium province with a month behind it: lines of three carriers, kiosks, incidents; and the steps of a report, timed.

Run as a module it makes the report step by step in this process and prints the seconds of each as JSON.
"""

import gc
import json
import os
import random
import resource
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import yaml

from alerts.model.checks import Status, Transition
from alerts.model.decision import Decision
from alerts.model.incident import CauseKind, Choice, CloseReason, Incident, Side
from inventory.loader import load
from inventory.model import Inventory, Layer
from monitor.settings.settings import load_settings
from monitor.storage.decisions import save_alive_at, save_decision
from monitor.storage.migrations import migrate, migrations
from tests.bench.province import write_settings

PERIOD = "2026-11"
BEGIN, END = 1_790_787_600.0, 1_796_058_000.0
"""1 October to 1 December 2026 in Việt Nam."""
NOW = END + 3_600.0
ROWS_A_DAY = float(os.environ.get("BENCH_ROWS_A_DAY", "550"))
"""Changes of status in the whole province: of each of its 2,732 targets about one in five days."""
CARRIERS = ("VNPT", "Viettel", "MobiFone")
DISTRICTS = 12
_LAYERS = {0: "line", 1: "endpoint", **dict.fromkeys(range(16, 22), "kiosk")}

T = TypeVar("T")


def write_month(folder: Path) -> tuple[Path, int, int]:
    """Write settings, inventory and state.db; return the settings file, the changes of status and the incidents."""
    state_dir = folder / "state"
    state_dir.mkdir(mode=0o700)
    config = write_settings(folder, state_dir=state_dir)
    province = folder / "inventory" / "province.yaml"
    province.write_text(
        yaml.safe_dump(_layered(yaml.safe_load(province.read_text(encoding="utf-8"))), allow_unicode=True),
        encoding="utf-8",
    )
    inventory = load(load_settings(config).inventory)
    path = state_dir / "state.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        migrate(connection, migrations("state"), path)
        connection.execute("begin")
        rows, incidents = _save(connection, inventory)
        save_alive_at(connection, NOW)
        connection.execute("commit")
    return config, rows, incidents


def _layered(data: dict[str, Any]) -> dict[str, Any]:
    """Give the devices of each site the layers of a commune's, its line a carrier, the site a former district."""
    profiles = data["profiles"]
    profiles["line"] = {**profiles["network"], "layer": "tslcd"}
    profiles["endpoint"] = {**profiles["network"], "layer": "conference"}
    profiles["kiosk"] = {**profiles["device"], "layer": "kiosk"}
    sites = [code for code in data["units"] if code != "core"]
    for number, code in enumerate(sites):
        data["units"][code] |= {
            "former_district": f"Huyện {number % DISTRICTS}",
            "former_province": "Quảng Ngãi",
        }
        data.setdefault("circuits", {})[code] = {"provider": CARRIERS[number % 3], "restore_time_s": 14_400}
        for index, profile in _LAYERS.items():
            data["targets"][f"{code}.d{index:02}"]["profile"] = profile
        data["targets"][f"{code}.d00"]["circuit"] = code
    return data


def _save(connection: sqlite3.Connection, inventory: Inventory) -> tuple[int, int]:
    chance = random.Random(1)  # noqa: S311 (when things are cut)
    days = (END - BEGIN) / 86_400
    transitions: list[Transition] = []
    incidents: list[Incident] = []
    cut = Counter(chance.choices(list(inventory.checks), k=round(ROWS_A_DAY * days / 2)))
    primaries: set[str] = set()
    for check in inventory.checks.values():
        is_primary = check.target_id not in primaries
        primaries.add(check.target_id)
        layer = inventory.targets[check.target_id].layer
        transitions.append(Transition(check.id, BEGIN, BEGIN, Status.UNKNOWN, Status.UP, ""))
        starts = sorted(chance.uniform(BEGIN, END) for _ in range(cut[check.id]))
        ends = [BEGIN]
        for at in starts:
            if at <= ends[-1]:
                continue
            until_at = at + chance.expovariate(1 / (3_600 if layer is Layer.TSLCD else 600))
            ends.append(until_at)
            transitions.append(Transition(check.id, at, at + 60, Status.UP, Status.DOWN, "timeout"))
            transitions.append(Transition(check.id, until_at, until_at + 5, Status.DOWN, Status.UP, ""))
            if is_primary and layer is not Layer.INFRA:
                incidents.append(_incident(len(incidents), check.id, at, until_at, chance))
    transitions.sort(key=lambda each: each.at)
    seen = tuple((target_id, BEGIN) for target_id in primaries)
    save_decision(connection, Decision(transitions=tuple(transitions), incidents=tuple(incidents), seen=seen))
    return len(transitions), len(incidents)


def _incident(number: int, check_id: str, at: float, until_at: float, chance: random.Random) -> Incident:
    kind, side = chance.choice(
        [
            (CauseKind.LINE, Side.ENTERPRISE),
            (CauseKind.POWER, Side.OBJECTIVE),
            (CauseKind.DEVICE, Side.LOCAL),
        ]
    )
    return Incident(
        id=f"SC-2026-{number + 1:05d}",
        root_check_id=check_id,
        opened_at=at,
        declared_at=at + 60,
        cause="timeout",
        downs=(at,),
        acknowledged_at=at + 300 if until_at > at + 300 else None,
        acknowledged_by="truc",
        choice=Choice(kind, side, "truc", until_at + 600) if chance.random() < 0.8 else None,
        resolved_at=until_at,
        close_reason=CloseReason.RECOVERED,
        name=check_id,
    )


def steps(config: Path) -> Iterator[tuple[str, float]]:
    """Make the report here and yield how long each step took."""
    from monitor.accounting.periods import previous  # noqa: PLC0415 (loading is no step)
    from monitor.report.charts.pictures import pictures  # noqa: PLC0415
    from monitor.report.document.report import report_document  # noqa: PLC0415
    from monitor.report.docx.writing import docx_bytes  # noqa: PLC0415
    from monitor.report.editions.building import opened_sources, period_of  # noqa: PLC0415
    from monitor.report.editions.model import Changes  # noqa: PLC0415
    from monitor.report.figures.making import figures  # noqa: PLC0415
    from monitor.report.material import read_material  # noqa: PLC0415
    from monitor.report.sentences.rules import read_rules  # noqa: PLC0415
    from monitor.report.sentences.writing import write  # noqa: PLC0415
    from monitor.report.sheets.workbook import xlsx_bytes  # noqa: PLC0415

    spent: dict[str, float] = {}
    gc.disable()  # as in the daemon's child

    def timed(name: str, once: Callable[[], T]) -> T:
        started_s = time.perf_counter()
        found = once()
        spent[name] = time.perf_counter() - started_s
        return found

    settings = load_settings(config)
    inventory = timed("inventory", lambda: load(settings.inventory))
    of, changes = period_of(settings, PERIOD, now=NOW), Changes()
    before = previous(of, zone=settings.timezone, month_begins_on=settings.accounting.month_begins_on)
    with opened_sources(settings, inventory, now=NOW) as sources:
        material = timed(
            "read",
            lambda: read_material(sources.state, sources.results, inventory, settings, of, before, now=NOW),
        )
    made = timed("figures", lambda: figures(material))
    sentences = timed("sentences", lambda: write(made, read_rules(None), settings.report, changes))
    document = timed(
        "document",
        lambda: report_document(
            made, sentences, changes, settings.report, revision=None, made_at=NOW, digest="0" * 64
        ),
    )
    drawn = timed("charts", lambda: pictures(document))
    timed("docx", lambda: docx_bytes(document, drawn))
    timed("xlsx", lambda: xlsx_bytes(document))
    timed("peer", lambda: _plain(document))
    yield from spent.items()


def _plain(document: Any) -> None:
    """Write the same tables with python-docx and nothing else: what the letter's writer is compared with."""
    import io  # noqa: PLC0415

    from docx import Document  # noqa: PLC0415

    from monitor.report.document.model import Table  # noqa: PLC0415

    plain = Document()
    blocks = [*document.blocks, *(block for each in document.appendices for block in each.blocks)]
    for table in (block for block in blocks if isinstance(block, Table)):
        drawn = plain.add_table(rows=0, cols=len(table.columns))
        for row in table.rows:
            cells = drawn.add_row().cells
            for cell, drawn_cell in zip(row.cells, cells, strict=False):
                drawn_cell.text = cell.text
    plain.save(io.BytesIO())


if __name__ == "__main__":
    figures_of_steps = dict(steps(Path(sys.argv[1])))
    figures_of_steps["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures_of_steps))
