from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.oncall.model import Leave, Rota, Shift, Swap
from alerts.oncall.rota import duties, gaps, next_hand_over, on_duty

ZONE = timezone(timedelta(hours=7))
MONDAY = date(2026, 11, 23)


def at(day: date, clock: str) -> float:
    hour, _, minute = clock.partition(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=ZONE).timestamp()


def rota(*shifts: Shift, leave: tuple[Leave, ...] = ()) -> Rota:
    return Rota("csht", "Trực hạ tầng", shifts, leave)


DAY = Shift("Ca ngày", 450, 1170, ("an", "binh", "chi"), MONDAY)
NIGHT = Shift("Ca đêm", 1170, 450, ("chi", "an", "binh"), MONDAY)


def test_people_take_a_shift_in_turn() -> None:
    found = [on_duty(rota(DAY), at(MONDAY + timedelta(days=n), "08:00")) for n in range(4)]

    assert found == [("an",), ("binh",), ("chi",), ("an",)]


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    assert on_duty(rota(DAY, NIGHT), at(MONDAY, "23:00")) == ("chi",)
    assert on_duty(rota(DAY, NIGHT), at(MONDAY + timedelta(days=1), "03:00")) == ("chi",)
    assert on_duty(rota(DAY, NIGHT), at(MONDAY + timedelta(days=1), "07:30")) == ("binh",)


def test_nobody_is_on_duty_before_the_rota_begins_or_between_shifts() -> None:
    assert on_duty(rota(DAY), at(MONDAY - timedelta(days=1), "08:00")) == ()
    assert on_duty(rota(DAY), at(MONDAY, "19:30")) == ()


def test_the_next_in_turn_stands_in_for_who_is_away() -> None:
    away = rota(DAY, leave=(Leave("an", MONDAY, MONDAY), Leave("binh", MONDAY, MONDAY)))

    assert on_duty(away, at(MONDAY, "08:00")) == ("chi",)
    assert duties(away, at(MONDAY, "08:00"), at(MONDAY, "09:00"))[0].turn_of == "an"


def test_when_everybody_is_away_nobody_is_made_up() -> None:
    away = rota(DAY, leave=tuple(Leave(who, MONDAY, MONDAY) for who in ("an", "binh", "chi")))

    assert on_duty(away, at(MONDAY, "08:00")) == ()


def test_a_swap_counts_to_the_second_and_the_latest_one_wins() -> None:
    swaps = (
        Swap("csht", "chi", at(MONDAY, "08:00"), at(MONDAY, "12:00")),
        Swap("csht", "binh", at(MONDAY, "10:00"), at(MONDAY, "11:00")),
        Swap("other", "an", at(MONDAY, "00:00"), at(MONDAY, "23:00")),
    )

    assert on_duty(rota(DAY), at(MONDAY, "08:00"), swaps) == ("chi",)
    assert on_duty(rota(DAY), at(MONDAY, "10:30"), swaps) == ("binh",)
    assert on_duty(rota(DAY), at(MONDAY, "12:00"), swaps) == ("an",)


def test_a_hand_over_is_when_a_shift_begins() -> None:
    assert next_hand_over(rota(DAY, NIGHT), at(MONDAY, "08:00")) == at(MONDAY, "19:30")
    assert next_hand_over(rota(DAY, NIGHT), at(MONDAY, "19:30")) == at(MONDAY + timedelta(days=1), "07:30")


people = st.lists(st.sampled_from(["an", "binh", "chi", "dung"]), min_size=1, max_size=4, unique=True)
days = st.integers(0, 20).map(lambda n: MONDAY + timedelta(days=n))


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    return Shift(
        name="Ca",
        from_minute=draw(st.integers(0, 1439)),
        to_minute=draw(st.integers(0, 1440)),
        people=tuple(draw(people)),
        since=draw(days),
        turn_days=draw(st.integers(1, 9)),
        weekdays=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
    )


@st.composite
def leaves(draw: st.DrawFn) -> Leave:
    first = draw(days)
    return Leave(
        draw(st.sampled_from(["an", "binh", "chi"])), first, first + timedelta(days=draw(st.integers(0, 9)))
    )


def naive(given_rota: Rota, moment: float) -> Iterator[str]:
    """Walk every shift of every day, minute by minute of the wall clock."""
    now = datetime.fromtimestamp(moment, UTC).astimezone(ZONE)
    for shift in given_rota.shifts:
        for back in (1, 0):
            day = now.date() - timedelta(days=back)
            if day < shift.since or day.weekday() not in shift.weekdays:
                continue
            minute = (now.date() - day).days * 1440 + now.hour * 60 + now.minute
            end = shift.to_minute + (1440 if shift.to_minute <= shift.from_minute else 0)
            if not shift.from_minute <= minute < end:
                continue
            turn = 0
            for n in range((day - shift.since).days):
                turn += (n + 1) % shift.turn_days == 0
            for n in range(len(shift.people)):
                who = shift.people[(turn + n) % len(shift.people)]
                if not any(x.person == who and x.from_day <= day <= x.to_day for x in given_rota.leave):
                    yield who
                    break


@settings(max_examples=150)
@given(
    st.lists(shifts(), min_size=1, max_size=3),
    st.lists(leaves(), max_size=3),
    st.integers(-3, 30),
    st.integers(0, 1439),
)
def test_agrees_with_walking_the_days(some: list[Shift], away: list[Leave], day: int, minute: int) -> None:
    given_rota = rota(*some, leave=tuple(away))
    moment = at(MONDAY, "00:00") + day * 86_400 + minute * 60

    assert set(on_duty(given_rota, moment)) == set(naive(given_rota, moment))


def test_the_times_without_anybody_are_known_and_a_swap_fills_them() -> None:
    week_days = Shift("Ca ngày", 450, 1170, ("a",), MONDAY, weekdays=frozenset(range(5)))
    given_rota = rota(week_days, leave=(Leave("a", MONDAY, MONDAY),))
    start, end = at(MONDAY, "00:00"), at(MONDAY, "00:00") + 2 * 86_400
    tuesday = start + 86_400

    assert gaps(given_rota, start, end) == ((start, tuesday + 450 * 60), (tuesday + 1170 * 60, end))
    swap = Swap(given_rota.id, "b", start, tuesday + 450 * 60)
    assert gaps(given_rota, start, end, (swap,)) == ((tuesday + 1170 * 60, end),)
