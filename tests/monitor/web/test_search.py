"""What people type is found: without marks, by old names and codes, twins side by side."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import Inventory, Unit
from monitor.web.search import Found, FoundKind, search
from tests.effort import examples
from tests.monitor.web.samples import cut, province, target

PROVINCE = province(communes=7, devices=2)
TWIN = Unit("21523", "Xã Ba Tô", "xã", "qn", "Huyện Ba Tơ", former_names=("Thị trấn La Hà", "Xã Ba Nam"))
LAND = replace(PROVINCE, units={**PROVINCE.units, TWIN.code: TWIN})
INCIDENTS = [cut(PROVINCE, 42, "21003"), cut(PROVINCE, 7, "21000")]


def found(asked: str, land: Inventory = LAND, **more: object) -> tuple[Found, ...]:
    return search(land, INCIDENTS, asked, limit=20, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", ["dak ro wa", "Đăk Rơ Wa", "ĐĂK RƠ WA", "xa dak ro", "21000", "đăk-rơ-wa"])
def test_marks_capitals_and_the_kind_do_not_matter(asked: str) -> None:
    first = found(asked)[0]

    assert (first.kind, first.id, first.path) == (FoundKind.COMMUNE, "21000", "/xa/21000")


def test_twins_are_both_found_with_what_tells_them_apart() -> None:
    communes = {each.name: each.beside for each in found("ba to") if each.kind is FoundKind.COMMUNE}

    assert communes == {"Xã Ba Tơ": "Huyện Ba Tơ", "Xã Ba Tô": "Huyện Ba Tơ"}


def test_a_former_name_leads_to_the_unit_of_today_and_says_so() -> None:
    [first, *_rest] = found("la ha")

    assert (first.id, first.alias) == ("21523", "Thị trấn La Hà")


def test_a_former_district_finds_its_communes() -> None:
    assert {each.id for each in found("huyện ba tơ") if each.kind is FoundKind.COMMUNE} == {"21003", "21523"}


@pytest.mark.parametrize("asked", ["SC-2026-0042", "sc 2026 0042", "sc-42", "42", "0042"])
def test_an_incident_is_found_by_its_code(asked: str) -> None:
    first = found(asked)[0]

    assert (first.kind, first.id, first.path) == (FoundKind.INCIDENT, "SC-2026-0042", "/su-co/SC-2026-0042")


def test_a_thing_is_found_by_its_id_and_by_name_with_its_place() -> None:
    assert found("21003.cpe")[0].id == "21003.cpe"
    assert {each.id for each in found("dau cuoi ba to")} >= {"21003.cpe"}
    assert found("vneid")[0].id == "core.vneid"


def test_only_the_kinds_that_are_asked_for_are_found() -> None:
    assert {each.kind for each in found("ba to", kinds=(FoundKind.COMMUNE,))} == {FoundKind.COMMUNE}


def test_an_address_finds_nothing() -> None:
    hidden = replace(
        target(TWIN, "cpe", "Thiết bị", next(iter(LAND.targets.values())).layer), address="10.51.7.9"
    )
    land = replace(LAND, targets={**LAND.targets, hidden.id: hidden})

    assert found("10.51.7.9", land) == ()


@given(asked=st.text(max_size=90))
@settings(max_examples=examples(100), deadline=None)
def test_whatever_is_typed_is_answered_within_the_limit(asked: str) -> None:
    assert len(search(LAND, INCIDENTS, asked, limit=3)) <= 3
