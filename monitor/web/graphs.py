"""A check's graph as a picture: read and drawn on the reader's thread, for pages, API and other sites."""

import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.vocabulary import Language
from inventory.model import Check, Inventory
from monitor.series.asking import Asked
from monitor.series.graph import read_graph, select_marks
from monitor.series.smoke import Marks
from monitor.web.commune import device_name
from monitor.web.pictures.drawing import Drawing
from monitor.web.pictures.palette import Palette
from monitor.web.pictures.smoke import smoke_drawing
from monitor.web.pictures.svg import svg
from monitor.web.port import DaemonPort

POINTS: Final = 600
"""Of a drawn picture: finer than its pixels nobody sees."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Which graph is wanted, and how it looks."""

    check: Check
    asked: Asked
    zone: ZoneInfo
    palette: Palette
    language: Language = Language.VI


async def graph_drawing(daemon: DaemonPort, graph: Graph) -> Drawing:
    """Return the graph as shapes. Raises AskedWrongError and StorageError."""
    snapshot = daemon.snapshot()
    marks = await _marks(daemon, graph, snapshot.inventory)
    title = _title(snapshot.inventory, graph.check)
    return await daemon.results.database.read(
        partial(_drawing, graph=graph, marks=marks, title=title, now=snapshot.now)
    )


async def graph_svg(daemon: DaemonPort, graph: Graph) -> str:
    """Return the graph as SVG. Raises AskedWrongError and StorageError."""
    snapshot = daemon.snapshot()
    marks = await _marks(daemon, graph, snapshot.inventory)
    title = _title(snapshot.inventory, graph.check)

    def drawn(connection: sqlite3.Connection) -> str:
        return svg(_drawing(connection, graph=graph, marks=marks, title=title, now=snapshot.now))

    return await daemon.results.database.read(drawn)


async def _marks(daemon: DaemonPort, graph: Graph, inventory: Inventory) -> Marks:
    return await daemon.state.database.read(
        partial(select_marks, check=graph.check, inventory=inventory, asked=graph.asked)
    )


def _title(inventory: Inventory, check: Check) -> str:
    target = inventory.targets[check.target_id]
    unit = inventory.units.get(target.unit_code)
    name = device_name(target, unit)
    return f"{name} – {unit.name}" if unit is not None and unit.name not in name else name


def _drawing(
    connection: sqlite3.Connection, *, graph: Graph, marks: Marks, title: str, now: float
) -> Drawing:
    found = read_graph(connection, graph.check, graph.asked, marks, zone=graph.zone, now=now)
    return smoke_drawing(found, title=title, zone=graph.zone, palette=graph.palette, language=graph.language)
