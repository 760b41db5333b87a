"""The last 24 hours as a strip, and the next meeting."""

from alerts.model.checks import Status, Transition
from inventory.model import Layer
from monitor.conference.model import Meeting
from monitor.web.glance import CELL_S, CELLS, next_meeting, strip_of
from tests.monitor.web import samples

INVENTORY = samples.province(communes=2)
FROM_AT = (samples.NOW // CELL_S + 1) * CELL_S - 86_400


def test_a_quarter_of_an_hour_shows_the_worst_of_its_layer() -> None:
    begin = FROM_AT + 10 * CELL_S
    transitions = [
        Transition("21000.cpe/icmp", begin + 60, begin + 75, Status.UP, Status.DOWN, "timeout"),
        Transition("21000.cpe/icmp", begin + CELL_S + 60, begin + CELL_S + 70, Status.DOWN, Status.UP, ""),
        Transition("21001.cpe/icmp", begin + 5, begin + 9, Status.UP, Status.DEGRADED, ""),
        Transition("21001.cpe/icmp", begin + 90, begin + 99, Status.DEGRADED, Status.UP, ""),
    ]

    runs = strip_of(samples.snapshot_of(INVENTORY), transitions, FROM_AT)[Layer.TSLCD]

    assert [(run.at, run.cells, run.status) for run in runs] == [
        (0, 10, Status.UP),
        (10, 2, Status.DOWN),
        (12, CELLS - 12, Status.UP),
    ]


def test_what_never_changed_looks_as_now_all_day() -> None:
    snapshot = samples.snapshot_of(INVENTORY, statuses={"core.dvc/icmp": Status.DOWN})

    (run,) = strip_of(snapshot, [], FROM_AT)[Layer.SHARED]

    assert (run.at, run.cells, run.status) == (0, CELLS, Status.DOWN)


def test_the_meeting_that_is_held_comes_before_the_next_and_withdrawn_ones_do_not_count() -> None:
    meetings = [
        Meeting("HOP-1", "đã xong", 0, 100),
        Meeting("HOP-2", "sau", 900, 1_000),
        Meeting("HOP-3", "đang họp", 400, 600),
        Meeting("HOP-4", "đã hủy", 450, 600, withdrawn_at=300),
    ]

    found = next_meeting(meetings, 500)

    assert found is not None
    assert found.id == "HOP-3"
    assert next_meeting([], 500) is None
