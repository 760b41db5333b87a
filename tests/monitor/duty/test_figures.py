"""The figures of a brief are those of the page."""

from dataclasses import replace

from alerts.model.checks import Status
from inventory.model import Layer
from monitor.duty.figures import Recent, figures
from monitor.web.overview import overview
from monitor.web.view import Shown
from tests.monitor.web import samples

QUIET = Recent(since_at=samples.NOW - 86_400, new=0, ended=(), without_cause=0, maintenance=0, silences=0)


def test_a_commune_is_up_when_the_page_shows_its_line_so_however_many_lines_it_has() -> None:
    land = samples.province(communes=4)
    spare = samples.target(land.units["21001"], "spare", "Kênh dự phòng", Layer.TSLCD)
    two = samples.inventory_of(land.units.values(), [*land.targets.values(), spare])
    snapshot = samples.snapshot_of(
        replace(two, areas=land.areas),
        statuses={f"{spare.id}/icmp": Status.DOWN, "21002.cpe/icmp": Status.DEGRADED},
    )

    facts = figures(snapshot, QUIET)
    tiles = [tile for block in overview(snapshot).blocks for tile in block.tiles]

    assert facts["communes"] == len(tiles) == 4
    assert facts["communes_up"] == sum(tile.line in {Shown.UP, Shown.DEGRADED} for tile in tiles) == 3
