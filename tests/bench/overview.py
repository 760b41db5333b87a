"""The first page of 96 communes and 2,732 targets from memory: server time, and what it weighs with its script and style."""

import asyncio
import gzip
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.world import World
from inventory.model import Inventory, Layer, Unit
from monitor.people.principal import Principal, Way
from monitor.people.rights import RIGHTS, Role
from monitor.web.framing import frame
from monitor.web.pages.overview import OVERVIEW
from monitor.web.pages.table import NAV
from monitor.web.rendering import Renderer
from monitor.web.showing import PageDesk
from monitor.web.static_files import load_static
from monitor.web.view import Snapshot, build_snapshot
from monitor.web.visiting import Visit
from tests.bench.frame import Figure
from tests.monitor.web import samples
from tests.monitor.web.held_daemon import HeldDaemon

HEAVIEST_PAGE = (
    "site.css",
    "places.css",
    "vendor/uPlot.min.css",
    "app.js",
    "chart.js",
    "vendor/htmx.min.js",
    "vendor/uPlot.min.js",
)
"""What the page of a target loads."""
COMMUNES, TARGETS, ROUNDS = 96, 2_732, 60
TIME_GOAL_MS, HTML_GOAL_KB, REST_GOAL_KB = 20.0, 25.0, 60.0


@dataclass
class MemoryDaemon(HeldDaemon):
    """Makes its snapshot anew every time, as the daemon does."""

    engine: World | None = None

    def snapshot(self) -> Snapshot:
        if self.engine is None:
            return self.held
        return build_snapshot(self.engine, samples.HEALTH, samples.NOW)


def province() -> Inventory:
    """Return the medium province: what is left over after the communes are systems of the province."""
    base = samples.province(communes=COMMUNES, devices=27)
    core = Unit("core2", "Trung tâm dữ liệu thứ hai", "province", "province")
    extra = [
        samples.target(core, f"s{n}", f"Hệ thống {n}", Layer.SHARED)
        for n in range(TARGETS - len(base.targets))
    ]
    return samples.inventory_of([*base.units.values(), core], [*base.targets.values(), *extra])


def daemon_of(inventory: Inventory, cut: int) -> MemoryDaemon:
    """Return the daemon's side, so many communes cut."""
    codes = [unit.code for unit in inventory.units.values() if unit.is_commune][:cut]
    incidents = [samples.cut(inventory, number, code) for number, code in enumerate(codes, 1)]
    world = samples.world_of(inventory, incidents=incidents)
    return MemoryDaemon(build_snapshot(world, samples.HEALTH, samples.NOW), engine=world)


def run() -> Sequence[Figure]:
    """Measure a calm day, a bad one, and everything down."""
    inventory = province()
    found = []
    for name, cut in (("calm", 0), ("bad_day", 8), ("mass_outage", COMMUNES)):
        spent_ms, html = asyncio.run(_page(daemon_of(inventory, cut)))
        weight = len(gzip.compress(html.encode(), 6)) / 1000
        found += [
            Figure(f"overview_{name}", spent_ms, "ms", None, None, "<= 20", spent_ms <= TIME_GOAL_MS),
            Figure(f"overview_{name}_html", weight, "kB gzip", None, None, "<= 25", weight <= HTML_GOAL_KB),
        ]
    static = load_static()
    weights = {name: len(gzip.compress(file.content, 6)) / 1000 for name, file in static.items()}
    rest = sum(weights[name] for name in HEAVIEST_PAGE)
    return [
        *found,
        Figure("script_and_style_of_a_target", rest, "kB gzip", None, None, "<= 60", rest <= REST_GOAL_KB),
    ]


async def _page(daemon: MemoryDaemon) -> tuple[float, str]:
    """Return the median of the processor's milliseconds for a page, and the page."""
    renderer = Renderer(
        daemon.settings, load_static(), NAV, lambda page, visit: frame(daemon.snapshot(), page, visit)
    )
    pages = PageDesk(daemon, renderer)
    who = Principal(name="ngoc", way=Way.SESSION, role=Role.DUTY, rights=RIGHTS[Role.DUTY], csrf="x" * 43)
    spent, html = [], ""
    for _ in range(ROUNDS):
        began = time.process_time()
        visit = Visit(principal=who, path="/", zone=renderer.zone, now=daemon.snapshot().now)
        html = await pages.html(OVERVIEW, visit)
        spent.append(time.process_time() - began)
    return 1000 * statistics.median(spent), html
