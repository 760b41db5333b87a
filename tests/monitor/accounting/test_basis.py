"""What accounts rest on: every outage with its times, in agreement with what is counted."""

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import Status
from monitor.accounting.account import account, accounts, accounts_of
from monitor.accounting.basis import basis
from monitor.accounting.model import Books, GroupBy, Period
from monitor.accounting.outages import LOOK_BACK_S, tally
from tests.effort import examples
from tests.monitor.accounting.books_of_chance import CHECK_IDS, Span
from tests.monitor.accounting.books_of_chance import books as books_of_chance
from tests.monitor.accounting.moment_by_moment import Oracle
from tests.monitor.accounting.small_books import DAY, HOUR_S, books, history, hour

CPE = "1.cpe/icmp"
SPAN = Span(DAY, 1800)


@settings(max_examples=examples(60), deadline=None)
@given(books_of_chance(SPAN))
def test_each_outage_begins_and_ends_when_a_look_at_every_moment_says(of: Books) -> None:
    oracle = Oracle(of)
    found = basis(of, DAY, every_check=True)
    for check_id in CHECK_IDS:
        story = oracle.parts_of_steps(check_id, DAY, SPAN.step_s)
        outages = found.outages.get(check_id, ())
        # What neither was down in the period nor was seen to be over counts nowhere.
        assert [
            (each.before_s, each.within_s, each.from_at, each.until_at, each.is_restored)
            for each in outages
            if each.within_s or each.is_restored
        ] == [
            each
            for each in oracle.outages_one_by_one(check_id, story, DAY, SPAN.step_s)
            if each[1] or each[4]
        ], check_id
        assert tally(outages) == found.figures[check_id].tally


@settings(max_examples=examples(20), deadline=None)
@given(books_of_chance(SPAN), st.sets(st.sampled_from(["1.cpe", "1.pc", "so.web"])))
def test_the_basis_of_some_targets_is_that_part_of_the_basis_of_all(of: Books, some: set[str]) -> None:
    all_of_them, found = basis(of, DAY), basis(of, DAY, targets=some)
    assert found.members == {id_: each for id_, each in all_of_them.members.items() if id_ in some}
    assert set(found.primaries) == some
    for check_id, stretches in found.stretches.items():
        assert stretches == all_of_them.stretches[check_id]


@settings(max_examples=examples(20), deadline=None)
@given(books_of_chance(SPAN))
def test_one_basis_gives_the_rows_of_all_groupings(of: Books) -> None:
    groupings = tuple(GroupBy)
    assert accounts_of(basis(of, DAY, every_check=True), groupings, least_coverage_ratio=0.5) == accounts(
        of, DAY, groupings, least_coverage_ratio=0.5
    )


def test_an_outage_that_is_down_as_far_as_is_looked_back_has_no_beginning() -> None:
    (outage,) = basis(books(history(CPE, (1, Status.UP), status=Status.DOWN)), DAY).outages[CPE]
    assert (outage.from_at, outage.until_at, outage.before_s) == (None, hour(1), LOOK_BACK_S)


def test_what_goes_on_at_the_end_of_the_period_has_no_end_there_and_one_in_the_next() -> None:
    of = books(history(CPE, (23, Status.DOWN), (30, Status.UP)))
    (first,) = basis(of, DAY).outages[CPE]
    (second,) = basis(of, Period("next", hour(24), hour(48))).outages[CPE]
    assert (first.from_at, first.until_at, first.length_s) == (hour(23), None, HOUR_S)
    assert (second.from_at, second.until_at, second.length_s) == (hour(23), hour(30), 7 * HOUR_S)


def test_books_of_a_longer_time_give_the_same_account_of_a_part_of_it() -> None:
    of = books(history(CPE, (-30, Status.DOWN), (2, Status.UP), (30, Status.DOWN)))
    row = account(of, DAY, GroupBy.CHECK, least_coverage_ratio=0.0).rows[0]
    assert (row.outages.carried, row.outages.longest_s) == (1, 32 * HOUR_S)
