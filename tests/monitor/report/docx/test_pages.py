"""The pages as a word processor lays them out."""

import unicodedata

from tests.monitor.report.docx.printed import Page
from tests.monitor.report.rich_document import VIETNAMESE, rich_document


def parts(pages: tuple[Page, ...]) -> list[list[Page]]:
    """The main part, then each appendix."""
    found: list[list[Page]] = [[]]
    for page in pages:
        if any(line.strip().startswith("Phụ lục ") for line in page.lines[:4]):
            found.append([])
        found[-1].append(page)
    return found


def test_each_line_of_the_head_stands_on_one_line(pages: tuple[Page, ...]) -> None:
    first = pages[0]
    assert first.line_with("CỘNG HÒA XÃ HỘI") == "UBND TỈNH QUẢNG NGÃI CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert first.line_with("Độc lập") == "SỞ KHOA HỌC VÀ CÔNG NGHỆ Độc lập - Tự do - Hạnh phúc"
    assert first.line_with("/BC-SKHCN") == "Số: /BC-SKHCN Quảng Ngãi, ngày tháng 12 năm 2026"
    assert first.line_with("Kính gửi") == "Kính gửi: Ủy ban nhân dân tỉnh"


def test_nothing_stands_above_the_head_where_the_digital_signature_is_noted(pages: tuple[Page, ...]) -> None:
    assert not pages[0].in_the_top_margin()
    # Nor right of the state's name: the text ends at the margin of 15 mm.
    assert max(word.right for word in pages[0].words) < 210 - 15 + 0.5
    assert min(word.left for word in pages[0].words) > 30 - 0.5


def test_pages_are_numbered_in_the_middle_of_the_top_margin_but_for_the_first(
    pages: tuple[Page, ...], draft_pages: tuple[Page, ...]
) -> None:
    for document, count in ((pages, 5), (draft_pages, 3)):
        assert len(parts(document)) == count
        for part in parts(document):
            assert not part[0].in_the_top_margin()
            for number, page in enumerate(part[1:], 2):
                (word,) = page.in_the_top_margin()
                assert word.text == str(number)
                width, height = page.size
                middle = (30 + width - (15 if height > width else 20)) / 2
                assert abs((word.left + word.right) / 2 - middle) < 1


def test_appendices_begin_on_pages_of_their_own_and_count_from_one(pages: tuple[Page, ...]) -> None:
    main, communes, incidents, hours, method = parts(pages)
    assert [len(part) > 1 for part in (main, communes, incidents, method)] == [True] * 4
    assert len(hours) == 1
    for part, appendix in zip((communes, incidents, hours, method), rich_document().appendices, strict=True):
        assert part[0].text.startswith(
            f"Phụ lục {appendix.numeral} {appendix.title.upper()} (Kèm theo Báo cáo"
        )


def test_paper_is_a4_and_appendices_lie_where_asked(pages: tuple[Page, ...]) -> None:
    main, *appendices = parts(pages)
    assert {page.size for page in main} == {(210, 297)}
    for part, appendix in zip(appendices, rich_document().appendices, strict=True):
        assert {page.size for page in part} == {(297, 210) if appendix.is_landscape else (210, 297)}


def test_the_header_row_is_repeated_and_no_commune_is_missing(pages: tuple[Page, ...]) -> None:
    _, communes, *_ = parts(pages)
    with_rows = [page for page in communes if "Trà Bồng" in page.text or "−0,11" in page.text]
    assert len(with_rows) in (4, 5)
    for page in with_rows:
        assert page.text.count("STT") == 1
        assert "Địa bàn (cũ)" in page.text
    seen = [line.split()[0] for page in with_rows for line in page.lines if "−0,11" in line]
    assert seen == [f"{number:02d}" for number in range(1, 97)]


def test_no_page_is_empty_and_nothing_leaves_the_margins(
    pages: tuple[Page, ...], draft_pages: tuple[Page, ...]
) -> None:
    for page in (*pages, *draft_pages):
        width, height = page.size
        assert len(page.words) > 5
        assert max(word.right for word in page.words) < width - 14
        assert max(word.bottom for word in page.words if word.text not in ("BẢN", "NHÁP")) < height - 19


def test_the_signature_is_never_alone_on_its_page(
    pages: tuple[Page, ...], draft_pages: tuple[Page, ...]
) -> None:
    last = parts(pages)[0][-1].text
    assert "Nơi nhận:" in last
    assert "PHÓ GIÁM ĐỐC" in last
    assert 0 < last.index("Bảng chữ cái") < last.index("kính báo cáo") < last.index("Nơi nhận:")
    other = parts(draft_pages)[0][-1].text
    assert 0 < other.index("Dòng ba") < other.index("kính báo cáo") < other.index("Nơi nhận:")


def test_there_is_room_for_a_signature(draft_pages: tuple[Page, ...]) -> None:
    page = parts(draft_pages)[0][-1]
    (above,) = [word for word in page.words if word.text == "BÍ"]
    (below,) = [word for word in page.words if word.text == "Nguyễn"]
    assert 35 <= below.top - above.bottom < 40


def test_a_draft_says_so_on_every_page_and_a_report_nowhere(
    pages: tuple[Page, ...], draft_pages: tuple[Page, ...]
) -> None:
    assert all("BẢN NHÁP" in page.text for page in draft_pages)
    assert not any("NHÁP" in page.text for page in pages)


def test_every_letter_of_the_language_is_printed(pages: tuple[Page, ...]) -> None:
    text = unicodedata.normalize("NFC", "".join(page.text for page in pages))
    assert set(VIETNAMESE) <= set(text)
    assert "\ufffd" not in text


def test_long_names_and_hostile_texts_are_printed_in_full(draft_pages: tuple[Page, ...]) -> None:
    text = " ".join(page.text for page in parts(draft_pages)[0])
    assert text.replace(" ", "").count("dài") >= 400
    assert "Điều khiển ]]> <w:p/> &amp; &nbsp; {{ten}}" in text
    assert "tiếng Việt" in text
    for word in (
        "SỰ",
        "NGHIỆP",
        "TRỰC",
        "THUỘC",
        "*",
        "ĐẢNG CỘNG SẢN VIỆT NAM",
        "Kính gửi:",
        "- Thường trực Tỉnh ủy;",
    ):
        assert word in text


def test_the_date_of_the_party_stands_on_one_line_too(draft_pages: tuple[Page, ...]) -> None:
    assert draft_pages[0].line_with("Quảng Ngãi, ngày").endswith("Quảng Ngãi, ngày tháng 12 năm 2026")
