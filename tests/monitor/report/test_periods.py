import pytest

from monitor.accounting import periods as accounting
from monitor.accounting.model import Period
from monitor.report import periods

ZONE = "Asia/Ho_Chi_Minh"


def _period(text: str) -> Period:
    return accounting.period(text, zone=ZONE, month_begins_on=15, now=0.0)


@pytest.mark.parametrize(
    ("text", "name", "noun", "label"),
    [
        ("2026-11", "tháng 11 năm 2026", "tháng", "11/2026"),
        ("2027-01", "tháng 01 năm 2027", "tháng", "01/2027"),
        ("2027-03", "tháng 3 năm 2027", "tháng", "03/2027"),
        ("hc-2026-11", "tháng 11 năm 2026", "tháng", "11/2026"),
        ("2026-q4", "quý IV năm 2026", "quý", "Q.IV/2026"),
        ("2026-h1", "06 tháng đầu năm 2026", "kỳ", "6T đầu 2026"),
        ("hc-2026-h2", "06 tháng cuối năm 2026", "kỳ", "6T cuối 2026"),
        ("2026", "năm 2026", "năm", "2026"),
        ("2026-w47", "tuần 47 năm 2026 (từ ngày 16/11 đến ngày 22/11/2026)", "tuần", "tuần 47"),
        ("2026-w53", "tuần 53 năm 2026 (từ ngày 28/12/2026 đến ngày 03/01/2027)", "tuần", "tuần 53"),
        ("2026-11-22", "ngày 22/11/2026", "ngày", "22/11"),
        (
            "2026-11-01..2026-11-15",
            "từ ngày 01/11/2026 đến ngày 15/11/2026",
            "kỳ",
            "01/11–15/11",
        ),
    ],
)
def test_a_period_is_named_as_in_official_letters(text: str, name: str, noun: str, label: str) -> None:
    period = _period(text)
    assert (
        periods.name(period, zone=ZONE),
        periods.noun(period),
        periods.label(period.id),
    ) == (name, noun, label)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11", "tháng 10"),
        ("2027-01", "tháng 12 năm 2026"),
        ("hc-2026-11", "tháng 10"),
        ("2027-q1", "quý IV năm 2026"),
        ("2026-q4", "quý III"),
        ("2026-h1", "06 tháng cuối năm 2025"),
        ("2026", "năm 2025"),
        ("2026-w47", "tuần 46"),
        ("2026-11-22", "ngày 21/11"),
        ("2027-01-01", "ngày 31/12/2026"),
        ("2026-11-01..2026-11-15", "kỳ từ 17/10 đến 31/10"),
        ("2027-01-01..2027-01-10", "kỳ từ 22/12/2026 đến 31/12/2026"),
    ],
)
def test_the_period_before_has_its_year_only_where_it_is_another(text: str, said: str) -> None:
    period = _period(text)
    before = accounting.previous(period, zone=ZONE, month_begins_on=15)
    assert periods.short_name(before, beside=period, zone=ZONE) == said


def test_the_days_of_a_calendar_month_are_said_to_the_end_of_its_last_day() -> None:
    said = periods.span(_period("2026-11"), zone=ZONE)
    assert said == "từ 00 giờ 00 phút ngày 01/11/2026 đến hết ngày 30/11/2026"


def test_an_administrative_month_says_its_own_days() -> None:
    said = periods.span(_period("hc-2026-11"), zone=ZONE)
    assert said == "từ 00 giờ 00 phút ngày 15/10/2026 đến hết ngày 14/11/2026"


def test_a_month_that_is_not_over_ends_where_knowledge_ends() -> None:
    month = _period("2026-11")
    at_midnight = accounting.midnight_at(periods.first_day(_period("2026-11-22"), zone=ZONE), ZONE)
    assert periods.span(month, zone=ZONE, known_until_at=at_midnight).endswith("đến hết ngày 21/11/2026")
    later = at_midnight + 14 * 3600 + 30 * 60
    assert periods.span(month, zone=ZONE, known_until_at=later).endswith("đến 14 giờ 30 phút ngày 22/11/2026")


def test_what_is_known_beyond_the_period_does_not_lengthen_it() -> None:
    month = _period("2026-02")
    assert periods.span(month, zone=ZONE, known_until_at=month.until_at + 9e6).endswith("hết ngày 28/02/2026")


def test_a_period_of_which_nothing_is_known_is_said_without_going_back() -> None:
    month = _period("2026-11")
    said = periods.span(month, zone=ZONE, known_until_at=0.0)
    assert said == "từ 00 giờ 00 phút ngày 01/11/2026 đến 00 giờ 00 phút ngày 01/11/2026"


def test_a_period_of_which_seconds_are_known_does_not_end_the_day_before() -> None:
    month = _period("2026-11")
    said = periods.span(month, zone=ZONE, known_until_at=month.from_at + 30)
    assert said.endswith("đến 00 giờ 00 phút ngày 01/11/2026")


def test_a_report_is_dated_after_its_period_at_the_earliest() -> None:
    assert f"{periods.day_after(_period('hc-2026-11'), zone=ZONE)}" == "2026-11-15"
    assert f"{periods.last_day(_period('2026-12'), zone=ZONE)}" == "2026-12-31"
