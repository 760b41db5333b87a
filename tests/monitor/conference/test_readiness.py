"""Who was ready for a meeting, against asking every second what was known then."""

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import Status, Transition
from inventory.model import Equipped, Inventory, Layer, Target, Unit
from monitor.accounting.model import History
from monitor.conference.model import Attendance, Meeting, Seat
from monitor.conference.readiness import attendances
from tests.alerts.province import check
from tests.effort import examples

CHECK = "a.vcs/icmp"
BEGINS, ENDS = 10_000.0, 13_600.0
MEETING = Meeting("HOP-2026-0001", "Giao ban", BEGINS, ENDS)


def land(*targets: Target) -> Inventory:
    units = {code: Unit(code, f"Xã {code}", "xã", "qn") for code in ("a", "b", "c")}
    checks = [check(f"{target.id}/icmp") for target in targets if target.is_watched]
    return Inventory(units, {target.id: target for target in targets}, {each.id: each for each in checks})


def endpoint(unit: str, profile: str = "vcs-endpoint", equipped: Equipped = Equipped.YES) -> Target:
    return Target(f"{unit}.vcs", "Điểm cầu", unit, Layer.CONFERENCE, profile, "x", equipped=equipped)


LAND = land(endpoint("a"))


def history(*changes: tuple[float, Status]) -> History:
    transitions, old = [], Status.UP
    for at, new in changes:
        transitions.append(Transition(CHECK, at, at, old, new, ""))
        old = new
    return History(CHECK, Status.UP, tuple(transitions))


def seat(of: History, *, known_until_at: float = 1e9, meeting: Meeting = MEETING) -> Seat:
    (found,) = attendances([meeting], {CHECK: of}, LAND, ports=None, known_until_at=known_until_at)
    (only,) = found.seats
    return only


def status_at(of: History, at: float, known_until_at: float) -> Status:
    status = of.status or Status.UNKNOWN
    for transition in of.transitions:
        if transition.at <= at:
            status = transition.new
    return status if at < known_until_at else Status.UNKNOWN


@given(
    st.lists(st.tuples(st.integers(5_000, 14_500), st.sampled_from(Status)), max_size=8),
    st.integers(6_000, 15_000),
)
@settings(max_examples=examples(60))
def test_a_seat_is_what_asking_every_second_says(
    changes: list[tuple[int, Status]], known_until_at: int
) -> None:
    of = history(*((float(at), new) for at, new in sorted(changes, key=lambda each: each[0])))
    found = seat(of, known_until_at=float(known_until_at))

    seen = {at: status_at(of, at, known_until_at) for at in range(int(BEGINS) - 3_600, int(ENDS))}
    ready = {
        at: None if status is Status.UNKNOWN else status is not Status.DOWN for at, status in seen.items()
    }
    was_down = any(status is Status.DOWN for at, status in seen.items() if at < BEGINS)
    assert found.was_ready_before == ready[int(BEGINS) - 1_800]
    assert found.was_ready == ready[int(BEGINS)]
    assert found.was_mended == (ready[int(BEGINS)] is True and was_down)
    assert found.lost_s == sum(status is Status.DOWN for at, status in seen.items() if at >= BEGINS)


def test_an_endpoint_that_is_switched_on_in_time_was_mended() -> None:
    found = seat(history((BEGINS - 3_000, Status.DOWN), (BEGINS - 600, Status.UP)))

    assert (found.was_ready_before, found.was_ready, found.was_mended, found.lost_s) == (False, True, True, 0)


def test_an_endpoint_that_is_poor_is_ready() -> None:
    found = seat(history((BEGINS - 3_000, Status.DEGRADED)))

    assert (found.was_ready_before, found.was_ready, found.was_mended) == (True, True, False)


def test_nobody_knows_what_is_still_to_come() -> None:
    found = seat(history(), known_until_at=BEGINS - 900)

    assert (found.was_ready_before, found.was_ready) == (True, None)


def test_what_was_never_measured_is_not_called_absent() -> None:
    (found,) = attendances([MEETING], {}, LAND, ports=None, known_until_at=1e9)

    assert [each.was_ready for each in found.seats] == [None]


def seats_of(inventory: Inventory, meeting: Meeting) -> list[str]:
    found = attendances([meeting], {}, inventory, ports=None, known_until_at=1e9)
    return [each.target_id for attendance in found for each in attendance.seats]


def test_bridges_and_what_is_not_there_take_no_seat() -> None:
    inventory = land(endpoint("a"), endpoint("b", "mcu-rmx"), endpoint("c", equipped=Equipped.NO))

    assert seats_of(inventory, MEETING) == ["a.vcs"]


def test_only_who_was_to_take_part_has_a_seat() -> None:
    inventory = land(endpoint("a"), endpoint("b"))

    assert seats_of(inventory, Meeting("x", "Họp", BEGINS, ENDS, unit_codes=("b", "c"))) == ["b.vcs"]


def test_a_meeting_that_was_called_off_counts_nowhere() -> None:
    assert seats_of(LAND, Meeting("x", "Họp", BEGINS, ENDS, withdrawn_at=1.0)) == []


def test_more_points_than_the_bridge_carries_are_too_many() -> None:
    wide = Meeting("x", "Họp", BEGINS, ENDS, registered=128)

    assert Attendance(wide, (), ports=90).exceeds_ports
    assert not Attendance(wide, (), ports=128).exceeds_ports
    assert not Attendance(wide, ()).exceeds_ports
