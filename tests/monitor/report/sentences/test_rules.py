import json
import unicodedata
from pathlib import Path

import pytest

from inventory.problem import ProblemsError
from monitor.report.editions.model import Changes
from monitor.report.sentences.facts.gathering import general, special
from monitor.report.sentences.model import Section
from monitor.report.sentences.query import Of, Query, Subject
from monitor.report.sentences.rules import SHIPPED, Rule, read_rules
from monitor.report.sentences.writing import write
from monitor.settings.report import ReportSettings
from tests.monitor.report.small_figures import nothing_happened, small_figures


def overlay(folder: Path, text: str) -> Path:
    path = folder / "cau.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        read_rules(overlay(folder, text))
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def by_id(rules: tuple[Rule, ...]) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules}


def test_shipped_rules_are_read_in_their_order() -> None:
    rules = read_rules(None)

    assert [rule.id for rule in rules][:5] == ["K1", "K2", "K3", "K7", "K4"]
    assert {rule.section for rule in rules} == set(Section)


def test_suggestions_are_not_ticked_and_follow_from_a_finding() -> None:
    for rule in read_rules(None):
        is_suggestion = rule.section in {Section.MEASURES, Section.PROPOSALS}
        assert bool(rule.tied_to) is is_suggestion, rule.id
        assert not (is_suggestion and rule.is_ticked), rule.id


def test_every_fact_is_named_in_the_head_of_the_rules() -> None:
    head = SHIPPED.read_text(encoding="utf-8").partition("\nrules:")[0]
    named = {word.strip(",:;()") for word in head.split()}
    facts = set(general(small_figures(), ReportSettings(), {}))
    measures = {
        name.removeprefix("x_")
        for of in Of
        for name in special(None, {"x": Query(of)}, small_figures(), ReportSettings(), Subject())
    }

    assert sorted((facts | measures) - named) == []


def test_facts_have_the_same_names_whatever_happened() -> None:
    assert set(general(small_figures(), ReportSettings(), {})) == set(
        general(
            nothing_happened(communes=(), layers={}, lines=None, shared=(), equipment=()),
            ReportSettings(),
            {},
        )
    )


def test_text_of_rules_is_normal() -> None:
    text = SHIPPED.read_text(encoding="utf-8")

    assert unicodedata.is_normalized("NFC", text)


def test_own_rule_wins_key_by_key(tmp_path: Path) -> None:
    rules = read_rules(overlay(tmp_path, "rules:\n  - id: H9\n    ticked: true\n"))

    assert by_id(rules)["H9"].is_ticked
    assert by_id(rules)["H9"].variants == by_id(read_rules(None))["H9"].variants


def test_own_rule_may_say_it_in_other_words(tmp_path: Path) -> None:
    path = overlay(tmp_path, "rules:\n  - id: K6\n    variants: ['Có {{ su_co_so }} sự cố']\n")
    sentences = write(small_figures(), read_rules(path), ReportSettings(), Changes())

    assert next(s.text for s in sentences if s.id == "K6") == "Có 07 sự cố."


def test_rule_can_be_switched_off(tmp_path: Path) -> None:
    rules = read_rules(overlay(tmp_path, "rules:\n  - {id: H9, off: true}\n"))

    assert "H9" not in by_id(rules)
    assert "GP9" in by_id(read_rules(None))
    assert "GP9" not in by_id(rules), "a suggestion whose finding is never made is none either"


def test_rule_can_be_added(tmp_path: Path) -> None:
    text = (
        "rules:\n  - id: RIENG\n    section: difficulties\n    evidence:\n"
        "      kiosk: {of: outages, layers: [kiosk]}\n    when: kiosk_luot > 0\n"
        "    variants: ['Kiosk ngừng {{ kiosk_luot }} lượt']\n"
    )
    sentences = write(small_figures(), read_rules(overlay(tmp_path, text)), ReportSettings(), Changes())

    assert next(s.auto_text for s in sentences if s.id == "RIENG") == "Kiosk ngừng 02 lượt."


NEW = "rules:\n  - id: X\n    section: difficulties\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "rules:\n  - id: H1\n    when: tslcd_luot > so_xaa\n",
            "cau.yaml:3: H1.when: không có số liệu tên 'so_xaa'",
        ),
        (
            "rules:\n  - id: H1\n    variants: ['{{ tslcd_luott }} lượt']\n",
            "cau.yaml:3: H1.variants[0]: không có số liệu tên 'tslcd_luott'; có phải 'tslcd_luot'?",
        ),
        (
            "rules:\n  - id: H1\n    variants:\n      - một câu\n      - '{{ tong_xa }'\n",
            "cau.yaml:5: H1.variants[1]: không đọc được mẫu câu: unexpected '}'",
        ),
        ("rules:\n  - id: H1\n    when: tong_xa >\n", "cau.yaml:3: H1.when: không đọc được mẫu câu: "),
        ("rules:\n  - id: H1\n    when: tong_xa } 3\n", "cau.yaml:3: H1.when: không đọc được mẫu câu: "),
        (
            "rules:\n  - id: H1\n    variants: ['{{ tong_xa * 1.5 }} xã']\n",
            "cau.yaml:3: H1.variants[0]: không dùng được với số liệu mẫu: không in được giá trị kiểu float",
        ),
        (
            "rules:\n  - id: H1\n    weight: 1 / tong_xa\n",
            "cau.yaml:3: H1.weight: không dùng được với số liệu mẫu: division by zero",
        ),
        (
            "rules:\n  - id: H1\n    variants: ['{{ tong_xa.__class__.mro() }}']\n",
            "cau.yaml:3: H1.variants[0]: không đọc được mẫu câu: không dùng được lời gọi hàm trong mẫu câu",
        ),
        (
            "rules:\n  - id: H1\n    variants: ['{{ tinh[\"__class__\"] }}']\n",
            "cau.yaml:3: H1.variants[0]: không dùng được với số liệu mẫu: access to attribute '__class__'",
        ),
        (
            "rules:\n  - id: H1\n    variants: ['{{ \"{{ x }}\" }}']\n",
            "cau.yaml:3: H1.variants[0]: còn dấu { } sau khi điền số liệu",
        ),
        ("rules:\n  - id: H1\n    weight: \"'nặng'\"\n", "cau.yaml:3: H1.weight: cần một số"),
        (NEW, "cau.yaml:2: X.variants: thiếu khóa bắt buộc 'variants'; thêm variants: ..."),
        (
            "rules:\n  - id: H1\n    whem: 'true'\n",
            "cau.yaml:3: H1.whem: không có khóa này; có phải 'when'?",
        ),
        (
            "rules:\n  - id: H1\n    section: khó khăn\n",
            "cau.yaml:3: H1.section: không nhận giá trị 'khó khăn'; chọn một trong: results, difficulties, ",
        ),
        (
            "rules:\n  - id: H1\n    evidence:\n      tslcd: {of: outages, layer: [tslcd]}\n",
            "cau.yaml:4: H1.evidence.tslcd.layer: không có khóa này; có phải 'layers'?",
        ),
        (NEW + "    variants: [a]\n    tied_to: [H99]\n", "cau.yaml:5: X.tied_to: không có luật 'H99'"),
        ("rules:\n  - variants: [a]\n", "cau.yaml:2: id: luật nào cũng phải có id; thêm id: ..."),
        (
            "rules:\n  - {id: H1}\n  - {id: H1}\n",
            "cau.yaml:3: id: luật 'H1' viết hai lần; xóa một trong hai",
        ),
        (
            "rules:\n  - H1\n",
            "cau.yaml:2: rules[0]: cần các cặp 'khóa: giá trị', đang là 'H1'",
        ),
        ("rules: H1\n", "cau.yaml:1: rules: cần danh sách, đang là 'H1'; mỗi luật bắt đầu bằng dấu '- '"),
        ("{}\n", "cau.yaml:1: rules: cần danh sách các luật; mỗi luật bắt đầu bằng dấu '- '"),
        ("rule: []\nrules: []\n", "cau.yaml:1: rule: không có khóa này; chỉ có khóa 'rules'"),
        ("rules:\n  - id: 'a\n", "cau.yaml:"),
    ],
)
def test_what_is_wrong_in_an_own_file_is_said_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    found = problems(tmp_path, text)

    assert found[0].startswith(message), found


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% for a in 'xxx' %}{% for b in 'xxx' %}x{% endfor %}{% endfor %}", "không dùng được vòng lặp for"),
        ("{% set a = 'x' %}{% set a = a ~ a %}{{ a }}", "không dùng được lệnh set"),
        ("{% macro a() %}{{ a() }}{% endmacro %}", "không dùng được lệnh macro"),
        ("{% include '/etc/passwd' %}", "không dùng được cú pháp Include"),
        ("{{ 10 ** 1000000000 }}", "không dùng được phép lũy thừa"),
        ("{{ 'x' * 1000000000 }}", "phép tính '*' chỉ dùng được với số"),
        ("{{ 1000000000 * tinh }}", "phép tính '*' chỉ dùng được với số"),
        ("{{ '%01000000000d' % 1 }}", "phép tính '%' chỉ dùng được với số"),
        ("{{ 'x'.center(1000000000) }}", "không dùng được lời gọi hàm"),
        ("{{ tinh.upper }}", "không dùng được dấu chấm để lấy thuộc tính"),
        ("{{ 'x' | center(1000000000) }}", "không dùng được bộ lọc 'center'"),
        ("{{ " + "(" * 1900 + "1" + ")" * 1900 + " }}", "lồng nhau quá nhiều tầng"),
        ("{% if 1 %}" * 180 + "x" + "{% endif %}" * 180, "lồng nhau quá nhiều tầng"),
    ],
)
def test_no_template_can_keep_the_program_busy_or_fill_its_memory(
    tmp_path: Path, template: str, message: str
) -> None:
    found = problems(tmp_path, NEW + f"    variants:\n      - {json.dumps(template)}\n")

    assert found[0].startswith("cau.yaml:5: X.variants[0]: "), found
    assert message in found[0]


def test_templates_may_calculate_with_numbers_and_write_letters_large(tmp_path: Path) -> None:
    template = "{{ (tong_xa * 2 % 5 / 2) | round | int }} nơi thuộc {{ tinh | upper }}"
    text = NEW + f"    variants:\n      - {json.dumps(template)}\n"
    sentences = write(small_figures(), read_rules(overlay(tmp_path, text)), ReportSettings(), Changes())

    assert next(s.auto_text for s in sentences if s.id == "X") == "01 nơi thuộc QUẢNG NGÃI."


@pytest.mark.parametrize("key", ["when", "weight"])
def test_rule_that_fails_with_the_figures_of_a_period_is_named(tmp_path: Path, key: str) -> None:
    """What it was tried with has another number of communes."""
    path = overlay(tmp_path, NEW + f"    {key}: 1 / (tong_xa - 6) + 9\n    variants: [a]\n")
    with pytest.raises(ProblemsError) as caught:
        write(small_figures(), read_rules(path), ReportSettings(), Changes())

    assert str(caught.value) == (
        f"{path}:2: X: không viết được câu với số liệu của kỳ này: division by zero; "
        "sửa điều kiện, mẫu câu của luật, hoặc tạm bỏ luật: off: true"
    )


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path, "rules:\n  - {id: H1, when: a > 0}\n  - {id: H2, weight: b}\n  - {id: H3, off: 1}\n"
    )

    assert [problem.split(":")[1] for problem in found] == ["2", "3", "4"]


def test_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match="không có tệp này"):
        read_rules(tmp_path / "khong-co.yaml")
