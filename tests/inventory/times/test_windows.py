"""Maintenance windows against an oracle that goes day by day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import (
    Circuit,
    DayTable,
    Inventory,
    Layer,
    Repeat,
    Selector,
    Target,
    Unit,
    Window,
)
from inventory.times.windows import (
    first_start,
    next_occurrence,
    notice_days,
    occurrences,
    selected,
    windows_by_target,
)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
DAY_S = 86_400
ONCE = Window(
    "nut", "Thay nút", "hỏng", "VNPT", Selector(targets=("a.cpe",)), starts_at=1_000.0, ends_at=5_000.0
)


def at(text: str, zone: ZoneInfo = VIETNAM) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@st.composite
def repeated(draw: st.DrawFn) -> Window:
    first = draw(st.none() | st.dates(date(2024, 1, 1), date(2026, 12, 31)))
    last = draw(st.none() | st.dates(date(2024, 1, 1), date(2027, 12, 31)))
    return replace(
        ONCE,
        repeat=draw(st.sampled_from([Repeat.WEEKLY, Repeat.MONTHLY])),
        weekday=draw(st.integers(0, 6)),
        nth=draw(st.sampled_from([-1, 1, 2, 3, 4, 5])),
        from_minute=draw(st.integers(0, 1439)),
        duration_s=draw(st.floats(1, 144 * 3600)),
        first_day=first,
        last_day=last,
        zone=draw(st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Berlin", "Pacific/Apia"])),
    )


def all_of(window: Window) -> list[tuple[float, float]]:
    """Look at every day of five years."""
    found = []
    zone = ZoneInfo(window.zone)
    for number in range(5 * 365):
        day = date(2023, 6, 1) + timedelta(days=number)
        comes = day.weekday() == window.weekday
        if comes and window.repeat is Repeat.MONTHLY:
            same = [other for other in range(1, 32) if _weekday(day, other) == window.weekday]
            place = window.nth if window.nth == -1 else window.nth - 1
            comes = place < len(same) and same[place] == day.day
        if comes and (window.first_day or day) <= day <= (window.last_day or day):
            hour, minute = divmod(window.from_minute, 60)
            start = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp()
            found.append((start, start + window.duration_s))
    return found


def _weekday(month_of: date, day: int) -> int | None:
    try:
        return month_of.replace(day=day).weekday()
    except ValueError:
        return None


@settings(max_examples=50, deadline=None)
@given(repeated(), st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)), st.floats(0, 100 * DAY_S))  # noqa: DTZ001 (hypothesis wants them naive)
def test_comes_on_the_days_that_it_says(window: Window, naive: datetime, length_s: float) -> None:
    start = naive.replace(tzinfo=UTC).timestamp()
    end = start + length_s
    everything = all_of(window)

    assert list(occurrences(window, start, end)) == [
        o for o in everything if start < end and o[0] < end and start < o[1]
    ]
    coming = next((o for o in everything if start < o[1]), None)
    found = next_occurrence(window, start)
    if coming is not None:
        assert found == coming


def test_a_single_window_comes_once() -> None:
    assert occurrences(ONCE, 0, 1_000) == ()
    assert occurrences(ONCE, 4_999, 9_000) == ((1_000, 5_000),)
    assert occurrences(ONCE, 5_000, 9_000) == ()
    assert next_occurrence(ONCE, 4_999) == (1_000, 5_000)
    assert next_occurrence(ONCE, 5_000) is None


def test_a_wall_time_that_is_left_out_begins_an_hour_later() -> None:
    window = replace(
        ONCE, repeat=Repeat.WEEKLY, weekday=6, from_minute=150, duration_s=3600.0, zone="Europe/Berlin"
    )
    start = at("2026-03-29 00:00", ZoneInfo("Europe/Berlin"))

    assert occurrences(window, start, start + DAY_S) == (
        (
            at("2026-03-29 03:30", ZoneInfo("Europe/Berlin")),
            at("2026-03-29 04:30", ZoneInfo("Europe/Berlin")),
        ),
    )


def province(*windows: Window) -> Inventory:
    def target(target_id: str, unit: str, layer: Layer, circuit: str | None, tags: tuple[str, ...]) -> Target:
        return Target(target_id, target_id, unit, layer, "p", "192.0.2.1", circuit_id=circuit, tags=tags)

    inventory = Inventory(
        units={
            "a": Unit("a", "Xã A", "xã", "qn", "Huyện Ba Tơ"),
            "b": Unit("b", "Xã B", "xã", "kt", "Huyện Đăk Hà"),
        },
        targets={
            t.id: t
            for t in (
                target("a.cpe", "a", Layer.TSLCD, "c1", ()),
                target("a.kiosk", "a", Layer.KIOSK, None, ("moi",)),
                target("b.cpe", "b", Layer.TSLCD, "c2", ("moi", "xa")),
            )
        },
        checks={},
        circuits={"c1": Circuit("c1", "VNPT"), "c2": Circuit("c2", "Viettel")},
        windows={window.id: window for window in windows},
    )
    return replace(inventory, windows_of=windows_by_target(inventory.windows, inventory))


@pytest.mark.parametrize(
    ("selector", "ids"),
    [
        (Selector(targets=("b.cpe", "a.cpe")), ("a.cpe", "b.cpe")),
        (Selector(units=("a",)), ("a.cpe", "a.kiosk")),
        (Selector(areas=("kt",)), ("b.cpe",)),
        (Selector(former_districts=("Huyện Ba Tơ",)), ("a.cpe", "a.kiosk")),
        (Selector(layers=("tslcd",)), ("a.cpe", "b.cpe")),
        (Selector(circuits=("c1",)), ("a.cpe",)),
        (Selector(providers=("Viettel", "VNPT")), ("a.cpe", "b.cpe")),
        (Selector(tags=("moi",)), ("a.kiosk", "b.cpe")),
        (Selector(tags=("moi",), layers=("kiosk", "pc")), ("a.kiosk",)),
        (Selector(areas=("kt",), layers=("kiosk",)), ()),
    ],
)
def test_selects_what_meets_all_conditions(selector: Selector, ids: tuple[str, ...]) -> None:
    assert selected(selector, province()) == ids


def test_a_weekly_window_goes_on_past_midnight() -> None:
    weekly = replace(ONCE, repeat=Repeat.WEEKLY, weekday=6, from_minute=23 * 60 + 30, duration_s=5400.0)
    found = at("2026-11-22 23:30"), at("2026-11-23 01:00")

    assert next_occurrence(weekly, at("2026-11-23 00:59")) == found
    assert occurrences(weekly, at("2026-11-23 00:59"), at("2026-11-23 02:00")) == (found,)
    assert occurrences(weekly, found[1], at("2026-11-23 02:00")) == ()


class TestNotice:
    table = DayTable("VN")

    def test_counts_to_the_first_time_it_comes(self) -> None:
        monthly = replace(
            ONCE,
            repeat=Repeat.MONTHLY,
            nth=2,
            weekday=6,
            first_day=date(2026, 11, 9),
            announced_at=at("2026-12-01 08:00"),
        )

        assert first_start(monthly) == at("2026-12-13 00:00")
        assert notice_days(monthly, self.table) == 8

    def test_is_not_known_without_an_announcement_or_a_first_time(self) -> None:
        weekly = replace(ONCE, repeat=Repeat.WEEKLY)

        assert notice_days(ONCE, self.table) is None
        assert notice_days(replace(weekly, announced_at=0.0), self.table) is None
        assert notice_days(replace(weekly, announced_at=0.0), self.table, starts_at=20 * float(DAY_S)) == 13
