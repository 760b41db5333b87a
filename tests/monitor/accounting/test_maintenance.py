"""What counts as maintenance, and until when."""

from dataclasses import replace

from alerts.model.checks import Blindness, Status, Transition
from alerts.model.hold import Muting, MutingKind
from inventory.model import Selector, Window
from monitor.accounting.account import known_from
from monitor.accounting.model import Books, History, Period
from tests.monitor.accounting.books_of_chance import land
from tests.monitor.accounting.small_books import DAY, HOUR_S, books, history, hour, row

LINE = Selector(targets=("1.cpe",))


def work(from_hour: float, until_hour: float, *, until_up: bool = False, selector: Selector = LINE) -> Window:
    return Window(
        "w", "", "", "", selector, starts_at=hour(from_hour), ends_at=hour(until_hour), until_up=until_up
    )


def during(window: Window, *histories: History) -> Books:
    return books(*histories, inventory=land(None, window))


def maintenance_h(of: Books, check_id: str, when: Period = DAY) -> float:
    return row(of, check_id, when=when).parts.maintenance_s / HOUR_S


def test_an_outage_in_and_after_a_window_counts_only_after_it() -> None:
    down = history("1.cpe/icmp", (9, Status.DOWN), (13, Status.UP))
    of = during(work(10, 12), down)
    assert maintenance_h(of, "1.cpe/icmp") == 2
    assert row(of, "1.cpe/icmp").parts.down_s == 2 * HOUR_S
    assert row(of, "1.cpe/icmp").availability_ratio == 20 / 22


def test_what_lies_behind_is_under_maintenance_only_while_it_is_not_up() -> None:
    of = during(work(10, 12), history("1.kiosk/icmp", (11, Status.DOWN), (14, Status.UP)))
    assert maintenance_h(of, "1.kiosk/icmp") == 1
    assert row(of, "1.kiosk/icmp").parts.down_s == 2 * HOUR_S
    assert maintenance_h(of, "1.pc/icmp") == 0
    assert maintenance_h(of, "1.cpe/icmp") == 2


def test_a_silence_counts_as_it_is_measured() -> None:
    muting = Muting("IM-1", MutingKind.SILENCE, LINE, hour(9), hour(12), "Ngọc", "ồn", hour(9))
    down = history("1.cpe/icmp", (10, Status.DOWN), (11, Status.UP))
    assert row(books(down, mutings=(muting,)), "1.cpe/icmp").parts.down_s == HOUR_S
    declared = replace(muting, kind=MutingKind.MAINTENANCE, ended_at=hour(10.5))
    of = books(down, mutings=(declared,))
    assert maintenance_h(of, "1.cpe/icmp") == 1.5
    assert row(of, "1.cpe/icmp").parts.down_s == 0.5 * HOUR_S


def test_what_is_until_up_ends_with_the_first_return_of_the_whole_target() -> None:
    window = work(10, 14, until_up=True)
    back = history("1.cpe/icmp", (11, Status.DOWN), (12, Status.UP), (13, Status.DOWN))
    assert maintenance_h(during(window, back), "1.cpe/icmp") == 2
    snmp = history("1.cpe/snmp", (11, Status.DOWN), (13, Status.UP))
    assert maintenance_h(during(window, back, snmp), "1.cpe/icmp") == 4
    assert maintenance_h(during(window), "1.cpe/icmp") == 4


def test_a_return_at_the_very_beginning_ends_what_is_until_up_at_once() -> None:
    back = history("1.cpe/icmp", (9, Status.DOWN), (10, Status.UP))
    assert maintenance_h(during(work(10, 14, until_up=True), back), "1.cpe/icmp") == 0


def test_a_check_that_left_while_it_was_down_keeps_nobody_under_maintenance() -> None:
    left = Transition("1.cpe/snmp", hour(11), hour(11), Status.DOWN, Status.UNKNOWN, Blindness.REMOVED.value)
    snmp = History("1.cpe/snmp", Status.DOWN, (left,))
    back = history("1.cpe/icmp", (10.5, Status.DOWN), (12, Status.UP))
    of = during(work(10, 14, until_up=True), snmp, back)
    assert maintenance_h(of, "1.cpe/icmp") == 2


def test_not_knowing_for_a_while_makes_no_return_and_hides_none() -> None:
    story = history("1.cpe/icmp", (11, Status.DOWN), (11.5, Status.UNKNOWN), (12, Status.DEGRADED))
    assert maintenance_h(during(work(10, 14, until_up=True), story), "1.cpe/icmp") == 2


def test_maintenance_that_was_over_before_the_period_stays_over() -> None:
    window = work(-2, 4, until_up=True)
    back = history("1.cpe/icmp", (-1.5, Status.DOWN), (-1, Status.UP))
    assert maintenance_h(during(window, back), "1.cpe/icmp") == 0


def test_books_reach_back_to_the_beginning_of_what_was_on() -> None:
    looked_back = hour(0) - 14 * 24 * HOUR_S
    assert known_from(land(), (), DAY) == looked_back
    before_that = work(-15 * 24, 4, until_up=True)
    assert known_from(land(None, before_that), (), DAY) == before_that.starts_at
    assert known_from(land(None, replace(before_that, until_up=False)), (), DAY) == looked_back
    muting = Muting(
        "BT-1",
        MutingKind.MAINTENANCE,
        LINE,
        hour(-16 * 24),
        hour(4),
        "Ngọc",
        "thay nút",
        hour(-16 * 24),
        until_up=True,
    )
    assert known_from(land(None, before_that), (muting,), DAY) == muting.from_at
    ended = replace(muting, ended_at=hour(-15.5 * 24))
    assert known_from(land(None, before_that), (ended,), DAY) == before_that.starts_at
