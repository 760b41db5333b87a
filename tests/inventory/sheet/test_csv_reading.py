import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.sheet import headings
from inventory.sheet.cells import SheetError, clean, csv_field, from_csv_field
from inventory.sheet.columns import TABLES
from inventory.sheet.headings import Rows, header_score
from tests.inventory.sheet.conftest import rows_in

TABLE = [["Mã đơn vị", "Tên thiết bị", "Địa chỉ"], ["21484", "Xã Ba Tơ", "10.51.7.1"]]


def refusal(content: bytes) -> str:
    with pytest.raises(SheetError) as caught:
        rows_in(content)
    assert caught.value.remedy
    return caught.value.what


def devices(rows: Rows) -> list[dict[str, str]]:
    return [{key: cell.text for key, cell in row.cells.items()} for row in rows.of["Thiết bị"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_reads_what_excel_writes(delimiter: str, encoding: str, newline: str) -> None:
    text = "".join(delimiter.join(row) + newline for row in TABLE)

    assert devices(rows_in(text.encode(encoding))) == [
        {"unit": "21484", "name": "Xã Ba Tơ", "address": "10.51.7.1"}
    ]


def test_excels_own_hint_of_the_delimiter_counts_as_a_line() -> None:
    rows = rows_in("sep=;\r\nMã đơn vị;Địa chỉ\r\n21484;10.51.7.1\r\n".encode())

    assert [row.number for row in rows.of["Thiết bị"]] == [3]


def test_the_header_may_come_late_in_any_order_with_columns_of_others() -> None:
    text = "Sở Khoa học và Công nghệ,,\n\nDANH SÁCH THIẾT BỊ,,\nSTT,IP,Mã xã,Người nhập,Xã/phường\n1,10.51.7.1,21484,An,Ba Tơ\n"

    rows = rows_in(text.encode())

    assert devices(rows) == [{"address": "10.51.7.1", "unit": "21484", "unit_name": "Ba Tơ"}]
    assert rows.of["Thiết bị"][0].place("address") == "B5"
    assert rows.warnings == ["trang 'x.csv': cột D 'Người nhập' không được nhập; không có trong bảng cột"]


def test_headings_are_known_without_marks_and_in_nfd() -> None:
    text = "MA DON VI,Đi\u0323a chi\u0309 IP\n21484,10.51.7.1\n"

    assert devices(rows_in(text.encode())) == [{"unit": "21484", "address": "10.51.7.1"}]


def test_the_known_headings_are_folded_once_for_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    header_score(TABLE[0])
    folded = []
    monkeypatch.setattr(headings, "fold", lambda text: (folded.append(text), text)[1])

    header_score(TABLE[1])

    assert len(folded) == len(TABLE[1]) * len(TABLES), "only the row's own cells"


@pytest.mark.parametrize("formula", ['"=HYPERLINK(""http://x"")"', '"=""21484"""', "=1+1", "＝1+1"])
def test_formulas_are_refused(formula: str) -> None:
    (row,) = rows_in(f"Mã đơn vị,Địa chỉ\n21484,{formula}\n".encode()).of["Thiết bị"]

    assert row.cells["address"].refusal == "ô này là công thức; hãy dán giá trị"


class TestRefusals:
    def test_quotes_that_are_never_closed(self) -> None:
        text = 'Mã đơn vị,Địa chỉ\n21484,10.51.7.1\n21523,"10.51.8.1\n' + "21025,10.51.9.1\n" * 50

        assert refusal(text.encode()) == "dòng 3: dấu nháy kép không cân, hoặc một ô quá dài"

    def test_text_behind_a_closing_quote(self) -> None:
        assert "dòng 2: dấu nháy" in refusal('Mã đơn vị,Địa chỉ\n21484,"10.51"7\n'.encode())

    def test_a_million_columns(self) -> None:
        text = "Mã đơn vị,Địa chỉ\n" + "a," * 1_000_000 + "\n"

        assert refusal(text.encode()) == "dòng 2: hơn 200 cột"

    def test_a_million_rows(self) -> None:
        text = "Mã đơn vị,Địa chỉ\n" + "1,2\n" * 1_000_000

        assert refusal(text.encode()) == "hơn 50000 dòng"

    def test_100_mb(self) -> None:
        assert refusal(b"a" * 100_000_000) == "tệp lớn hơn 20 MB"

    def test_other_encodings(self) -> None:
        assert "UTF-8" in refusal("Mã đơn vị,Địa chỉ".encode("cp1258", "replace") + b"\xd2")
        assert "NUL" in refusal("a,b".encode("utf-16-le"))

    def test_no_header(self) -> None:
        assert "tiêu đề" in refusal(b"a,b\n1,2\n")
        assert "tiêu đề" in refusal(b"")


@pytest.mark.parametrize(
    ("text", "field"),
    [("'10.51.7' sai", "'10.51.7' sai"), ("=1", "'=1"), ("'=1", "''=1"), ("'", "'")],
)
def test_only_what_a_spreadsheet_would_calculate_is_quoted(text: str, field: str) -> None:
    assert csv_field(text) == field
    assert from_csv_field(field) == text


@given(
    st.text(st.characters(exclude_categories=("Cs",)))
    | st.sampled_from(["=1", "+84", "-1", "@a", "'=", "''a", "＝1"])
)
def test_no_field_is_a_formula_and_each_is_read_back(text: str) -> None:
    field = csv_field(text)

    assert not field.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert clean(from_csv_field(field)) == clean("".join(letter for letter in text if letter.isprintable()))
