"""The page for a browser: the same content, nothing from elsewhere, nothing that runs."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from lxml import html

from monitor.report.document.model import Document, HeadStyle, Paragraph, RowLevel, Table
from monitor.report.html.writing import html_text
from tests.monitor.report.hostile_document import MEAN, hostile_document
from tests.monitor.report.rich_document import draft_document, pictures_of, rich_document
from tests.monitor.report.tiny_pictures import tiny_pictures, tiny_png


@pytest.fixture(scope="module")
def written() -> str:
    return html_text(rich_document(), tiny_pictures(rich_document()))


@pytest.fixture(scope="module")
def page(written: str) -> html.HtmlElement:
    return html.document_fromstring(written)


def _tables(document: Document) -> list[Table]:
    blocks = (*document.blocks, *(block for part in document.appendices for block in part.blocks))
    return [block for block in blocks if isinstance(block, Table)]


def test_tables_say_what_the_document_says(page: html.HtmlElement) -> None:
    drawn = page.findall(".//table")
    assert len(drawn) == len(_tables(rich_document()))
    for table, made in zip(_tables(rich_document()), drawn, strict=True):
        assert "".join(caption.text_content() for caption in made.iter("caption")) == table.caption
        assert len(list(made.iter("col"))) == len(table.columns)
        assert [cell.text_content() for cell in made.find("thead").iter("th")] == [
            column.title for column in table.columns
        ]
        rows = [[cell.text_content() for cell in row] for body in made.iter("tbody") for row in body]
        assert rows == [[cell.text for cell in row.cells] for row in table.rows]


def test_cells_are_under_headings_and_rows_have_one(page: html.HtmlElement) -> None:
    for table, made in zip(_tables(rich_document()), page.findall(".//table"), strict=True):
        assert all(cell.get("scope") == "col" for cell in made.find("thead").iter("th"))
        groups = made.xpath(".//tbody//th[@scope='rowgroup']")
        assert len(groups) == sum(row.level is RowLevel.GROUP for row in table.rows)
        assert all(group.get("colspan") == str(len(table.columns)) for group in groups)
        assert len(made.xpath(".//tbody//th[@scope='row']")) >= sum(
            row.level is RowLevel.DATA for row in table.rows
        )


def test_paragraphs_headings_head_and_foot_are_there(page: html.HtmlElement) -> None:
    shown = [" ".join(text.split()) for text in page.xpath("//body//text()") if text.strip()]
    document = rich_document()
    assert document.head is not None
    assert document.signature is not None
    for text in (
        document.head.parent,
        document.head.number,
        document.head.place_and_date,
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        document.name,
        document.subject,
        document.opening,
        *(
            block.text
            for block in document.blocks
            if not hasattr(block, "columns") and hasattr(block, "text")
        ),
        document.closing,
        "- Như trên;",
        "- Lưu: VT, BCVT&CĐS.",
        *document.signature.lines,
        *(appendix.title.upper() for appendix in document.appendices),
    ):
        assert any(" ".join(text.split()) in found for found in shown), text
    levels = [int(element.tag[1]) for element in page.iter("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1
    assert levels.count(1) == 1


def test_sentences_can_be_pointed_to(page: html.HtmlElement) -> None:
    ids = [block.sentence_id for block in rich_document().blocks if isinstance(block, Paragraph)]
    found = page.xpath("//p[@data-sentence]")
    assert [element.get("data-sentence") for element in found] == [each for each in ids if each]
    assert [element.get("id") for element in found] == [f"cau-{each}" for each in ids if each]


def test_pictures_are_within_and_have_words(page: html.HtmlElement) -> None:
    images = page.findall(".//img")
    assert [image.get("alt") for image in images] == [picture.alt for picture in pictures_of(rich_document())]
    for image in images:
        kind, _, content = image.get("src").partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(content) == tiny_png()


def test_nothing_is_loaded_and_nothing_runs(written: str, page: html.HtmlElement) -> None:
    assert not page.xpath("//script | //link | //iframe | //object | //form | //base | //a")
    assert not re.search(r"https?:|url\(|@import|javascript:", written)
    for element in page.iter(html.etree.Element):
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"]


def test_its_own_policy_allows_its_style_and_no_more(page: html.HtmlElement) -> None:
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    digest = base64.b64encode(hashlib.sha256(page.findtext(".//style").encode()).digest()).decode()
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"


def test_it_is_vietnamese_and_made_for_paper_and_telephones(written: str, page: html.HtmlElement) -> None:
    assert page.get("lang") == "vi"
    assert "@page { size: A4;" in written
    assert "@media print" in written
    assert page.xpath("//meta[@name='viewport']/@content") == ["width=device-width, initial-scale=1"]


def test_the_same_document_gives_the_same_page(written: str) -> None:
    assert html_text(rich_document(), tiny_pictures(rich_document())) == written


def test_a_draft_says_so_at_the_top_of_every_part() -> None:
    page = html.document_fromstring(html_text(draft_document(), tiny_pictures(draft_document())))
    parts = page.xpath("//article | //section")
    assert [part[0].text for part in parts] == ["BẢN NHÁP"] * (1 + len(draft_document().appendices))


def test_a_chart_that_failed_is_told_in_words() -> None:
    written = html_text(rich_document(), {"nguyen-nhan": None})
    assert "<img" not in written
    assert "(không dựng được biểu đồ: Biểu đồ thanh" in written


def test_an_internal_page_and_one_of_the_party_have_their_own_head() -> None:
    head = rich_document().head
    assert head is not None
    internal = html_text(replace(rich_document(), head=None, signature=None, recipients=()), {})
    party = html_text(replace(rich_document(), head=replace(head, style=HeadStyle.PARTY)), {})
    assert "CỘNG HÒA" not in internal
    assert "Nơi nhận" not in internal
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in party
    assert "CỘNG HÒA" not in party


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags |= {tag, *(name for name, _ in attrs)}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_whatever_is_written_is_text() -> None:
    document = hostile_document()
    written = html_text(document, {})
    seen = _Seen()
    seen.feed(written)
    assert not seen.tags & {"script", "font", "b", "iframe", "onclick", "size"}
    assert seen.text.count(MEAN) >= 10
    assert "abc[31md" in seen.text
    assert "\x00" not in written
    sentence = html.document_fromstring(written).xpath("//p[@data-sentence]")[0]
    assert sentence.get("data-sentence") == 'H1"><script>'
