"""What a period is made of, against an oracle that decides every moment by the definition."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import Status, Transition
from alerts.model.hold import Muting
from monitor.accounting.account import account, by_day
from monitor.accounting.aggregation import added_parts
from monitor.accounting.model import Books, Correction, GroupBy, History, Period, Row
from monitor.accounting.periods import days_of, period
from tests.effort import examples
from tests.monitor.accounting.books_of_chance import CHECK_IDS, Span, books
from tests.monitor.accounting.moment_by_moment import Oracle, summed

BEGINNINGS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    for text in (
        "2026-10-31T16:50",  # the end of a month in Vietnam
        "2026-10-25T00:45",  # Berlin puts its clock back
        "2026-03-29T00:50",  # and forward
        "2028-02-28T16:55",  # the leap day
        "2026-11-09T01:00",
    )
)
MONTHS = ("2026-03", "2026-10", "2026-02", "2028-02", "hc-2026-11")


def seconds(beginning_at: float, length_s: int = 480) -> Span:
    return Span(Period("free", beginning_at, beginning_at + length_s), 1)


def month(text: str, zone: str) -> Span:
    return Span(period(text, zone=zone, month_begins_on=15, now=0.0), 3600)


SHORT = st.sampled_from(BEGINNINGS).map(seconds)
LONG = st.builds(month, st.sampled_from(MONTHS), st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Berlin"]))


def rows(of: Books, when: Period) -> dict[str, Row]:
    counted = account(of, when, GroupBy.CHECK, least_coverage_ratio=0.9)
    return {row.key: row for row in counted.rows}


def is_as_the_oracle_has_it(of: Books, span: Span) -> None:
    oracle = Oracle(of)
    found = rows(of, span.period)
    assert set(found) == set(CHECK_IDS)
    for check_id, row in found.items():
        story = oracle.parts_of_steps(check_id, span.period, span.step_s)
        assert row.parts == summed(story, span.step_s), check_id
        assert row.outages == oracle.outages(check_id, story, span.period, span.step_s), check_id
        assert row.parts.total_s == span.period.length_s


@settings(max_examples=examples(30), deadline=None)
@given(SHORT.flatmap(lambda span: st.tuples(st.just(span), books(span))))
def test_every_second_counts_as_what_the_definition_says(drawn: tuple[Span, Books]) -> None:
    span, of = drawn
    is_as_the_oracle_has_it(of, span)


@settings(max_examples=examples(25), deadline=None)
@given(LONG.flatmap(lambda span: st.tuples(st.just(span), books(span))))
def test_every_month_counts_as_what_the_definition_says(drawn: tuple[Span, Books]) -> None:
    span, of = drawn
    is_as_the_oracle_has_it(of, span)


@pytest.mark.slow
@settings(max_examples=examples(10), deadline=None)
@given(
    st.sampled_from(BEGINNINGS)
    .map(lambda at: seconds(at, 86_400))
    .flatmap(lambda s: st.tuples(st.just(s), books(s)))
)
def test_every_second_of_a_day_counts_as_what_the_definition_says(drawn: tuple[Span, Books]) -> None:
    span, of = drawn
    is_as_the_oracle_has_it(of, span)


@settings(max_examples=examples(40), deadline=None)
@given(SHORT.flatmap(lambda span: st.tuples(st.just(span), books(span), st.integers(0, span.steps))))
def test_a_period_cut_anywhere_adds_up_to_the_whole(drawn: tuple[Span, Books, int]) -> None:
    span, of, cut = drawn
    whole = rows(of, span.period)
    halves = [
        rows(of, Period("half", from_at, until_at))
        for from_at, until_at in (
            (span.period.from_at, span.at(cut)),
            (span.at(cut), span.period.until_at),
        )
    ]
    for check_id, row in whole.items():
        one, other = (half[check_id] for half in halves)
        assert added_parts([one.parts, other.parts]) == row.parts
        assert one.outages.count + other.outages.count == row.outages.count
        assert one.outages.restored + other.outages.restored == row.outages.restored
        # The second half looks less far back than the whole.
        longest_s = max(one.outages.longest_s, other.outages.longest_s)
        assert longest_s <= row.outages.longest_s <= longest_s + cut
        for figure in ("over_1h", "over_4h", "over_24h") if longest_s == row.outages.longest_s else ():
            halves_figure = getattr(one.outages, figure) + getattr(other.outages, figure)
            assert halves_figure == getattr(row.outages, figure), figure
        # The first half may lie wholly out of hours.
        first = one if one.parts.down_s > 0 else other
        assert first.outages.carried == row.outages.carried


def redundant(history: History, span: Span) -> History:
    """Say again and again what was so anyway."""
    transitions: list[Transition] = []
    for one in history.transitions:
        transitions += (one, replace(one, old=one.new), replace(one, at=one.at, old=one.new))
    if not history.transitions and history.status is Status.UP:
        transitions.append(Transition(history.check_id, span.at(7), span.at(7), Status.UP, Status.UP, ""))
    return replace(history, transitions=tuple(transitions))


def halved(correction: Correction, at: float) -> tuple[Correction, ...]:
    """Enter a correction in two pieces."""
    if correction.withdraws is not None or not correction.from_at < at < correction.until_at:
        return (correction,)
    return (replace(correction, until_at=at), replace(correction, from_at=at))


def halved_muting(muting: Muting, at: float) -> tuple[Muting, ...]:
    if muting.until_up or not muting.from_at < at < muting.until_at:
        return (muting,)
    return (replace(muting, until_at=at), replace(muting, from_at=at))


@settings(max_examples=examples(40), deadline=None)
@given(SHORT.flatmap(lambda span: st.tuples(st.just(span), books(span), span.moments())))
def test_intervals_cut_anywhere_change_nothing(drawn: tuple[Span, Books, float]) -> None:
    span, of, cut = drawn
    withdrawn = {each.withdraws for each in of.corrections}
    pieces = [
        piece
        for each in of.corrections
        for piece in (halved(each, cut) if each.id not in withdrawn else (each,))
    ]
    numbers = {id(piece): number for number, piece in enumerate(pieces, start=1)}
    number_of = {piece.id: numbers[id(piece)] for piece in pieces}
    cut_up = replace(
        of,
        histories={id_: redundant(history, span) for id_, history in of.histories.items()},
        corrections=tuple(
            replace(
                piece,
                id=numbers[id(piece)],
                withdraws=None if piece.withdraws is None else number_of[piece.withdraws],
            )
            for piece in pieces
        ),
        mutings=tuple(piece for each in of.mutings for piece in halved_muting(each, cut)),
    )
    assert rows(cut_up, span.period) == rows(of, span.period)


@settings(max_examples=examples(15), deadline=None)
@given(
    st.sampled_from(["2026-11", "2028-02", "2026-q1", "hc-2026", "2026-01-01..2030-12-31"]),
    st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York"]),
    st.data(),
)
def test_parts_add_up_to_the_period_whatever_its_length(text: str, zone: str, data: st.DataObject) -> None:
    when = period(text, zone=zone, month_begins_on=15, now=0.0)
    span = Span(when, 1)
    of = data.draw(books(replace(span, step_s=max(1, round(when.length_s) // 500))))
    shift = data.draw(st.floats(0, 1))
    moved = {
        id_: replace(each, transitions=tuple(replace(t, at=t.at + shift) for t in each.transitions))
        for id_, each in of.histories.items()
    }
    for row in rows(replace(of, histories=moved), when).values():
        assert row.parts.total_s == pytest.approx(when.length_s, abs=1e-6)


@settings(max_examples=examples(25), deadline=None)
@given(LONG.flatmap(lambda span: st.tuples(st.just(span), books(span))), st.sampled_from(CHECK_IDS))
def test_the_days_of_a_check_are_those_of_accounts_of_each_day(
    drawn: tuple[Span, Books], check_id: str
) -> None:
    span, of = drawn
    found = by_day(of, check_id, span.period, zone="Asia/Ho_Chi_Minh")
    cut = days_of(span.period, zone="Asia/Ho_Chi_Minh")
    assert [day for day, _ in found] == [day for day, _, _ in cut]
    for (_, parts), (_, from_at, until_at) in list(zip(found, cut, strict=True))[::5]:
        assert parts == rows(of, Period("day", from_at, until_at))[check_id].parts
    assert added_parts(parts for _, parts in found) == rows(of, span.period)[check_id].parts
