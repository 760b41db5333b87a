import hashlib
import io
from pathlib import Path

import openpyxl
import pytest
import yaml

from inventory.files.reader import compose
from inventory.loader import load
from inventory.model import Equipped, Owner
from inventory.sheet.importing import OUTPUT_NAME, Outcome
from tests.inventory.sheet.conftest import asked, import_into, xlsx

HEADER = [
    "Mã đơn vị",
    "Loại thiết bị",
    "Địa chỉ",
    "Có thiết bị",
    "Tên thiết bị",
    "Nhãn",
    "Bên chịu trách nhiệm",
]
ROWS = [
    [21523, "switch", "10.51.8.2", None, "=không phải công thức", None, None],
    [21484, "tslcd-cpe", "10.51.7.1", None, None, "bien-gioi, uu-tien", "doanh nghiệp"],
    [21484, "kiosk", None, "không", None, None, None],
    [21484, "queue-machine", None, "chưa rõ", None, None, None],
]


def content() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for row in ROWS:
        sheet.append(row)
    sheet["E2"].data_type = "s"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write(folder: Path, outcome: Outcome) -> str:
    assert outcome.text is not None
    (folder / OUTPUT_NAME).write_text(outcome.text)
    return outcome.text


def test_clear_rows_become_targets(folder: Path) -> None:
    outcome = import_into(folder, content())
    write(folder, outcome)

    targets = load([folder]).targets
    assert outcome.added == ["21523.switch", "21484.cpe", "21484.kiosk", "21484.queue-machine"]
    assert targets["21484.cpe"].name == "Đường truyền TSLCD – Xã Ba Tơ"
    assert targets["21484.cpe"].tags == ("bien-gioi", "uu-tien")
    assert targets["21484.cpe"].owner is Owner.ENTERPRISE
    assert targets["21484.kiosk"].equipped is Equipped.NO
    assert targets["21484.queue-machine"].equipped is Equipped.UNKNOWN
    assert targets["21523.switch"].name == "=không phải công thức"


def test_the_file_is_sorted_and_says_where_it_comes_from(folder: Path) -> None:
    text = write(folder, import_into(folder, content()))

    assert text.startswith(f"# Nhập từ danh-sach.xlsx (SHA-256 {'0' * 64}) lúc 22/11/2026 12:00.\n")
    assert list(yaml.safe_load(text)["targets"]) == [
        *("21484.cpe", "21484.kiosk", "21484.queue-machine", "21523.switch")
    ]
    assert 'name: "=không phải công thức"' in text


def test_the_same_sheet_twice_changes_nothing(folder: Path) -> None:
    write(folder, import_into(folder, content()))

    again = import_into(folder, content())

    assert (again.text, again.added, again.changes, again.questions) == (None, [], [], [])


def test_another_sheet_wins_field_by_field_and_empty_cells_keep(folder: Path) -> None:
    write(folder, import_into(folder, content()))

    outcome = import_into(folder, xlsx(HEADER, [21484, "tslcd-cpe", "10.51.7.9", None, None, None, None]))
    write(folder, outcome)

    assert [(change.id, change.key, change.old, change.new) for change in outcome.changes] == [
        ("21484.cpe", "address", "10.51.7.1", "10.51.7.9")
    ]
    target = load([folder]).targets["21484.cpe"]
    assert (target.address, target.tags) == ("10.51.7.9", ("bien-gioi", "uu-tien"))
    assert "21523.switch" in load([folder]).targets


def test_what_a_hand_adds_to_the_file_is_kept(folder: Path) -> None:
    text = write(folder, import_into(folder, content()))
    (folder / OUTPUT_NAME).write_text(
        text.replace(
            "  21484.cpe:\n",
            "  21484.cpe:\n    checks: {icmp: {interval_s: 30, thresholds: {loss_ratio: {warning: 0.5}}}}\n",
        )
    )

    write(
        folder, import_into(folder, xlsx(HEADER, [21484, "tslcd-cpe", "10.51.7.9", None, None, None, None]))
    )

    check = load([folder]).checks["21484.cpe/icmp"]
    assert (check.interval_s, check.address) == (30, "10.51.7.9")


@pytest.mark.parametrize("left", ["targets:\n", "address_plan:\ncircuits:\n", "#\n"])
def test_a_file_whose_entries_a_hand_took_out_is_filled_again(folder: Path, left: str) -> None:
    (folder / OUTPUT_NAME).write_text(left)

    write(folder, import_into(folder, content()))

    assert "21484.cpe" in load([folder]).targets


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ("targets: []\n", 1),
        ("address_plan: {exact: }\n", 1),
        ("targets:\n  21484.cpe:\n", 2),
        ("circuits:\n  a: {provider: VNPT}\n  a: {provider: Viettel}\n", 3),
        ("circuits: {a: {provider: VNPT}}\n\nkhac: 1\n", 3),
    ],
)
def test_a_file_that_a_hand_broke_is_left_and_its_own_line_named(
    folder: Path, broken: str, line: int
) -> None:
    (folder / OUTPUT_NAME).write_text(broken)

    outcome = import_into(folder, content())

    assert outcome.text is None
    assert [(Path(problem.file).name, problem.line) for problem in outcome.problems] == [(OUTPUT_NAME, line)]


def test_doubtful_rows_do_not_hold_up_the_others(folder: Path) -> None:
    outcome = import_into(
        folder, xlsx(HEADER, [21484, "tslcd-cpe", "10.51.7.1"], [None, "switch", "10.51.8.1"])
    )

    assert outcome.added == ["21484.cpe"]
    assert outcome.text is not None
    assert len(outcome.questions) == 1


def test_what_another_file_of_the_folder_says_is_not_said_twice(folder: Path) -> None:
    outcome = import_into(folder, xlsx(["Mã đối tượng", "Địa chỉ"], ["ttdl.core", "10.51.250.3"]))

    assert outcome.text is None
    assert asked(outcome) == [
        f"B2: mã 'ttdl.core' đã viết ở {folder}/20-core.yaml:4; sửa ở đó, hoặc nhập vào một thư mục đứng sau (--into)"
    ]


def test_a_later_folder_changes_an_earlier_one(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "rieng"
    own.mkdir()

    outcome = import_into(own, xlsx(["Mã đối tượng", "Địa chỉ"], ["ttdl.core", "10.51.250.3"]), folder, own)
    write(own, outcome)

    assert load([folder, own]).targets["ttdl.core"].address == "10.51.250.3"


def test_a_value_that_a_later_folder_overrides_is_asked_about(folder: Path, tmp_path: Path) -> None:
    last = tmp_path / "cuoi"
    last.mkdir()
    (last / "a.yaml").write_text(
        "address_plan: {exact: {21484.cpe: 10.51.9.9}}\ntargets: {21484.cpe: {name: Tên ở đây}}\n"
    )
    (folder / "30.yaml").write_text(
        "each_unit: [{select: {code: ['21484']}, targets: {'{code}.cpe': {name: x, profile: tslcd-cpe}}}]"
    )

    row = [21484, "tslcd-cpe", None, None, "Tên khác"]
    outcome = import_into(folder, xlsx(HEADER, row), folder, last)

    assert [question.split(";")[0] for question in asked(outcome)] == [
        "E2: một thư mục đứng sau trong danh mục đang ghi giá trị khác"
    ]


def test_what_would_change_along_with_another_cell_is_asked_about(folder: Path) -> None:
    (folder / "30.yaml").write_text(
        "each_unit: [{select: {code: ['21484']}, targets: {'{code}.web': "
        "{name: x, profile: central-system, address: 'https://a.example.vn/'}}}]"
    )
    header = ["Mã đối tượng", "Bên chịu trách nhiệm", "Chính sách báo tin"]

    kept = import_into(folder, xlsx(header, ["21484.web", "địa phương", "record-only"]))
    left = import_into(folder, xlsx(header, ["21484.web", "địa phương", None]))

    assert [question.split(";")[0] for question in asked(kept)] == ["C2: đổi theo thay đổi khác của dòng này"]
    assert [(change.key, change.new) for change in left.changes] == [("owner", "local")]


def test_an_address_of_the_plan_is_changed_in_the_plan(folder: Path, tmp_path: Path) -> None:
    (folder / "90-plan.yaml").write_text("address_plan: {exact: {ttdl.core: 10.51.250.4}}")
    own = tmp_path / "rieng"
    own.mkdir()

    outcome = import_into(own, xlsx(["Mã đối tượng", "Địa chỉ"], ["ttdl.core", "10.51.250.3"]), folder, own)
    text = write(own, outcome)

    assert yaml.safe_load(text) == {"address_plan": {"exact": {"ttdl.core": "10.51.250.3"}}}
    assert load([folder, own]).targets["ttdl.core"].address == "10.51.250.3"


def test_circuits_are_imported_in_their_units(folder: Path) -> None:
    header = [
        "Mã đường truyền",
        "Nhà mạng",
        "Mã hợp đồng",
        "Băng thông (Mbit/s)",
        "Sẵn sàng cam kết (%)",
        "Khắc phục trong (giờ)",
    ]
    book = xlsx(
        [*HEADER[:3], "Mã đường truyền"],
        [21484, "tslcd-cpe", "10.51.7.1", "vnpt-21484"],
        **{"Đường truyền": [header, ["vnpt-21484", "VNPT", 17, 20, "99,5", 4]]},
    )
    write(folder, import_into(folder, book))

    inventory = load([folder])
    circuit = inventory.circuits["vnpt-21484"]
    assert inventory.targets["21484.cpe"].circuit_id == "vnpt-21484"
    assert (circuit.bandwidth_bps, circuit.availability_ratio, circuit.restore_time_s) == (
        20e6,
        0.995,
        14_400,
    )
    assert circuit.contract_code == "17"


def test_an_inventory_that_is_wrong_elsewhere_is_not_written_to(folder: Path) -> None:
    (folder / "30.yaml").write_text(
        "targets: {21025.cpe: {name: x, unit: '21025', profile: khong-co, address: 10.51.1.1}}"
    )

    outcome = import_into(folder, content())

    assert outcome.text is None
    assert [problem.file for problem in outcome.problems] == [str(folder / "30.yaml")]


def test_the_source_is_not_touched_and_nothing_is_written_by_preparing(folder: Path) -> None:
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}

    import_into(folder, content())

    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["a\n- b.xlsx", "x: y #.xlsx"])
def test_a_file_name_stays_in_the_comment(folder: Path, name: str) -> None:
    from inventory.sheet.importing import Destination, Source, known_at, prepare  # noqa: PLC0415
    from inventory.sheet.review import review  # noqa: PLC0415
    from tests.inventory.sheet.conftest import NOON, rows_in  # noqa: PLC0415

    destination = Destination([folder], folder)
    result = review(rows_in(content()), known_at(destination))
    outcome = prepare(result, destination, Source(name, "0", NOON))

    assert outcome.text is not None
    document = compose("x.yaml", outcome.text.encode())
    assert document.data is not None
    assert list(document.data) == ["targets"]
