"""Corrections: whose word counts when."""

from alerts.model.checks import Status
from inventory.model import Calendar, Selector, Window
from monitor.accounting.account import account
from monitor.accounting.model import Books, Correction, GroupBy, Part, Parts
from tests.monitor.accounting.books_of_chance import land
from tests.monitor.accounting.small_books import DAY, HOUR_S, books, correction, history, hour, row

DOWN = history("1.cpe/icmp", (11, Status.DOWN), (13, Status.UP))


def parts(*corrections: Correction, of: Books | None = None) -> Parts:
    written = of or books(DOWN, corrections=corrections)
    return row(written, "1.cpe/icmp").parts


def test_a_correction_counts_for_its_time_and_its_checks_only() -> None:
    corrected = books(
        DOWN, history("1.cpe/snmp", (11, Status.DOWN)), corrections=(correction(1, Part.MAINTENANCE),)
    )
    assert parts(of=corrected) == Parts(up_s=21 * HOUR_S, down_s=HOUR_S, maintenance_s=2 * HOUR_S)
    assert row(corrected, "1.cpe/snmp").parts.maintenance_s == 0


def test_only_what_counted_as_was_is_changed() -> None:
    assert parts(correction(1, Part.UP, was=Part.DOWN)) == Parts(up_s=23 * HOUR_S, down_s=HOUR_S)
    assert parts(correction(1, Part.UNKNOWN, was=Part.DOWN)).unknown_s == HOUR_S
    assert parts(correction(1, Part.UP, was=Part.DEGRADED)) == parts()


def test_of_two_corrections_the_later_counts_and_sees_what_the_earlier_made() -> None:
    earlier = correction(1, Part.MAINTENANCE, was=Part.DOWN)
    assert parts(correction(2, Part.DEGRADED, was=Part.DOWN), earlier) == parts(earlier)
    assert parts(correction(2, Part.DEGRADED, was=Part.MAINTENANCE), earlier).degraded_s == HOUR_S


def test_a_withdrawal_takes_back_and_may_be_taken_back_itself() -> None:
    entry = correction(1, Part.UP, was=Part.DOWN)
    withdrawal = correction(2, None, withdraws=1)
    assert parts(entry, withdrawal) == parts()
    assert parts(entry, withdrawal, correction(3, None, withdraws=2)) == parts(entry)


def test_a_correction_is_the_last_word_on_maintenance() -> None:
    window = Window("w", "", "", "", Selector(targets=("1.cpe",)), starts_at=hour(9), ends_at=hour(13))
    of = books(DOWN, inventory=land(None, window), corrections=(correction(1, Part.DOWN),))
    assert parts(of=of) == Parts(up_s=20 * HOUR_S, down_s=2 * HOUR_S, maintenance_s=2 * HOUR_S)


def test_a_correction_is_no_word_on_hours_nor_on_what_was_not_watched() -> None:
    hours = Calendar("gio", "Giờ", week=(((0, 11 * 60),),) * 7)
    about = correction(1, Part.DOWN, check_ids=("1.kiosk/icmp", "1.cpe/icmp"))
    of = books(inventory=land(hours), corrections=(about,), now=hour(11.5))
    assert row(of, "1.kiosk/icmp").parts.down_s == HOUR_S
    assert row(of, "1.cpe/icmp").parts.down_s == 1.5 * HOUR_S


def test_an_account_names_the_corrections_in_force_that_touch_it() -> None:
    entries = (
        correction(1, Part.UP),
        correction(2, Part.UP, from_at=hour(30), until_at=hour(31)),
        correction(3, Part.UP),
        correction(4, None, withdraws=3),
        correction(5, Part.UP, check_ids=("2.cpe/icmp",)),
    )
    of = books(corrections=entries)
    of_all = account(of, DAY, GroupBy.UNIT, least_coverage_ratio=0.9)
    assert [each.id for each in of_all.corrections] == [1, 5]
    of_one = account(of, DAY, GroupBy.UNIT, least_coverage_ratio=0.9, select=Selector(units=("1",)))
    assert [each.id for each in of_one.corrections] == [1]
