"""What is one outage, how long it was, and how soon people took notice."""

from dataclasses import replace

import pytest

from alerts.model.checks import Status
from alerts.model.incident import Common, Dimension, Incident
from inventory.model import Calendar, Selector, Window
from monitor.accounting.model import GroupBy, Outages, Part, Period
from tests.monitor.accounting.books_of_chance import land
from tests.monitor.accounting.small_books import DAY, HOUR_S, books, correction, history, hour, row

CPE = "1.cpe/icmp"
KIOSK = "1.kiosk/icmp"


def outages(*changes: tuple[float, Status], when: Period = DAY, status: Status = Status.UP) -> Outages:
    return row(books(history(CPE, *changes, status=status)), CPE, when=when).outages


def test_outages_are_counted_with_their_lengths() -> None:
    found = outages(
        (1, Status.DOWN), (1.5, Status.UP), (2, Status.DOWN), (7, Status.DEGRADED), (20, Status.DOWN)
    )
    assert found == Outages(
        count=3,
        longest_s=5 * HOUR_S,
        over_1h=2,
        over_4h=1,
        mttr_s=2.75 * HOUR_S,
        restored=2,
        mtbf_s=(1 + 0.5 + 13) / 3 * HOUR_S,
    )


def test_an_outage_of_exactly_an_hour_is_not_over_an_hour() -> None:
    assert outages((1, Status.DOWN), (2, Status.UP)).over_1h == 0
    assert outages((1, Status.DOWN), (2.01, Status.UP)).over_1h == 1


def test_an_outage_over_a_day_is_told_from_shorter_ones() -> None:
    week = Period("week", hour(0), hour(7 * 24))
    found = outages((1, Status.DOWN), (25.5, Status.UP), (30, Status.DOWN), (54, Status.UP), when=week)
    assert (found.over_4h, found.over_24h) == (2, 1)


def test_a_restart_of_the_monitor_makes_no_two_outages_of_one() -> None:
    found = outages((1, Status.DOWN), (2, Status.UNKNOWN), (2.5, Status.DOWN), (3, Status.UP))
    assert (found.count, found.longest_s, found.mttr_s) == (1, 1.5 * HOUR_S, 1.5 * HOUR_S)


def test_a_night_makes_no_two_outages_of_one_and_is_not_counted() -> None:
    hours = Calendar("gio", "Giờ", week=(((8 * 60, 17 * 60),),) * 7)
    two_days = Period("two", hour(0), hour(48))
    story = history(KIOSK, (16, Status.DOWN), (24 + 9, Status.UP))
    found = row(books(story, inventory=land(hours)), KIOSK, when=two_days).outages
    assert (found.count, found.longest_s) == (1, 2 * HOUR_S)


def test_maintenance_between_tells_outages_apart_and_restores_nothing() -> None:
    window = Window("w", "", "", "", Selector(targets=("1.cpe",)), starts_at=hour(2), ends_at=hour(3))
    story = history(CPE, (1, Status.DOWN), (5, Status.UP))
    found = row(books(story, inventory=land(None, window)), CPE).outages
    assert (found.count, found.longest_s, found.mttr_s) == (2, 2 * HOUR_S, 2 * HOUR_S)


def test_what_went_on_from_before_is_carried_and_not_counted_again_but_has_its_whole_length() -> None:
    found = outages((-3, Status.DOWN), (2, Status.UP))
    assert found == Outages(carried=1, longest_s=5 * HOUR_S, over_4h=1, mttr_s=5 * HOUR_S, restored=1)
    known_for_14_days = outages((2, Status.UP), status=Status.DOWN)
    assert known_for_14_days.longest_s == (14 * 24 + 2) * HOUR_S
    assert known_for_14_days.over_24h == 0, "it was over a day long before"


def test_an_outage_over_the_end_of_a_period_is_in_each_figure_of_one_of_both() -> None:
    story = ((23, Status.DOWN), (24 + 10, Status.UP))
    one, other = outages(*story), outages(*story, when=Period("next", hour(24), hour(48)))
    assert one == Outages(count=1, longest_s=HOUR_S, mtbf_s=23 * HOUR_S)
    assert other == Outages(
        carried=1, longest_s=11 * HOUR_S, over_1h=1, over_4h=1, mttr_s=11 * HOUR_S, restored=1
    )


def test_what_came_back_out_of_hours_is_restored_when_that_is_seen() -> None:
    hours = Calendar("gio", "Giờ", week=(((8 * 60, 17 * 60),),) * 7)
    story = history(KIOSK, (-9, Status.DOWN), (-2, Status.UP))
    found = row(books(story, inventory=land(hours)), KIOSK).outages
    assert found == Outages(mttr_s=2 * HOUR_S, restored=1)
    at_midnight = outages((-2, Status.DOWN), (0, Status.UP))
    assert at_midnight == Outages(mttr_s=2 * HOUR_S, restored=1)


def test_an_outage_that_begins_with_the_period_is_its_own() -> None:
    assert outages((0, Status.DOWN), (6, Status.UP)).count == 1


def test_a_weekend_before_the_period_is_looked_through() -> None:
    hours = Calendar("gio", "Giờ", week=(*((((8 * 60, 17 * 60),),) * 5), (), ()))
    friday = history(KIOSK, (-3 * 24 + 16, Status.DOWN), (9, Status.UP))
    inventory = land(hours)
    assert row(books(friday, inventory=inventory), KIOSK).outages.carried == 1
    sunday = history(KIOSK, (-12, Status.DOWN), (9, Status.UP))
    assert row(books(sunday, inventory=inventory), KIOSK).outages.count == 1


def test_what_has_not_ended_has_no_time_to_restore() -> None:
    found = row(books(history(CPE, (1, Status.DOWN)), now=hour(4), known_until_at=hour(3)), CPE).outages
    assert (found.count, found.longest_s, found.mttr_s) == (1, 2 * HOUR_S, None)


def test_a_correction_makes_an_outage_and_takes_one_away() -> None:
    story = history(CPE, (11, Status.DOWN), (13, Status.UP))
    assert row(books(corrections=(correction(1, Part.DOWN),)), CPE).outages.count == 1
    excused = correction(1, Part.UNKNOWN, until_at=hour(14), was=Part.DOWN)
    assert row(books(story, corrections=(excused,)), CPE).outages.count == 0


def incident(id_: str, root: str, declared_hour: float, acknowledged_hour: float | None = None) -> Incident:
    return Incident(
        id_,
        root,
        hour(declared_hour) - 60,
        hour(declared_hour),
        "timeout",
        acknowledged_at=None if acknowledged_hour is None else hour(acknowledged_hour),
    )


def test_people_are_measured_from_the_declaration_to_their_first_answer() -> None:
    of = books(
        incidents=(
            incident("SC-1", CPE, 2, 3),
            incident("SC-2", CPE, 4, 4.5),
            incident("SC-3", CPE, 5),
            incident("SC-4", CPE, -1, 9),
            incident("SC-5", "1.cpe/snmp", 6, 6.3),
        )
    )
    found = row(of, CPE).outages
    assert (found.mtta_s, found.acknowledged, found.incidents) == (0.75 * HOUR_S, 2, 3)
    of_target = row(of, "1.cpe", GroupBy.TARGET).outages
    assert (of_target.acknowledged, of_target.incidents) == (3, 4)
    assert of_target.mtta_s == pytest.approx(0.6 * HOUR_S)


def test_a_group_counts_once_in_a_row_whatever_it_is_made_of() -> None:
    group = replace(
        incident("SC-9", "", 2, 4), common=Common(Dimension.PROVIDER, "VNPT", "tslcd"), root_check_id=""
    )
    of = books(
        incidents=(
            group,
            replace(incident("SC-1", CPE, 1.9, 3), part_of="SC-9"),
            replace(incident("SC-2", "2.cpe/icmp", 1.8), part_of="SC-9"),
            incident("SC-3", "2.cpe/icmp", 8, 9),
        )
    )
    assert row(of, CPE).outages.mtta_s == 2 * HOUR_S
    whole = row(of, "province", GroupBy.PROVINCE).outages
    assert (whole.incidents, whole.acknowledged, whole.mtta_s) == (2, 2, 1.5 * HOUR_S)
    assert row(of, "2", GroupBy.UNIT).outages.incidents == 2


def test_incidents_that_are_part_of_each_other_or_of_none_in_the_books_end_nowhere() -> None:
    of = books(
        incidents=(
            replace(incident("SC-1", CPE, 2, 3), part_of="SC-2"),
            replace(incident("SC-2", CPE, 2, 3), part_of="SC-1"),
            replace(incident("SC-3", "2.cpe/icmp", 2, 3), part_of="SC-99"),
        )
    )
    assert row(of, CPE).outages.incidents == 2
    assert row(of, "2.cpe/icmp").outages.mtta_s == HOUR_S
