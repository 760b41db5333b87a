import dataclasses
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model.checks import CheckResult, Status
from inventory.model import Circuit, Inventory
from monitor.influx.lines import Line
from monitor.influx.points import EVENTS, Change, Turn, line_of, line_of_change, line_of_turn
from monitor.influx.tags import TAGS, CheckTags, Tagging, tags_in
from probes.reading import FailureReason, Reading, failed
from tests.monitor.storage.samples import CHECK, T0, result
from tests.monitor.web.samples import province

WHERE = CheckTags(
    kind="icmp",
    target="21484.cpe",
    unit="21484",
    area="kt",
    layer="tslcd",
    provider="VNPT",
    name="Thiết bị đầu cuối",
    unit_name="Xã Đăk Rơ Wa",
)
CHANGE = Change(CHECK, T0 + 0.25, Status.DOWN, Status.UP, "timeout", 0)
TURN = Turn(7, T0, "opened", "SC-2026-0001", CHECK, "timeout", "", "", "", "")


def own(line: Line) -> dict[str, str]:
    return {key: text for key, text in line.tags.items() if text}


def with_line() -> Inventory:
    inventory = province(communes=1)
    target = inventory.targets["21000.cpe"]
    return replace(
        inventory,
        targets={**inventory.targets, target.id: replace(target, circuit_id="k1")},
        circuits={"k1": Circuit("k1", "VNPT")},
    )


def test_a_point_has_the_kind_as_measurement_and_every_metric_as_a_float() -> None:
    reading = Reading(ok=True, metrics={"rtt_p50_s": 0.25, "sent": 5, "ok": 7.0})
    line = line_of(dataclasses.replace(result(), started_at=1_770_000_000.123456, reading=reading), WHERE)

    assert line.measurement == "icmp"
    assert line.tags == {
        "check": CHECK, "target": "21484.cpe", "unit": "21484", "area": "kt", "layer": "tslcd", "provider": "VNPT",
        "vantage": "main",
    }  # fmt: skip
    assert line.fields == {"ok": 1, "duration_s": 1.25, "rtt_p50_s": 0.25, "sent": 5.0, "metric_ok": 7.0}
    assert isinstance(line.fields["sent"], float)
    assert line.time_ns == 1_770_000_000_123_000_000


def test_of_a_burst_the_mean_and_percentiles_by_nearest_rank_are_sent_besides() -> None:
    rtts_s = (0.003, None, 0.001, 0.002, 0.005, 0.004)
    line = line_of(replace(result(), reading=Reading(ok=True, metrics={}, rtts_s=rtts_s)), WHERE)

    assert {name: line.fields[name] for name in line.fields if name.startswith("rtt")} == pytest.approx(
        {"rtt_mean_s": 0.003, "rtt_p10_s": 0.001, "rtt_p25_s": 0.002, "rtt_p75_s": 0.004, "rtt_p90_s": 0.005}
    )


def test_a_failed_result_says_why() -> None:
    lost = Reading(False, {}, FailureReason.TIMEOUT, "0/2", (None, None))

    assert line_of(replace(result(), reading=lost), WHERE).fields == {
        "ok": 0, "duration_s": 1.25, "reason": "timeout"
    }  # fmt: skip


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from([*FailureReason]))
def test_nothing_that_people_or_devices_write_becomes_a_tag(
    text: str, name: str, reason: FailureReason
) -> None:
    where = replace(WHERE, name=name, unit_name=text)
    quiet = replace(where, name="", unit_name="")
    measured = CheckResult(CHECK, T0, 1.0, failed(reason, text))

    pairs = [
        (line_of(measured, where), line_of(result(ok=False), quiet)),
        (line_of_change(replace(CHANGE, cause=text), where), line_of_change(CHANGE, quiet)),
        (line_of_turn(replace(TURN, cause=text, name=name), where), line_of_turn(TURN, quiet)),
    ]

    for written, unwritten in pairs:
        assert written.tags == unwritten.tags
        assert written.tags.keys() == set(TAGS)


def test_tags_come_from_the_inventory_in_force() -> None:
    assert tags_in(with_line(), "21000.cpe/icmp") == CheckTags(
        kind="icmp",
        target="21000.cpe",
        unit="21000",
        area="kt",
        layer="tslcd",
        provider="VNPT",
        name="Thiết bị đầu cuối TSLCD",
        unit_name="Xã Đăk Rơ Wa",
    )


def test_a_check_that_left_the_inventory_keeps_its_tags_or_has_those_that_its_id_says() -> None:
    tagging, inventory = Tagging({"icmp", "http"}), with_line()
    known = tagging.of(inventory, "21000.cpe/icmp")

    assert tagging.of(Inventory({}, {}, {}), "21000.cpe/icmp") == known
    assert tagging.of(inventory, "gone.cpe/http") == CheckTags(kind="http", target="gone.cpe")
    assert tagging.of(inventory, "gone.cpe/wan") == CheckTags(kind="removed", target="gone.cpe")


def test_a_change_of_status_is_a_number_and_words_at_the_time_it_happened() -> None:
    line = line_of_change(CHANGE, WHERE)

    assert (line.measurement, line.time_ns) == ("state", 1_770_000_000_250_000_000)
    assert line.fields == {
        "code": 3,
        "old_code": 1,
        "status": "down",
        "cause": "timeout",
        "cause_text": "không trả lời",
        "name": "Thiết bị đầu cuối",
        "unit_name": "Xã Đăk Rơ Wa",
    }
    assert own(line) == {
        "check": CHECK, "target": "21484.cpe", "unit": "21484", "area": "kt", "layer": "tslcd", "provider": "VNPT",
    }  # fmt: skip


def test_two_changes_of_a_check_at_the_same_time_stay_two() -> None:
    first, second = (line_of_change(replace(CHANGE, rank=rank), WHERE).time_ns for rank in (0, 1))

    assert second - first == 1


@pytest.mark.parametrize("kind", EVENTS)
def test_a_turn_of_an_incident_is_a_mark_with_words_and_without_a_person(kind: str) -> None:
    line = line_of_turn(replace(TURN, kind=kind), WHERE)

    assert line.measurement == "incident"
    assert line.fields == {
        "id": "SC-2026-0001",
        "kind": kind,
        "title": f"{EVENTS[kind]}: Thiết bị đầu cuối – Xã Đăk Rơ Wa",
        "text": "SC-2026-0001: không trả lời",
        "count": 1,
    }
    assert line.time_ns == round(T0) * 10**9 + 7


@pytest.mark.parametrize(
    ("dimension", "value", "tags"),
    [
        ("provider_area", "VNPT|kt", {"provider": "VNPT", "area": "kt"}),
        ("provider_district", "VNPT|Huyện Ba Tơ", {"provider": "VNPT"}),
        ("provider", "VNPT", {"provider": "VNPT"}),
        ("area", "qn", {"area": "qn"}),
        ("power", "ups.1", {}),
        ("layer", "tslcd", {}),
    ],
)
def test_a_group_is_tagged_with_what_its_members_have_in_common(
    dimension: str, value: str, tags: dict[str, str]
) -> None:
    group = replace(
        TURN, root_check_id="", common_dimension=dimension, common_value=value, common_layer="tslcd"
    )

    line = line_of_turn(group, None)

    assert own(line) == {"layer": "tslcd", **tags}
    assert line.fields["title"] == "Sự cố mới: Nhiều nơi cùng lúc"
