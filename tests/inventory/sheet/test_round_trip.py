import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inventory
from inventory.sheet.columns import CIRCUITS, DEVICES, LISTS_TITLE
from inventory.sheet.drafts import Question
from inventory.sheet.forms import DEFAULT_PROFILES, export_csv, export_workbook, questions_csv, template
from inventory.sheet.known import Known, read_known
from inventory.sheet.yaml_text import dump
from tests.inventory.sheet.conftest import CORE, NOON, UNITS, asked, import_into, rows_in

QUANG_NGAI = Path(inventory.__file__).parent / "quangngai"
_FIRST = st.sampled_from("=+-@＝'\"aĐ1,;_#")
_LETTERS = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
names = st.builds(str.__add__, _FIRST, st.text(_LETTERS, max_size=20)).map(
    lambda text: " ".join(text.split())
)
addresses = st.one_of(
    st.builds("10.51.{}.{}".format, st.integers(1, 99), st.integers(1, 250)),
    st.builds("https://{}.example.vn/?q={}&x=1".format, st.sampled_from("abc"), st.integers(0, 9)),
    st.just("cong.example.vn"),
)
targets = st.fixed_dictionaries(
    {
        "name": names,
        "unit": st.sampled_from(["21484", "21523", "23332", "ttdl"]),
        "profile": st.sampled_from(["tslcd-cpe", "kiosk", "pc", "shared-system"]),
        "equipped": st.sampled_from(["yes", "no", "unknown"]),
    },
    optional={
        "address": addresses,
        "circuit": st.just("vnpt-ttdl"),
        "depends_on": st.just(["ttdl.core", "ttdl.gateway"]),
        "tags": st.lists(st.sampled_from(["a", "017", "1e3", "no"]), min_size=1, max_size=3),
        "owner": st.sampled_from(["local", "enterprise", "central"]),
        "policy": st.sampled_from(["default", "khac"]),
    },
).map(lambda target: {"address": "10.51.100.1", **target} if target["profile"] != "pc" else target)
EXPORTS: list[Callable[[Known], bytes]] = [lambda known: export_workbook(known, created_at=NOON), export_csv]


@pytest.mark.parametrize("export", EXPORTS, ids=["xlsx", "csv"])
@settings(max_examples=10, deadline=None)
@given(
    entries=st.dictionaries(st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True), targets, max_size=4)
)
def test_importing_an_export_changes_nothing(
    export: Callable[[Known], bytes], entries: dict[str, dict[str, object]]
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "10.yaml").write_text(UNITS)
        (folder / "20.yaml").write_text(CORE)
        (folder / "30.yaml").write_text(dump({"targets": entries})[0] if entries else "")

        outcome = import_into(folder, export(read_known([folder])))

        assert (outcome.text, outcome.added, outcome.changes, asked(outcome)) == (None, [], [], [])


@pytest.mark.parametrize("export", EXPORTS, ids=["xlsx", "csv"])
def test_importing_the_export_of_the_shipped_province_changes_nothing(
    export: Callable[[Known], bytes], tmp_path: Path
) -> None:
    known = read_known([QUANG_NGAI])
    outcome = import_into(tmp_path, export(known), QUANG_NGAI)

    assert len(known.targets) > 600
    assert (outcome.text, outcome.added, outcome.changes, asked(outcome)) == (None, [], [], [])


@pytest.fixture(scope="module")
def form() -> bytes:
    return template(read_known([QUANG_NGAI]), DEFAULT_PROFILES, created_at=NOON, policies=["default"])


class TestTemplate:
    def test_has_a_row_for_each_commune_and_profile_in_dictionary_order(self, form: bytes) -> None:
        rows = rows_in(form).of["Thiết bị"]

        assert len(rows) == 96 * 3
        assert [row.text("unit_name") for row in rows[:10:3]] == [
            "Xã An Phú",
            "Xã Ba Dinh",
            "Xã Ba Động",
            "Xã Ba Gia",
        ]
        assert rows[0].text("profile") == "Đường truyền TSLCD (tslcd-cpe)"
        assert (rows[0].text("id"), rows[0].text("address")) == ("21034.cpe", "")

    def test_opens_with_lists_filters_and_a_header_that_stays(self, form: bytes) -> None:
        book = openpyxl.load_workbook(io.BytesIO(form))
        sheet = book["Thiết bị"]

        assert book.sheetnames == ["Thiết bị", "Đường truyền", "Hướng dẫn", LISTS_TITLE]
        assert book[LISTS_TITLE].sheet_state == "hidden"
        assert sheet.freeze_panes == "C2"
        assert sheet.auto_filter.ref == "A1:O289"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet["A2"].number_format == sheet.column_dimensions["A"].number_format == "@"
        lists = {
            str(rule.sqref).split("2:")[0]
            for rule in sheet.data_validations.dataValidation
            if rule.type == "list"
        }
        headings = {
            column.heading
            for column in DEVICES.columns
            for letter in lists
            if sheet[f"{letter}1"].value == column.heading
        }
        assert headings >= {
            "Mã đơn vị",
            "Tên đơn vị",
            "Loại thiết bị",
            "Có thiết bị",
            "Lịch phục vụ",
            "Chính sách báo tin",
        }

    def test_a_skeleton_without_targets_will_do(self, tmp_path: Path) -> None:
        (tmp_path / "10.yaml").write_text(UNITS)

        rows = rows_in(template(read_known([tmp_path]), ["kiosk"], created_at=NOON, by_area=True)).of[
            "Thiết bị"
        ]

        assert [row.text("id") for row in rows] == [
            *("21523.kiosk", "21484.kiosk", "21025.kiosk", "21433.kiosk", "23332.kiosk")
        ]

    def test_filled_in_it_is_taken_and_what_is_half_filled_in_is_asked(self, tmp_path: Path) -> None:
        (tmp_path / "10.yaml").write_text(UNITS + CORE)
        form = template(read_known([tmp_path]), ["tslcd-cpe"], created_at=NOON)
        book = openpyxl.load_workbook(io.BytesIO(form))
        for number in range(2, 6):
            book["Thiết bị"][f"F{number}"] = f"10.51.{number}.1"
        book["Thiết bị"]["H6"] = "vnpt-ttdl"
        buffer = io.BytesIO()
        book.save(buffer)

        outcome = import_into(tmp_path, buffer.getvalue())

        assert len(outcome.added) == 4
        assert asked(outcome) == ["G6: có thiết bị này không? [có; không; chưa rõ]"]

    def test_is_the_same_file_for_the_same_input(self, form: bytes) -> None:
        again = template(read_known([QUANG_NGAI]), DEFAULT_PROFILES, created_at=NOON, policies=["default"])

        assert again == form


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "a\0b\x1bc"]
)
def test_no_cell_is_ever_a_formula_and_none_holds_a_control_character(text: str, tmp_path: Path) -> None:
    (tmp_path / "10.yaml").write_text(UNITS)
    known = read_known([tmp_path])
    values = {"unit": "21484", "profile": "switch", "name": text, "equipped": "yes"}
    known = Known(known.areas, known.units, known.profiles, known.calendars, targets={"x": values})

    content = export_workbook(known, created_at=NOON)

    cell = openpyxl.load_workbook(io.BytesIO(content))["Thiết bị"]["E2"]
    assert cell.data_type == "s"
    assert cell.value == "".join(letter for letter in text if letter.isprintable())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(
            b"<f>" in archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name
        )
    line = export_csv(known).decode("utf-8-sig").splitlines()[1]
    assert not any(field.strip('"').startswith(("=", "+", "-", "@", "\t", "＝")) for field in line.split(","))


def test_the_review_list_is_safe_to_open(tmp_path: Path) -> None:
    text = questions_csv([Question("Thiết bị", 2, "B2", "Tên", "=1+1", "-hỏi", ("a", "b"))]).decode(
        "utf-8-sig"
    )

    assert text.splitlines()[1] == "Thiết bị,2,B2,Tên,'=1+1,'-hỏi,a; b"


def test_headings_mean_one_column_each() -> None:
    for table in (DEVICES, CIRCUITS):
        headings = [column.heading for column in table.columns]
        assert len(set(headings)) == len(headings)
        assert all(column.meaning for column in table.columns)
