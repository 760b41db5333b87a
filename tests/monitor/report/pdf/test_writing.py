"""The PDF: the content of the document on pages that read well, the same bytes each time."""

import base64
import re
import subprocess
import sys
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.report.document.model import (
    Appendix,
    Block,
    Document,
    Heading,
    HeadStyle,
    Paragraph,
    Picture,
    RowLevel,
    Table,
)
from monitor.report.pdf.writing import pdf_bytes
from tests.monitor.report.hostile_document import hostile_document
from tests.monitor.report.rich_document import draft_document, rich_document
from tests.monitor.report.tiny_pictures import tiny_pictures

LONGEST_WORD = 30
"""Longer ones are broken at the end of a line."""


def pages_of(content: bytes) -> list[str]:
    run = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", "-", "-"], input=content, capture_output=True, check=True, timeout=60
    )
    return run.stdout.decode().split("\f")[:-1]


@pytest.fixture(scope="module")
def content() -> bytes:
    return pdf_bytes(rich_document(), tiny_pictures(rich_document()))


@pytest.fixture(scope="module")
def pages(content: bytes) -> list[str]:
    return pages_of(content)


def _texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(text=text) | Paragraph(text=text) | Picture(caption=text):
                yield text
            case Table():
                yield block.caption
                yield from (column.title for column in block.columns)
                yield from (cell.text for row in block.rows for cell in row.cells)
                yield from block.notes


def _every_text(document: Document) -> Iterator[str]:
    assert document.head is not None
    yield from (document.head.parent, document.head.issuer, document.head.place_and_date)
    yield from (document.name, document.subject, *document.addressees, document.opening)
    yield from _texts(document.blocks)
    yield from (document.closing, *document.recipients)
    for appendix in document.appendices:
        yield from (f"Phụ lục {appendix.numeral}", appendix.title.upper(), document.attached_to)
        yield from _texts(appendix.blocks)


def _words(text: str) -> Counter[str]:
    return Counter(word.strip(".,;") for word in text.split() if len(word) < LONGEST_WORD)


def _number_on(page: str) -> str:
    first = page.strip().splitlines()[0].strip()
    return first if first.isdigit() else ""


def test_everything_that_the_document_says_stands_in_it_composed(pages: list[str]) -> None:
    shown = "\n".join(pages)
    assert unicodedata.normalize("NFC", shown) == shown
    assert _words(" ".join(_every_text(rich_document()))) - _words(shown) == Counter()
    squeezed = "".join(shown.split())
    alphabet = next(text for text in _every_text(rich_document()) if "Bảng chữ cái" in text)
    assert set("".join(alphabet.split())) <= set(squeezed)


def test_number_and_signature_are_left_to_the_signed_copy(pages: list[str]) -> None:
    shown = "\n".join(pages)
    assert "Số: /BC-SKHCN" not in " ".join(shown.split())
    assert "KT. GIÁM ĐỐC" not in shown
    assert all("BẢN ĐỌC, KHÔNG THAY THẾ BẢN KÝ SỐ" in page for page in pages)


def test_pages_are_numbered_from_the_second_and_anew_in_every_appendix(pages: list[str]) -> None:
    numbers = [_number_on(page) for page in pages]
    begins = [0] + [place for place, page in enumerate(pages) if page.strip().startswith("Phụ lục ")]
    assert len(begins) == 5
    expected: list[str] = []
    for first, last in zip(begins, [*begins[1:], len(pages)], strict=True):
        expected += ["", *(str(number) for number in range(2, last - first + 1))]
    assert numbers == expected
    assert "2" in numbers


def test_the_header_row_stands_on_every_page_of_a_long_table(pages: list[str]) -> None:
    first = next(place for place, page in enumerate(pages) if "Phụ lục I\n" in page)
    table_pages = [page for page in pages[first : first + 8] if "Đăk Rơ Wa" in page and "5/5" in page]
    assert len(table_pages) >= 3
    assert all("STT" in page and "HNTH" in page for page in table_pages)


def test_a_heading_within_a_table_is_never_the_last_row_of_a_page(pages: list[str]) -> None:
    communes = rich_document().appendices[0].blocks[0]
    assert isinstance(communes, Table)
    groups = {row.cells[0].text for row in communes.rows if row.level is RowLevel.GROUP}
    for page in pages:
        rows = [line for line in page.splitlines() if line.strip() and "BẢN ĐỌC" not in line]
        assert rows[-1] not in groups


def test_all_letters_are_embedded_and_nothing_else_is_needed(content: bytes) -> None:
    run = subprocess.run(["pdffonts", "-"], input=content, capture_output=True, check=True, timeout=60)
    fonts = [line.split() for line in run.stdout.decode().splitlines()[2:]]
    assert len(fonts) == 4
    assert all("+Tinos" in font[0] and font[3] == "yes" for font in fonts)


def test_the_outline_names_headings_and_appendices(content: bytes) -> None:
    entries = len(re.findall(rb"/Parent \d+ 0 R[^>]*/Title|/Title[^>]*/Parent", content, re.DOTALL))
    headings = sum(isinstance(block, Heading) for block in rich_document().blocks)
    assert b"/Outlines" in content
    assert entries >= headings + len(rich_document().appendices)


def test_properties_say_whose_it_is_and_when_the_figures_were_made(content: bytes) -> None:
    run = subprocess.run(
        ["pdfinfo", "-isodates", "-"], input=content, capture_output=True, check=True, timeout=60
    )
    shown = run.stdout.decode()
    assert "Sở Khoa học và Công nghệ" in shown
    assert "tháng 11 năm 2026" in shown
    assert "2026-12-02T00:00:00" in shown
    assert b"(vi-VN)" in content


def test_pictures_have_words_for_who_cannot_see_them(content: bytes) -> None:
    found = b""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        if stream.rstrip().endswith(b"~>"):
            found += zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
    alt = "Biểu đồ thanh: đứt cáp".encode("utf-16-be").hex().upper().encode()
    assert alt in found


def test_the_same_document_gives_the_same_bytes() -> None:
    content = pdf_bytes(_short(), {})
    assert pdf_bytes(_short(), {}) == content
    assert pdf_bytes(_short(made_at=rich_document().made_at + 86_400), {}) != content


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(content: bytes) -> None:
    program = (
        "import sys; from monitor.report.pdf.writing import pdf_bytes;"
        "from tests.monitor.report.rich_document import rich_document as made;"
        "from tests.monitor.report.tiny_pictures import tiny_pictures as pictures;"
        "sys.stdout.buffer.write(pdf_bytes(made(), pictures(made())))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert run.stdout == content


def _short(**changes: object) -> Document:
    return replace(rich_document(), blocks=rich_document().blocks[:4], appendices=(), **changes)  # type: ignore[arg-type]


def test_a_draft_says_so_on_every_page() -> None:
    draft = replace(draft_document(), appendices=(Appendix("", "Phương pháp", (Paragraph("Một."),)),))
    pages = pages_of(pdf_bytes(draft, tiny_pictures(draft)))
    assert all("BẢN NHÁP" in page for page in pages)
    assert pages[-1].strip().splitlines()[0] != "2"


def test_a_chart_that_failed_is_told_in_words() -> None:
    document = _short()
    shown = " ".join(" ".join(pages_of(pdf_bytes(document, {"kha-dung-12-thang": None}))).split())
    assert "(không dựng được biểu đồ: Biểu đồ đường" in shown
    assert "Hình 1." in shown


def test_an_internal_page_has_only_a_title() -> None:
    document = _short(
        head=None, addressees=(), recipients=(), signature=None, opening="", closing="", footer="Nội bộ"
    )
    shown = pages_of(pdf_bytes(document, {}))[0]
    assert "CỘNG HÒA" not in shown
    assert "BẢN KÝ SỐ" not in shown
    assert "Nội bộ" in shown
    assert shown.strip().startswith("BÁO CÁO")


def test_a_document_of_the_party_has_its_own_head() -> None:
    head = rich_document().head
    assert head is not None
    issuer = "ĐẢNG ỦY SỞ KHOA HỌC VÀ CÔNG NGHỆ"
    party = replace(head, style=HeadStyle.PARTY, issuer=issuer)
    document = _short(head=party, addressees=("Tỉnh ủy", "Ban Chỉ đạo"))
    shown = pages_of(pdf_bytes(document, {}))[0]
    assert issuer in shown.splitlines()
    assert head.place_and_date.replace("\N{NO-BREAK SPACE}", " ").split() in [
        line.split() for line in shown.splitlines()
    ]
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in shown
    assert "CỘNG HÒA" not in shown
    assert "- Tỉnh ủy;" in shown
    assert "- Ban Chỉ đạo." in shown


def test_room_for_a_pen_stays_where_a_person_writes_the_day() -> None:
    head = rich_document().head
    assert head is not None
    blank = "\N{NO-BREAK SPACE}" * 5
    document = _short(head=replace(head, place_and_date=f"Quảng Ngãi, ngày{blank}tháng 12 năm 2026"))
    run = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=pdf_bytes(document, {}),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert re.search(r"ngày\s{3,}tháng 12", run.stdout.decode())


def test_whatever_is_written_is_text_and_rows_higher_than_a_page_are_continued() -> None:
    document = hostile_document()
    pictures = {**tiny_pictures(document), "khong-co": None}
    pages = pages_of(pdf_bytes(document, pictures))
    assert len(pages) < 12
    shown = " ".join(" ".join(pages).split())
    assert "<script>alert(1)</script>" in shown
    assert "{{ 7 * 7 }}" in shown
    assert "&amp;&lt;" in shown
    assert "abc[31md" in shown
    assert shown.count("rất dài") >= 1_800
    assert "không dựng được biểu đồ" in shown
