"""What is in the file, beyond how its pages look."""

import io
import re
import unicodedata
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.report.document.model import Alignment, Cell, Column, Heading, Paragraph, Table, TableRow
from monitor.report.docx.wordml import clean
from monitor.report.docx.writing import docx_bytes
from tests.effort import examples
from tests.monitor.report.docx.conftest import grey_png, hostile_draft, pictures
from tests.monitor.report.rich_document import DIGEST, draft_document, pictures_of, rich_document


@pytest.fixture(scope="module")
def report() -> bytes:
    return docx_bytes(rich_document(), pictures(rich_document()))


def part(content: bytes, name: str = "word/document.xml") -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return ET.fromstring(archive.read(name))  # noqa: S314 - our own file


def lines(content: bytes) -> list[str]:
    return [
        "".join(words.text or "" for words in line.iter(qn("w:t"))) for line in part(content).iter(qn("w:p"))
    ]


def test_the_same_values_give_the_same_bytes(report: bytes) -> None:
    assert docx_bytes(rich_document(), pictures(rich_document())) == report
    with zipfile.ZipFile(io.BytesIO(report)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist() == sorted(archive.namelist())
        assert not [name for name in archive.namelist() if "thumbnail" in name or "customXml" in name]


def test_properties_say_who_and_when_from_the_document_alone(report: bytes) -> None:
    properties = docx.Document(io.BytesIO(report)).core_properties
    assert properties.author == properties.last_modified_by == "Sở Khoa học và Công nghệ"
    assert properties.keywords == "TSLCD; 2026-11"
    assert properties.title == rich_document().subject
    assert properties.identifier == DIGEST
    assert DIGEST in properties.comments
    assert (
        f"{properties.created:%Y-%m-%d %H:%M}"
        == f"{properties.modified:%Y-%m-%d %H:%M}"
        == "2026-12-02 00:00"
    )


def test_texts_hold_no_gap_no_template_and_no_name_of_nothing(report: bytes) -> None:
    for line in lines(report):
        assert unicodedata.is_normalized("NFC", line)
        assert "{{" not in line
        assert "None" not in line
        assert "[[" not in line
        # Only where the office writes by hand is there room.
        assert "  " not in line or "Số:" in line or "ngày     tháng" in line


def test_every_picture_has_its_words_its_width_and_an_id_in_order(report: bytes) -> None:
    body = part(report)
    names = list(body.iter(qn("wp:docPr")))
    wanted = pictures_of(rich_document())
    assert [name.get("descr") for name in names] == [picture.alt for picture in wanted]
    assert [name.get("id") for name in names] == [str(number) for number in range(1, len(wanted) + 1)]
    widths = [round(int(size.get("cx", "0")) / 36_000, 1) for size in body.iter(qn("wp:extent"))]
    assert widths[:2] == [160.0, 160.0]
    assert all(width <= 247 for width in widths)


@pytest.mark.parametrize("broken", [None, b"", b"no picture", grey_png(8, 8)[:20], b"\x89PNG\r\n\x1a\n"])
def test_a_picture_that_could_not_be_drawn_is_told_in_words(broken: bytes | None) -> None:
    document = replace(rich_document(), appendices=())
    first = pictures_of(document)[0]
    texts = lines(docx_bytes(document, pictures(document) | {first.id: broken}))
    assert f"(không dựng được biểu đồ: {first.alt})" in texts
    assert first.caption in texts


def test_tables_are_as_wide_as_the_page_and_their_columns_add_up(report: bytes) -> None:
    tables = list(part(report).iter(qn("w:tbl")))
    for table in tables:
        grid = [int(column.get(qn("w:w"), "0")) for column in table.iter(qn("w:gridCol"))]
        assert sum(grid) in (9355, 9354, 14003, 14004)
        for row in table.iter(qn("w:tr")):
            assert sum(int(width.get(qn("w:w"), "0")) for width in row.iter(qn("w:tcW"))) == sum(grid)
            assert row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None
    repeated = [table for table in tables if len(list(table.iter(qn("w:tblHeader")))) == 1]
    assert len(repeated) == len(tables) - 2  # the head and the signature have none
    # No table touches another: a word processor would make one of them.
    for before, after in zip(part(report)[0], part(report)[0][1:], strict=False):
        assert (before.tag, after.tag) != (qn("w:tbl"), qn("w:tbl"))


def test_the_language_is_vietnamese_and_the_letters_are_times(report: bytes) -> None:
    styles = part(report, "word/styles.xml")
    assert {language.get(qn("w:val")) for language in styles.iter(qn("w:lang"))} == {"vi-VN"}
    assert {fonts.get(qn("w:ascii")) for fonts in styles.iter(qn("w:rFonts"))} == {"Times New Roman"}
    names = {name.get(qn("w:val")) for name in styles.iter(qn("w:name"))}
    assert {"BC Nội dung", "BC Tiêu ngữ", "BC Bảng", "heading 1"} <= names
    used = {style.get(qn("w:val")) for style in part(report).iter(qn("w:pStyle"))}
    assert used <= {style.get(qn("w:styleId")) for style in styles.iter(qn("w:style"))}


def test_a_draft_carries_its_mark_in_the_background_of_every_page() -> None:
    document = replace(draft_document(), appendices=())
    content = docx_bytes(document, {})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = [
            archive.read(name).decode() for name in archive.namelist() if re.search("header|footer", name)
        ]
    assert len(texts) == 4
    assert sum('string="BẢN NHÁP"' in text for text in texts) == 2
    assert sum(">BẢN NHÁP<" in text for text in texts) == 2
    assert docx_bytes(document, {}) == content


def test_hostile_texts_leave_the_file_readable() -> None:
    content = docx_bytes(replace(hostile_draft(), appendices=()), {})
    texts = lines(content)
    assert any("]]> <w:p/> &amp; &nbsp; {{ten}}" in text for text in texts)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", "".join(texts))
    assert "- Như trên;" in texts
    assert "- Lưu: VT." in texts


def test_an_internal_page_has_a_title_and_neither_head_nor_signature() -> None:
    document = rich_document()
    page = replace(
        document, head=None, addressees=(), recipients=(), signature=None, appendices=(), attached_to=""
    )
    texts = [text for text in lines(docx_bytes(page, {})) if text]
    assert texts[:2] == ["BÁO CÁO", document.subject]
    assert "CỘNG HÒA" not in "".join(texts)
    assert texts[-1] == document.closing


def test_a_single_appendix_has_no_numeral() -> None:
    document = rich_document()
    only = replace(document, appendices=(replace(document.appendices[2], numeral=""),))
    assert "Phụ lục" in lines(docx_bytes(only, {}))


def test_a_document_of_nothing_is_a_file_all_the_same() -> None:
    document = replace(
        rich_document(), name="", subject="", head=None, addressees=(), opening="", blocks=(), closing="",
        recipients=(), signature=None, appendices=(), properties=(), digest="", made_at=0.0,
    )  # fmt: skip
    assert set(lines(docx_bytes(document, {}))) == {""}


@settings(max_examples=examples(40))
@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_may_stand_anywhere(text: str, name: str) -> None:
    column = Column("a", name, 20, alignment=Alignment.RIGHT)
    table = Table("t", "", (column,), (TableRow((Cell(text),)),))
    document = replace(
        rich_document(), blocks=(Heading(1, name), Paragraph(text), table), appendices=(), properties=()
    )
    texts = lines(docx_bytes(document, {}))
    assert texts.count(clean(text).replace("\n", "")) >= 2


@given(st.text(max_size=80))
def test_what_is_cleaned_is_clean_and_loses_nothing_that_is_seen(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept
    ET.fromstring(f"<a>{kept.replace('&', '').replace('<', '')}</a>")  # noqa: S314 - whether it is XML is the question
    visible = [
        letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter)[0] in "LMNPS"
    ]
    assert [letter for letter in kept if unicodedata.category(letter)[0] in "LMNPS"] == visible
