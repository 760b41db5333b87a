"""docs/influx.md says what is sent."""

from pathlib import Path

from alerts.model.checks import Status
from monitor.influx.points import EVENTS, STATUS_CODES, line_of, line_of_change, line_of_turn
from monitor.influx.tags import TAGS
from probes.kinds import KINDS
from tests.monitor.influx.test_points import CHANGE, TURN, WHERE
from tests.monitor.storage.samples import result

PAGE = (Path(__file__).parents[3] / "docs/influx.md").read_text("utf-8")


def row(begin: str) -> str:
    (found,) = [line for line in PAGE.splitlines() if line.startswith(f"| {begin}")]
    return found


def test_every_tag_kind_and_field_is_in_the_document() -> None:
    first_cells = " ".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
    assert {f"`{tag}`" for tag in TAGS} - {cell.strip(",") for cell in first_cells.split()} == set()
    assert {kind for kind in KINDS if f"`{kind}`" not in row("the kind")} == set()
    assert {
        name for name in line_of_change(CHANGE, WHERE).fields if f"`{name}`" not in row("`state`")
    } == set()
    assert {
        name for name in line_of_turn(TURN, WHERE).fields if f"`{name}`" not in row("`incident`")
    } == set()
    assert {kind for kind in EVENTS if f"`{kind}`" not in row("`incident`")} == set()
    assert {"ok", "duration_s"} <= set(line_of(result(), WHERE).fields)


def test_the_codes_of_statuses_are_in_the_document() -> None:
    said = ", ".join(f"{STATUS_CODES[status]} {status}" for status in Status)

    assert said in row("`state`")
