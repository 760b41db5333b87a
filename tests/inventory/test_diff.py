"""What a new inventory means for people."""

from pathlib import Path

import pytest

from inventory.diff import Change, Op, Rename, Subject, compare, has_same_meaning, summary
from inventory.field_words import field_word, shown
from inventory.loader import load
from inventory.model import Inventory, Threshold
from inventory.sharing import share

YAML = """
areas: {qn: {name: Quảng Ngãi (cũ)}}
units:
  "21484": {name: Xã Ba Tơ, kind: xã, area: qn, former_district: Huyện Ba Tơ}
  "21523": {name: Xã Ba Tô, kind: xã, area: qn}
circuits:
  k1: {provider: VNPT, contract_code: M-1}
  k2: {provider: Viettel}
profiles:
  any: {layer: tslcd, checks: {icmp: {kind: icmp, interval_s: 30, options: {count: 5}, thresholds: {loss_ratio: {warning: 0.2}}}}}
targets:
  21484.cpe: {name: CPE Ba Tơ, unit: "21484", profile: any, address: 127.0.0.3, circuit: k1}
  21523.cpe: {name: CPE Ba Tô, unit: "21523", profile: any, address: 127.0.0.4}
"""


def of(folder: Path, *edits: tuple[str, str]) -> Inventory:
    text = YAML
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / "tinh.yaml").write_text(text)
    return load([folder])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("address: 127.0.0.3", "address: 127.0.0.9", [("địa chỉ", "127.0.0.3", "127.0.0.9")]),
        ("circuit: k1", "circuit: k2", [("kênh truyền", "k1", "k2")]),
        (", circuit: k1", "", [("kênh truyền", "k1", "–")]),
        ("127.0.0.3,", "127.0.0.3, tags: [a, b],", [("nhãn", "–", "a, b")]),
        ("127.0.0.3,", "127.0.0.3, equipped: no,", [("trang bị", "yes", "no")]),
        ("127.0.0.3,", "127.0.0.3, anchor: true,", [("mốc", "không", "có")]),
        ("127.0.0.3,", "127.0.0.3, depends_on: [21523.cpe],", [("phụ thuộc", "–", "21523.cpe")]),
        (
            "127.0.0.3,",
            "127.0.0.3, checks: {icmp: {options: {count: 7}}},",
            [("count (icmp)", "5", "7")],
        ),
        (
            "127.0.0.3,",
            "127.0.0.3, checks: {icmp: {thresholds: {loss_ratio: {warning: 0.2, critical: 0.5}}}},",
            [("ngưỡng (icmp)", "loss_ratio > cảnh báo 0.2", "loss_ratio > cảnh báo 0.2, nguy cấp 0.5")],
        ),
        (
            "127.0.0.3,",
            "127.0.0.3, checks: {tcp: {kind: tcp, options: {port: 80}}},",
            [("thêm phép đo tcp", "–", "tcp")],
        ),
    ],
)
def test_every_field_of_a_target_and_its_checks_is_named_with_both_values(
    tmp_path: Path, old: str, new: str, said: list[tuple[str, str, str]]
) -> None:
    changes = compare(of(tmp_path), of(tmp_path, (old, new)))

    assert [(field_word(each.field), each.old, each.new) for each in changes.changes] == said
    assert {each.id for each in changes.changes} == {"21484.cpe"}
    assert {each.unit for each in changes.changes} == {"Xã Ba Tơ"}


def test_a_change_of_a_profile_shows_at_every_target_of_it(tmp_path: Path) -> None:
    changes = compare(of(tmp_path), of(tmp_path, ("interval_s: 30", "interval_s: 60")))

    intervals = [each for each in changes.changes if each.field == "icmp.interval_s"]
    assert [(each.id, each.old, each.new) for each in intervals] == [
        ("21484.cpe", "30", "60"),
        ("21523.cpe", "30", "60"),
    ]
    assert summary(changes) == "~2 đối tượng đổi (2 nội dung khác)"


def test_what_comes_and_goes_is_one_line_each_and_counted(tmp_path: Path) -> None:
    line = '  21523.cpe: {name: CPE Ba Tô, unit: "21523", profile: any, address: 127.0.0.4}\n'
    added = line.replace("cpe", "sw").replace("0.4", "0.5") + line.replace("cpe", "ap").replace("0.4", "0.6")
    new = of(tmp_path, (line, added), ("127.0.0.3", "127.0.0.8"), ("provider: Viettel", "provider: FPT"))

    changes = compare(of(tmp_path), new)

    assert Change(Op.REMOVED, Subject.TARGET, "21523.cpe", "CPE Ba Tô", "Xã Ba Tô") in changes.changes
    assert (
        Change(Op.CHANGED, Subject.CIRCUIT, "k2", "FPT", "", "provider", "Viettel", "FPT") in changes.changes
    )
    assert changes.unwatched == 1
    assert not changes.renames
    assert summary(changes) == "+2 đối tượng, ~1 đối tượng đổi (1 địa chỉ), −1 đối tượng, ~1 kênh truyền"


def test_a_target_that_is_switched_off_counts_like_one_that_is_gone(tmp_path: Path) -> None:
    changes = compare(of(tmp_path), of(tmp_path, ("127.0.0.3,", "127.0.0.3, enabled: false,")))

    assert changes.unwatched == 1
    assert [each.field for each in changes.changes] == ["enabled"]


def test_the_same_address_under_another_id_is_perhaps_a_new_name(tmp_path: Path) -> None:
    changes = compare(of(tmp_path), of(tmp_path, ("  21484.cpe:", "  21484.router:")))

    assert changes.renames == (Rename(Subject.TARGET, "21484.cpe", "21484.router"),)


def test_a_unit_that_takes_over_the_name_of_another_is_perhaps_its_heir(tmp_path: Path) -> None:
    new = of(
        tmp_path,
        ('"21523"', '"21600"'),
        ("name: Xã Ba Tô, kind: xã", "name: Xã Mới, former_names: [Xã Ba Tô], kind: xã"),
        ("  21523.cpe", "  21600.cpe"),
    )

    assert Rename(Subject.UNIT, "21523", "21600") in compare(of(tmp_path), new).renames


def test_comments_and_the_order_of_keys_mean_nothing(tmp_path: Path) -> None:
    old, new = of(tmp_path), of(tmp_path, ("profiles:", "# ghi chú\nprofiles:"))

    assert old.digest != new.digest
    assert has_same_meaning(old, new)
    assert not compare(old, new)
    assert summary(compare(old, new)) == "không đổi việc giám sát"
    assert not has_same_meaning(old, of(tmp_path, ("Huyện Ba Tơ", "Huyện Ba Tô")))


def test_equal_parts_of_a_new_inventory_are_the_old_objects(tmp_path: Path) -> None:
    old, new = of(tmp_path), of(tmp_path, ("127.0.0.3", "127.0.0.9"))

    shared = share(old, new)

    assert shared == new
    assert shared.units is old.units
    assert shared.checks["21523.cpe/icmp"] is old.checks["21523.cpe/icmp"]
    assert shared.checks["21484.cpe/icmp"].address == "127.0.0.9"
    assert list(shared.checks) == list(new.checks)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ((), "–"),
        (True, "có"),
        (1.5, "1.5"),
        (100_000_000.0, "100000000"),
        (frozenset({"b", "a"}), "a, b"),
        (Threshold("rtt_p50_s", 0.1, None), "rtt_p50_s > cảnh báo 0.1"),
        ({"x": (1, 2)}, "x: 1, 2"),
        ("x" * 500, "x" * 199 + "…"),
    ],
)
def test_values_are_one_short_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_moment_is_shown_in_its_zone() -> None:
    assert shown(1_795_290_012.0, zone="Asia/Ho_Chi_Minh", field="starts_at") == "02:40 22/11/2026"


def test_a_check_that_ends_is_named(tmp_path: Path) -> None:
    tcp = "127.0.0.3, checks: {tcp: {kind: tcp, options: {port: 80}}},"

    changes = compare(of(tmp_path, ("127.0.0.3,", tcp)), of(tmp_path))

    assert [(field_word(each.field), each.old, each.new) for each in changes.changes] == [
        ("bỏ phép đo tcp", "tcp", "–")
    ]


def test_a_target_with_several_edits_counts_as_one(tmp_path: Path) -> None:
    changes = compare(of(tmp_path), of(tmp_path, ("address: 127.0.0.3,", "address: 127.0.0.8, tags: [a],")))

    assert summary(changes) == "~1 đối tượng đổi (1 địa chỉ, 1 nội dung khác)"
