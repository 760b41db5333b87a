"""Rows: what a group is the sum of, what it is called, and when no percentage is given."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model.checks import Status
from inventory.model import Selector
from monitor.accounting.account import account, accounts
from monitor.accounting.model import Account, Books, GroupBy, History, Parts, Row
from tests.effort import examples
from tests.monitor.accounting.books_of_chance import TARGETS, Span, land
from tests.monitor.accounting.books_of_chance import books as books_of_chance
from tests.monitor.accounting.small_books import DAY, HOUR_S, books, history, hour, row

MEMBERS: dict[GroupBy, dict[str, tuple[str, ...]]] = {
    GroupBy.UNIT: {"1": ("1.cpe", "1.kiosk", "1.pc"), "2": ("2.cpe",), "so": ("so.web",)},
    GroupBy.LAYER: {
        "tslcd": ("1.cpe", "2.cpe"),
        "kiosk": ("1.kiosk",),
        "pc": ("1.pc",),
        "shared": ("so.web",),
    },
    GroupBy.CIRCUIT: {"k1": ("1.cpe",), "k2": ("2.cpe",)},
    GroupBy.PROVIDER: {"VNPT": ("1.cpe",), "Viettel": ("2.cpe",)},
    GroupBy.AREA: {"qn": ("1.cpe", "1.kiosk", "1.pc"), "kt": ("2.cpe",), "province": ("so.web",)},
    GroupBy.FORMER_DISTRICT: {"Ba Tơ": ("1.cpe", "1.kiosk", "1.pc"), "Đăk Hà": ("2.cpe",)},
    GroupBy.FORMER_PROVINCE: {"Quảng Ngãi": ("1.cpe", "1.kiosk", "1.pc"), "Kon Tum": ("2.cpe",)},
    GroupBy.PROVINCE: {"province": tuple(TARGETS)},
}
PRIMARY = {target_id: f"{target_id}/{'http' if target_id == 'so.web' else 'icmp'}" for target_id in TARGETS}
SPAN = Span(DAY, 1800)
SECONDS = [
    f"{part}_s" for part in ("up", "degraded", "down", "unknown", "maintenance", "off_hours", "unwatched")
]


def all_of(of: Books, least_coverage_ratio: float = 0.9) -> dict[GroupBy, dict[str, Row]]:
    found = accounts(of, DAY, tuple(GroupBy), least_coverage_ratio=least_coverage_ratio)
    return {group_by: {each.key: each for each in one.rows} for group_by, one in found.items()}


@settings(max_examples=examples(20), deadline=None)
@given(books_of_chance(SPAN), st.sampled_from([0.0, 0.5, 0.9, 1.0]))
def test_groups_are_the_sums_of_the_primary_checks_of_their_targets(of: Books, least: float) -> None:
    found = all_of(of, least)
    checks, targets = found[GroupBy.CHECK], found[GroupBy.TARGET]
    for target_id, primary in PRIMARY.items():
        assert targets[target_id].parts == checks[primary].parts
        assert targets[target_id].outages == checks[primary].outages
    for group_by, groups in MEMBERS.items():
        assert list(found[group_by]) == list(groups)
        for key, target_ids in groups.items():
            each = found[group_by][key]
            rows = [targets[target_id] for target_id in target_ids]
            assert each.members == len(rows)
            assert each.parts == Parts(*(sum(getattr(one.parts, name) for one in rows) for name in SECONDS))
            assert each.parts.total_s == DAY.length_s * len(rows)
            assert each.outages.count == sum(one.outages.count for one in rows)
            assert each.outages.carried == sum(one.outages.carried for one in rows)
            assert each.outages.longest_s == max(one.outages.longest_s for one in rows)
            ended = [one.outages for one in rows if one.outages.mttr_s is not None]
            assert (each.outages.mttr_s is not None) == bool(ended)
            known = [one for one in rows if one.availability_ratio is not None]
            lowest = min(known, key=lambda one: one.availability_ratio or 0.0).key if known else ""
            assert each.lowest == lowest


@settings(max_examples=examples(12), deadline=None)
@given(books_of_chance(SPAN), st.sampled_from(list(GroupBy)))
def test_one_grouping_alone_is_the_same_as_among_others(of: Books, group_by: GroupBy) -> None:
    alone = account(of, DAY, group_by, least_coverage_ratio=0.9)
    assert {each.key: each for each in alone.rows} == all_of(of)[group_by]


def test_a_second_weighs_the_same_wherever_it_was_measured() -> None:
    # One target is known for an hour only, and down in it: it does not count for as much as the other's whole day.
    young = History("1.cpe/icmp", None, history("x", (23, Status.DOWN)).transitions)
    of = books(young, History("2.cpe/icmp", Status.UP))
    layer = row(of, "tslcd", GroupBy.LAYER)
    assert layer.availability_ratio == 24 / 25
    assert layer.lowest == "1.cpe"
    assert layer.parts.unwatched_s == 23 * HOUR_S


def test_outages_of_a_group_have_the_mean_length_of_all_of_them() -> None:
    of = books(
        history("1.cpe/icmp", (1, Status.DOWN), (2, Status.UP), (3, Status.DOWN), (4, Status.UP)),
        history("2.cpe/icmp", (1, Status.DOWN), (5, Status.UP)),
    )
    found = row(of, "tslcd", GroupBy.LAYER).outages
    assert (found.count, found.mttr_s, found.longest_s) == (3, 2 * HOUR_S, 4 * HOUR_S)
    assert found.mtbf_s == (48 - 6) / 3 * HOUR_S


def test_no_percentage_is_given_below_the_least_coverage() -> None:
    of = books(history("1.cpe/icmp", (12, Status.UNKNOWN), (14.4, Status.UP)))
    kept = row(of, "1.cpe/icmp")
    assert (kept.coverage_ratio, kept.availability_ratio) == (0.9, 1.0)
    refused = row(books(history("1.cpe/icmp", (12, Status.UNKNOWN), (14.5, Status.UP))), "1.cpe/icmp")
    assert refused.availability_ratio is None
    assert refused.coverage_ratio == pytest.approx(21.5 / 24)


def test_what_does_not_count_at_all_has_no_figure_and_no_coverage() -> None:
    never = row(books(History("1.cpe/icmp", None)), "1.cpe/icmp")
    assert (never.availability_ratio, never.coverage_ratio) == (None, None)
    assert never.parts == Parts(unwatched_s=DAY.length_s)
    blind = row(books(History("1.cpe/icmp", Status.UNKNOWN)), "1.cpe/icmp")
    assert (blind.availability_ratio, blind.coverage_ratio) == (None, 0.0)


def test_a_check_without_a_history_was_not_watched() -> None:
    of = replace(books(), histories={})
    assert row(of, "1.cpe/icmp").parts.unwatched_s == DAY.length_s


def test_a_unit_that_begins_within_the_period_counts_from_then_on() -> None:
    new = History(
        "2.cpe/icmp", None, history("2.cpe/icmp", (13, Status.UP), (18, Status.DOWN)).transitions, hour(12)
    )
    found = row(books(new), "2", GroupBy.UNIT)
    expected = Parts(unwatched_s=12 * HOUR_S, unknown_s=HOUR_S, up_s=5 * HOUR_S, down_s=6 * HOUR_S)
    assert found.parts == expected
    assert found.coverage_ratio == 11 / 12


def test_what_is_not_watched_is_in_no_sum() -> None:
    inventory = land()
    without = {id_: each for id_, each in inventory.checks.items() if each.target_id != "1.kiosk"}
    of = books(inventory=replace(inventory, checks=without))
    assert row(of, "1", GroupBy.UNIT).members == 2
    layers = account(of, DAY, GroupBy.LAYER, least_coverage_ratio=0.9)
    assert [each.key for each in layers.rows] == ["tslcd", "pc", "shared"]


def test_a_selector_limits_every_grouping() -> None:
    of = books(history("1.kiosk/icmp", (0, Status.DOWN)))
    only = Selector(layers=("tslcd",))
    assert row(of, "1", GroupBy.UNIT, select=only).members == 1
    assert row(of, "1", GroupBy.UNIT, select=only).availability_ratio == 1
    checks = account(of, DAY, GroupBy.CHECK, least_coverage_ratio=0.9, select=only)
    assert [each.key for each in checks.rows] == ["1.cpe/icmp", "1.cpe/snmp", "2.cpe/icmp"]


def test_rows_have_names_for_people() -> None:
    found = all_of(books())
    assert {group_by: next(iter(rows.values())).name for group_by, rows in found.items()} == {
        GroupBy.CHECK: "Bộ định tuyến – Xã Ba Tơ (icmp)",
        GroupBy.TARGET: "Bộ định tuyến – Xã Ba Tơ",
        GroupBy.UNIT: "Xã Ba Tơ",
        GroupBy.LAYER: "Mạng TSLCD",
        GroupBy.CIRCUIT: "VNPT HD-01",
        GroupBy.PROVIDER: "VNPT",
        GroupBy.AREA: "Quảng Ngãi (cũ)",
        GroupBy.FORMER_DISTRICT: "Ba Tơ (cũ)",
        GroupBy.FORMER_PROVINCE: "Quảng Ngãi (cũ)",
        GroupBy.PROVINCE: "Toàn tỉnh",
    }
    assert found[GroupBy.CIRCUIT]["k2"].name == "Viettel k2"
    assert found[GroupBy.AREA]["province"].name == "Cấp tỉnh"


def test_the_unit_is_not_named_twice() -> None:
    of = books()
    target = replace(of.inventory.targets["1.cpe"], name="Đường truyền – Xã Ba Tơ")
    named = replace(of.inventory, targets={**of.inventory.targets, "1.cpe": target})

    assert row(books(inventory=named), "1.cpe", GroupBy.TARGET).name == "Đường truyền – Xã Ba Tơ"


def test_an_account_says_where_knowledge_ends() -> None:
    def ends(of: Books) -> Account:
        return account(of, DAY, GroupBy.CHECK, least_coverage_ratio=0.9)

    assert ends(books()).until_at == DAY.until_at
    assert ends(books(now=hour(5))).until_at == hour(5)
    assert ends(books(now=hour(5), known_until_at=hour(4))).until_at == hour(4)
