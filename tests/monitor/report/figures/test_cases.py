"""Months in which something special happens: nothing at all, a merger, a leap day, a week without the monitor."""

from dataclasses import replace

import pytest

from alerts.model.checks import Blindness, Status, Transition
from alerts.model.incident import CauseKind, Choice, CloseReason, Common, Dimension, Incident, Side
from inventory.model import Circuit, Inventory, Layer
from inventory.times.calendars import always
from monitor.accounting.model import Books, Correction, History, Part, Period
from monitor.accounting.periods import period, previous
from monitor.conference.model import Meeting
from monitor.report.figures.making import figures
from monitor.report.figures.material import Material
from monitor.report.figures.model import Figures
from tests.monitor.accounting import books_of_chance
from tests.monitor.report.figures.worlds import AIMS, CIRCUITS, PRIMARIES, ZONE, land

DAY_S = 86_400.0
HOUR_S = 3_600.0
LAND = land(books_of_chance.land())
CPE, KIOSK, OTHER = PRIMARIES["1.cpe"], PRIMARIES["1.kiosk"], PRIMARIES["2.cpe"]
UP = {check_id: History(check_id, Status.UP) for check_id in LAND.checks}


def month(text: str) -> Period:
    return period(text, zone=ZONE, month_begins_on=15, now=0.0)


NOVEMBER = month("2026-11")


def at(day: float, hour: float = 0.0, of: Period = NOVEMBER) -> float:
    """Return a moment of the period's nth day, from 1."""
    return of.from_at + (day - 1) * DAY_S + hour * HOUR_S


def story(check_id: str, *changes: tuple[float, Status], status: Status | None = Status.UP) -> History:
    return History(
        check_id, status, tuple(Transition(check_id, when, when, Status.UP, new, "") for when, new in changes)
    )


def down(check_id: str, *spans: tuple[float, float]) -> History:
    return story(check_id, *(edge for a, b in spans for edge in ((a, Status.DOWN), (b, Status.UP))))


def report(
    *histories: History,
    of: Period = NOVEMBER,
    inventory: Inventory = LAND,
    incidents: tuple[Incident, ...] = (),
    meetings: tuple[Meeting, ...] = (),
    corrections: tuple[Correction, ...] = (),
    now: float | None = None,
) -> Figures:
    at_last = of.until_at + DAY_S if now is None else now
    books = Books(
        inventory,
        UP | {each.check_id: each for each in histories},
        corrections=corrections,
        incidents=incidents,
        known_until_at=at_last,
        now=at_last,
    )
    before = previous(of, zone=ZONE, month_begins_on=15)
    return figures(Material(of, before, AIMS, books, books, (before, of), books, meetings))


def incident(id_: str, root: str, opened_at: float, resolved_at: float | None, **more: object) -> Incident:
    values: dict[str, object] = {
        "declared_at": opened_at + 90,
        "cause": "no_answer",
        "close_reason": None if resolved_at is None else CloseReason.RECOVERED,
    }
    return Incident(id_, root, opened_at, resolved_at=resolved_at, **(values | more))  # type: ignore[arg-type]


def test_a_month_without_incidents_says_so_with_zeros_and_not_with_nothing() -> None:
    found = report()
    assert (found.outages, found.incidents, found.causes, found.meetings) == ((), (), (), ())
    assert found.lines is not None
    assert (found.lines.row.availability_ratio, found.lines.change) == (1.0, 0.0)
    assert (found.restore_s, found.acknowledgement_s) == (None, None)
    assert all(each.outages == 0 and each.down_s == 0 for each in found.days)
    assert len(found.days) == 30
    assert sum(each.is_free for each in found.days) == 9, "five Sundays and four Saturdays"
    assert sum(map(sum, found.hours)) == 0


def test_a_week_without_the_monitor_is_no_outage_and_takes_the_percentage_away() -> None:
    off = [
        story(check_id, (at(8), Status.UNKNOWN), (at(15), Status.UP), status=Status.UP)
        for check_id in LAND.checks
    ]
    found = report(*off)
    assert found.lines is not None
    assert found.lines.row.coverage_ratio == pytest.approx(23 / 30)
    assert found.lines.row.availability_ratio == 1.0, "more than half is known"
    assert found.outages == ()
    longer = [
        story(check_id, (at(8), Status.UNKNOWN), (at(28), Status.UP), status=Status.UP)
        for check_id in LAND.checks
    ]
    found = report(*longer)
    assert found.lines is not None
    assert (found.lines.row.availability_ratio, found.lines.change) == (None, None)
    assert found.lines.row.coverage_ratio == pytest.approx(10 / 30)
    assert found.months[-1].availability_ratio is None
    assert found.months[-1].coverage_ratio == pytest.approx(10 / 30)
    assert found.province_parts.unknown_s == 20 * DAY_S * 5


def test_in_the_month_of_the_merger_new_communes_are_unwatched_at_first_and_have_nothing_to_compare_with() -> (
    None
):
    merged_at = at(16)
    new = [
        History(check_id, None, (), merged_at) for check_id in LAND.checks if not check_id.startswith("so.")
    ]
    begun = [
        replace(each, transitions=story(each.check_id, (merged_at, Status.UP)).transitions) for each in new
    ]
    found = report(*begun)
    (first, *_) = found.communes
    assert first.line is not None
    assert first.line.row.parts.unwatched_s == 15 * DAY_S
    assert first.line.row.availability_ratio == 1.0
    assert first.line.before is None
    assert first.line.change is None
    assert found.lines is not None
    assert found.lines.before is None
    assert [each.before for each in (*found.line_areas, *found.circuits)] == [None] * 4
    assert [each.period_id for each in found.months] == ["2026-11"]
    assert found.shared[0].compared.before is not None, "the system was there before"


@pytest.mark.parametrize(("text", "days"), [("2026-02", 28), ("2028-02", 29), ("hc-2026-11", 31)])
def test_a_month_has_the_days_it_has(text: str, days: int) -> None:
    of = month(text)
    found = report(down(CPE, (at(1, 0, of), at(1, 1, of)), (at(days, 23, of), of.until_at)), of=of)
    assert len(found.days) == days
    assert [each.outages for each in found.days] == [1, *[0] * (days - 2), 1]
    assert [each.down_s for each in found.days] == [HOUR_S, *[0.0] * (days - 2), HOUR_S]
    assert found.lines is not None
    assert found.lines.row.parts.total_s == 2 * days * DAY_S
    first = found.days[0].day
    assert (first.day, first.month) == ((15, 10) if text.startswith("hc") else (1, 2))


def test_free_days_are_those_of_the_provinces_own_table() -> None:
    inventory = replace(
        LAND,
        calendars={
            id_: replace(each, day_table=replace(each.day_table, country="VN"))
            for id_, each in LAND.calendars.items()
        },
    )
    found = report(of=month("2026-09"), inventory=inventory)
    free = [each.day.day for each in found.days if each.is_free]
    assert 2 in free, "Quốc khánh is a Wednesday"
    assert always().id in inventory.calendars


def test_an_outage_over_the_edges_of_the_month_is_carried_in_the_next_one() -> None:
    over = down(CPE, (at(1, -2), at(1, 3)), (at(30, 22), at(31, 5)))
    found = report(over)
    carried, begun = found.outages
    assert (carried.is_carried, carried.from_at, carried.until_at) == (True, at(1, -2), at(1, 3))
    assert (carried.down_s, carried.length_s) == (3 * HOUR_S, 5 * HOUR_S)
    assert (begun.is_carried, begun.from_at, begun.until_at) == (False, at(30, 22), None)
    assert begun.length_s == 2 * HOUR_S
    assert found.days[0].outages == 0
    assert found.days[0].down_s == 3 * HOUR_S
    assert found.restore_s == 5 * HOUR_S
    december = report(over, of=month("2026-12"))
    assert [(each.id, each.is_carried, each.length_s) for each in december.outages] == [
        (begun.id, True, 7 * HOUR_S)
    ], "the same outage has the same id"


def test_an_outage_that_began_beyond_the_look_back_begins_there() -> None:
    found = report(story(CPE, (at(2), Status.UP), status=Status.DOWN))
    (outage,) = found.outages
    assert outage.from_at == at(1) - 14 * DAY_S
    assert outage.length_s == 15 * DAY_S


def test_a_group_is_one_incident_named_by_its_place_and_its_members_are_not_told() -> None:
    lasted = (at(5, 8), at(5, 12))
    group = incident(
        "SC-3", "", *lasted, common=Common(Dimension.AREA, "qn", "tslcd"), choice=None, level=Status.DOWN
    )
    members = (
        incident("SC-1", CPE, *lasted, part_of="SC-3"),
        incident("SC-2", OTHER, at(5, 9), at(5, 10), part_of="SC-3"),
    )
    found = report(down(CPE, lasted), down(OTHER, (at(5, 9), at(5, 10))), incidents=(group, *members))
    (told,) = found.incidents
    assert (told.id, told.name, told.is_group) == ("SC-3", "02 xã trên địa bàn tỉnh", True)
    assert (told.unit_codes, told.target_ids, told.layer) == (("1", "2"), ("1.cpe", "2.cpe"), Layer.TSLCD)
    assert (told.length_s, told.down_s) == (4 * HOUR_S, 5 * HOUR_S)
    assert {each.incident_id for each in found.outages} == {"SC-3"}
    assert found.target_names == {"1.cpe": "Bộ định tuyến", "2.cpe": "Bộ định tuyến"}
    one_place = report(down(CPE, lasted), incidents=(group, members[0]))
    assert one_place.incidents[0].name == "01 xã thuộc địa bàn Ba Tơ (cũ)"


LINE = Choice(CauseKind.LINE, Side.ENTERPRISE, "Hà", 5.0)
POWER = Choice(CauseKind.POWER, Side.LOCAL, "An", 6.0)


@pytest.mark.parametrize(
    ("of_group", "of_members", "cause", "of_outages"),
    [
        (LINE, (None, POWER), CauseKind.LINE, [CauseKind.LINE, CauseKind.POWER]),
        (None, (LINE, LINE), CauseKind.LINE, [CauseKind.LINE, CauseKind.LINE]),
        (None, (LINE, POWER), None, [CauseKind.LINE, CauseKind.POWER]),
        (None, (LINE, None), None, [CauseKind.LINE, None]),
        (None, (None, None), None, [None, None]),
    ],
)
def test_a_cause_is_that_of_the_group_unless_a_member_has_its_own(
    of_group: Choice | None,
    of_members: tuple[Choice | None, Choice | None],
    cause: CauseKind | None,
    of_outages: list[CauseKind | None],
) -> None:
    lasted = (at(5, 8), at(5, 12))
    group = incident("SC-3", "", *lasted, common=Common(Dimension.AREA, "qn", "tslcd"), choice=of_group)
    members = (
        incident("SC-1", CPE, *lasted, part_of="SC-3", choice=of_members[0]),
        incident("SC-2", OTHER, *lasted, part_of="SC-3", choice=of_members[1]),
    )
    found = report(down(CPE, lasted), down(OTHER, lasted), incidents=(group, *members))
    assert found.incidents[0].cause is cause
    assert [each.cause for each in found.outages] == of_outages
    assert [(each.kind, each.count) for each in found.causes] == [(cause, 1)]


def test_what_is_behind_a_dead_line_is_no_fault_of_its_own_until_it_stays_away_longer() -> None:
    line = incident("SC-1", CPE, at(5, 8), at(5, 12), affected=frozenset({KIOSK}))
    took = report(down(CPE, (at(5, 8), at(5, 12))), down(KIOSK, (at(5, 8), at(5, 12))), incidents=(line,))
    assert [(each.target_id, each.is_behind, each.incident_id) for each in took.outages] == [
        ("1.cpe", False, "SC-1"),
        ("1.kiosk", True, "SC-1"),
    ]
    assert took.incidents[0].down_s == 4 * HOUR_S, "the line's own"
    assert took.incidents[0].target_ids == ("1.cpe",)
    own = incident("SC-2", KIOSK, at(5, 8), at(6, 8))
    stayed = report(
        down(CPE, (at(5, 8), at(5, 12))), down(KIOSK, (at(5, 8), at(6, 8))), incidents=(line, own)
    )
    assert [(each.is_behind, each.incident_id) for each in stayed.outages] == [
        (False, "SC-1"),
        (False, "SC-2"),
    ]
    absorbed = replace(own, part_of="SC-1", close_reason=CloseReason.ABSORBED, resolved_at=at(5, 9))
    ended = report(down(KIOSK, (at(5, 8), at(5, 12))), incidents=(line, absorbed))
    assert [(each.is_behind, each.incident_id) for each in ended.outages] == [(True, "SC-1")]
    assert [each.id for each in ended.incidents] == ["SC-1"]


@pytest.mark.parametrize(
    ("root", "affected", "is_behind"),
    [(CPE, (), True), (OTHER, (KIOSK,), True), (OTHER, (), False), ("1.kiosk/tcp", (KIOSK,), False)],
)
def test_only_another_targets_incident_takes_something_away(
    *, root: str, affected: tuple[str, ...], is_behind: bool
) -> None:
    """The line that a kiosk needs does, and what is said to affect it; another check of the kiosk itself does not."""
    lasted = (at(5, 8), at(5, 12))
    took = incident("SC-1", root, *lasted, affected=frozenset(affected))
    (outage,) = report(down(KIOSK, lasted), incidents=(took,)).outages
    assert (outage.is_behind, outage.incident_id) == ((True, "SC-1") if is_behind else (False, None))


@pytest.mark.parametrize(("hours", "is_its_own"), [((4, 8), False), ((12, 16), False), ((11.9, 16), True)])
def test_an_incident_that_ends_as_an_outage_begins_is_not_its_own(
    *, hours: tuple[float, float], is_its_own: bool
) -> None:
    told = incident("SC-1", CPE, at(5, hours[0]), at(5, hours[1]))
    (outage,) = report(down(CPE, (at(5, 8), at(5, 12))), incidents=(told,)).outages
    assert (outage.incident_id == "SC-1") == is_its_own


def test_what_goes_on_belongs_to_no_incident_of_the_next_period() -> None:
    later = incident("SC-1", CPE, at(31, 4), at(31, 5), declared_at=at(30))
    (outage,) = report(story(CPE, (at(30), Status.DOWN)), incidents=(later,)).outages
    assert outage.incident_id is None


def test_communes_aim_at_what_the_settings_say_and_systems_are_slow_from_the_least_length_on() -> None:
    slow = story(
        PRIMARIES["so.web"],
        *((at(3), Status.DEGRADED), (at(3, 1), Status.UP)),
        *((at(4), Status.DEGRADED), (at(4, 0.5), Status.UP)),
    )
    found = report(slow)
    (first, *_) = found.communes
    assert first.line is not None
    assert first.one_stop is not None
    assert (first.line.target_ratio, first.line.meets, first.one_stop.meets) == (0.99, True, None)
    assert found.shared[0].slow_count == 1
    assert found.shared[0].degraded_s == 1.5 * HOUR_S


def test_an_incident_that_ended_in_another_makes_its_outage_one_of_that() -> None:
    lasted = (at(5, 8), at(5, 12))
    other = incident("SC-1", OTHER, *lasted)
    ended = incident("SC-2", CPE, *lasted, part_of="SC-1", close_reason=CloseReason.ABSORBED)
    (outage,) = report(down(CPE, lasted), incidents=(other, ended)).outages
    assert (outage.is_behind, outage.incident_id) == (True, "SC-1")


def test_the_time_to_restore_stands_beside_that_of_the_period_before() -> None:
    found = report(down(CPE, (at(-9), at(-9, 1)), (at(5), at(5, 3)), (at(6), at(6, 5))))
    assert (found.restore_s, found.restore_before_s) == (4 * HOUR_S, HOUR_S)


def test_communes_stand_by_area_then_former_district_then_name_in_dictionary_order() -> None:
    names = {
        "11": ("Đăk Hà", "Xã Ba Vì"),
        "12": ("Bình Sơn", "Xã Đông Sơn"),
        "13": ("Bình Sơn", "Phường Đà Nẵng"),
    }
    units = {
        code: replace(LAND.units["1"], code=code, name=name, former_district=district)
        for code, (district, name) in names.items()
    }
    found = report(inventory=replace(LAND, units=LAND.units | units))
    assert [each.place.code for each in found.communes] == ["1", "13", "12", "11", "3", "2"]


def test_an_outage_nobody_was_told_of_has_no_incident() -> None:
    (outage,) = report(down(CPE, (at(5, 8), at(5, 12)))).outages
    assert (outage.incident_id, outage.is_behind, outage.cause) == (None, False, None)


@pytest.mark.parametrize(("hours", "is_in_time"), [(3.0, True), (3.01, False), (None, None)])
def test_a_line_is_restored_in_time_within_what_its_contract_says(
    *, hours: float | None, is_in_time: bool | None
) -> None:
    over_at = None if hours is None else at(5, 8 + hours)
    found = report(incidents=(incident("SC-1", CPE, at(5, 8), over_at),))
    assert found.incidents[0].is_in_time is is_in_time
    assert report(incidents=(incident("SC-1", OTHER, at(5, 8), at(5, 9)),)).incidents[0].is_in_time is None
    assert CIRCUITS["k1"].restore_time_s == 3 * HOUR_S
    assert isinstance(CIRCUITS["k2"], Circuit)


def test_an_incident_that_goes_on_is_as_long_as_the_period_or_as_is_known() -> None:
    begun = incident("SC-1", CPE, at(30), None)
    assert report(incidents=(begun,)).incidents[0].length_s == DAY_S
    running = report(incidents=(begun,), now=at(30, 6))
    assert running.incidents[0].length_s == 6 * HOUR_S
    assert running.known_until_at == at(30, 6)
    declared_later = replace(begun, opened_at=at(31, -1), declared_at=at(31))
    assert report(incidents=(declared_later,)).incidents == ()


def test_what_left_the_inventory_keeps_its_name_and_is_named_below_the_figures() -> None:
    gone = "1.gone/icmp"
    left = History(
        gone,
        Status.UP,
        (Transition(gone, at(9), at(9), Status.UP, Status.UNKNOWN, Blindness.REMOVED),),
    )
    told = incident("SC-1", gone, at(5), at(6), name="Máy tính cũ – Xã Ba Tơ")
    found = report(left, incidents=(told,))
    assert found.left == (gone,)
    (record,) = found.incidents
    assert (record.name, record.unit_codes, record.target_ids) == (
        "Máy tính cũ – Xã Ba Tơ",
        ("1",),
        ("1.gone",),
    )
    assert found.target_names == {"1.gone": "Máy tính cũ – Xã Ba Tơ"}


def test_corrections_of_the_period_are_named_and_change_the_figures() -> None:
    excused = Correction(
        1, (CPE,), at(5, 8), at(5, 12), Part.UNKNOWN, Part.DOWN, "mất điện", "Ngọc", "Hà", at(20)
    )
    found = report(down(CPE, (at(5, 8), at(5, 12))), corrections=(excused,))
    assert found.corrections == (excused,)
    assert found.corrected_units == {"1"}
    assert found.target_names == {"1.cpe": "Bộ định tuyến"}
    assert found.outages == ()


def test_an_incident_that_is_maintenance_from_beginning_to_end_is_excluded_as_its_outage_is() -> None:
    history = down(CPE, (at(5, 8), at(5, 12)))
    failed = incident("SC-1", f"{CPE}", at(5, 8), at(5, 12))

    def found(hours: float) -> int:
        work = Correction(
            1, (CPE,), at(5, 7), at(5, hours), Part.MAINTENANCE, None, "nâng cấp", "Ngọc", "Hà", at(20)
        )
        return len(report(history, incidents=(failed,), corrections=(work,)).incidents)

    assert (found(12), found(11)) == (0, 1)


def test_a_correction_is_of_the_unit_of_its_target_whatever_the_target_is_called() -> None:
    targets = LAND.targets | {"2.cpe": replace(LAND.targets["2.cpe"], unit_code="1")}
    excused = Correction(
        1, ("2.cpe/icmp", "gone/icmp"), at(5, 8), at(5, 12), Part.UP, None, "đo", "N", "H", at(20)
    )
    found = report(inventory=replace(LAND, targets=targets), corrections=(excused,))
    assert found.corrected_units == {"1"}


def test_equipment_is_counted_and_bodies_of_the_province_have_lines_of_their_own() -> None:
    targets = LAND.targets | {
        "so.cpe": replace(LAND.targets["1.cpe"], id="so.cpe", unit_code="so", circuit_id=None)
    }
    checks = LAND.checks | {"so.cpe/icmp": replace(LAND.checks[CPE], id="so.cpe/icmp", target_id="so.cpe")}
    found = report(inventory=replace(LAND, targets=targets, checks=checks))
    assert found.department_lines == 1
    assert found.lines is not None
    assert found.lines.row.members == 2
    assert found.layers[Layer.TSLCD].row.members == 3
    (kiosks,) = found.equipment
    assert (kiosks.have, kiosks.unknown) == (("1",), ("3", "2"))


def test_a_website_of_one_commune_is_no_shared_system() -> None:
    targets = LAND.targets | {"1.web": replace(LAND.targets["so.web"], id="1.web", unit_code="1")}
    checks = LAND.checks | {
        "1.web/http": replace(LAND.checks["so.web/http"], id="1.web/http", target_id="1.web")
    }
    found = report(inventory=replace(LAND, targets=targets, checks=checks))
    assert [each.target_id for each in found.shared] == ["so.web"]
    assert found.layers[Layer.SHARED].row.members == 2


def test_meetings_are_told_with_the_endpoints_that_were_ready() -> None:
    targets = LAND.targets | {
        f"{code}.vcs": replace(
            LAND.targets["1.kiosk"], id=f"{code}.vcs", unit_code=code, layer=Layer.CONFERENCE, depends_on=()
        )
        for code in ("1", "2")
    }
    checks = LAND.checks | {
        f"{code}.vcs/icmp": replace(LAND.checks[CPE], id=f"{code}.vcs/icmp", target_id=f"{code}.vcs")
        for code in ("1", "2")
    }
    meeting = Meeting("HOP-1", "Giao ban", at(4, 8), at(4, 10), registered=3)
    found = report(
        down("1.vcs/icmp", (at(4, 7.75), at(4, 9))),
        story("2.vcs/icmp"),
        inventory=replace(LAND, targets=targets, checks=checks),
        meetings=(meeting, replace(meeting, id="HOP-2", withdrawn_at=at(5))),
    )
    (held,) = found.meetings
    assert [(each.target_id, each.was_ready_before, each.was_ready, each.lost_s) for each in held.seats] == [
        ("1.vcs", True, False, HOUR_S),
        ("2.vcs", True, True, 0.0),
    ]
    assert held.exceeds_ports, "three points, and the MCU carries two"
    (first, *_) = found.communes
    assert first.conference is not None
    assert first.conference.row.parts.down_s == 1.25 * HOUR_S
