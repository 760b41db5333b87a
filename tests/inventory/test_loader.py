import ipaddress
import os
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.loader import Loaded, load, load_with_warnings
from inventory.model import Equipped, Inventory, Layer
from inventory.problem import InventoryError
from probes.kinds import KINDS
from probes.snmp_ranges import AccountRanges, RangeAccount
from tests.inventory.conftest import WriteFiles

BASE = Path(__file__).parent / "base.yaml"
AREAS = "areas: {qn: {name: Quảng Ngãi (cũ)}, kt: {name: Kon Tum (cũ)}}\n"
DOCS = Path(__file__).parents[2] / "docs" / "inventory.md"


def refusal(*paths: Path) -> str:
    with pytest.raises(InventoryError) as caught:
        load(paths)
    return str(caught.value)


@pytest.fixture
def documented(write: WriteFiles) -> tuple[Path, Path]:
    """The examples of the documentation: everything, and what a later folder changes."""
    first: list[str] = []
    later: list[str] = []
    for info, block in re.findall(
        r"^```yaml( later)?\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL
    ):
        (later if info else first).append(block)
    folders = [
        write(name, **{f"{number:02}": block for number, block in enumerate(blocks)})
        for name, blocks in (("tinh", first), ("rieng", later))
    ]
    return folders[0], folders[1]


class TestDocumentedExamples:
    def test_load_without_a_warning(self, documented: tuple[Path, Path]) -> None:
        assert load_with_warnings(documented).warnings == ()

    def test_inherit_field_by_field(self, documented: tuple[Path, Path]) -> None:
        inventory = load(documented[:1])

        check = inventory.checks["21484.phone/icmp"]
        assert (check.interval_s, check.retry_interval_s, check.timeout_s) == (120, 20, 5)
        assert check.options == KINDS["icmp"].options.model_validate({"count": 3, "dscp": 34})
        assert [limit.metric for limit in check.thresholds] == ["loss_ratio"]

    def test_add_and_switch_off_single_checks(self, documented: tuple[Path, Path]) -> None:
        inventory = load(documented[:1])

        phone = [check_id for check_id in inventory.checks if check_id.startswith("21484.phone/")]
        assert phone == ["21484.phone/icmp", "21484.phone/sip"]

    def test_an_explicit_entry_changes_one_field_of_a_template(self, documented: tuple[Path, Path]) -> None:
        targets = load(documented[:1]).targets

        assert targets["21523.vcs"].equipped is Equipped.NO
        assert targets["21523.vcs"].name == "Điểm cầu hội nghị – Xã Ba Tô"
        assert targets["21523.vcs"].depends_on == ("21523.cpe",)
        assert targets["21484.vcs"].equipped is Equipped.YES

    def test_addresses_come_from_exact_then_the_target_then_the_site(
        self, documented: tuple[Path, Path]
    ) -> None:
        targets = load(documented[:1]).targets

        assert targets["21523.cpe"].address == "10.60.0.1"
        assert targets["21484.phone"].address == "10.51.7.30"
        assert targets["21484.vcs"].address == "10.51.7.10"

    def test_a_later_folder_wins_field_by_field(self, documented: tuple[Path, Path]) -> None:
        targets = load(documented).targets

        assert targets["bien.vnpt"].address == "10.51.251.9"
        assert targets["bien.vnpt"].circuit_id == "ttdl-vnpt"
        assert targets["21484.vcs"].address == "10.51.77.10"
        assert targets["21484.vcs"].first_action == "gọi Văn phòng UBND xã"
        assert targets["21484.vcs"].name == "Điểm cầu hội nghị – Xã Ba Tơ"
        assert targets["21523.vcs"].first_action.startswith("hỏi đơn vị")

    def test_a_later_folder_changes_single_fields_of_a_profiles_checks(
        self, documented: tuple[Path, Path]
    ) -> None:
        before, after = load(documented[:1]).checks, load(documented).checks

        assert "21523.cpe/snmp" not in before
        assert after["21523.cpe/snmp"].interval_s == 300
        assert (before["21523.cpe/icmp"].interval_s, after["21523.cpe/icmp"].interval_s) == (15, 30)
        assert after["21523.cpe/icmp"].thresholds == before["21523.cpe/icmp"].thresholds
        assert next(iter(after)) in before  # the first check of a profile stays the first

    def test_a_check_of_another_kind_inherits_nothing_from_an_earlier_folder(
        self, documented: tuple[Path, Path], write: WriteFiles
    ) -> None:
        more = write(b="profiles: {tslcd-cpe: {checks: {icmp: {kind: tcp, options: {port: 22}}}}}")
        check = load([documented[0], more]).checks["21523.cpe/icmp"]

        assert (check.kind, check.thresholds) == ("tcp", ())


def one_target(write: WriteFiles, fields: str, more: str = "") -> Inventory:
    return load(
        [
            BASE,
            write(
                a=f"targets:\n  a: {{name: A, unit: 21484, profile: switch, address: 192.0.2.9{fields}}}\n{more}"
            ),
        ]
    )


def test_equipped_no_needs_no_quotes(write: WriteFiles) -> None:
    assert one_target(write, ", equipped: no").targets["a"].equipped is Equipped.NO


def test_what_is_not_equipped_needs_no_address_and_has_no_checks(write: WriteFiles) -> None:
    inventory = load(
        [BASE, write(a="targets: {a: {name: A, unit: 21484, profile: switch, equipped: unknown}}")]
    )

    assert inventory.targets["a"].address == ""
    assert not [check for check in inventory.checks.values() if check.target_id == "a"]


def test_a_layer_switch_disables_all_its_targets(write: WriteFiles) -> None:
    inventory = load(
        [BASE, write(a="targets: {a: {name: A, unit: 21484, profile: kiosk, address: 192.0.2.9}}")]
    )
    off = load(
        [
            BASE,
            write(
                a="targets: {a: {name: A, unit: 21484, profile: kiosk, address: 192.0.2.9}}",
                b="layers: {kiosk: {enabled: false}}",
            ),
        ]
    )

    assert inventory.targets["a"].is_watched
    assert off.targets["a"].layer is Layer.KIOSK
    assert not off.targets["a"].is_watched


def test_an_unwatched_target_passes_its_parents_on(write: WriteFiles) -> None:
    more = "  b: {name: B, unit: 21484, profile: switch, address: 192.0.2.10, depends_on: [a]}\n"
    inventory = one_target(write, ", enabled: false, depends_on: [gw]", more)

    assert inventory.parents["b/icmp"] == ("gw/icmp",)
    assert inventory.children["gw/icmp"] == ("b/icmp",)


def test_checks_depend_on_the_primary_and_it_on_the_parents_primary(write: WriteFiles) -> None:
    more = "  b: {name: B, unit: 21484, profile: vcs-endpoint, address: 192.0.2.10, depends_on: [a, gw]}\n"
    inventory = one_target(write, "", more)

    assert inventory.parents["b/h323"] == ("b/icmp",)
    assert inventory.parents["b/icmp"] == ("a/icmp", "gw/icmp")
    assert inventory.parents["a/icmp"] == ()


def test_short_intervals_shorten_the_default_patience(write: WriteFiles) -> None:
    check = one_target(write, ", checks: {icmp: {interval_s: 3}}").checks["a/icmp"]

    assert (check.interval_s, check.retry_interval_s, check.timeout_s) == (3, 3, 3)


def test_another_kind_under_the_same_label_inherits_no_options(write: WriteFiles) -> None:
    inventory = load(
        [
            BASE,
            write(
                a="""
targets:
  a:
    name: A
    unit: 21484
    profile: vcs-endpoint
    address: 192.0.2.9
    checks: {h323: {kind: icmp}}
"""
            ),
        ]
    )

    assert inventory.checks["a/h323"].kind == "icmp"


def test_an_http_check_takes_a_url_or_surrounds_an_address(write: WriteFiles) -> None:
    inventory = load(
        [
            BASE,
            write(
                a="""
targets:
  a: {name: A, unit: 21484, profile: portal, address: 2001:db8::7}
  b: {name: B, unit: 21484, profile: portal, address: "https://ba-to.example/trang?x=1"}
  c: {name: C, unit: 21484, profile: kiosk, address: "https://ba-to.example:8443/", checks: {web: {kind: tcp, address: "{address}:8443"}}}
"""
            ),
        ]
    )

    assert inventory.checks["a/http"].address == "http://[2001:db8::7]/"
    assert inventory.checks["b/http"].address == "https://ba-to.example/trang?x=1"
    assert inventory.checks["c/icmp"].address == "ba-to.example"
    assert inventory.checks["c/web"].address == "ba-to.example:8443"


def warnings(loaded: Loaded) -> list[str]:
    return [f"{problem.path}: {problem.message}" for problem in loaded.warnings]


def test_warns_of_two_targets_measured_alike(write: WriteFiles) -> None:
    folder = write(a="targets: {a: {name: A, unit: 21484, profile: switch, address: 192.0.2.1}}")

    assert warnings(load_with_warnings([BASE, folder])) == [
        "targets.a: đo cùng địa chỉ 192.0.2.1 với đối tượng 'gw' (icmp)"
    ]


def test_two_checks_of_one_target_are_no_copy(write: WriteFiles) -> None:
    checks = "{snmp: {enabled: true}, snmp3: {kind: snmp, options: {version: 3, user: giamsat}}}"
    folder = write(
        a=f"targets: {{a: {{name: A, unit: 21484, profile: switch, address: 192.0.2.9, checks: {checks}}}}}"
    )

    loaded = load_with_warnings([BASE, folder])

    assert warnings(loaded) == []
    assert loaded.inventory.checks["a/snmp3"].options.version == "3"  # type: ignore[attr-defined]  # SnmpOptions


def test_warns_of_decomposed_letters_and_composes_them(write: WriteFiles) -> None:
    name = unicodedata.normalize("NFD", "Xã Ba Tơ")
    folder = write(a=f"targets: {{a: {{name: {name}, unit: 21484, profile: switch, address: 192.0.2.9}}}}")

    loaded = load_with_warnings([BASE, folder])

    assert loaded.inventory.targets["a"].name == "Xã Ba Tơ"
    assert warnings(loaded) == [": 1 chỗ viết dấu tiếng Việt tổ hợp (NFD), đã đổi sang dựng sẵn (NFC)"]


def test_warns_of_a_selected_value_that_no_unit_has(write: WriteFiles) -> None:
    folder = write(
        a="""
each_unit:
  - select: {kind: [xã, đặc khù]}
    targets: {"{code}.kiosk": {name: K, profile: kiosk, equipped: no}}
"""
    )

    assert warnings(load_with_warnings([BASE, folder])) == [
        "each_unit[0].select.kind[1]: không có đơn vị nào có kind là 'đặc khù'"
    ]


def test_warns_of_anchors_that_wait_for_an_address_at_their_lines(write: WriteFiles) -> None:
    folder = write(a="targets:\n  bien:\n    anchor: true\n    equipped: no\n    enabled: false\n")

    [warning] = load_with_warnings([BASE, folder]).warnings

    assert (warning.file, warning.line) == (f"{folder}/a.yaml", 3)
    assert warning.message == "mốc bien chưa được giám sát: equipped đang là no, enabled đang là false"
    assert warning.hint == "ghi equipped: yes, bỏ enabled: false (cần ít nhất 2 mốc, đang có 1)"


def test_warns_of_fewer_than_two_anchors(write: WriteFiles) -> None:
    loaded = load_with_warnings([BASE, write(a="targets: {bien: {anchor: false}}")])

    assert loaded.inventory.anchors == ("gw/icmp",)
    assert warnings(loaded) == ["targets: chỉ có 1 mốc (anchor) được giám sát; cần ít nhất 2"]


def test_warns_of_files_it_does_not_read(write: WriteFiles) -> None:
    folder = write()
    (folder / "them.yml").write_text("targets: {}")
    (folder / ".an.yaml").write_text("this is: [not read")

    loaded = load_with_warnings([BASE, folder])

    assert [str(problem) for problem in loaded.warnings] == [
        f"{folder}/them.yml:1: tệp này không được đọc; đổi tên thành them.yaml"
    ]


def test_refuses_an_entry_given_in_two_files_of_a_folder(write: WriteFiles) -> None:
    entry = "targets: {a: {name: A, unit: 21484, profile: switch, address: 192.0.2.9}}"
    folder = write(a=entry, b=entry)

    assert refusal(BASE, folder) == (
        f"{folder}/b.yaml:1: targets.a: đã khai báo ở {folder}/a.yaml:1; xóa một trong hai"
    )


def test_refuses_an_empty_inventory(write: WriteFiles) -> None:
    folder = write()

    assert refusal(folder) == f"{folder}:1: targets: không có đối tượng nào; thêm targets hoặc each_unit"


def test_refuses_an_inventory_that_watches_nothing(write: WriteFiles) -> None:
    folder = write(a="targets: {gw: {enabled: false}, bien: {equipped: no}}")

    assert refusal(BASE, folder) == (
        f"{BASE}, {folder}:1: targets: không có đối tượng nào được giám sát; xem lại enabled, equipped và layers"
    )


def test_an_area_that_is_not_declared_is_told_once_for_all_its_units(write: WriteFiles) -> None:
    folder = write(
        a="units:\n" + "".join(f"  u{number}: {{name: X, kind: xã, area: ab}}\n" for number in range(3))
    )

    assert refusal(BASE, folder) == (
        f"{folder}/a.yaml:2: units.u0.area: không có địa bàn 'ab' (và 2 đơn vị khác); "
        "khai báo trong areas: {ab: {name: ...}}"
    )


def test_refuses_more_targets_than_a_province_has(write: WriteFiles) -> None:
    units = (
        AREAS
        + "units:\n"
        + "".join(f"  u{number}: {{name: X, kind: xã, area: qn}}\n" for number in range(1_001))
    )
    targets = "each_unit:\n- select: {kind: [xã]}\n  targets:\n" + "".join(
        f'    "{{code}}.t{number}": {{name: T, profile: switch}}\n' for number in range(50)
    )
    folder = write(a=units, b=targets)

    assert refusal(folder) == (
        f"{folder}/b.yaml:3: each_unit[0].targets: tạo ra hơn 50000 đối tượng; "
        "chia cho nhiều máy giám sát, mỗi tỉnh một máy"
    )


class TestFilesThatAreNone:
    def test_refuses_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        assert refusal(BASE, tmp_path / "không-có") == (
            f"{tmp_path}/không-có:1: không có thư mục hoặc tệp này; "
            "sửa khóa inventory; đường dẫn tương đối tính từ thư mục của tệp cấu hình"
        )

    def test_refuses_a_symbolic_link(self, write: WriteFiles) -> None:
        folder = write()
        (folder / "a.yaml").symlink_to("/etc/passwd")

        assert refusal(BASE, folder) == (
            f"{folder}/a.yaml:1: là liên kết tượng trưng (symlink); chép tệp thật vào đây"
        )

    def test_refuses_a_fifo_without_waiting_for_its_writer(self, write: WriteFiles) -> None:
        folder = write()
        os.mkfifo(folder / "a.yaml")

        assert refusal(BASE, folder) == f"{folder}/a.yaml:1: không phải tệp thường; cần một tệp YAML"

    def test_refuses_a_folder_named_like_a_file(self, write: WriteFiles) -> None:
        folder = write()
        (folder / "a.yaml").mkdir()

        assert refusal(BASE, folder) == f"{folder}/a.yaml:1: là thư mục; cần một tệp YAML"

    def test_refuses_a_file_that_is_too_large(self, write: WriteFiles) -> None:
        folder = write(a="# " + "x" * 10_000_000)

        assert refusal(BASE, folder) == f"{folder}/a.yaml:1: tệp lớn hơn 10 MB; chia thành nhiều tệp"

    def test_tells_no_consequences_of_a_file_it_could_not_read(self, write: WriteFiles) -> None:
        folder = write(
            a="units: [",
            b="targets: {a: {name: A, unit: 99999, profile: switch, address: 192.0.2.9, equiped: no}}",
        )

        lines = refusal(BASE, folder).splitlines()

        assert [line.partition(": ")[0] for line in lines] == [f"{folder}/a.yaml:1", f"{folder}/b.yaml:1"]
        assert "equiped" in lines[1]


class StoredSecrets:
    def get(self, name: str) -> str:
        return {"snmp-community": "x"}[name]


def test_refuses_a_check_whose_secret_is_missing(write: WriteFiles) -> None:
    folder = write(
        a="""
targets:
  a: {name: A, unit: 21484, profile: switch, address: 192.0.2.9, checks: {snmp: {enabled: true}}}
  b: {name: B, unit: 21484, profile: switch, address: 192.0.2.10, checks: {snmp: {enabled: true, options: {community_secret: khac}}}}
"""
    )

    assert "b/snmp" in load([BASE, folder]).checks
    with pytest.raises(InventoryError) as caught:
        load([BASE, folder], secrets=StoredSecrets())
    assert str(caught.value) == (
        f"{folder}/a.yaml:4: targets.b: phép đo b/snmp cần bí mật 'khac': chưa có; "
        "đặt tệp 'khac' vào thư mục bí mật"
    )


def test_the_range_of_a_device_says_which_secret_it_needs_and_whether_it_gets_any(write: WriteFiles) -> None:
    folder = write(
        a="""
targets:
  a: {name: A, unit: 21484, profile: switch, address: 192.0.2.9, checks: {snmp: {enabled: true}}}
  b: {name: B, unit: 21484, profile: switch, address: 198.51.100.7, checks: {snmp: {enabled: true}}}
  c: {name: C, unit: 21484, profile: switch, address: switch.example.vn, checks: {snmp: {enabled: true}}}
"""
    )
    ranges = AccountRanges({ipaddress.ip_network("192.0.2.0/24"): RangeAccount("snmp-tinh")})

    with pytest.raises(InventoryError) as caught:
        load_with_warnings([BASE, folder], secrets=StoredSecrets(), ranges=ranges)
    assert str(caught.value) == (
        f"{folder}/a.yaml:3: targets.a: phép đo a/snmp cần bí mật 'snmp-tinh': chưa có; "
        "đặt tệp 'snmp-tinh' vào thư mục bí mật\n"
        f"{folder}/a.yaml:4: targets.b: phép đo b/snmp: không gửi tài khoản SNMP tới 198.51.100.7: địa chỉ ngoài mọi "
        "dải trong snmp.ranges; thêm dải chứa địa chỉ này vào snmp.ranges của cấu hình, hoặc sửa địa chỉ"
    )


def test_an_account_of_a_range_is_sent_by_no_other_kind_of_check(write: WriteFiles) -> None:
    """Whoever may write the inventory would have it sent to any address, in a header."""
    folder = write(
        a="""
targets:
  a:
    name: A
    unit: 21484
    profile: switch
    address: 192.0.2.9
    checks: {trang: {kind: http, address: "http://192.0.2.9/", options: {header_secrets: {X-A: snmp-tinh}}}}
"""
    )
    ranges = AccountRanges({ipaddress.ip_network("192.0.2.0/24"): RangeAccount("snmp-tinh")})

    with pytest.raises(InventoryError) as caught:
        load_with_warnings([BASE, folder], secrets=StoredSecrets(), ranges=ranges)
    assert "a/trang: bí mật 'snmp-tinh' là tài khoản SNMP trong snmp.ranges" in str(caught.value)
    assert "dùng một bí mật khác" in str(caught.value)

    with pytest.raises(InventoryError, match="'snmp-tinh' là tài khoản SNMP trong traps"):
        load_with_warnings(
            [BASE, folder],
            secrets=StoredSecrets(),
            ranges=AccountRanges({}, trap_secrets=frozenset({"snmp-tinh"})),
        )


def test_the_digest_names_the_content(write: WriteFiles) -> None:
    first = load([BASE, write("mot", a="defaults: {interval_s: 60}")])
    same = load([BASE, write("hai", a="defaults: {interval_s: 60}")])
    other = load([BASE, write("ba", a="defaults: {interval_s: 61}")])

    assert first.digest == same.digest
    assert first.digest != other.digest
    assert re.fullmatch("[0-9a-f]{64}", first.digest)


KNOWN = {
    "name", "unit", "layer", "profile", "address", "depends_on", "circuit", "anchor", "equipped", "enabled",
    "impact", "first_action", "tags", "checks",
}  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    key=st.from_regex(r"[A-Za-z_ạơ][A-Za-z0-9_ạơ]{0,20}", fullmatch=True).filter(lambda key: key not in KNOWN)
)
def test_any_unknown_key_is_refused(key: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "unknown.yaml"
    file.write_text(f"targets:\n  gw:\n    {key}: 1\n")

    text = refusal(BASE, file)

    assert text.startswith(f"{file}:3: targets.gw.")
    assert "không có khóa này" in text


@st.composite
def dependencies(draw: st.DrawFn) -> dict[str, list[str]]:
    """Targets, each of which needs only earlier ones, in any order of writing."""
    names = [f"t{number}" for number in range(draw(st.integers(2, 6)))]
    needs = {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        for index, name in enumerate(names)
    }
    return {name: needs[name] for name in draw(st.permutations(names))}


def write_targets(file: Path, needs: dict[str, list[str]]) -> None:
    lines = [
        f"  {name}: {{name: T, unit: 21484, profile: kiosk, address: 198.51.100.{number}, "
        f"depends_on: [{', '.join(parents)}]}}\n"
        for number, (name, parents) in enumerate(needs.items(), 1)
    ]
    file.write_text("targets:\n" + "".join(lines))


@settings(max_examples=25, deadline=None)
@given(needs=dependencies())
def test_any_acyclic_dependencies_load_with_parents_first(
    needs: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "acyclic.yaml"
    write_targets(file, needs)

    inventory = load([BASE, file])

    order = inventory.ancestors_first
    assert sorted(order) == sorted(inventory.checks)
    for name, parents in needs.items():
        assert all(order.index(f"{parent}/icmp") < order.index(f"{name}/icmp") for parent in parents)


@settings(max_examples=25, deadline=None)
@given(needs=dependencies(), data=st.data())
def test_any_cycle_is_refused_whole(
    needs: dict[str, list[str]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "cyclic.yaml"
    child = data.draw(st.sampled_from(sorted(needs)))
    above = child
    while needs[above] and data.draw(st.booleans()):
        above = data.draw(st.sampled_from(needs[above]))
    write_targets(file, {**needs, above: [*needs[above], child]})

    text = refusal(BASE, file)

    assert ("phụ thuộc vòng tròn: " if above != child else "đối tượng phụ thuộc chính nó") in text
    assert child in text


def test_a_file_name_that_is_not_utf8_is_read_like_any_other(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.yaml")
    (tmp_path / name).write_text(
        "areas: {qn: {name: A}}\nunits: {a: {name: A, kind: xã, area: qn}}\n", encoding="utf-8"
    )

    assert "a" in load_with_warnings([BASE, tmp_path]).inventory.units


def test_a_heartbeat_is_told_by_the_targets_id_or_by_the_code_it_is_given(write: WriteFiles) -> None:
    inventory = load(
        [
            BASE,
            write(
                a="""
profiles:
  counter: {layer: kiosk, checks: {beat: {kind: heartbeat}}}
targets:
  a: {name: A, unit: 21484, profile: counter}
  b: {name: B, unit: 21484, profile: counter, checks: {beat: {address: "KIOSK_{target}"}}}
  c: {name: C, unit: 21484, profile: kiosk, address: 192.0.2.9, checks: {web: {kind: http, address: "http://{address}/{target}"}}}
"""
            ),
        ]
    )

    assert inventory.checks["a/beat"].address == "a"
    assert inventory.targets["a"].address == ""
    assert inventory.checks["b/beat"].address == "KIOSK_b"
    assert inventory.checks["c/web"].address == "http://192.0.2.9/c"


def test_a_template_may_name_the_target_it_makes(write: WriteFiles) -> None:
    inventory = load(
        [
            BASE,
            write(
                a="""
profiles:
  counter: {layer: kiosk, checks: {beat: {kind: heartbeat, address: "K-{target}"}}}
each_unit:
  - select: {code: ["21484"]}
    targets:
      "{code}.kiosk": {name: "Kiosk {name}", profile: counter, checks: {beat: {address: "M-{target}"}}}
"""
            ),
        ]
    )

    assert inventory.checks["21484.kiosk/beat"].address == "M-21484.kiosk"


def test_refuses_a_code_that_no_asset_can_have(write: WriteFiles) -> None:
    told = refusal(
        BASE,
        write(
            a="""
targets:
  a: {name: A, unit: 21484, profile: kiosk, address: 192.0.2.9, checks: {nhip: {kind: heartbeat, address: "kiosk/{target}"}}}
"""
        ),
    )

    assert "'kiosk/a' không phải mã tài sản" in told


def test_needs_an_address_as_soon_as_one_check_does(write: WriteFiles) -> None:
    told = refusal(
        BASE,
        write(
            a="targets: {a: {name: A, unit: 21484, profile: kiosk, checks: {beat: {kind: heartbeat}}}}",
        ),
    )

    assert "không có địa chỉ" in told


def test_a_kind_with_a_least_gap_is_retried_no_sooner(write: WriteFiles) -> None:
    text = """
targets:
  b: {name: B, unit: "21484", profile: vcs-endpoint, address: 192.0.2.10}
"""
    checks = load([BASE, write(a="defaults: {interval_s: 30, retry_interval_s: 15}", b=text)]).checks

    assert (checks["b/h323"].interval_s, checks["b/h323"].retry_interval_s) == (60, 60)
    assert checks["b/h323"].min_gap_s == 60
    assert checks["b/icmp"].retry_interval_s == 15


def test_without_a_word_the_retry_waits_for_the_gap(write: WriteFiles) -> None:
    text = """
profiles:
  room: {layer: conference, checks: {h323: {kind: h323, interval_s: 300}}}
targets:
  a: {name: A, unit: "21484", profile: room, address: 192.0.2.9}
"""
    assert load([BASE, write(a=text)]).checks["a/h323"].retry_interval_s == 60
